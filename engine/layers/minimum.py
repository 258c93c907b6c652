"""The smallest of several inputs."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.merging import MERGED, SelectiveMerge
from engine.ops.elementwise import minimum
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, format_shape


class Minimum(SelectiveMerge):
    """Takes the smallest of its inputs, number by number.

    y = min(a, b, ..). Padding of one input leaves the numbers of the others as they are.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Takes the smallest of its inputs number by number",
        aliases=("min", "merge"),
        keras="Minimum",
        onnx="Min",
        inputs=MERGED,
        samples=(
            LayerSample({}, ((2, 3), (2, 3))),
            LayerSample({}, ((2, 2, 2, 3), (2, 1, 1, 3), (2, 2, 2, 1))),
            LayerSample({}, ((2, 2, 3), (2, 3))),
        ),
    )

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The smaller one."""
        return minimum(a, b)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs of which shape."""
        return f"Takes the smallest of {len(inputs)} inputs number by number: {format_shape(outputs[0])}"
