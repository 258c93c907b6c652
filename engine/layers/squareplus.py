"""A smooth rectifier made of a square root."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import squareplus
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.ops.op import Tensor


class Squareplus(ActivationLayer):
    """A rectifier without a kink, made of a square root instead of an exponential.

    y = ½ (x + √(x² + 4)). Cheaper than softplus, and it cannot overflow early. Source: Barron, Squareplus, 2021.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="A smooth rectifier made of a square root",
        aliases=("softplus", "positive", "nonlinearity"),
        keras="Activation",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The squareplus of every number."""
        return squareplus(x)
