"""The middle of pictures."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.augmentation import cut, expect_picture, fitted
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class CenterCrop(Layer):
    """Cuts the middle out of every picture.

    Where a picture is smaller than the window, the largest part of its middle with the proportions of the window is
    resized to it (bilinear). Use it to bring pictures to one size, or to look at the middle alone.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Cuts the middle out of pictures",
        aliases=("crop", "cut", "window", "middle"),
        keras="CenterCrop",
        samples=(
            LayerSample({"height": 3, "width": 2}, ((3, 6, 5, 2),)),
            LayerSample({"height": 5, "width": 4}, ((2, 3, 7, 1),)),
        ),
    )
    height: int = setting(24, "Height", "of the window", prominent=True, ge=1, le=16384)
    width: int = setting(24, "Width", "of the window", prominent=True, ge=1, le=16384)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, h, w, channels) -> (batch, height, width, channels)."""
        (x,) = inputs
        expect_picture(x, "CenterCrop")
        top, left = (x.shape[1] - self.height) // 2, (x.shape[2] - self.width) // 2
        if min(top, left) < 0:
            return (fitted(x, (self.height, self.width)),)
        return (cut(x, top, left, self.height, self.width),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From what to what."""
        size = format_shape((self.height, self.width))
        return f"Cuts the middle, {size}, out of {format_shape(inputs[0][:2])}"
