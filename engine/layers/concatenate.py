"""Several inputs side by side."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, per_example
from engine.layers.merging import MERGED
from engine.ops.movement import concat
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, format_shape


class Concatenate(Layer):
    """Puts its inputs side by side.

    Along the chosen dimension the lengths add up; in all others they must be equal. Use it where branches
    found different things and the next layer should see all of them.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Puts its inputs side by side",
        aliases=("join", "stack", "append", "merge"),
        keras="Concatenate",
        onnx="Concat",
        inputs=MERGED,
        common=True,
        samples=(
            LayerSample({}, ((2, 3), (2, 1), (2, 4))),
            LayerSample({"axis": 1}, ((2, 1, 3), (2, 2, 3))),
            LayerSample({}, ((2, 3), (2, 2)), integers=True),
        ),
    )
    axis: int = setting(
        -1, "Axis", "dimension in which they are joined; 0 is the batch", prominent=True, ge=-8, le=8
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Shapes that differ in the axis alone -> that shape with the sum of the lengths."""
        if len(inputs) < 2:
            raise ShapeError(
                f"Concatenate needs two inputs or more, received {len(inputs)}. Draw another wire to it."
            )
        rank = inputs[0].spec.rank
        received = " and ".join(per_example(x) for x in inputs)
        if not -rank <= self.axis < rank or self.axis % rank == 0:
            raise ShapeError(
                f"Concatenate needs a dimension beside the batch, received axis {self.axis} for {received}. "
                "Set the axis to -1, the last one."
            )
        axis = self.axis % rank
        if len({(x.dtype, x.shape[:axis], x.shape[axis + 1 :]) for x in inputs}) > 1:
            raise ShapeError(
                f"Concatenate needs inputs that are equal but for dimension {axis}, received {received}. "
                "Put a Flatten or Reshape before each."
            )
        return (concat(*inputs, axis=axis),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs become which shape."""
        return f"Puts {len(inputs)} inputs side by side: {format_shape(outputs[0])}"
