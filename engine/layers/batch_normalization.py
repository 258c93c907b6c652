"""Normalization by the statistics of the batch."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    per_example,
)
from engine.ops.elementwise import rsqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError


class BatchNormalization(Layer):
    """Brings every channel to mean 0 and deviation 1.

    y = gamma · (x - mean) / √(variance + epsilon) + beta. While training, mean and variance are those of the
    batch; in use they are the moving averages that training left behind. Networks with it train faster and
    forgive larger learning rates. Put it between a convolution or Dense and its activation; it needs batches
    of 16 or more.
    Source: Ioffe and Szegedy, Batch normalization, 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Brings every channel to mean 0 and deviation 1 over the batch",
        aliases=("batchnorm", "bn", "standardize"),
        keras="BatchNormalization",
        torch="BatchNorm2d",
        onnx="BatchNormalization",
        samples=(
            LayerSample({}, ((6, 4),)),
            LayerSample({"momentum": 0.9, "epsilon": 0.01}, ((3, 2, 3, 2),)),
            LayerSample({"center": False, "scale": False}, ((5, 3),)),
        ),
    )
    momentum: float = setting(0.99, "Momentum", "memory of the moving averages", ge=0.0, le=1.0)
    epsilon: float = setting(0.001, "Epsilon", "keeps the division from zero", gt=0.0, le=1.0)
    center: bool = setting(True, "Center", "learn a shift (beta) for each channel")
    scale: bool = setting(True, "Scale", "learn a factor (gamma) for each channel")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays; channels are the last dimension."""
        (x,) = inputs
        expect_numbers(x, "BatchNormalization")
        if x.spec.rank < 2:
            raise ShapeError(
                f"BatchNormalization needs channels, received {per_example(x)} per example. "
                "Put a Reshape to (1,) before it."
            )
        average, variance = self._statistics(b, x)
        factor = rsqrt(variance + self.epsilon)
        if self.scale:
            factor = factor * b.weight("gamma", (x.shape[-1],), "ones")
        y = (x - average) * factor
        return (y + b.weight("beta", (x.shape[-1],), "zeros") if self.center else y,)

    def _statistics(self, b: LayerBuilder, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance (channels,): of this batch in training, moving averages otherwise."""
        moving_mean = b.weight("moving_mean", (x.shape[-1],), "zeros", trainable=False)
        moving_variance = b.weight("moving_variance", (x.shape[-1],), "ones", trainable=False)
        if not b.training:
            return moving_mean, moving_variance
        axes = tuple(range(x.spec.rank - 1))
        average = mean(x, axes=axes)
        variance = mean(square(x - average), axes=axes)
        fresh = 1.0 - self.momentum
        b.update("moving_mean", moving_mean * self.momentum + average * fresh)
        b.update("moving_variance", moving_variance * self.momentum + variance * fresh)
        return average, variance

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Over what it normalizes."""
        count = inputs[0][-1]
        return (
            f"Brings {'the channel' if count == 1 else f'each of {count} channels'} to mean 0 and deviation 1"
        )
