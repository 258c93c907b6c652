"""Collects the statements of a shader, naming each expression once in the scope it is in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count

NAME = re.compile(r"[A-Za-z_]\w*(\[\d+\])?$|-?\(?[\d.]+(e[-+]?\d+)?\)?$")

# a loop is entered once more to find that it is over; drivers that count iterations count that, too
LEAVING = 1


class Writer:
    """Lines of GLSL.

    Attributes:
        statements: how many there are, as a measure of the time a driver takes to compile them.
        iterations: of loops, nested ones included, that one lane goes through.
    """

    def __init__(self, around: Writer | None = None) -> None:
        """`around`: the text that this one will be put into; its names can be used."""
        self.lines: list[str] = []
        self.statements = 0
        self.iterations = 0
        self._around = around
        self._scopes: list[dict[str, str]] = [{}]
        self._counter: Iterator[int] = around._counter if around else count(1)

    def line(self, text: str) -> None:
        """Append a statement."""
        self.statements += 1
        self.lines.append(text)

    def let(self, kind: str, expression: str) -> str:
        """The name of a variable of that value: a new one, or one that has it already."""
        if NAME.match(expression):
            return expression
        known = self.known(expression)
        if known:
            return known
        name = self.fresh()
        self._scopes[-1][expression] = name
        self.line(f"{kind} {name} = {expression};")
        return name

    def fresh(self, prefix: str = "t") -> str:
        """A name that nothing else has."""
        return f"{prefix}{next(self._counter)}"

    def known(self, expression: str) -> str:
        """The variable that has that value already; "" if there is none."""
        for scope in self._scopes:
            if expression in scope:
                return scope[expression]
        return self._around.known(expression) if self._around else ""

    def absorb(self, inner: Writer, rounds: Sequence[int]) -> None:
        """Put all of another text here, as what is done in nested loops of so many iterations."""
        self.lines += inner.lines
        self.statements += inner.statements
        times = inner.iterations
        for number in reversed(rounds):
            times = number * (1 + times) + LEAVING
        self.iterations += times

    @contextmanager
    def loop(self, head: str, rounds: int) -> Iterator[None]:
        """Statements inside belong to a loop of so many iterations."""
        before, self.iterations = self.iterations, 0
        with self.block(head):
            yield
        self.iterations = before + rounds * (1 + self.iterations) + LEAVING

    @contextmanager
    def loops(self, heads: Mapping[str, int]) -> Iterator[None]:
        """Statements inside belong to nested loops, given with their iterations."""
        with ExitStack() as stack:
            for head, rounds in heads.items():
                stack.enter_context(self.loop(head, rounds))
            yield

    def forget(self) -> None:
        """What was loaded before may have changed since."""
        self._scopes = [{} for _ in self._scopes]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Statements inside belong to `head { .. }`."""
        self.line(f"{head} {{")
        self._scopes.append({})
        try:
            yield
        finally:
            self._scopes.pop()
            self.lines.append("}")

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)
