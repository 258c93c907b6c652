"""The rectifier."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import general_relu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class ReLU(ActivationLayer):
    """Keeps numbers above zero and sets those below to zero.

    y = max(x, 0). Simple, fast, and what most networks use between their layers. Options: no larger than
    max_value; negative_slope · (x - threshold) below the threshold instead of zero; another threshold than
    zero.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Keeps what is above zero, sets the rest to zero",
        aliases=("rectifier", "nonlinearity"),
        keras="ReLU",
        torch="ReLU",
        onnx="Relu",
        masking=True,
        common=True,
        samples=(
            LayerSample(),
            LayerSample({"max_value": 1.0, "negative_slope": 0.25}, ((2, 3, 2),)),
            LayerSample({"negative_slope": 1.5}, ((1, 3),)),
            LayerSample({"threshold": 0.5, "negative_slope": 0.5}, ((5,),)),
            LayerSample({"threshold": 0.5, "max_value": 1.5}, ((3, 4),)),
        ),
    )
    max_value: float | None = setting(None, "Largest", "cut off above this; empty: no limit", ge=0.0, le=1e6)
    negative_slope: float = setting(0.0, "Slope", "factor for numbers below the threshold", ge=0.0, le=1e6)
    threshold: float = setting(0.0, "Threshold", "numbers below it count as negative", ge=0.0, le=1e6)

    def apply(self, x: Tensor) -> Tensor:
        """As set."""
        return general_relu(x, self.negative_slope, self.max_value, self.threshold)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The rectifier of the settings; several of them together have no module."""
        if not self.threshold and self.max_value is None:
            slope = self.negative_slope
            return TorchForm(f"nn.LeakyReLU({slope})" if slope else "nn.ReLU()", layout="any")
        if self.threshold or self.negative_slope:
            return None
        return TorchForm(call=f"{{0}}.clamp(0.0, {self.max_value})", layout="any")
