"""Normalizations."""

from __future__ import annotations

import math

import numpy as np

from engine.exchange.onnx.calls import Call, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operations import o
from engine.ops.arrangement import part
from engine.ops.op import Tensor
from engine.tensor.spec import normalize_axis


def _over_channels(x: Tensor, factor: Tensor) -> Tensor:
    """(channels) as it meets (batch, channels, ..)."""
    return o.reshape(factor, (-1, *(1,) * (x.spec.rank - 2)))


@operator("BatchNormalization")
def _batch(call: Call) -> list[Tensor]:
    x, gamma, beta, mean, variance = (call.f(k) for k in range(5))
    epsilon, momentum = float(call.get("epsilon", 1e-5)), float(call.get("momentum", 0.9))
    outputs = []
    if call.get("training_mode", 0):
        axes = (0, *range(2, x.spec.rank))
        own, spread = o.mean(x, axes), o.var(x, axes)
        outputs = [m * momentum + n * (1.0 - momentum) for m, n in ((mean, own), (variance, spread))]
        mean, variance = own, spread
    factor = gamma * o.rsqrt(variance + epsilon)
    y = (x - _over_channels(x, mean)) * _over_channels(x, factor) + _over_channels(x, beta)
    return [y, *outputs]


@operator("InstanceNormalization")
def _instance(call: Call) -> Tensor:
    x = call.f()
    axes = tuple(range(2, x.spec.rank))
    y = _standard(x, axes, float(call.get("epsilon", 1e-5)))[0]
    return y * _over_channels(x, call.f(1)) + _over_channels(x, call.f(2))


def _standard(x: Tensor, axes: tuple[int, ...], epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """With mean 0 and deviation 1, the means, and one over the deviations."""
    mean = o.mean(x, axes, keepdims=True)
    centered = x - mean
    inverse = o.rsqrt(o.mean(o.square(centered), axes, keepdims=True) + epsilon)
    return centered * inverse, mean, inverse


@operator("GroupNormalization")
def _group(call: Call) -> Tensor:
    x, groups = call.f(), int(call.get("num_groups", 1))
    b, c = x.shape[:2]
    apart = o.reshape(x, (b, groups, -1))
    y = o.reshape(_standard(apart, (2,), float(call.get("epsilon", 1e-5)))[0], x.shape)
    gamma, beta = call.f(1), call.f(2)
    if gamma.spec.size != c:  # before opset 21, a factor for each group
        gamma, beta = (o.repeat(v, c // groups, 0) for v in (gamma, beta))
    return y * _over_channels(x, gamma) + _over_channels(x, beta)


@operator("LayerNormalization")
def _layer(call: Call) -> list[Tensor]:
    x = call.f()
    axis = normalize_axis(int(call.get("axis", -1)), x.spec.rank)
    axes = tuple(range(axis, x.spec.rank))
    y, mean, inverse = _standard(x, axes, float(call.get("epsilon", 1e-5)))
    y = y * call.f(1)
    return [y + call.f(2) if call.has(2) else y, mean, inverse]


@operator("RMSNormalization")
def _rms(call: Call) -> Tensor:
    x = call.f()
    axis = normalize_axis(int(call.get("axis", -1)), x.spec.rank)
    axes = tuple(range(axis, x.spec.rank))
    inverse = o.rsqrt(o.mean(o.square(x), axes, keepdims=True) + float(call.get("epsilon", 1e-5)))
    return x * inverse * call.f(1)


@operator("LRN")
def _local_response(call: Call) -> Tensor:
    """Divided by what neighbouring channels say."""
    x, size = call.f(), int(call.get("size", 1))
    alpha, beta = float(call.get("alpha", 1e-4)), float(call.get("beta", 0.75))
    if not 0 < size <= 4096:
        raise RefusedError("it looks at too many channels")
    before, after = (size - 1) // 2, math.ceil((size - 1) / 2)
    squares = o.pad(o.square(x), [(0, 0), (before, after), *[(0, 0)] * (x.spec.rank - 2)])
    total = part(squares, 1, 0, x.shape[1])
    for k in range(1, size):
        total = total + part(squares, 1, k, k + x.shape[1])
    divisor: Tensor = o.power(total * (alpha / size) + float(call.get("bias", 1.0)), np.float32(beta).item())
    return x / divisor
