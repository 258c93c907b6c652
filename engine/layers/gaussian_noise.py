"""Noise added to what a layer sees."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.noise import TrainingNoise
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class GaussianNoise(TrainingNoise):
    """Adds random numbers of mean 0 while training.

    y = x + noise, normally distributed with the deviation that you set. The network sees every example a little
    differently each time, which has the effect of more data. Put it behind the Input.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Adds random numbers while training",
        aliases=("regularization", "overfitting", "jitter", "augmentation"),
        keras="GaussianNoise",
        masking=True,
        samples=(LayerSample({}, ((4, 6),)), LayerSample({"stddev": 0.0})),
    )
    stddev: float = setting(0.1, "Deviation", "of the noise", prominent=True, ge=0.0, le=1.0)

    def disturbed(self, b: LayerBuilder, x: Tensor) -> Tensor:
        """The noise on top."""
        return x + b.normal(x.shape) * self.stddev if self.stddev else x

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How much noise."""
        return f"Adds noise of deviation {self.stddev:.3g} in every training step"
