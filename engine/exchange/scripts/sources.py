"""Functions of ours that a script takes along as they stand here, without what is for our checks alone."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from engine.schedules.base import Schedule

_LEFT_OUT = ("monitoring", "noticing", "key")


def bare(origin: Callable[..., Any]) -> list[str]:
    """The text of a function without annotations and notes."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(origin)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)  # what `inspect` found is one
    for argument in (*function.args.args, *function.args.kwonlyargs):
        argument.annotation = None
    function.returns = None
    function.decorator_list = []
    for node in ast.walk(function):
        for name, body in ast.iter_fields(node):
            if isinstance(body, list) and name in ("body", "orelse"):
                body[:] = [_plain(statement) for statement in body]
    return ast.unparse(tree).splitlines()


def _plain(statement: Any) -> Any:
    """An assignment with a type as one without."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        made = ast.Assign([statement.target], statement.value)
        return ast.copy_location(made, statement)
    return statement


def schedule_lines(schedule: Schedule) -> list[list[str]]:
    """A schedule as blocks of text: the functions that it calls, then a class with its settings and `rates`."""
    kind = type(schedule)
    methods = {
        name: value
        for name, value in vars(kind).items()
        if inspect.isfunction(value)
        and not name.startswith("__")
        and name not in _LEFT_OUT
        and not hasattr(value, "decorator_info")
    }
    texts = {n: bare(f) for n, f in methods.items()}
    helpers: dict[str, list[str]] = {}
    for function in methods.values():
        for name, value in _used(function):
            helpers.setdefault(name, bare(value))
    settings = ", ".join(f"{name}={getattr(schedule, name)!r}" for name in kind.model_fields)
    lines = [f"class {kind.__name__}(SimpleNamespace):", f'    """{kind.summary}."""']
    for text in texts.values():
        lines += ["", *(f"    {line}" if line else "" for line in text)]
    return [*helpers.values(), lines, [f"SCHEDULE = {kind.__name__}({settings})"]]


def _used(
    function: Callable[..., Any], seen: set[str] | None = None
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Functions of our schedules that a function calls, and those that these call, the innermost first."""
    seen = set() if seen is None else seen
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        if inspect.isfunction(value) and value.__module__.startswith("engine.") and name not in seen:
            seen.add(name)
            yield from _used(value, seen)
            yield name, value


def _names(code: CodeType) -> Iterator[str]:
    """Names that a function looks up, those of comprehensions in it included."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
