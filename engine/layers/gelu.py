"""The Gaussian error linear unit."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import gelu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class GELU(ActivationLayer):
    """Weakens every number by the probability that a normal one is smaller.

    y = x · Φ(x), a smooth form of ReLU. The approximation by tanh is faster and differs by less than 0.001.
    Usual in transformers. Source: Hendrycks and Gimpel, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="A smooth rectifier, usual in transformers",
        aliases=("gaussian", "nonlinearity", "transformer"),
        keras="Activation",
        torch="GELU",
        onnx="Gelu",
        masking=True,
        common=True,
        samples=(LayerSample(), LayerSample({"approximate": True}, ((2, 3, 2),))),
    )
    approximate: bool = setting(False, "Approximate", "compute it by tanh, which is faster")

    def apply(self, x: Tensor) -> Tensor:
        """The GELU of every number."""
        return gelu(x, approximate=self.approximate)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        kind = '"tanh"' if self.approximate else ""
        return TorchForm(f"nn.GELU({kind})", layout="any")
