"""Sequences without their ends."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_rank
from engine.layers.margins import Ends, cropped
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class Cropping1D(Layer):
    """Cuts steps off the ends of a sequence.

    Use it where the ends hold nothing of interest, or to bring two branches to the same size before they are merged.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Cuts steps off the ends of a sequence",
        aliases=("crop", "trim", "cut", "slice"),
        keras="Cropping1D",
        onnx="Slice",
        samples=(
            LayerSample({}, ((2, 5, 2),)),
            LayerSample({"cropping": (0, 2)}, ((1, 3, 3),)),
            LayerSample({}, ((2, 5, 2),), integers=True),
        ),
    )
    cropping: Ends = setting(
        (1, 1), "Cropping", "steps cut off: before the first and behind the last step", prominent=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, .. - both ends)."""
        (x,) = inputs
        expect_rank(x, 2, "Cropping1D", "a sequence (steps × channels)")
        return (cropped(x, (self.cropping,), "Cropping1D"),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Cuts {format_shape(inputs[0])} down to {format_shape(outputs[0])}"
