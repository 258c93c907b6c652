"""The exponential function."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.elementwise import exp
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class Exponential(ActivationLayer):
    """Raises e to the power of every number.

    y = eˣ. Use it at the end of a network whose answer is positive and spans several magnitudes; large inputs
    overflow.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="e to the power of every number",
        aliases=("exp", "positive", "nonlinearity"),
        keras="Activation",
        onnx="Exp",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The exponential of every number."""
        return exp(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm(call="torch.exp({0})", layout="any")
