"""AveragePooling2D: a picture made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.layers.windows import Padding, Pair, expect_picture, padding_pairs
from engine.ops.op import Tensor
from engine.ops.pool import avg_pool
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class AveragePooling2D(Layer):
    """Takes the mean of every window.

    y = mean(window), in every channel by itself; padding does not count. A gentler way than MaxPooling2D to
    make a picture smaller: nothing stands out, nothing is lost.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of every window: a smaller picture",
        aliases=("average pool", "pooling", "downsample"),
        keras="AveragePooling2D",
        torch="AvgPool2d",
        onnx="AveragePool",
        samples=(
            LayerSample({}, ((2, 4, 6, 3),)),
            LayerSample({"pool_size": (3, 2), "strides": (2, 1)}, ((1, 5, 4, 2),)),
            LayerSample({"pool_size": (3, 3), "strides": (2, 2), "padding": "same"}, ((2, 5, 4, 1),)),
        ),
    )
    pool_size: Pair = setting(
        (2, 2), "Window", "height and width of the window", prominent=True, unit="pixels"
    )
    strides: Pair | None = setting(
        None, "Strides", "how far the window moves; by its own size if empty", unit="pixels"
    )
    padding: Padding = setting("valid", "Padding", "what happens at an edge: same keeps it, valid drops it")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, height, width, channels) -> (batch, new height, new width, channels)."""
        (x,) = inputs
        expect_picture(x, "AveragePooling2D")
        strides = self.strides or self.pool_size
        padding = padding_pairs(x, self.pool_size, strides, self.padding, "AveragePooling2D")
        return (avg_pool(x, size=self.pool_size, strides=strides, padding=padding),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which size to which."""
        sizes = f"{format_shape(inputs[0][:2])} becomes {format_shape(outputs[0][:2])}"
        return f"Keeps the mean of every {format_shape(self.pool_size)} pixels: {sizes}"
