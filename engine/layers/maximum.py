"""The largest of several inputs."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.merging import MERGED, SelectiveMerge
from engine.ops.elementwise import maximum
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, format_shape


class Maximum(SelectiveMerge):
    """Takes the largest of its inputs, number by number.

    y = max(a, b, ..). Padding of one input leaves the numbers of the others as they are.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Takes the largest of its inputs number by number",
        aliases=("max", "merge"),
        keras="Maximum",
        onnx="Max",
        inputs=MERGED,
        samples=(
            LayerSample({}, ((2, 3), (2, 3))),
            LayerSample({}, ((2, 2, 2, 3), (2, 1, 1, 3), (2, 2, 2, 1))),
            LayerSample({}, ((2, 2, 3), (2, 3))),
        ),
    )

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The larger one."""
        return maximum(a, b)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs of which shape."""
        return f"Takes the largest of {len(inputs)} inputs number by number: {format_shape(outputs[0])}"
