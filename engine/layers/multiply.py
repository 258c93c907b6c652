"""The product of several inputs."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.merging import MERGED, ElementwiseMerge
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, format_shape


class Multiply(ElementwiseMerge):
    """Multiplies its inputs number by number.

    y = a · b · .. Use it to let one branch open and close another (a gate): a branch that ends in a Sigmoid
    says how much of the other passes.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Multiplies its inputs number by number",
        aliases=("product", "gate", "attention", "merge"),
        keras="Multiply",
        onnx="Mul",
        inputs=MERGED,
        common=True,
        samples=(
            LayerSample({}, ((2, 3), (2, 3))),
            LayerSample({}, ((2, 2, 2, 3), (2, 1, 1, 3), (2, 2, 2, 1))),
        ),
    )

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The product."""
        return a * b

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs of which shape."""
        return f"Multiplies {len(inputs)} inputs number by number: {format_shape(outputs[0])}"
