"""The hyperbolic tangent."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_layer import ActivationLayer
from engine.layers.activations import activate
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class Tanh(ActivationLayer):
    """Squeezes every number between -1 and 1.

    y = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ). Smooth and centred at zero; good in small networks and on smooth curves.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Squeezes every number between -1 and 1",
        aliases=("hyperbolic", "nonlinearity"),
        keras="Activation",
        torch="Tanh",
        onnx="Tanh",
        masking=True,
        common=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The tangent of every number."""
        return activate(x, "tanh")

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.Tanh()", layout="any")
