"""Scores turned into few probabilities."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import sparsemax
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.shapes import inner_axis
from engine.ops.op import Tensor
from engine.settings import setting


class Sparsemax(ActivationLayer):
    """Turns scores into probabilities that add up to 1, of which low ones are exactly 0.

    y = max(x - τ, 0), with the τ that makes them add up to 1. Use it in place of Softmax where only a few of many
    choices should get a share, as in an attention that is to be read.
    Source: Martins and Astudillo, From softmax to sparsemax, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Turns scores into probabilities, low ones exactly 0",
        aliases=("probability", "classes", "softmax", "sparse"),
        keras="Activation",
        masking=True,
        samples=(LayerSample(), LayerSample({"axis": 1}, ((2, 5, 2),))),
    )
    axis: int = setting(-1, "Axis", "dimension over which they add up to 1; 0 is the batch", ge=-8, le=8)

    def apply(self, x: Tensor) -> Tensor:
        """The sparse-max over the axis."""
        return sparsemax(x, inner_axis(self.axis, x, "Sparsemax"))
