"""Multiplying by random numbers around 1."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.noise import TrainingNoise
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class GaussianDropout(TrainingNoise):
    """Multiplies every number by a random one around 1 while training.

    y = x · noise, normally distributed with mean 1 and deviation √(rate / (1 - rate)): mean and spread are those that
    Dropout of this rate causes, but nothing becomes exactly zero.
    Source: Srivastava et al., Dropout, 2014.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Multiplies by random numbers around 1 while training",
        aliases=("dropout", "noise", "regularization", "overfitting"),
        keras="GaussianDropout",
        masking=True,
        samples=(LayerSample({}, ((4, 6),)), LayerSample({"rate": 0.0})),
    )
    rate: float = setting(
        0.5, "Rate", "of the Dropout that it is as strong as", prominent=True, ge=0.0, lt=1.0
    )

    def disturbed(self, b: LayerBuilder, x: Tensor) -> Tensor:
        """Times the noise."""
        if not self.rate:
            return x
        return x * (b.normal(x.shape) * math.sqrt(self.rate / (1.0 - self.rate)) + 1.0)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How strong."""
        return f"Multiplies by random numbers around 1, as strong as a Dropout of {self.rate:.3g}"
