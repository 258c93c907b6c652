"""SiLU in three pieces."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import hard_silu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class HardSwish(ActivationLayer):
    """SiLU made of three pieces, which is fast to compute.

    y = x · hard_sigmoid(x): 0 below -3, x above 3, x · (x + 3) / 6 between. Usual in networks for phones.
    Source: Howard et al., Searching for MobileNetV3, 2019.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="SiLU in three pieces, fast to compute",
        aliases=("hard_silu", "hardswish", "mobilenet", "nonlinearity"),
        keras="Activation",
        torch="Hardswish",
        onnx="HardSwish",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The hard swish of every number."""
        return hard_silu(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Hardswish()", layout="any")
