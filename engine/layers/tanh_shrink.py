"""What tanh leaves."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import tanh_shrink
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class TanhShrink(ActivationLayer):
    """Subtracts the hyperbolic tangent from every number.

    y = x - tanh(x): small numbers nearly vanish, large ones come closer to zero by 1.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Small numbers nearly vanish, large ones lose 1",
        aliases=("nonlinearity", "sparse"),
        keras="Activation",
        torch="Tanhshrink",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """What tanh leaves of every number."""
        return tanh_shrink(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Tanhshrink()", layout="any")
