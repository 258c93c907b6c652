"""What a CPU kernel is once it is prepared: a list of function calls on arrays that already exist."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from engine.ops.op import Attrs
from engine.program.program import Node
from engine.tensor.spec import Array, Shape

ALIGNMENT = 64  # bytes; a cache line, and the widest vector register


class Call(NamedTuple):
    """`function(*inputs, out=out)`."""

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    out: Any = None


def assign(source: Array | float, out: Array) -> None:
    """Copy, broadcast or convert `source` into `out`."""
    np.copyto(out, source)


def clear(value: float, out: Array) -> None:
    """Set all of `out` to `value`."""
    out.fill(value)


def aligned_bytes(nbytes: int) -> Array:
    """`nbytes` zero bytes that begin at a cache line."""
    buffer = np.zeros(nbytes + ALIGNMENT, np.uint8)
    start = -buffer.ctypes.data % ALIGNMENT
    return buffer[start : start + nbytes]


class Scratch:
    """Working memory of kernels, which run one after the other and may therefore all use the same bytes.

    Kernels are prepared twice: first without a buffer, to learn how much the hungriest needs, then for good.
    """

    def __init__(self, buffer: Array | None = None) -> None:
        self._buffer = buffer
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


@dataclass(frozen=True)
class Task:
    """One node with its arrays."""

    node: Node
    inputs: Sequence[Array]
    outputs: Sequence[Array]
    scratch: Scratch

    @property
    def attrs(self) -> Attrs:
        """Attributes of the node."""
        return self.node.attrs


def reshaped(array: Array, shape: Shape) -> Array:
    """The same memory under another shape; raises ValueError where that would need a copy."""
    return array.reshape(shape, copy=False)
