"""Finds what a part of the engine can say to a user, so that no list of sentences has to be kept by hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SENTENCE: Final = re.compile(r"(?:[A-Z][a-z -]|A |\{\}).*\.(?:[^.]*\{\})?", re.DOTALL)
_BECOMES: Final = " \N{RIGHTWARDS ARROW} "  # what a column becomes
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_LEAST_WORDS: Final = 3
_OTHERS: Final = frozenset({"setting", "Field", "TypeError", "KeyError"})  # declarations, and faults of ours
_CREDITS: Final = frozenset({"source", "license", "origin"})


def spoken(folder: Path) -> dict[str, str]:
    """Sentences in the sources below a folder, `{}` where something is filled in, each with the place that says it first.

    Those are all that a `DataError` is given, and whatever else reads like a sentence and is no documentation.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        for node, sure in _texts(ast.parse(path.read_text(encoding="utf-8"))):
            text = template(node)
            if text and _is_said(text, sure):
                found.setdefault(text, f"{path.relative_to(folder.parent)}:{node.lineno}")
    return found


def template(node: ast.expr) -> str | None:
    """A text with `{}` where something is filled in; None where it is no text."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_said(text: str, sure: bool) -> bool:
    words = _WORD.findall(text)
    if sure or _BECOMES in text:
        return bool(words)
    return len(words) >= _LEAST_WORDS and _SENTENCE.fullmatch(text) is not None


def _texts(node: ast.AST, sure: bool = False) -> Iterator[tuple[ast.expr, bool]]:
    """The texts within, and whether an error says them."""
    if isinstance(node, ast.JoinedStr | ast.Constant):
        yield node, sure
    for child in _of_interest(node):
        said = isinstance(node, ast.Call) and _name(node.func) == "DataError" and child in node.args[:1]
        chosen = sure and isinstance(node, ast.IfExp) and child is not node.test
        yield from _texts(child, said or chosen)


def _of_interest(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # documentation
    if isinstance(node, ast.Call) and _name(node.func) in _OTHERS:
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword) and child.arg in _CREDITS:
            continue
        if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
            continue
        yield child


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""
