"""Mean and variance of channels over all else, for layers that normalize or adapt."""

from __future__ import annotations

from engine.layers.shapes import shaped
from engine.ops.elementwise import square, where
from engine.ops.op import Tensor
from engine.ops.reductions import broadcast_to, mean, sum_
from engine.ops.views import reshape
from engine.tensor.spec import DType, Shape

_SMALL = 1e-7  # keras.config.epsilon(): added to the number of examples that a mask leaves


def moments(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Mean and (biased) variance, (channels,) each, of `x` (batch, ..) with channels in dimension `axis`."""
    others = tuple(i for i in range(x.spec.rank) if i != axis)
    spread = _spread(x, axis)
    average = mean(x, axes=others)
    variance = mean(square(x - shaped(average, spread)), axes=others)
    return average, variance


def masked_moments(x: Tensor, axis: int, mask: Tensor) -> tuple[Tensor, Tensor]:
    """`moments` of what the mask (batch, time) says is there, of `x` (batch, time, ..).

    Source: keras/src/layers/normalization/batch_normalization.py, _moments.
    """
    others = tuple(i for i in range(x.spec.rank) if i != axis)
    spread = _spread(x, axis)
    known = broadcast_to(reshape(mask, shape=(*mask.shape, *(1 for _ in x.shape[2:]))), shape=x.shape)
    zero = x.builder.constant(0.0, DType.FLOAT32)
    count = sum_(known, axes=others) + _SMALL
    average = sum_(where(known, x, zero), axes=others) / count
    distance = where(known, x - shaped(average, spread), zero)
    return average, sum_(square(distance), axes=others) / count


def moved(before: Tensor, value: Tensor, momentum: float) -> Tensor:
    """A moving average after one more value."""
    return before * momentum + value * (1.0 - momentum)


def _spread(x: Tensor, axis: int) -> Shape:
    return (x.shape[axis], *(1 for _ in x.shape[axis + 1 :]))
