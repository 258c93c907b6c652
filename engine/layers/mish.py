"""A smooth rectifier."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import mish
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class Mish(ActivationLayer):
    """A smooth rectifier that dips a little below zero.

    y = x · tanh(softplus(x)). Similar to SiLU, a little slower and sometimes a little better. Source: Misra, 2019.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="A smooth rectifier that dips below zero",
        aliases=("nonlinearity",),
        keras="Activation",
        torch="Mish",
        onnx="Mish",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The Mish of every number."""
        return mish(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Mish()", layout="any")
