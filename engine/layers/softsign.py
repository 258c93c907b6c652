"""A slow sigmoid between -1 and 1."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import softsign
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class Softsign(ActivationLayer):
    """Squeezes every number between -1 and 1, more slowly than tanh.

    y = x / (1 + |x|). Far from zero it still learns, where tanh hardly does.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Squeezes every number between -1 and 1, slowly",
        aliases=("nonlinearity",),
        keras="Activation",
        torch="Softsign",
        onnx="Softsign",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The softsign of every number."""
        return softsign(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Softsign()", layout="any")
