"""One element of a dimension."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, per_example
from engine.layers.shapes import inner_axis, part
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, format_shape


class Select(Layer):
    """Takes one element of one dimension, which vanishes: the last step, one channel, one row.

    Counted from 0; negative numbers count from behind, so that -1 is the last. Use it to go on with what a sequence
    ended with. Slice keeps a range.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Takes one element of a dimension, such as the last time step",
        aliases=("index", "element", "pick", "last", "first", "step", "channel"),
        onnx="Gather",
        samples=(
            LayerSample({}, ((2, 3, 4),)),
            LayerSample({"axis": -1, "index": 1}, ((2, 2, 3, 5),)),
            LayerSample({"index": 0}, ((2, 3),), integers=True),
        ),
    )
    axis: int = setting(1, "Axis", "dimension; 0 is the batch, -1 the last one", prominent=True, ge=-8, le=8)
    index: int = setting(
        -1, "Index", "which element; -1 is the last", prominent=True, ge=-1_000_000, le=1_000_000
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(.., n, ..) -> (.., ..)."""
        (x,) = inputs
        axis = inner_axis(self.axis, x, "Select")
        length = x.shape[axis]
        if not -length <= self.index < length:
            raise ShapeError(
                f"Select needs an index below {length}, received {self.index} for {per_example(x)} per example. "
                "Take -1, the last."
            )
        index = self.index % length
        y = reshape(part(x, axis, index, index + 1), shape=(*x.shape[:axis], *x.shape[axis + 1 :]))
        if axis > 1:
            b.set_mask(y, b.mask(x))
        return (y,)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which element."""
        which = "the last" if self.index == -1 else f"number {self.index}"
        return f"Takes {which} of {(1, *inputs[0])[self.axis]}: {format_shape(outputs[0])}"
