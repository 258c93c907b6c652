"""Volumes without their ends."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_rank
from engine.layers.margins import Ends3D, cropped
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class Cropping3D(Layer):
    """Cuts voxels off the ends of a volume.

    Use it where the ends hold nothing of interest, or to bring two branches to the same size before they are merged.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Cuts voxels off the ends of a volume",
        aliases=("crop", "trim", "cut", "slice"),
        keras="Cropping3D",
        onnx="Slice",
        samples=(
            LayerSample({}, ((1, 4, 3, 3, 2),)),
            LayerSample({"cropping": ((0, 1), (2, 0), (0, 0))}, ((1, 2, 3, 2, 1),)),
            LayerSample({}, ((1, 4, 3, 3, 2),), integers=True),
        ),
    )
    cropping: Ends3D = setting(
        ((1, 1), (1, 1), (1, 1)),
        "Cropping",
        "voxels cut off: both ends of depth, height and width",
        prominent=True,
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, .. - both ends)."""
        (x,) = inputs
        expect_rank(x, 4, "Cropping3D", "a volume (depth × height × width × channels)")
        return (cropped(x, self.cropping, "Cropping3D"),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Cuts {format_shape(inputs[0])} down to {format_shape(outputs[0])}"
