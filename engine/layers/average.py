"""The mean of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.merging import MERGED, ElementwiseMerge
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, format_shape


class Average(ElementwiseMerge):
    """Averages its inputs number by number.

    y = (a + b + ..) / count. Use it to let several branches vote.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Averages its inputs number by number",
        aliases=("mean", "vote", "ensemble", "merge"),
        keras="Average",
        onnx="Mean",
        inputs=MERGED,
        samples=(
            LayerSample({}, ((2, 3), (2, 3))),
            LayerSample({}, ((2, 2, 2, 3), (2, 1, 1, 3), (2, 2, 2, 1))),
            LayerSample({}, ((2, 2, 3), (2, 3))),
        ),
    )

    def merged(self, inputs: Sequence[Tensor], masks: Sequence[Tensor | None]) -> Tensor:
        """The sum divided by the number of inputs."""
        return super().merged(inputs, masks) * (1.0 / len(inputs))

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The sum."""
        return a + b

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs of which shape."""
        return f"Averages {len(inputs)} inputs number by number: {format_shape(outputs[0])}"
