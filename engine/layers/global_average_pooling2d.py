"""Global average pooling: one number for each channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.layers.windows import expect_picture
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class GlobalAveragePooling2D(Layer):
    """Takes the mean of every channel over the whole picture.

    y = mean over height and width: how much of each pattern there is, wherever it is. Use it instead of
    Flatten before the last Dense; it needs far fewer weights and accepts pictures of any size.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of each channel over the whole picture",
        aliases=("gap", "average pool", "pooling"),
        keras="GlobalAveragePooling2D",
        torch="AdaptiveAvgPool2d",
        onnx="GlobalAveragePool",
        samples=(LayerSample({}, ((2, 3, 4, 5),)), LayerSample({"keepdims": True}, ((2, 2, 2, 3),))),
    )
    keepdims: bool = setting(False, "Keep dimensions", "keep height and width as 1 × 1")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, height, width, channels) -> (batch, channels), or (batch, 1, 1, channels)."""
        (x,) = inputs
        expect_picture(x, "GlobalAveragePooling2D")
        return (mean(x, axes=(1, 2), keepdims=self.keepdims),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How much is averaged."""
        return f"Takes the mean of {format_shape(inputs[0][:2])} pixels in each of {inputs[0][2]} channels"
