"""The exponential linear unit without a kink."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import celu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class CELU(ActivationLayer):
    """Keeps numbers above zero and bends those below towards a limit, without a kink for any alpha.

    y = x for x > 0, alpha · (e^(x / alpha) - 1) otherwise; with alpha 1 it is the ELU. Source: Barron, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Keeps what is above zero, bends the rest towards -alpha smoothly",
        aliases=("exponential", "elu", "nonlinearity"),
        keras="Activation",
        torch="CELU",
        onnx="Celu",
        masking=True,
        samples=(LayerSample(), LayerSample({"alpha": 0.5}, ((2, 3, 2),))),
    )
    alpha: float = setting(1.0, "Alpha", "how far below zero it can go", prominent=True, ge=1e-6, le=100.0)

    def apply(self, x: Tensor) -> Tensor:
        """The CELU of every number."""
        return celu(x, self.alpha)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm(f"nn.CELU({self.alpha})", layout="any")
