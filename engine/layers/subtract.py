"""The difference of two inputs."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.merging import PAIR, ElementwiseMerge
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, format_shape


class Subtract(ElementwiseMerge):
    """Subtracts the second input from the first, number by number.

    y = a - b. Use it where the difference of two branches is what matters.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Subtracts its second input from the first",
        aliases=("difference", "minus", "merge"),
        keras="Subtract",
        onnx="Sub",
        inputs=PAIR,
        samples=(
            LayerSample({}, ((2, 3), (2, 3))),
            LayerSample({}, ((2, 2, 2, 3), (2, 1, 1, 3))),
            LayerSample({}, ((2, 2, 3), (2, 3))),
        ),
    )

    torch_operator: ClassVar[str] = " - "

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The difference."""
        return a - b

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs of which shape."""
        return f"Subtracts the second input from the first: {format_shape(outputs[0])}"
