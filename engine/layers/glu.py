"""The gated linear unit."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_functions import glu
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_numbers
from engine.layers.shapes import inner_axis
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class GLU(Layer):
    """Lets one half of the numbers decide how much of the other half goes on.

    y = a · sigmoid(b) where a and b are the halves of the axis, which becomes half as long. Put a layer with twice as
    many units before it. Source: Dauphin et al., Language modeling with gated convolutional networks, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="One half of the numbers gates the other half",
        aliases=("gated", "gate", "nonlinearity"),
        torch="GLU",
        masking=True,
        samples=(LayerSample(), LayerSample({"axis": 1}, ((2, 6, 3),))),
    )
    axis: int = setting(-1, "Axis", "dimension that is halved; 0 is the batch", ge=-8, le=8)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The axis becomes half as long."""
        (x,) = inputs
        expect_numbers(x, "GLU")
        return (glu(x, inner_axis(self.axis, x, "GLU")),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"One half of {format_shape(inputs[0])} gates the other: {format_shape(outputs[0])}"
