"""Ops that add up products over long ranges, told in a way that lets one lane compute a block of results together.

A rule (`rules`) gives one element at a time. Here the sum is taken apart: over which numbers it goes, and what one term
is. Neighbouring results share operands, so a lane that computes 4 x 4 of them loads 8 numbers for 16 products; and where
there are fewer results than lanes, lanes share a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ops.conv import window_of
from engine.ops.windows import Window
from engine.program.program import Node
from engine.tensor.spec import Shape, TensorSpec, normalize_axis
from gl_kernels.whole.index import Coords, Ix, inside, plus, quotient, remainder, times
from gl_kernels.whole.rules import Reader


class GuardedReader(Reader, Protocol):
    """A reader that can also leave a read out."""

    def read_if(
        self, conditions: Sequence[str | bool], operand: int, at: Coords, otherwise: str = "0.0"
    ) -> str:
        """An element of an operand where all conditions hold."""
        ...


@dataclass(frozen=True)
class Contraction:
    """A sum for each element of a result.

    Attributes:
        lengths: of the ranges it goes over.
        term: at an element's coordinates, and at numbers of the ranges.
        operands: what a term reads; 2 where neighbours share them.
    """

    lengths: tuple[int, ...]
    term: Callable[[GuardedReader, Coords, Coords], str]
    operands: int = 2


def contraction_of(node: Node, specs: Sequence[TensorSpec]) -> Contraction | None:
    """The sum that a node is, if it is one; `specs` are those of its inputs."""
    match node.op.name:
        case "matmul":
            return _matmul(node, specs)
        case "sum":
            return _sum(node, specs[0].shape)
        case "conv":
            return _Convolution(node, specs[0].shape, specs[1].shape).forward()
        case "conv_input_grad":
            return _Convolution(node, node.attrs["input_shape"], specs[1].shape).input_grad()
        case "conv_weight_grad":
            return _Convolution(node, specs[0].shape, node.attrs["weight_shape"]).weight_grad()
    return None


def _matmul(node: Node, specs: Sequence[TensorSpec]) -> Contraction:
    ta, tb = node.attrs["transpose_a"], node.attrs["transpose_b"]

    def term(reader: GuardedReader, at: Coords, over: Coords) -> str:
        (*stack, i, j), (k,) = at, over
        a = reader.let("float", reader.read(0, (*stack, k, i) if ta else (*stack, i, k)))
        b = reader.let("float", reader.read(1, (*stack, j, k) if tb else (*stack, k, j)))
        return f"{a} * {b}"

    return Contraction((specs[0].shape[-2 if ta else -1],), term)


def _sum(node: Node, shape: Shape) -> Contraction:
    axes = sorted({normalize_axis(a, len(shape)) for a in node.attrs["axes"]})
    kept = [i for i in range(len(shape)) if i not in axes]

    def term(reader: GuardedReader, at: Coords, over: Coords) -> str:
        known = [at[i] for i in kept] if node.attrs["keepdims"] else list(at)
        full: list[Ix] = [0] * len(shape)
        for i, c in (*zip(kept, known, strict=True), *zip(axes, over, strict=True)):
            full[i] = c
        return reader.read(0, tuple(full))

    return Contraction(tuple(shape[a] for a in axes), term, operands=1)


# -- windows -----------------------------------------------------------------------------------------------
def seen_by(window: Window, place: Sequence[Ix], tap: Sequence[Ix]) -> tuple[Coords, list[str | bool]]:
    """What a tap of the window at `place` sees, and whether that lies in the picture."""
    at: list[Ix] = []
    conditions: list[str | bool] = []
    for i, (p, t) in enumerate(zip(place, tap, strict=True)):
        before, after = window.padding[i]
        c = plus(plus(times(p, window.strides[i]), times(t, window.dilation[i])), -before)
        at.append(c)
        conditions.append(inside(c, window.image[i]) if before or after else True)
    return tuple(at), conditions


def seeing(
    window: Window, element: Sequence[Ix], tap: Sequence[Ix], let: Callable[[str, str], str]
) -> tuple[Coords, list[str | bool]]:
    """The window that sees an element as its tap `tap`, and whether there is one."""
    at: list[Ix] = []
    conditions: list[str | bool] = []
    for i, (c, t) in enumerate(zip(element, tap, strict=True)):
        stride, count = window.strides[i], window.count[i]
        start = plus(plus(c, window.padding[i][0]), _minus(times(t, window.dilation[i])))
        if stride == 1:
            at.append(start)
            conditions.append(inside(start, count))
        else:
            first = let("int", str(start))
            at.append(f"({first} / {stride})")
            conditions.append(f"{first} >= 0 && {first} % {stride} == 0 && {first} < {count * stride}")
    return tuple(at), conditions


def _minus(a: Ix) -> Ix:
    return -a if isinstance(a, int) else f"(-{a})"


class _Convolution:
    def __init__(self, node: Node, image: Shape, weight: Shape) -> None:
        self.window = window_of(image, weight, node.attrs)
        self.groups = node.attrs["groups"]
        self.batch = image[0]
        self.seen, self.filters = weight[-2], weight[-1] // self.groups  # of one group

    def forward(self) -> Contraction:
        """Results (n, places, f); terms over taps and the channels that a filter sees."""

        def term(reader: GuardedReader, at: Coords, over: Coords) -> str:
            n, *place, f = at
            *tap, c = over
            there, conditions = seen_by(self.window, place, tap)
            a = reader.read_if(conditions, 0, (n, *there, self._channel(f, c)))
            return f"{a} * {reader.let('float', reader.read(1, (*tap, c, f)))}"

        return Contraction((*self.window.size, self.seen), term)

    def input_grad(self) -> Contraction:
        """Results (n, elements, c); terms over taps and the filters of the channel's group."""

        def term(reader: GuardedReader, at: Coords, over: Coords) -> str:
            n, *element, c = at
            *tap, k = over
            there, conditions = seeing(self.window, element, tap, reader.let)
            f, channel = k, c
            if self.groups > 1:
                f = plus(times(quotient(c, self.seen), self.filters), k)
                channel = remainder(c, self.seen)
            a = reader.read_if(conditions, 0, (n, *there, f))
            return f"{a} * {reader.let('float', reader.read(1, (*tap, channel, f)))}"

        return Contraction((*self.window.size, self.filters), term)

    def weight_grad(self) -> Contraction:
        """Results (taps, c, f); terms over examples and places."""

        def term(reader: GuardedReader, at: Coords, over: Coords) -> str:
            *tap, c, f = at
            n, *place = over
            there, conditions = seen_by(self.window, place, tap)
            a = reader.read_if(conditions, 0, (n, *there, self._channel(f, c)))
            return f"{a} * {reader.let('float', reader.read(1, (n, *place, f)))}"

        return Contraction((self.batch, *self.window.count), term)

    def _channel(self, f: Ix, c: Ix) -> Ix:
        """The number of channel `c` of the group of filter `f`."""
        return c if self.groups == 1 else plus(times(quotient(f, self.filters), self.seen), c)
