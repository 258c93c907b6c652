"""The rectifier that lets a little through."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import leaky_relu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class LeakyReLU(ActivationLayer):
    """Keeps numbers above zero and weakens those below.

    y = x for x ≥ 0, negative_slope · x otherwise. Use it in place of ReLU where many units stay at zero and
    stop learning.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Keeps what is above zero, weakens what is below",
        aliases=("rectifier", "nonlinearity"),
        keras="LeakyReLU",
        torch="LeakyReLU",
        onnx="LeakyRelu",
        masking=True,
        common=True,
        samples=(LayerSample(), LayerSample({"negative_slope": 0.0}, ((2, 3, 2),))),
    )
    negative_slope: float = setting(
        0.3, "Slope", "factor for numbers below zero", prominent=True, ge=0.0, le=1e6
    )

    def apply(self, x: Tensor) -> Tensor:
        """The weakened number, or the number itself."""
        return leaky_relu(x, self.negative_slope)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm(f"nn.LeakyReLU({self.negative_slope})", layout="any")
