"""The hyperbolic tangent in three straight pieces."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import hard_tanh
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class HardTanh(ActivationLayer):
    """Cuts every number off at -1 and 1.

    y = -1 below -1, 1 above 1, x between: tanh made of three straight pieces.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Cuts every number off at -1 and 1",
        aliases=("clip", "nonlinearity"),
        keras="Activation",
        torch="Hardtanh",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """Every number between -1 and 1."""
        return hard_tanh(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Hardtanh()", layout="any")
