"""The rectifier with an upper end."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import relu6
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class ReLU6(ActivationLayer):
    """Keeps numbers between 0 and 6 and cuts the others off.

    y = min(max(x, 0), 6). Usual in small networks that are to run with few bits.
    Source: Krizhevsky, Convolutional deep belief networks on CIFAR-10, 2010.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Keeps what is between 0 and 6",
        aliases=("rectifier", "clip", "mobilenet", "nonlinearity"),
        keras="Activation",
        torch="ReLU6",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """Every number between 0 and 6."""
        return relu6(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.ReLU6()", layout="any")
