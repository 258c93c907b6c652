"""The product of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.merging import MERGED, ElementwiseMerge, either, over
from engine.ops.elementwise import where
from engine.ops.op import Tensor
from engine.tensor.spec import DType, Shape, format_shape


class Multiply(ElementwiseMerge):
    """Multiplies its inputs number by number.

    y = a · b · .. Use it where one branch decides how much of another one passes (a gate). Padding of one input leaves
    the numbers of the others as they are.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Multiplies its inputs number by number",
        aliases=("product", "gate", "scale", "merge"),
        keras="Multiply",
        onnx="Mul",
        inputs=MERGED,
        common=True,
        samples=(
            LayerSample({}, ((2, 3), (2, 3))),
            LayerSample({}, ((2, 2, 2, 3), (2, 1, 1, 3), (2, 2, 2, 1))),
            LayerSample({}, ((2, 2, 3), (2, 3))),
        ),
    )

    torch_operator: ClassVar[str] = " * "

    def merged(self, inputs: Sequence[Tensor], masks: Sequence[Tensor | None]) -> Tensor:
        """Padding counts as 1, and is 0 in the result where all inputs have it.

        Source: keras/src/layers/merging/multiply.py.
        """
        one = inputs[0].builder.constant(1.0, DType.FLOAT32)
        known = [x if m is None else where(over(m, x), x, one) for x, m in zip(inputs, masks, strict=True)]
        y = super().merged(known, masks)
        there = either(masks)
        return y if there is None else y * over(there, y)

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The product."""
        return a * b

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs of which shape."""
        return f"Multiplies {len(inputs)} inputs number by number: {format_shape(outputs[0])}"
