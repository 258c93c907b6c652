"""A range of a dimension."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, per_example
from engine.layers.shapes import inner_axis, part
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, format_shape


class Slice(Layer):
    """Keeps a range of one dimension: some of the steps, rows, columns or channels.

    From the start up to, but not including, the end. Counted from 0; negative numbers count from behind, so start -3
    without an end keeps the last three. Select takes a single one.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Keeps a range of one dimension",
        aliases=("range", "part", "crop", "index", "last", "first", "channels"),
        onnx="Slice",
        samples=(
            LayerSample({"stop": 2}, ((2, 3, 4),)),
            LayerSample({"axis": -1, "start": -3}, ((2, 5),)),
            LayerSample({"axis": 2, "start": 1, "stop": -1}, ((1, 2, 4, 2),), integers=True),
        ),
    )
    axis: int = setting(1, "Axis", "dimension; 0 is the batch, -1 the last one", prominent=True, ge=-8, le=8)
    start: int = setting(0, "Start", "the first that is kept", prominent=True, ge=-1_000_000, le=1_000_000)
    stop: int | None = setting(
        None,
        "End",
        "the first that is not kept; empty: all up to the last",
        prominent=True,
        ge=-1_000_000,
        le=1_000_000,
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(.., n, ..) -> (.., length of the range, ..)."""
        (x,) = inputs
        axis = inner_axis(self.axis, x, "Slice")
        start, limit, _ = slice(self.start, self.stop).indices(x.shape[axis])
        if start >= limit:
            end = "the last" if self.stop is None else self.stop
            raise ShapeError(
                f"Slice must keep something, received {per_example(x)} per example and {self.start} to {end}. "
                "Take a start before the end."
            )
        y = part(x, axis, start, limit)
        mask = b.mask(x)
        if mask is not None:
            b.set_mask(y, part(mask, 1, start, limit) if axis == 1 else mask)
        return (y,)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Keeps {format_shape(outputs[0])} of {format_shape(inputs[0])}"
