"""Several inputs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, per_example
from engine.layers.merging import MERGED, either
from engine.layers.torch_form import TorchForm
from engine.ops.movement import concat
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError, TensorSpec, format_shape


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
        if len({(x.dtype, x.spec.rank, x.shape[:axis], x.shape[axis + 1 :]) for x in inputs}) > 1:
            raise ShapeError(
                f"Concatenate needs inputs that are equal but for dimension {axis}, received {received}. "
                "Put a Flatten or Reshape before each."
            )
        y = concat(*inputs, axis=axis)
        b.set_mask(y, _joined([b.mask(x) for x in inputs], inputs, axis))
        return (y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Side by side along an axis."""
        rank = len(inputs[0].shape) + 1
        listed = ", ".join(f"{{{k}}}" for k in range(len(inputs)))
        last = self.axis % rank == rank - 1
        axis = "{c}" if last else str(self.axis % rank)
        return TorchForm(call=f"torch.cat([{listed}], dim={axis})", layout="any" if last else "last")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many inputs become which shape."""
        return f"Puts {len(inputs)} inputs side by side: {format_shape(outputs[0])}"


def _joined(masks: Sequence[Tensor | None], inputs: Sequence[Tensor], axis: int) -> Tensor | None:
    """One after the other along time, else what is there in any input; an input without a mask is there throughout."""
    if inputs[0].spec.rank < 3 or all(m is None for m in masks):
        return None
    known = [_there(x) if m is None else m for m, x in zip(masks, inputs, strict=True)]
    return concat(*known, axis=1) if axis == 1 else either(known)


def _there(x: Tensor) -> Tensor:
    return x.builder.constant(np.ones(x.shape[:2], np.float32), DType.FLOAT32)
