"""Finds every text that can be shown: those that the window passes to `tr()`, and those that the engine declares."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

APP: Final = Path(__file__).resolve().parents[1]
ENGINE: Final = APP.parent / "engine"
_TRANSLATING: Final = frozenset({"tr", "_tr", "translate", "declared"})


def window_texts(folder: Path = APP) -> dict[str, str]:
    """The texts of the window, each with the file and line where it stands first."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = _named_texts(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name_of(node.func) in _TRANSLATING:
                for text in _texts_of(node, named):
                    found.setdefault(text, f"{path.relative_to(folder.parent)}:{node.lineno}")
    return found


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _texts_of(call: ast.Call, named: dict[str, list[str]]) -> Iterator[str]:
    arguments = call.args
    if _name_of(call.func) == "translate":
        arguments = arguments[1:]
    if not arguments:
        return
    for node in ast.walk(arguments[0]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _has_letters(node.value):
            yield node.value
        elif isinstance(node, ast.Name):
            yield from named.get(node.id, ())


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _named_texts(tree: ast.Module) -> dict[str, list[str]]:
    """The texts in each constant of a module."""
    found: dict[str, list[str]] = {}
    for node in tree.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is None or isinstance(value, ast.Call):
            continue
        texts = [
            n.value
            for n in ast.walk(value)
            if isinstance(n, ast.Constant) and isinstance(n.value, str) and " " in n.value
        ]
        for target in targets:
            if isinstance(target, ast.Name) and texts:
                found[target.id] = texts
    return found


def engine_sentences(folder: Path = ENGINE) -> set[str]:
    """Every text in the engine's sources, with `{}` where something is filled in: those that it can say, and more."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.add("".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found
