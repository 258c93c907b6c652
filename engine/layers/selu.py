"""The self-normalizing exponential unit."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import selu
from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class SELU(ActivationLayer):
    """An ELU with constants that keep mean 0 and deviation 1 from layer to layer.

    y = 1.0507 · x for x > 0, 1.0507 · 1.6733 · (eˣ - 1) otherwise. Deep stacks of Dense train with it without
    BatchNormalization, if their weights start as lecun_normal; use AlphaDropout in place of Dropout beside it.
    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="An ELU that keeps mean and deviation from layer to layer",
        aliases=("self-normalizing", "nonlinearity"),
        keras="Activation",
        torch="SELU",
        onnx="Selu",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3, 2),))),
    )

    def apply(self, x: Tensor) -> Tensor:
        """The SELU of every number."""
        return selu(x)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm("nn.SELU()", layout="any")
