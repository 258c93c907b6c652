"""Pictures changed at random while training: what the layers for that have in common.

Every example of a batch gets numbers of its own, new in every step. What a layer draws becomes six coefficients for each
picture, which say where each pixel of the result is read (`engine.ops.affine`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator

from engine.layers.base import Layer, LayerBuilder, expect_numbers, expect_rank
from engine.ops.affine import affine_sample
from engine.ops.movement import concat, slice_
from engine.ops.op import Tensor
from engine.settings import Limits, setting
from engine.tensor.spec import DType

FillMode = Literal["reflect", "wrap", "constant", "nearest"]
Interpolation = Literal["bilinear", "nearest"]
Range = tuple[float, float]
PICTURE = "a picture (height × width × channels)"


def _both_ways(value: Any) -> Any:
    """One number is the range from minus to plus that number."""
    return (
        (-abs(value), abs(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
    )


def _twice(value: Any) -> Any:
    """One number stands for both ends, as Keras documents it (3.15 takes 0 for the lower one)."""
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Factor = Annotated[Range, BeforeValidator(_both_ways), AfterValidator(Limits(-1.0, 1.0))]
Zoom = Annotated[Range, BeforeValidator(_both_ways), AfterValidator(Limits(-0.999, 1.0))]
Contrast = Annotated[Range, BeforeValidator(_twice), AfterValidator(Limits(0.0, 1.0, outward=True))]


class Filled(Layer):
    """Settings of layers that read pixels outside the picture or between its pixels."""

    fill_mode: FillMode = setting(
        "reflect",
        "Outside",
        "what lies around the picture: mirrored, repeated, one number, or the nearest pixel",
    )
    interpolation: Interpolation = setting(
        "bilinear", "Between pixels", "a mixture of the four around, or the nearest one", advanced=True
    )
    fill_value: float = setting(
        0.0, "Fill value", "the number around the picture under constant", advanced=True, ge=-1e12, le=1e12
    )

    def sampled(self, x: Tensor, coefficients: Sequence[Tensor | float]) -> Tensor:
        """The pictures read where the coefficients a0, a1, a2, b0, b1, b2 say; see `read`."""
        return read(
            x,
            coefficients,
            interpolation=self.interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
        )


def expect_picture(x: Tensor, layer: str) -> None:
    """Raise ShapeError unless `x` holds pictures."""
    expect_numbers(x, layer)
    expect_rank(x, 3, layer, PICTURE)


def drawn(b: LayerBuilder, examples: int, limits: Range) -> Tensor:
    """A number between the limits for each example: (examples, 1)."""
    low, high = limits
    return b.uniform((examples, 1)) * (high - low) + low


def read(
    x: Tensor,
    coefficients: Sequence[Tensor | float],
    size: tuple[int, int] | None = None,
    **attrs: Any,
) -> Tensor:
    """The pictures `x` read at a0 x + a1 y + a2 (column) and b0 x + b1 y + b2 (row), in a size.

    Args:
        x: pictures (batch, height, width, channels).
        coefficients: a0, a1, a2, b0, b1, b2, each (batch, 1) or one number for all.
        size: height and width of the result; those of `x` if None.
        **attrs: of `affine_sample`.
    """
    count = x.shape[0]
    if all(isinstance(c, float) for c in coefficients):
        rows = np.tile(np.asarray(coefficients, np.float32), (count, 1))
        transform = x.builder.constant(rows, DType.FLOAT32)
    else:
        columns = [
            c
            if isinstance(c, Tensor)
            else x.builder.constant(np.full((count, 1), c, np.float32), DType.FLOAT32)
            for c in coefficients
        ]
        transform = concat(*columns, axis=1)
    return affine_sample(x, transform, size=size or (x.shape[1], x.shape[2]), **attrs)


def window_of_shape(image: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest window in the middle of `image` with the proportions of `size`: top, left, height, width.

    Source: keras/src/utils/image_utils.py, `smart_resize`.
    """
    height, width = image
    rows = max(min(height, int(float(width * size[0]) / size[1])), 1)
    columns = max(min(width, int(float(height * size[1]) / size[0])), 1)
    return int((height - rows) / 2), int((width - columns) / 2), rows, columns


def fitted(x: Tensor, size: tuple[int, int]) -> Tensor:
    """The largest window in the middle with the proportions of `size`, resized to it (bilinear, pixel centres)."""
    top, left, rows, columns = window_of_shape((x.shape[1], x.shape[2]), size)
    down, across = rows / size[0], columns / size[1]
    window = cut(x, top, left, rows, columns)
    if (rows, columns) == size:
        return window
    coefficients = (across, 0.0, 0.5 * across - 0.5, 0.0, down, 0.5 * down - 0.5)
    return read(window, coefficients, size, interpolation="bilinear", fill_mode="nearest")


def cut(x: Tensor, top: int, left: int, rows: int, columns: int) -> Tensor:
    """A window of every picture."""
    if (rows, columns) == x.shape[1:3]:
        return x
    starts = (0, top, left, 0)
    limits = (x.shape[0], top + rows, left + columns, x.shape[3])
    return slice_(x, starts=starts, limits=limits)
