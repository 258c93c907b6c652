"""The logistic function."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_layer import ActivationLayer
from engine.layers.activations import activate
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class Sigmoid(ActivationLayer):
    """Squeezes every number between 0 and 1.

    y = 1 / (1 + e⁻ˣ). Use it at the end of a network that says yes or no: its output reads as a probability.
    Within a network it learns slower than ReLU.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Squeezes every number between 0 and 1",
        aliases=("logistic", "probability", "nonlinearity"),
        keras="Activation",
        torch="Sigmoid",
        onnx="Sigmoid",
        masking=True,
        common=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The sigmoid of every number."""
        return activate(x, "sigmoid")

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm(call="{0}", activation="sigmoid", layout="any")
