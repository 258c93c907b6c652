"""Pictures of another size: every row and column of the result is a weighted sum of rows and columns.

The weights depend on the lengths alone, so a picture is resized by two small constant matrix products, whatever the
method is, and the gradient is that of a product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field

from engine.ops.matmul import matmul
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.reductions import broadcast_to
from engine.ops.views import reshape
from engine.tensor.spec import DType

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
Factor = Annotated[int, Field(ge=1, le=1024)]
Reals = npt.NDArray[np.float64]


def _each(count: int) -> Any:
    def spread(value: Any) -> Any:
        """One number stands for all dimensions, as in Keras."""
        return (value,) * count if isinstance(value, int) and not isinstance(value, bool) else value

    return spread


Factors2D = Annotated[tuple[Factor, Factor], BeforeValidator(_each(2))]
Factors3D = Annotated[tuple[Factor, Factor, Factor], BeforeValidator(_each(3))]


def _triangle(x: Reals) -> Reals:
    return np.maximum(0.0, 1.0 - x)


def _cubic(x: Reals) -> Reals:
    """Keys, Cubic convolution interpolation, 1981, with a = -0.5 (as TensorFlow and JAX; PyTorch has -0.75)."""
    near = ((1.5 * x - 2.5) * x) * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x >= 2.0, 0.0, np.where(x >= 1.0, far, near))


def _lanczos(radius: float) -> Callable[[Reals], Reals]:
    def kernel(x: Reals) -> Reals:
        return np.where(x < radius, np.sinc(x) * np.sinc(x / radius), 0.0)

    return kernel


_KERNELS: dict[str, Callable[[Reals], Reals]] = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "lanczos3": _lanczos(3.0),
    "lanczos5": _lanczos(5.0),
}


def shares(before: int, after: int, interpolation: Interpolation, *, antialias: bool = False) -> Reals:
    """What each of `before` elements contributes to each of `after`, shape (before, after); columns add up to 1.

    Elements are centred at ½, 1½ ..; weights beyond the ends are shared out among those within. With antialias, the
    kernel is widened where the result is smaller. Source: jax.image.scale_and_translate, which Keras calls.
    """
    scale = before / after
    places = (np.arange(after) + 0.5) * scale - 0.5
    if interpolation == "nearest":
        chosen = np.minimum(np.floor(places + 0.5).astype(int), before - 1)
        return np.eye(before)[:, chosen]
    width = max(scale, 1.0) if antialias else 1.0
    weights = _KERNELS[interpolation](np.abs(places - np.arange(before)[:, np.newaxis]) / width)
    total: Any = weights.sum(axis=0)
    return np.asarray(weights / total, np.float64)


def resampled(
    x: Tensor, size: tuple[int, int], interpolation: Interpolation, *, antialias: bool = False
) -> Tensor:
    """The picture (batch, height, width, channels) in another size.

    Args:
        x: the picture.
        size: height and width of the result.
        interpolation: how pixels between pixels are found.
        antialias: look at all pixels where the result is smaller.
    """
    y = transpose(x, perm=(0, 3, 1, 2))
    y = _last_dimension(y, size[1], interpolation, antialias)
    y = _last_dimension(transpose(y, perm=(0, 1, 3, 2)), size[0], interpolation, antialias)
    return transpose(y, perm=(0, 3, 2, 1))


def _last_dimension(x: Tensor, after: int, interpolation: Interpolation, antialias: bool) -> Tensor:
    before = x.shape[-1]
    if before == after:
        return x
    weights = shares(before, after, interpolation, antialias=antialias).astype(np.float32)
    rows = reshape(x, shape=(-1, before))
    y = matmul(rows, x.builder.constant(weights, DType.FLOAT32))
    return reshape(y, shape=(*x.shape[:-1], after))


def repeated(x: Tensor, times: tuple[int, ...]) -> Tensor:
    """Each element of the dimensions behind the batch so many times: (batch, n, ..) to (batch, n · times[0], ..).

    Args:
        x: any tensor of numbers.
        times: for the dimensions from 1 on; those beyond stay as they are.
    """
    each = (1, *times, *(1 for _ in x.shape[1 + len(times) :]))
    split = tuple(
        n for length, t in zip(x.shape, each, strict=True) for n in ((length,) if t == 1 else (length, 1))
    )
    wide = tuple(
        n for length, t in zip(x.shape, each, strict=True) for n in ((length,) if t == 1 else (length, t))
    )
    if split == x.shape:
        return x
    y = broadcast_to(reshape(x, shape=split), shape=wide)
    return reshape(y, shape=tuple(length * t for length, t in zip(x.shape, each, strict=True)))
