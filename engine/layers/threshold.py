"""Another value for small numbers."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import replaced_below
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.ops.op import Tensor
from engine.settings import setting


class Threshold(ActivationLayer):
    """Replaces numbers that do not exceed the threshold by a fixed value.

    y = x for x > threshold, value otherwise. With 0 and 0 it is ReLU.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Replaces small numbers by a fixed value",
        aliases=("clip", "nonlinearity"),
        keras="Activation",
        torch="Threshold",
        masking=True,
        samples=(LayerSample(), LayerSample({"threshold": 0.1, "value": -1.0}, ((2, 3, 2),))),
    )
    threshold: float = setting(
        0.0, "Threshold", "numbers up to it are replaced", prominent=True, ge=-1e6, le=1e6
    )
    value: float = setting(0.0, "Value", "what stands in their place", ge=-1e6, le=1e6)

    def apply(self, x: Tensor) -> Tensor:
        """The number, or the value in its place."""
        return replaced_below(x, self.threshold, self.value)
