"""Any shape as one row of numbers."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.tensor.spec import Shape, TensorSpec, format_shape


class Flatten(Layer):
    """Lays all numbers of an example in one row.

    28 × 28 × 1 becomes 784. Nothing is computed and nothing is lost but the neighbourhood. Use it between
    layers that work on pictures and a Dense.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Lays all numbers of an example in one row",
        aliases=("vector", "unroll"),
        keras="Flatten",
        torch="Flatten",
        onnx="Flatten",
        common=True,
        samples=(
            LayerSample({}, ((2, 3, 4, 1),)),
            LayerSample({}, ((3, 5),)),
            LayerSample({}, ((2,),)),
            LayerSample({}, ((2, 3, 1),), integers=True),
        ),
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, n)."""
        (x,) = inputs
        return (reshape(x, shape=(x.shape[0], x.spec.size // x.shape[0])),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """All behind the batch."""
        return TorchForm("nn.Flatten()") if inputs[0].shape else None

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many numbers become a row."""
        return f"Lays {format_shape(inputs[0])} in one row of {outputs[0][0]} numbers"
