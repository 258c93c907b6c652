"""A layer that does nothing."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import TensorSpec


class Identity(Layer):
    """Hands its input on as it is.

    Use it as a place holder while you try what happens without a layer, or to give a point of the network a name.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CORE,
        summary="Hands its input on as it is",
        aliases=("pass", "placeholder", "nothing"),
        keras="Identity",
        torch="Identity",
        onnx="Identity",
        masking=True,
        samples=(LayerSample(), LayerSample({}, ((2, 3),), integers=True)),
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Everything stays."""
        return inputs

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same."""
        return TorchForm("nn.Identity()", layout="any")
