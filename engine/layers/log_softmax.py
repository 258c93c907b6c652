"""The logarithm of probabilities."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import log_softmax
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.shapes import inner_axis
from engine.ops.op import Tensor
from engine.settings import setting


class LogSoftmax(ActivationLayer):
    """Turns scores into the logarithms of probabilities.

    yᵢ = xᵢ - log Σ e^xⱼ: the logarithm of Softmax, exact where a probability is too small for a number. Use it where
    probabilities are multiplied later on, which here is adding.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Turns scores into logarithms of probabilities",
        aliases=("probability", "classes"),
        keras="Activation",
        torch="LogSoftmax",
        onnx="LogSoftmax",
        masking=True,
        samples=(LayerSample(), LayerSample({"axis": 1}, ((2, 3, 2),))),
    )
    axis: int = setting(
        -1, "Axis", "dimension over which the probabilities add up to 1; 0 is the batch", ge=-8, le=8
    )

    def apply(self, x: Tensor) -> Tensor:
        """The log soft-max over the axis."""
        return log_softmax(x, inner_axis(self.axis, x, "LogSoftmax"))
