"""Dimensions in another order."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, per_example
from engine.layers.torch_form import TorchForm
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec, format_shape

Dimension = Annotated[int, Field(ge=1, le=8)]


class Permute(Layer):
    """Puts the dimensions of an example into another order.

    With (2, 1), rows become columns. 1 is the first dimension beside the batch. Use it to let a layer work along
    another dimension, such as time where channels were.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Puts the dimensions of an example into another order",
        aliases=("transpose", "swap", "axes"),
        keras="Permute",
        torch="Permute",
        onnx="Transpose",
        samples=(
            LayerSample({"dims": (2, 1)}, ((2, 3, 5),)),
            LayerSample({"dims": (3, 1, 2)}, ((2, 3, 1, 4),)),
            LayerSample({"dims": (2, 1)}, ((2, 3, 5),), integers=True),
        ),
    )
    dims: tuple[Dimension, ...] = setting(
        (2, 1),
        "Order",
        "the present dimensions in their new order; 1 is the first beside the batch",
        prominent=True,
        min_length=1,
        max_length=8,
    )

    @field_validator("dims")
    @classmethod
    def _each_once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if sorted(value) != list(range(1, len(value) + 1)):
            raise ValueError(
                f"An order names each dimension from 1 on once, received {value}; take "
                f"{tuple(range(len(value), 0, -1))} for the reverse order."
            )
        return value

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, n1, n2, ..) -> (batch, n of dims[0], n of dims[1], ..)."""
        (x,) = inputs
        if x.spec.rank != len(self.dims) + 1:
            raise ShapeError(
                f"Permute with {len(self.dims)} dimensions needs as many in its input, received {per_example(x)} per "
                "example. Name each of its dimensions once."
            )
        return (transpose(x, perm=(0, *self.dims)),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The batch stays in front."""
        return TorchForm(call=f"{{0}}.permute(0, {', '.join(map(str, self.dims))})")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Turns {format_shape(inputs[0])} into {format_shape(outputs[0])}"
