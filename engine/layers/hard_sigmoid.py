"""The sigmoid in three straight pieces."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import hard_sigmoid
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class HardSigmoid(ActivationLayer):
    """A sigmoid made of three straight pieces, which is fast to compute.

    y = 0 below -3, 1 above 3, x / 6 + ½ between.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="A sigmoid of three straight pieces",
        aliases=("logistic", "nonlinearity"),
        keras="Activation",
        torch="Hardsigmoid",
        onnx="HardSigmoid",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The hard sigmoid of every number."""
        return hard_sigmoid(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Hardsigmoid()", layout="any")
