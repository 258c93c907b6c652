"""Another shape for the same numbers."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, per_example
from engine.layers.torch_form import TorchForm
from engine.ops import views
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec, format_shape

Dimension = Annotated[int, Field(ge=-1, le=1_000_000_000)]


class Reshape(Layer):
    """Arranges the numbers of an example in another shape.

    The order of the numbers stays, so 784 can become 28 × 28 × 1, a picture. One length can be -1: it becomes
    what is left over. Use it where a layer wants another shape than it gets.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Arranges the numbers of an example in another shape",
        aliases=("view", "resize", "unflatten"),
        keras="Reshape",
        torch="Unflatten",
        onnx="Reshape",
        common=True,
        samples=(
            LayerSample({"target_shape": (2, 3, 1)}, ((2, 6),)),
            LayerSample({"target_shape": (-1, 4)}, ((3, 2, 6),)),
            LayerSample({"target_shape": (-1,)}, ((2, 2, 2),)),
            LayerSample({"target_shape": (3, 2)}, ((2, 6),), integers=True),
        ),
    )
    target_shape: tuple[Dimension, ...] = setting(
        (-1,),
        "Shape",
        "lengths without the batch; -1 once, for what is left over",
        prominent=True,
        max_length=8,
    )

    @field_validator("target_shape")
    @classmethod
    def _lengths(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value.count(-1) > 1 or 0 in value:
            raise ValueError(
                f"Every length of a shape is at least 1, and at most one is -1, received {value}; replace "
                "the others."
            )
        return value

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, *target_shape)."""
        (x,) = inputs
        size = x.spec.size // x.shape[0]
        known = math.prod(n for n in self.target_shape if n != -1)
        fits = size % known == 0 if -1 in self.target_shape else size == known
        if not fits:
            raise ShapeError(
                f"Reshape keeps the number of elements, received {per_example(x)} ({size} per example) for "
                f"{format_shape(self.target_shape)}. Choose lengths whose product is {size}, or put -1 in "
                "one place."
            )
        shape = tuple(size // known if n == -1 else n for n in self.target_shape)
        return (views.reshape(x, shape=(x.shape[0], *shape)),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Lengths without the batch."""
        sizes = ", ".join(map(str, self.target_shape))
        return TorchForm(call=f"{{0}}.reshape({{0}}.shape[0], {sizes})")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Arranges {format_shape(inputs[0])} as {format_shape(outputs[0])}"
