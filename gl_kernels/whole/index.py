"""Index arithmetic that is done now where numbers are known, and written as GLSL where they are not.

One rule per op then serves both straight-line code, in which every index is a number, and loops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.tensor.spec import Shape

Ix = int | str  # a number, or a GLSL expression of type int
Coords = tuple[Ix, ...]


class At(tuple[Ix, ...]):
    """Coordinates that remember the element number they were made from, so that it is not calculated back."""

    number: Ix
    shape: Shape

    @classmethod
    def of(cls, index: Ix, shape: Shape, parts: Sequence[Ix]) -> At:
        """Coordinates of element `index` of a tensor of that shape."""
        at = cls(parts)
        at.number, at.shape = index, shape
        return at


class Span(str):
    """A GLSL expression `base + offset` that is known to be from `low` on and below `high`."""

    base: str
    offset: int
    low: int
    high: int

    @classmethod
    def of(cls, base: str, offset: int, low: int, high: int) -> Span:
        """With its bounds."""
        span = cls(base if offset == 0 else f"({base} {'+' if offset > 0 else '-'} {abs(offset)})")
        span.base, span.offset, span.low, span.high = base, offset, low, high
        return span


def plus(a: Ix, b: Ix) -> Ix:
    """The sum of two."""
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Span) and isinstance(y, int):
            return Span.of(x.base, x.offset + y, x.low + y, x.high + y)
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    if a == 0 or b == 0:
        return b if a == 0 else a
    return f"({a} + {b})"


def times(a: Ix, n: int) -> Ix:
    """The product with a number."""
    if isinstance(a, int):
        return a * n
    return 0 if n == 0 else a if n == 1 else f"({a} * {n})"


def quotient(a: Ix, n: int) -> Ix:
    """The whole quotient of a number from 0 on."""
    if isinstance(a, int):
        return a // n
    return a if n == 1 else f"({a} / {n})"


def remainder(a: Ix, n: int) -> Ix:
    """The remainder of a number from 0 on."""
    if isinstance(a, int):
        return a % n
    return 0 if n == 1 else f"({a} % {n})"


def ravel(at: Sequence[Ix], shape: Shape) -> Ix:
    """The number of an element in row-major order."""
    if isinstance(at, At) and at.shape == shape:
        return at.number
    index: Ix = 0
    for i, n in zip(at, shape, strict=True):
        index = plus(times(index, n), i)
    return index


def unravel(index: Ix, shape: Shape) -> Coords:
    """The coordinates of an element number."""
    at: list[Ix] = []
    for k, n in enumerate(shape):
        part = quotient(index, math.prod(shape[k + 1 :]))
        at.append(part if k == 0 else remainder(part, n))
    return At.of(index, shape, at)


def broadcast(at: Sequence[Ix], shape: Shape) -> Coords:
    """Coordinates in an operand of that shape that is broadcast to where `at` is."""
    if isinstance(at, At) and at.shape == shape:
        return at
    lead = len(at) - len(shape)
    return tuple(0 if n == 1 else i for i, n in zip(at[lead:], shape, strict=True))


def inside(index: Ix, length: int) -> str | bool:
    """Whether 0 <= index < length: known, or as GLSL."""
    if isinstance(index, int):
        return 0 <= index < length
    return f"uint({index}) < {length}u"
