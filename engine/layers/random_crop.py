"""Windows cut out of pictures at random."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.augmentation import expect_picture, fitted, read
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.ops.elementwise import floor
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, format_shape


class RandomCrop(Layer):
    """Cuts a window out of every picture, at a random place, while training.

    When the network is used, and where a picture is not larger than the window, the largest part of its middle with the
    proportions of the window is resized to it. Use it to show the network a little less than the whole, each time
    another part. Every picture of a batch is cut at a place of its own (Keras cuts a whole batch at one, and 3.15 does
    not cut at all in use, against its documentation).
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Cuts windows out of pictures at random while training",
        aliases=("augmentation", "cut", "window", "cropping"),
        keras="RandomCrop",
        samples=(
            LayerSample({"height": 3, "width": 2}, ((3, 5, 4, 2),)),
            LayerSample({"height": 5, "width": 5}, ((2, 4, 7, 1),)),
        ),
    )
    height: int = setting(24, "Height", "of the window", prominent=True, ge=1, le=16384)
    width: int = setting(24, "Width", "of the window", prominent=True, ge=1, le=16384)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, h, w, channels) -> (batch, height, width, channels)."""
        (x,) = inputs
        expect_picture(x, "RandomCrop")
        size = (self.height, self.width)
        room = (x.shape[1] - self.height, x.shape[2] - self.width)
        if not b.training or min(room) <= 0:
            return (fitted(x, size),)
        top, left = (floor(b.uniform((x.shape[0], 1)) * (n + 1.0)) for n in room)
        coefficients = (1.0, 0.0, left, 0.0, 1.0, top)
        return (read(x, coefficients, size, interpolation="nearest", fill_mode="nearest"),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From what to what."""
        size = format_shape((self.height, self.width))
        return (
            f"Cuts a window of {size} out of {format_shape(inputs[0][:2])}, at a random place while training"
        )
