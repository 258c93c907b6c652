"""Moving numbers towards zero."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import soft_shrink
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.ops.op import Tensor
from engine.settings import setting


class SoftShrink(ActivationLayer):
    """Moves every number towards zero by the threshold; what is closer to zero becomes zero.

    y = x - threshold above the threshold, x + threshold below -threshold, 0 between. Use it to make codes sparse or
    to take noise off.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Moves every number towards zero",
        aliases=("sparse", "denoise", "nonlinearity"),
        keras="Activation",
        torch="Softshrink",
        onnx="Shrink",
        masking=True,
        samples=(LayerSample(), LayerSample({"threshold": 0.1}, ((2, 3, 2),))),
    )
    threshold: float = setting(0.5, "Threshold", "how far numbers are moved", prominent=True, ge=0.0, le=1e6)

    def apply(self, x: Tensor) -> Tensor:
        """The soft shrink of every number."""
        return soft_shrink(x, self.threshold)
