"""The formulas of the activations, as ops: layers that apply one and layers that are one share them.

All keep the shape but `glu`. Where a function has a kink, the gradient there is that of one side.
"""

from __future__ import annotations

import math

import numpy as np

from engine.layers.shapes import part
from engine.ops.elementwise import (
    absolute,
    clip,
    erf,
    expm1,
    greater,
    maximum,
    minimum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    square,
    stop_gradient,
    tanh,
    where,
)
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.scans import cumsum
from engine.ops.softmax import log_softmax as log_softmax_of_rows
from engine.ops.softmax import softmax as softmax_of_rows
from engine.ops.sorting import sort_pair
from engine.tensor.spec import DType, ShapeError

# Source: Klambauer et al., Self-normalizing neural networks, 2017
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _limit(x: Tensor, value: float) -> Tensor:
    return x.builder.constant(value, DType.FLOAT32)


def leaky_relu(x: Tensor, negative_slope: float) -> Tensor:
    """X above zero, negative_slope · x below."""
    return (maximum if negative_slope <= 1.0 else minimum)(x, x * negative_slope)


def general_relu(x: Tensor, negative_slope: float, max_value: float | None, threshold: float) -> Tensor:
    """X above the threshold, at most max_value; negative_slope · (x - threshold) below.

    Source: keras/src/activations/activations.py, ReLU.static_call.
    """
    if not threshold and max_value is None:
        return leaky_relu(x, negative_slope) if negative_slope else relu(x)
    y = where(greater(x, _limit(x, threshold)), x, _limit(x, 0.0)) if threshold else relu(x)
    if max_value is not None:
        y = minimum(y, _limit(x, max_value))
    return y - relu(threshold - x) * negative_slope if negative_slope else y


def elu(x: Tensor, alpha: float) -> Tensor:
    """X above zero, alpha · (eˣ - 1) below. Source: Clevert et al., 2015."""
    return relu(x) + expm1(minimum(x, _limit(x, 0.0))) * alpha


def selu(x: Tensor) -> Tensor:
    """The ELU scaled so that mean 0 and deviation 1 are kept from layer to layer."""
    return elu(x, SELU_ALPHA) * SELU_SCALE


def celu(x: Tensor, alpha: float) -> Tensor:
    """X above zero, alpha · (e^(x / alpha) - 1) below. Source: Barron, 2017."""
    return relu(x) + expm1(minimum(x, _limit(x, 0.0)) * (1.0 / alpha)) * alpha


def gelu(x: Tensor, *, approximate: bool) -> Tensor:
    """X · Φ(x) with the distribution function Φ of the standard normal.

    The approximation is ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))). Source: Hendrycks and Gimpel, 2016.
    """
    if approximate:
        return x * 0.5 * (tanh((x + x * x * x * 0.044715) * math.sqrt(2.0 / math.pi)) + 1.0)
    return x * 0.5 * (erf(x * math.sqrt(0.5)) + 1.0)


def silu(x: Tensor) -> Tensor:
    """X · sigmoid(x). Source: Elfwing et al., 2017; Ramachandran et al., 2017 (swish)."""
    return x * sigmoid(x)


def mish(x: Tensor) -> Tensor:
    """X · tanh(softplus(x)). Source: Misra, 2019."""
    return x * tanh(softplus(x))


def softsign(x: Tensor) -> Tensor:
    """X / (1 + |x|)."""
    return x / (absolute(x) + 1.0)


def log_sigmoid(x: Tensor) -> Tensor:
    """Log(sigmoid(x)) as -softplus(-x), which does not underflow."""
    return -softplus(-x)


def hard_sigmoid(x: Tensor) -> Tensor:
    """X / 6 + ½ between 0 and 1."""
    return clip(x + 3.0, 0.0, 6.0) * (1.0 / 6.0)


def hard_sigmoid_02(x: Tensor) -> Tensor:
    """X / 5 + ½ between 0 and 1: what Keras 2 and TensorFlow.js call hard sigmoid."""
    return clip(x * 0.2 + 0.5, 0.0, 1.0)


def hard_silu(x: Tensor) -> Tensor:
    """X · hard_sigmoid(x). Source: Howard et al., MobileNetV3, 2019."""
    return x * hard_sigmoid(x)


