"""Dropping small numbers."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import hard_shrink
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.ops.op import Tensor
from engine.settings import setting


class HardShrink(ActivationLayer):
    """Sets numbers near zero to zero and keeps the others as they are.

    y = 0 between -threshold and threshold, x otherwise. Use it to make codes sparse.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Sets numbers near zero to zero",
        aliases=("sparse", "denoise", "nonlinearity"),
        keras="Activation",
        torch="Hardshrink",
        onnx="Shrink",
        masking=True,
        samples=(LayerSample(), LayerSample({"threshold": 0.1}, ((2, 3, 2),))),
    )
    threshold: float = setting(
        0.5, "Threshold", "numbers closer to zero become zero", prominent=True, ge=0.0, le=1e6
    )

    def apply(self, x: Tensor) -> Tensor:
        """The hard shrink of every number."""
        return hard_shrink(x, self.threshold)
