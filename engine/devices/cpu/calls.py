"""What a CPU kernel is once it is prepared: a list of function calls on arrays that already exist."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from engine.ops.op import Attrs
from engine.program.fused import FusedBody
from engine.program.program import Node
from engine.tensor.spec import Array, Shape

if TYPE_CHECKING:
    from engine.devices.cpu.native.entry import Entry
    from engine.devices.cpu.native.lowering import Lowering

T = TypeVar("T")
Index = tuple[slice, ...]
ALIGNMENT = 64  # bytes; a cache line, and the widest vector register


class Call(NamedTuple):
    """`function(*inputs, out=out)`."""

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    out: Any = None


@dataclass(frozen=True)
class Lanes:
    """The function of a call without arguments: lists of calls that may run at the same time."""

    calls: Sequence[Sequence[Call]]

    def __call__(self, out: None) -> None:
        """One list after the other."""
        for calls in self.calls:
            for function, inputs, target in calls:
                function(*inputs, out=target)


@dataclass(frozen=True)
class Chained:
    """The function of a call that evaluates a whole chain of element-wise ops; `out` is a tuple."""

    body: FusedBody

    def __call__(self, *operands: Array, out: tuple[Array, ...]) -> None:
        """By NumPy; used only inside lists that machine code cannot run as a whole."""
        values: list[Array] = list(operands)
        for step in self.body.steps:
            assert step.op.ufunc is not None, step.op.name
            values.append(np.empty(out[0].shape, np.float32))
            step.op.ufunc(*(values[i] for i in step.args), out=values[-1])
        for target, number in zip(out, self.body.outputs, strict=True):
            np.copyto(target, values[number])


@dataclass(frozen=True)
class Prepared:
    """The function of a call that exists in machine code only."""

    entries: Sequence[Entry]

    def __call__(self, out: None) -> None:
        """Never called: the executable takes the entries."""
        raise AssertionError("Machine code runs in lists.")


def assign(source: Array | float, out: Array) -> None:
    """Copy, broadcast or convert `source` into `out`."""
    np.copyto(out, source)


def clear(value: float, out: Array) -> None:
    """Set all of `out` to `value`."""
    out.fill(value)


def accumulate(a: Array, b: Array, partial: Array, out: Array) -> None:
    """Add the product of two matrices to `out`; `partial` is working memory of its shape."""
    np.matmul(a, b, out=partial)
    np.add(out, partial, out=out)


def aligned_bytes(nbytes: int) -> Array:
    """`nbytes` zero bytes that begin at a cache line."""
    buffer = np.zeros(nbytes + ALIGNMENT, np.uint8)
    start = -buffer.ctypes.data % ALIGNMENT
    return buffer[start : start + nbytes]


class Scratch:
    """Working memory of kernels, which run one after the other and may therefore all use the same bytes.

    Kernels are prepared twice: first without a buffer, to learn how much the hungriest needs, then for good.
    """

    def __init__(self, buffer: Array | None = None, lowering: Lowering | None = None) -> None:
        self._buffer = buffer
        self.lowering = lowering  # where there is machine code: kernels prepare longer calls for it
        self._used = 0
        self.needed = 0

    def release(self) -> None:
        """What was taken so far is free again: the next kernel begins."""
        self._used = 0

    @contextmanager
    def inner(self) -> Iterator[None]:
        """What is taken inside is free again afterwards: one piece's working memory after another's."""
        used = self._used
        try:
            yield
        finally:
            self._used = used

    def take(self, shape: Shape, dtype: type[np.generic] = np.float32) -> Array:
        """An array whose contents nobody else touches while the kernel runs."""
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        start = self._used
        self._used = start + -(-nbytes // ALIGNMENT) * ALIGNMENT
        self.needed = max(self.needed, self._used)
        if self._buffer is None:
            return np.empty(shape, dtype)
        return self._buffer[start : start + nbytes].view(dtype).reshape(shape)


@dataclass(frozen=True, slots=True)
class Lane:
    """One of several lists that may run at the same time."""

    number: int
    count: int

    def of(self, things: Sequence[T]) -> Sequence[T]:
        """The stretch of things that this lane works on."""
        ends = [len(things) * k // self.count for k in (self.number, self.number + 1)]
        return things[ends[0] : ends[1]]


def lanes_of(scratch: Scratch) -> list[Lane]:
    """As many lanes as are worth while on this machine; a single one where NumPy does the work."""
    count = 1 if scratch.lowering is None else scratch.lowering.lanes
    return [Lane(k, count) for k in range(count)]


def together(lists: Sequence[list[Call]]) -> list[Call]:
    """One call that runs all lists; the list itself if there is only one."""
    return lists[0] if len(lists) == 1 else [Call(Lanes(lists), ())]


class Total(NamedTuple):
    """A sum over all dimensions but the last of what a node makes.

    Attributes:
        output: of the node, by its place among the outputs.
        kept: whether the output is needed for anything else.
        target: (.., columns), where the sums go.
    """

    output: int
    kept: bool
    target: Array


@dataclass(frozen=True)
class Task:
    """One node with its arrays, and the sums that come right behind it."""

    node: Node
    inputs: Sequence[Array]
    outputs: Sequence[Array]
    scratch: Scratch
    totals: Sequence[Total] = ()

    @property
    def attrs(self) -> Attrs:
        """Attributes of the node."""
        return self.node.attrs


def reshaped(array: Array, shape: Shape) -> Array:
    """The same memory under another shape; raises ValueError where that would need a copy."""
    return array.reshape(shape, copy=False)


def reference(task: Task) -> Call:
    """The op's own NumPy, which needs no preparation."""
    compute, attrs = task.node.op.compute, task.attrs

    def run(*inputs: Any, out: Any) -> None:
        compute(inputs, out, attrs)

    return Call(run, tuple(task.inputs), tuple(task.outputs))


def part_of(operand: Array, shape: Sequence[int], index: Index) -> Array:
    """The part of an operand, broadcast against `shape`, that meets a box of its first dimensions."""
    if not operand.ndim:
        return operand  # indexing it would make a copy
    lead = len(shape) - operand.ndim
    found = [slice(None)] * operand.ndim
    for axis, part in enumerate(index):
        if axis >= lead and operand.shape[axis - lead] == shape[axis] and shape[axis] != 1:
            found[axis - lead] = part
    return operand[tuple(found)]
