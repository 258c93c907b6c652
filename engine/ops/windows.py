"""Arithmetic of sliding windows, shared by convolution and pooling of lines, pictures and volumes.

Tensors are (batch, one to three lengths, channels). Sizes, strides and dilations have one number, padding a pair
(before, after), per length; one number alone stands for all of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.tensor.spec import Array, Shape, ShapeError, format_shape

Lengths = tuple[int, ...]
Padding = tuple[tuple[int, int], ...]
MAX_RANK = 3  # spatial dimensions; device kernels keep the position of a window in four integers


def each(value: Any, rank: int) -> tuple[Any, ...]:
    """`value` for each of `rank` lengths; one number is repeated.

    Raises:
        ShapeError: there are more or fewer numbers than lengths.
    """
    values = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(values) != rank:
        raise ShapeError(f"Windows need one number for each of {rank} lengths, received {values}.")
    return values


@dataclass(frozen=True, slots=True)
class Window:
    """Where windows of `size` fall on pictures of `image` elements."""

    image: Lengths
    size: Lengths
    strides: Lengths
    padding: Padding
    dilation: Lengths

    @classmethod
    def of(cls, image: Shape, size: Any, strides: Any, padding: Any, dilation: Any = 1) -> Window:
        """The windows on tensors of shape `image` (batch, lengths, channels).

        Raises:
            ShapeError: the tensor has other than one to three lengths, or a number is missing.
        """
        inner = lengths(image)
        rank = len(inner)
        pads = ((padding, padding),) * rank if isinstance(padding, int) else each(padding, rank)
        return cls(inner, each(size, rank), each(strides, rank), pads, each(dilation, rank))

    @property
    def reach(self) -> tuple[Shape, Shape]:
        """Extent, gaps of a dilation included, and stride along each length."""
        extent = tuple(d * (n - 1) + 1 for n, d in zip(self.size, self.dilation, strict=True))
        return extent, self.strides

    @property
    def rank(self) -> int:
        """Number of lengths: 1 for lines, 2 for pictures, 3 for volumes."""
        return len(self.image)

    @property
    def extent(self) -> Lengths:
        """Elements from the first to the last tap, both included."""
        return tuple((n - 1) * d + 1 for n, d in zip(self.size, self.dilation, strict=True))

    @property
    def padded(self) -> Lengths:
        """The picture with its padding."""
        return tuple(n + sum(p) for n, p in zip(self.image, self.padding, strict=True))

    @property
    def count(self) -> Lengths:
        """Number of windows along each length."""
        return tuple((p - e) // s + 1 for p, e, s in zip(self.padded, self.extent, self.strides, strict=True))

    @property
    def taps(self) -> int:
        """Elements of one window in one channel."""
        return math.prod(self.size)

    @property
    def is_padded(self) -> bool:
        """Whether there is any padding."""
        return any(map(any, self.padding))

    def check(self) -> None:
        """Raise ShapeError unless there is at least one window and all numbers are sensible."""
        pads = [n for pair in self.padding for n in pair]
        if min(*self.size, *self.strides, *self.dilation) < 1 or min(pads) < 0:
            raise ShapeError(
                f"Window, strides and dilation must be at least 1 and padding at least 0, received window {self.size}, "
                f"strides {self.strides}, dilation {self.dilation}, padding {self.padding}."
            )
        if any(e > p for e, p in zip(self.extent, self.padded, strict=True)):
            raise ShapeError(
                f"The window must fit into the picture, received a window of {format_shape(self.extent)} for "
                f"{format_shape(self.padded)}; make the window smaller or use padding."
            )

    def pad(self, images: Array, value: float = 0.0) -> Array:
        """Tensors with their padding (a copy, unless there is none)."""
        if not self.is_padded:
            return images
        return np.pad(images, ((0, 0), *self.padding, (0, 0)), constant_values=value)

    def unpad(self, images: Array) -> Array:
        """The part of padded tensors that is not padding."""
        inner = (slice(p[0], p[0] + n) for p, n in zip(self.padding, self.image, strict=True))
        return images[(slice(None), *inner)]

    def positions(self) -> Iterator[tuple[Lengths, tuple[slice, ...]]]:
        """(tap, index) of every tap in row-major order: `padded[index]` is what it sees, (n, *count, channels)."""
        for tap in itertools.product(*map(range, self.size)):
            starts = [t * d for t, d in zip(tap, self.dilation, strict=True)]
            inner = (
                slice(start, start + (n - 1) * s + 1, s)
                for start, n, s in zip(starts, self.count, self.strides, strict=True)
            )
            yield tap, (slice(None), *inner)


def lengths(shape: Shape) -> Lengths:
    """The lengths between batch and channels; raises ShapeError unless there are one to three."""
    if not 3 <= len(shape) <= MAX_RANK + 2:
        raise ShapeError(
            f"Windows slide over one to {MAX_RANK} lengths before the channels, received {format_shape(shape[1:])}."
        )
    return tuple(shape[1:-1])
