"""Batch renormalization: training with the moving averages, too, so that small batches do less harm.

Source: Ioffe, Batch renormalization, 2017; keras/src/layers/normalization/batch_normalization.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.layers.base import LayerBuilder
from engine.layers.initializers import Initializer
from engine.layers.moments import moved
from engine.ops.elementwise import clip, maximum, minimum, relu, square, stop_gradient
from engine.ops.op import Tensor
from engine.settings import Settings, setting
from engine.tensor.spec import Array, DType, Shape


class Clipping(Settings):
    """How far the deviation (factor r) and the mean (shift d) of a batch may be from the averages."""

    rmax: float | None = setting(None, "Largest factor", "empty: no limit", ge=0.0, le=1e6)
    rmin: float | None = setting(None, "Smallest factor", "empty: no limit", ge=0.0, le=1e6)
    dmax: float | None = setting(None, "Largest shift", "empty: no limit", ge=0.0, le=1e6)


class RootOf(Initializer):
    """The square root of what another initializer draws: a deviation that starts where a variance does."""

    label: ClassVar[str] = "Square root"
    variance: Initializer

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """The square roots."""
        return np.asarray(np.sqrt(self.variance.sample(shape, generator)), np.float32)


@dataclass(frozen=True)
class Averages:
    """The weights of a layer that renormalizes, (channels,) each."""

    moving_mean: Tensor
    moving_variance: Tensor
    moving_stddev: Tensor
    renorm_mean: Tensor
    renorm_stddev: Tensor

    @classmethod
    def of(
        cls, b: LayerBuilder, mean: Tensor, variance: Tensor, starts: tuple[Initializer, Initializer]
    ) -> Averages:
        """Make those beside the moving mean and variance; `starts` are those of mean and variance."""
        deviation = RootOf(variance=starts[1])

        def weight(name: str, start: Initializer) -> Tensor:
            return b.weight(name, mean.shape, start, trainable=False)

        return cls(
            mean,
            variance,
            weight("moving_stddev", deviation),
            weight("renorm_mean", starts[0]),
            weight("renorm_stddev", deviation),
        )

    def corrections(
        self, mean: Tensor, deviation: Tensor, epsilon: float, clipping: Clipping
    ) -> tuple[Tensor, Tensor]:
        """Factor r and shift d, which lead from the batch's normalization to that of the averages."""
        constant = mean.builder.constant
        known = maximum(self.renorm_stddev, constant(math.sqrt(epsilon), DType.FLOAT32))
        r, d = deviation / known, (mean - self.renorm_mean) / known
        if clipping.rmin is not None:
            r = maximum(r, constant(clipping.rmin, DType.FLOAT32))
        if clipping.rmax is not None:
            r = minimum(r, constant(clipping.rmax, DType.FLOAT32))
        if clipping.dmax is not None:
            d = clip(d, -clipping.dmax, clipping.dmax)
        return stop_gradient(r), stop_gradient(d)

    def update(
        self, b: LayerBuilder, mean: Tensor, deviation: Tensor, momenta: tuple[float, float], epsilon: float
    ) -> None:
        """All averages after this batch; `momenta` are those of the moving and of the renorm averages."""
        new_deviation = moved(self.moving_stddev, deviation, momenta[0])
        b.update("renorm_mean", moved(self.renorm_mean, mean, momenta[1]))
        b.update("renorm_stddev", moved(self.renorm_stddev, deviation, momenta[1]))
        b.update("moving_mean", moved(self.moving_mean, mean, momenta[0]))
        b.update("moving_stddev", new_deviation)
        b.update("moving_variance", relu(square(new_deviation) - epsilon))
