"""The smooth rectifier."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.elementwise import softplus
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class Softplus(ActivationLayer):
    """A rectifier without a kink: always above zero.

    y = log(1 + eˣ). Use it where an output must be positive, such as a deviation or a rate.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="A smooth rectifier, always above zero",
        aliases=("positive", "nonlinearity"),
        keras="Activation",
        torch="Softplus",
        onnx="Softplus",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The softplus of every number."""
        return softplus(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Softplus()", layout="any")
