"""The sigmoid linear unit."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import silu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class SiLU(ActivationLayer):
    """Weakens every number by its own sigmoid.

    y = x · sigmoid(x), also known as swish: smooth, and slightly below zero for small negative numbers. Usual in
    modern networks for pictures. Source: Elfwing et al., 2017; Ramachandran et al., 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="A smooth rectifier: every number times its sigmoid",
        aliases=("swish", "nonlinearity"),
        keras="Activation",
        torch="SiLU",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The SiLU of every number."""
        return silu(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.SiLU()", layout="any")
