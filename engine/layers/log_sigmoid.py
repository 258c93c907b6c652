"""The logarithm of the sigmoid."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import log_sigmoid
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class LogSigmoid(ActivationLayer):
    """The logarithm of the sigmoid, exact where the sigmoid itself is too small for a number.

    y = log(1 / (1 + e⁻ˣ)): always below zero. It reads as the logarithm of a probability.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="The logarithm of the sigmoid",
        aliases=("logistic", "probability", "nonlinearity"),
        keras="Activation",
        torch="LogSigmoid",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The log sigmoid of every number."""
        return log_sigmoid(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.LogSigmoid()", layout="any")
