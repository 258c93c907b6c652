"""MaxPooling2D: a picture made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.layers.windows import Padding, Pair, expect_picture, padding_pairs
from engine.ops.op import Tensor
from engine.ops.pool import max_pool
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class MaxPooling2D(Layer):
    """Keeps the largest number of every window.

    y = max(window), in every channel by itself. The picture becomes smaller and the network cares less where
    exactly something is. Use it after a convolution or two.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest number of every window: a smaller picture",
        aliases=("max pool", "pooling", "downsample"),
        keras="MaxPooling2D",
        torch="MaxPool2d",
        onnx="MaxPool",
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
        expect_picture(x, "MaxPooling2D")
        strides = self.strides or self.pool_size
        padding = padding_pairs(x, self.pool_size, strides, self.padding, "MaxPooling2D")
        return (max_pool(x, size=self.pool_size, strides=strides, padding=padding),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which size to which."""
        sizes = f"{format_shape(inputs[0][:2])} becomes {format_shape(outputs[0][:2])}"
        return f"Keeps the maximum of every {format_shape(self.pool_size)} pixels: {sizes}"
