"""Arithmetic of sliding windows, shared by convolution and pooling.

Images are NHWC. Every pair is (height, width); padding is ((top, bottom), (left, right)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.tensor.spec import Array, Shape, ShapeError, format_shape

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]


@dataclass(frozen=True, slots=True)
class Window:
    """Where windows of `size` fall on pictures of `image` (height, width) elements."""

    image: Pair
    size: Pair
    strides: Pair
    padding: Padding
    dilation: Pair = (1, 1)

    @property
    def extent(self) -> Pair:
        """Elements from the first to the last tap, both included."""
        return ((self.size[0] - 1) * self.dilation[0] + 1, (self.size[1] - 1) * self.dilation[1] + 1)

    @property
    def padded(self) -> Pair:
        """The picture with its padding."""
        return (self.image[0] + sum(self.padding[0]), self.image[1] + sum(self.padding[1]))

    @property
    def count(self) -> Pair:
        """Number of windows."""
        counts = [(p - e) // s + 1 for p, e, s in zip(self.padded, self.extent, self.strides, strict=True)]
        return counts[0], counts[1]

    def check(self) -> None:
        """Raise ShapeError unless there is at least one window and all numbers are sensible."""
        if min(*self.size, *self.strides, *self.dilation) < 1 or min(*self.padding[0], *self.padding[1]) < 0:
            raise ShapeError(
                f"Window, strides and dilation must be at least 1 and padding at least 0, received window {self.size}, "
                f"strides {self.strides}, dilation {self.dilation}, padding {self.padding}."
            )
        if min(self.count) < 1:
            raise ShapeError(
                f"The window must fit into the picture, received a window of {format_shape(self.extent)} for "
                f"{format_shape(self.padded)}; make the window smaller or use padding."
            )

    def pad(self, images: Array, value: float = 0.0) -> Array:
        """NHWC images with their padding (a copy, unless there is none)."""
        if not any((*self.padding[0], *self.padding[1])):
            return images
        return np.pad(images, ((0, 0), *self.padding, (0, 0)), constant_values=value)

    def unpad(self, images: Array) -> Array:
        """The part of padded images that is not padding."""
        (top, _), (left, _) = self.padding
        return images[:, top : top + self.image[0], left : left + self.image[1]]

    def taps(self) -> Iterator[tuple[int, int, tuple[slice, slice, slice]]]:
        """(row, column, index) of every tap: `padded[index]` is what it sees, (n, rows, columns, channels)."""
        rows, columns = self.count
        for i in range(self.size[0]):
            for j in range(self.size[1]):
                y, x = i * self.dilation[0], j * self.dilation[1]
                index = (
                    slice(None),
                    slice(y, y + (rows - 1) * self.strides[0] + 1, self.strides[0]),
                    slice(x, x + (columns - 1) * self.strides[1] + 1, self.strides[1]),
                )
                yield i, j, index


def picture(shape: Shape) -> Pair:
    """Height and width of an NHWC shape; raises ShapeError for another rank."""
    if len(shape) != 4:
        raise ShapeError(f"Pictures have height, width and channels, received {format_shape(shape[1:])}.")
    return shape[1], shape[2]