def relu6(x: Tensor) -> Tensor:
    """X between 0 and 6."""
    return clip(x, 0.0, 6.0)


def hard_tanh(x: Tensor) -> Tensor:
    """X between -1 and 1."""
    return clip(x, -1.0, 1.0)


def tanh_shrink(x: Tensor) -> Tensor:
    """X - tanh(x)."""
    return x - tanh(x)


def soft_shrink(x: Tensor, threshold: float) -> Tensor:
    """X moved by the threshold towards zero, and zero within it."""
    return relu(x - threshold) - relu(-threshold - x)


def hard_shrink(x: Tensor, threshold: float) -> Tensor:
    """X outside ±threshold, zero within."""
    return where(greater(absolute(x), _limit(x, threshold)), x, _limit(x, 0.0))


def replaced_below(x: Tensor, threshold: float, value: float) -> Tensor:
    """X above the threshold, `value` otherwise."""
    return where(greater(x, _limit(x, threshold)), x, _limit(x, value))


def sparse_plus(x: Tensor) -> Tensor:
    """¼ (x + 1)² between -1 and 1, zero below, x above. Source: keras.ops.sparse_plus."""
    return square(clip(x, -1.0, 1.0) + 1.0) * 0.25 + relu(x - 1.0)


def sparse_sigmoid(x: Tensor) -> Tensor:
    """½ (x + 1) between 0 and 1. Source: keras.ops.sparse_sigmoid."""
    return (clip(x, -1.0, 1.0) + 1.0) * 0.5


def squareplus(x: Tensor) -> Tensor:
    """½ (x + √(x² + 4)). Source: Barron, Squareplus, 2021."""
    return (x + sqrt(square(x) + 4.0)) * 0.5


def glu(x: Tensor, axis: int = -1) -> Tensor:
    """The first half of the axis times the sigmoid of the second: the axis becomes half as long."""
    axis %= x.spec.rank
    length = x.shape[axis]
    if length % 2:
        raise ShapeError(
            f"A gated linear unit needs an even length to halve, received {length}. Take one more unit before it."
        )
    value, gate = (part(x, axis, start, start + length // 2) for start in (0, length // 2))
    return value * sigmoid(gate)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Probabilities along the axis: eˣ / Σ eˣ."""
    last = _exchange(axis, x.spec.rank)
    if last is None:
        return softmax_of_rows(x)
    return transpose(softmax_of_rows(transpose(x, perm=last)), perm=last)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """The logarithm of the soft-max, exact where a probability underflows."""
    last = _exchange(axis, x.spec.rank)
    if last is None:
        return log_softmax_of_rows(x)
    return transpose(log_softmax_of_rows(transpose(x, perm=last)), perm=last)


def sparsemax(x: Tensor, axis: int = -1) -> Tensor:
    """Probabilities along the axis of which many are exactly zero: x - τ above zero, with τ such that they add up to 1.

    Source: Martins and Astudillo, From softmax to sparsemax, 2016.
    """
    last = _exchange(axis, x.spec.rank)
    if last is not None:
        return transpose(sparsemax(transpose(x, perm=last)), perm=last)
    along = (x.spec.rank - 1,)
    length = x.shape[-1]
    ordered, _ = sort_pair(stop_gradient(x), descending=True)
    counts = x.builder.constant(np.arange(1, length + 1, dtype=np.float32), DType.FLOAT32)
    inside = greater(ordered * counts + 1.0, cumsum(ordered))
    limit = (sum_(ordered * inside, axes=along, keepdims=True) - 1.0) / sum_(
        inside, axes=along, keepdims=True
    )
    chosen = greater(x, limit)  # which ones have a share; τ again, now with a gradient
    tau = (sum_(x * chosen, axes=along, keepdims=True) - 1.0) / sum_(chosen, axes=along, keepdims=True)
    return relu(x - tau)


def _exchange(axis: int, rank: int) -> tuple[int, ...] | None:
    """The permutation that exchanges the axis and the last one; None where it is the last one."""
    axis %= rank
    if axis == rank - 1:
        return None
    return tuple(rank - 1 if i == axis else axis if i == rank - 1 else i for i in range(rank))
