"""The dropout for self-normalizing networks."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.layers.activation_functions import SELU_ALPHA, SELU_SCALE
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.noise import NoiseShape, TrainingNoise, decisions, kept
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class AlphaDropout(TrainingNoise):
    """Leaves out a random share of the numbers while training, and keeps mean and deviation.

    What is left out becomes the lowest value of SELU, -1.7581, instead of zero; everything is then scaled and shifted
    so that mean 0 and deviation 1 stay. Use it behind SELU in place of Dropout.
    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Leaves out a random share of the numbers and keeps mean and deviation",
        aliases=("dropout", "selu", "noise", "regularization", "overfitting"),
        keras="AlphaDropout",
        torch="AlphaDropout",
        masking=True,
        samples=(
            LayerSample({}, ((4, 6),)),
            LayerSample({"rate": 0.0}),
            LayerSample({"rate": 0.2, "noise_shape": (None, 1, 3)}, ((2, 4, 3),)),
        ),
    )
    rate: float = setting(0.05, "Rate", "share of the numbers left out", prominent=True, ge=0.0, lt=1.0)
    noise_shape: NoiseShape = setting(
        None,
        "Noise shape",
        "1 where one decision holds for a whole dimension, the batch included; empty: each number",
        advanced=True,
    )

    def disturbed(self, b: LayerBuilder, x: Tensor) -> Tensor:
        """A · (x or the lowest value) + b, with a and b from the condition on mean and deviation."""
        shape = decisions(self.noise_shape, x, "AlphaDropout")
        if not self.rate:
            return x
        lowest = -SELU_ALPHA * SELU_SCALE
        factor = 1.0 / math.sqrt((1.0 - self.rate) * (1.0 + self.rate * lowest**2))
        stays = kept(b, shape, self.rate)
        return (x * stays + (1.0 - stays) * lowest) * factor - factor * lowest * self.rate

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which share is left out."""
        return f"Leaves out {self.rate:.3g} of the numbers at random and keeps mean and deviation"
