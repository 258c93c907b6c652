"""Vectors of length 1."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_numbers
from engine.layers.shapes import Axes, inner_axes
from engine.ops.elementwise import maximum, rsqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.settings import setting
from engine.tensor.spec import DType, Shape

_LEAST = 1e-24  # of the squared length, as in Keras


class UnitNormalization(Layer):
    """Brings the numbers of every example to length 1.

    y = x / √Σx²: only the direction is left. Use it where directions are compared, as by a Dot product behind it,
    which then is the cosine of the angle.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Brings the numbers of each example to length 1",
        aliases=("l2", "norm", "direction", "cosine"),
        keras="UnitNormalization",
        onnx="LpNormalization",
        masking=True,
        samples=(LayerSample({}, ((3, 5),)), LayerSample({"axis": (1, 2)}, ((2, 3, 2, 4),))),
    )
    axis: Axes = setting((-1,), "Axis", "dimensions along which the length is 1; 0 is the batch")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "UnitNormalization")
        axes = inner_axes(self.axis, x, "UnitNormalization")
        squares = sum_(square(x), axes=axes, keepdims=True)
        return (x * rsqrt(maximum(squares, b.ops.constant(_LEAST, DType.FLOAT32))),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Over what it normalizes."""
        count = math.prod((1, *inputs[0])[a] for a in self.axis)
        return f"Brings every {count} numbers of an example to length 1"
