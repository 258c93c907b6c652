"""The exponential linear unit."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import elu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class ELU(ActivationLayer):
    """Keeps numbers above zero and bends those below towards a limit.

    y = x for x > 0, alpha · (eˣ - 1) otherwise. Smoother than ReLU, and its outputs are centred closer to
    zero.
    Source: Clevert et al., 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Keeps what is above zero, bends the rest towards -alpha",
        aliases=("exponential", "nonlinearity"),
        keras="ELU",
        torch="ELU",
        onnx="Elu",
        masking=True,
        samples=(LayerSample(), LayerSample({"alpha": 0.5}, ((2, 3, 2),))),
    )
    alpha: float = setting(1.0, "Alpha", "how far below zero it can go", prominent=True, ge=-100.0, le=100.0)

    def apply(self, x: Tensor) -> Tensor:
        """The ELU of every number."""
        return elu(x, self.alpha)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm(f"nn.ELU({self.alpha})", layout="any")
