"""Expressions of Python with what is needed to put them together: how tightly they bind, and what is known of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ATOM, UNARY, PRODUCT, SUM, COMPARISON = range(5)


@dataclass(frozen=True)
class Expression:
    """A value as text.

    Attributes:
        text: of Python.
        level: how tightly it binds; the smaller, the tighter.
        number: its value, where it is a number that is known.
        test: the same as a condition (a tensor of booleans), where it is one.
        total: of a sum, the text of the mean, how many numbers it adds up, and whether times the examples.
        share: of a number divided by the number of examples, that number.
        whole: whether it holds whole numbers.
    """

    text: str
    level: int = ATOM
    number: float | None = None
    test: str = ""
    total: tuple[str, int, bool] | None = None
    share: float | None = None
    whole: bool = False

    def at(self, level: int) -> str:
        """The text where something stands beside it that binds like this."""
        return self.text if self.level <= level else f"({self.text})"

    @property
    def atom(self) -> str:
        """The text with a method behind it."""
        return f"({self.text})" if self.level > ATOM or self.number is not None else self.text

    @property
    def tensor(self) -> str:
        """The text where a number will not do."""
        return self.text if self.number is None else f"torch.tensor({self.text})"

    @property
    def condition(self) -> str:
        """The text as a condition."""
        return self.test or f"{self.at(SUM)} != 0"


def number(value: float) -> Expression:
    """A number that is known."""
    if math.isfinite(value):
        text = str(np.float32(value))
        text = text if float(text) == value or "." in text or "e" in text else repr(value)
        return Expression(text, UNARY if text.startswith("-") else ATOM, float(value))
    return Expression(f'float("{value}")', ATOM, value)


def test(text: str) -> Expression:
    """A comparison, which is 1 or 0 with us."""
    return Expression(f"({text}).float()", ATOM, test=text)


def call(name: str, *arguments: object) -> Expression:
    """A call of a function."""
    return Expression(f"{name}({', '.join(map(str, arguments))})")


def product(a: Expression, b: Expression) -> Expression:
    """`a * b`; a sum times one over its count is a mean."""
    for one, other in ((a, b), (b, a)):
        if one.total:
            text, count, grows = one.total
            factor = other.share if grows else other.number
            if factor and abs(factor * count - 1.0) < 1e-6:
                return Expression(text)
    if a.number == -1.0:
        return Expression(f"-{b.at(UNARY)}", UNARY)
    if b.number == -1.0:
        return Expression(f"-{a.at(UNARY)}", UNARY)
    return Expression(f"{a.at(PRODUCT)} * {b.at(UNARY)}", PRODUCT)
