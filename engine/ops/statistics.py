"""Further ways to fold dimensions away: smallest, product, variance, logarithm of summed exponentials, any, all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.ops.elementwise import equal, exp, log, mul, sqrt, square, where
from engine.ops.logic import not_equal
from engine.ops.movement import transpose
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.reductions import argmax, infer_extreme, infer_reduction, kept_shape, max_, mean, sum_
from engine.ops.rounding import is_finite
from engine.ops.scans import exclusive_products
from engine.ops.views import reshape
from engine.tensor.spec import Array, DType, TensorSpec, normalize_axis

Axes = int | Sequence[int] | None


def axes_of(x: Tensor, axes: Axes) -> tuple[int, ...]:
    """`axes` from the front; None means all of them."""
    if axes is None:
        return tuple(range(x.spec.rank))
    return tuple(normalize_axis(a, x.spec.rank) for a in ([axes] if isinstance(axes, int) else axes))


# -- the smallest ------------------------------------------------------------------------------------------
def _compute_min(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.min(inputs[0], axis=tuple(attrs["axes"]), keepdims=attrs["keepdims"], out=outputs[0])


def _gradient_min(call: Call) -> Sequence[Tensor | None]:
    """Equal minima share the gradient."""
    x, axes = call.inputs[0], call.attrs["axes"]
    shape = kept_shape(x, axes)
    chosen = equal(x, reshape(call.output, shape=shape))
    return [mul(chosen, reshape(call.grad, shape=shape) / sum_(chosen, axes=axes, keepdims=True))]


_SAMPLES = (
    Sample((TensorSpec((3, 5, 7)),), {"axes": (1,), "keepdims": False}),
    Sample((TensorSpec((3, 5, 2)),), {"axes": (0, 2), "keepdims": True}),
    Sample((TensorSpec((67, 11)),), {"axes": (1,), "keepdims": False}, low=-1.3, high=1.3),
)
min_ = Op(
    "min",
    OpKind.REDUCTION,
    infer_extreme,
    _compute_min,
    _gradient_min,
    samples=_SAMPLES,
    onnx=("ReduceMin",),
    defaults={"keepdims": False},
)


# -- the product -------------------------------------------------------------------------------------------
def _compute_prod(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.prod(inputs[0], axis=tuple(attrs["axes"]), keepdims=attrs["keepdims"], out=outputs[0])


def _gradient_prod(call: Call) -> Sequence[Tensor | None]:
    """Each factor's slope is the product of those before it and those behind it."""
    x = call.inputs[0]
    axes = axes_of(x, call.attrs["axes"])
    kept = tuple(i for i in range(x.spec.rank) if i not in axes)
    perm = kept + axes
    moved = transpose(x, perm=perm)
    flat = reshape(moved, shape=(math.prod(x.shape[i] for i in kept), math.prod(x.shape[i] for i in axes)))
    others = mul(exclusive_products(flat), exclusive_products(flat, reverse=True))
    back = transpose(reshape(others, shape=moved.shape), perm=tuple(perm.index(i) for i in range(len(perm))))
    return [mul(back, reshape(call.grad, shape=kept_shape(x, axes)))]


prod = Op(
    "prod",
    OpKind.REDUCTION,
    infer_reduction,
    _compute_prod,
    _gradient_prod,
    samples=_SAMPLES,
    onnx=("ReduceProd",),
    defaults={"keepdims": False},
)


# -- made of others ----------------------------------------------------------------------------------------
def variance(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The mean squared distance from the mean."""
    chosen = axes_of(x, axis)
    return mean(square(x - mean(x, chosen, keepdims=True)), chosen, keepdims=keepdims)


def deviation(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """The standard deviation: the root of the variance."""
    return sqrt(variance(x, axis, keepdims=keepdims))


def logsumexp(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """log(Σ exp(x)), which does not overflow: the largest element is taken out first."""
    chosen = axes_of(x, axis)
    largest = max_(x, axes=chosen, keepdims=True)
    zero = x.builder.constant(0.0, DType.FLOAT32)
    safe = where(is_finite(largest), largest, zero)  # of minus infinity alone: log(0), and not NaN
    total = log(sum_(exp(x - safe), axes=chosen, keepdims=True)) + safe
    return total if keepdims else reshape(total, shape=_dropped(x, chosen))


def _dropped(x: Tensor, axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(n for i, n in enumerate(x.shape) if i not in axes)


def any_(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """1.0 where at least one element is not zero."""
    return max_(_truth(x), axes=axes_of(x, axis), keepdims=keepdims)


def all_(x: Tensor, axis: Axes = None, *, keepdims: bool = False) -> Tensor:
    """1.0 where no element is zero."""
    return min_(_truth(x), axes=axes_of(x, axis), keepdims=keepdims)


def _truth(x: Tensor) -> Tensor:
    return not_equal(x, x.builder.constant(0.0, DType.FLOAT32))


def argmax_along(x: Tensor, axis: int = -1) -> Tensor:
    """int32: the position of the largest element along `axis`, the first of equals."""
    axis = normalize_axis(axis, x.spec.rank)
    if axis == x.spec.rank - 1:
        return argmax(x)
    return argmax(transpose(x, perm=(*(i for i in range(x.spec.rank) if i != axis), axis)))


def argmin_along(x: Tensor, axis: int = -1) -> Tensor:
    """int32: the position of the smallest element along `axis`, the first of equals."""
    return argmax_along(-x, axis)
