"""Functions of tensors with the names, arguments and defaults that people know from NumPy and Keras, made of the ops.

Layers call the ops themselves; these are for scripts (`engine.ops.api`) and wherever a familiar form reads better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from engine.ops import elementwise as e
from engine.ops import movement, reductions, views
from engine.ops.arrangement import PadMode, expand_dims, padded, squeeze, swap_axes
from engine.ops.arrangement import flip as flip_op
from engine.ops.conv import conv as conv_op
from engine.ops.matmul import matmul as matmul_op
from engine.ops.op import Op, Tensor
from engine.ops.pool import avg_pool
from engine.ops.pool import max_pool as max_pool_op
from engine.ops.random import box_muller, uniform
from engine.ops.scans import cumsum as cumsum_op
from engine.ops.softmax import log_softmax as log_softmax_op
from engine.ops.softmax import softmax as softmax_op
from engine.ops.statistics import Axes, axes_of, min_, prod
from engine.tensor.spec import DType, Shape, ShapeError, format_shape, normalize_axis

PadRule = Literal["valid", "same"]


# -- folds -------------------------------------------------------------------------------------------------
def total(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The sum over `axis`, over everything where none is named."""
    return reductions.sum_(x, axes=axes_of(x, axis), keepdims=keepdims)


def mean(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The mean over `axis`, over everything where none is named."""
    return reductions.mean(x, axes_of(x, axis), keepdims=keepdims)


def largest(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The largest element along `axis`; equal ones share the gradient."""
    return reductions.max_(x, axes=axes_of(x, axis), keepdims=keepdims)


def smallest(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The smallest element along `axis`; equal ones share the gradient."""
    return min_(x, axes=axes_of(x, axis), keepdims=keepdims)


def product(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The product over `axis`, over everything where none is named."""
    return prod(x, axes=axes_of(x, axis), keepdims=keepdims)


def norm(x: Tensor, axis: Axes = None, *, ord: float = 2, keepdims: bool = False) -> Tensor:  # noqa: A002 - NumPy's word
    """The length of vectors along `axis`, of all elements together where none is named.

    Args:
        x: the tensor.
        axis: of the vectors.
        ord: 2 for the root of squares, 1 for absolute values, infinity for the largest, or another power.
        keepdims: leave a dimension of 1.
    """
    axes, size = axes_of(x, axis), e.absolute(x)
    if ord == 2:
        return e.sqrt(reductions.sum_(e.square(x), axes=axes, keepdims=keepdims))
    if ord == 1:
        return reductions.sum_(size, axes=axes, keepdims=keepdims)
    if math.isinf(ord):
        return (largest if ord > 0 else smallest)(size, axes, keepdims=keepdims)
    constant = x.builder.constant
    powers = e.power(size, constant(float(ord), DType.FLOAT32))
    return e.power(reductions.sum_(powers, axes=axes, keepdims=keepdims), constant(1.0 / ord, DType.FLOAT32))


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x) / Σ exp(x) along `axis`."""
    return _last(softmax_op, x, axis)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """The logarithm of the soft-max along `axis`, exact where a probability underflows."""
    return _last(log_softmax_op, x, axis)


def _last(op: Op, x: Tensor, axis: int) -> Tensor:
    axis, last = normalize_axis(axis, x.spec.rank), x.spec.rank - 1
    return op(x) if axis == last else swap_axes(op(swap_axes(x, axis, last)), axis, last)


# -- shapes ------------------------------------------------------------------------------------------------
def reshape(x: Tensor, shape: Sequence[int]) -> Tensor:
    """The same elements in another shape; -1 once, for what is left over."""
    return views.reshape(x, shape=tuple(shape))


def transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """Dimensions in the order `axes`, turned round where none is given."""
    return movement.transpose(
        x, perm=axes_of(x, axes) if axes is not None else tuple(reversed(range(x.spec.rank)))
    )


def concatenate(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Tensors one behind the other along `axis`."""
    return movement.concat(*tensors, axis=axis)


def broadcast_to(x: Tensor, shape: Sequence[int]) -> Tensor:
    """`x` repeated along new dimensions and those of 1."""
    return reductions.broadcast_to(x, shape=tuple(shape))


def pad(
    x: Tensor, pad_width: Sequence[tuple[int, int]], mode: PadMode = "constant", value: float = 0.0
) -> Tensor:
    """`x` with (before, after) elements added along each dimension."""
    return padded(x, pad_width, mode, value)


def cast(x: Tensor, dtype: str) -> Tensor:
    """`x` as "float32" or "int32"; the fraction is dropped."""
    return movement.cast(x, dtype=DType(dtype))


def one_hot(index: Tensor, depth: int) -> Tensor:
    """(..) of int32 -> (.., depth): 1 at the place that the number says."""
    return movement.one_hot(index, depth=depth)


def clip(x: Tensor, low: float, high: float) -> Tensor:
    """`x` between `low` and `high`; no gradient outside."""
    return e.clip(x, low, high)


def flip(x: Tensor, axis: Axes = None) -> Tensor:
    """Elements along `axis` last to first."""
    return flip_op(x, axes=axes_of(x, axis))


def cumsum(x: Tensor, axis: int = -1, *, reverse: bool = False) -> Tensor:
    """Running sums along `axis`."""
    return cumsum_op(x, axis=normalize_axis(axis, x.spec.rank), reverse=reverse)


# -- products ----------------------------------------------------------------------------------------------
def matmul(a: Tensor, b: Tensor) -> Tensor:
    """The matrix product of the last two dimensions; those before broadcast, and vectors count as in NumPy."""
    if b.spec.rank == 1:
        return squeeze(matmul(a, expand_dims(b, -1)), -1)
    if a.spec.rank == 1:
        return squeeze(matmul(expand_dims(a, 0), b), -2)
    if a.shape[:-2] != b.shape[:-2]:
        lead = _common(a.shape[:-2], b.shape[:-2])
        a, b = (broadcast_to(x, lead + x.shape[-2:]) for x in (a, b))
    return matmul_op(a, b)


def _common(a: Shape, b: Shape) -> Shape:
    try:
        return tuple(np.broadcast_shapes(a, b))
    except ValueError:
        raise ShapeError(
            f"Stacks of matrices must be of equal length or 1, received {format_shape(a)} and {format_shape(b)}."
        ) from None


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Σ a · b of two vectors."""
    return total(e.mul(a, b), -1)


def outer(a: Tensor, b: Tensor) -> Tensor:
    """(m), (n) -> (m, n): all products of two vectors."""
    return e.mul(expand_dims(a, -1), expand_dims(b, 0))


# -- windows -----------------------------------------------------------------------------------------------
def _pairs(
    lengths: Sequence[int], sizes: Sequence[int], strides: Sequence[int], rule: PadRule
) -> tuple[tuple[int, int], ...]:
    """Padding before and after, the odd one behind, as in Keras."""
    if rule == "valid":
        return ((0, 0),) * len(lengths)
    needed = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(lengths, sizes, strides, strict=True)]
    return tuple((p // 2, p - p // 2) for p in needed)


def _each(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    return (value,) * count if isinstance(value, int) else tuple(value)


def conv(
    x: Tensor,
    weight: Tensor,
    strides: int | Sequence[int] = 1,
    padding: PadRule = "valid",
    dilation_rate: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of (batch, one to three lengths, channels) with (window, channels / groups, filters)."""
    count = x.spec.rank - 2
    steps, spread = _each(strides, count), _each(dilation_rate, count)
    sizes = [(k - 1) * d + 1 for k, d in zip(weight.shape, spread, strict=False)]
    pairs = _pairs(x.shape[1:-1], sizes, steps, padding)
    return conv_op(x, weight, strides=steps, padding=pairs, dilation=spread, groups=groups)


def max_pool(
    x: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: PadRule = "valid",
) -> Tensor:
    """The largest element of each window of (batch, one to three lengths, channels)."""
    return _pooled(max_pool_op, x, pool_size, strides, padding)


def average_pool(
    x: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: PadRule = "valid",
) -> Tensor:
    """The mean of each window of (batch, one to three lengths, channels); padding does not count."""
    return _pooled(avg_pool, x, pool_size, strides, padding)


def _pooled(
    op: Op, x: Tensor, pool_size: int | Sequence[int], strides: int | Sequence[int] | None, rule: PadRule
) -> Tensor:
    count = x.spec.rank - 2
    size = _each(pool_size, count)
    steps = size if strides is None else _each(strides, count)
    return op(x, size=size, strides=steps, padding=_pairs(x.shape[1:-1], size, steps, rule))


# -- random numbers ----------------------------------------------------------------------------------------
def random_uniform(seed: Tensor, shape: Sequence[int], stream: int = 0) -> Tensor:
    """Numbers in [0, 1): the same for the same seed (int32 scalar) and stream, on every device."""
    step = seed.builder.constant(0, DType.INT32)
    return uniform(seed, step, stream=stream, shape=tuple(shape))


def random_normal(seed: Tensor, shape: Sequence[int], stream: int = 0) -> Tensor:
    """Standard normal numbers: the same for the same seed (int32 scalar) and stream, on every device."""
    return box_muller(random_uniform(seed, shape, 2 * stream), random_uniform(seed, shape, 2 * stream + 1))
