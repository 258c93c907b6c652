"""The sum of several inputs."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.merging import MERGED, ElementwiseMerge
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, format_shape


class Add(ElementwiseMerge):
    """Adds its inputs number by number.

    y = a + b + .. Use it for a shortcut past some layers: what they compute is added to what they were given,
    which makes very deep networks trainable. Source: He et al., Deep residual learning, 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Adds its inputs number by number",
        aliases=("sum", "residual", "shortcut", "skip", "merge"),
        keras="Add",
        onnx="Sum",
        inputs=MERGED,
        common=True,
        samples=(
            LayerSample({}, ((2, 3), (2, 3))),
            LayerSample({}, ((2, 2, 2, 3), (2, 1, 1, 3), (2, 2, 2, 1))),
            LayerSample({}, ((2, 2, 3), (2, 3))),
        ),
    )

    torch_operator: ClassVar[str] = " + "

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """The sum."""
        return a + b

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs of which shape."""
        return f"Adds {len(inputs)} inputs number by number: {format_shape(outputs[0])}"
