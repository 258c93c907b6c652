"""Pictures without their ends."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_rank
from engine.layers.margins import Ends2D, cropped
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class Cropping2D(Layer):
    """Cuts pixels off the ends of a picture.

    Use it where the ends hold nothing of interest, or to bring two branches to the same size before they are merged.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Cuts pixels off the ends of a picture",
        aliases=("crop", "trim", "cut", "slice"),
        keras="Cropping2D",
        onnx="Slice",
        samples=(
            LayerSample({"cropping": 1}, ((2, 3, 4, 2),)),
            LayerSample({"cropping": ((0, 1), (2, 0))}, ((1, 2, 3, 1),)),
            LayerSample({"cropping": 1}, ((2, 3, 4, 2),), integers=True),
        ),
    )
    cropping: Ends2D = setting(
        ((0, 0), (0, 0)), "Cropping", "pixels cut off: ((top, bottom), (left, right))", prominent=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, .. - both ends)."""
        (x,) = inputs
        expect_rank(x, 3, "Cropping2D", "a picture (height × width × channels)")
        return (cropped(x, self.cropping, "Cropping2D"),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Cuts {format_shape(inputs[0])} down to {format_shape(outputs[0])}"
