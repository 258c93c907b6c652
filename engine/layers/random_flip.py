"""Pictures mirrored at random."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.layers.augmentation import expect_picture, read
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.ops.elementwise import greater_equal
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape


class RandomFlip(Layer):
    """Mirrors every second picture, chosen at random, while training.

    So the network sees things from both sides and learns that left and right do not matter; when the network is used,
    pictures stay as they are. With both directions a picture is mirrored in both at once, which turns it by half a turn.
    Use it on photographs, not on letters or digits.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Mirrors pictures at random while training",
        aliases=("mirror", "augmentation", "horizontal flip", "vertical flip"),
        keras="RandomFlip",
        common=True,
        samples=(
            LayerSample({"mode": "horizontal"}, ((3, 4, 5, 2),)),
            LayerSample({"mode": "vertical"}, ((2, 3, 4, 1),)),
            LayerSample({}, ((4, 3, 3, 1),)),
        ),
    )
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = setting(
        "horizontal_and_vertical",
        "Direction",
        "left and right, top and bottom, or both at once",
        prominent=True,
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_picture(x, "RandomFlip")
        if not b.training:
            return (x,)
        flipped = greater_equal(b.ops.constant(0.5, DType.FLOAT32), b.uniform((x.shape[0], 1)))
        turned, last = 1.0 - 2.0 * flipped, (x.shape[2] - 1.0, x.shape[1] - 1.0)
        across = (turned, 0.0, flipped * last[0]) if self.mode != "vertical" else (1.0, 0.0, 0.0)
        down = (0.0, turned, flipped * last[1]) if self.mode != "horizontal" else (0.0, 1.0, 0.0)
        return (read(x, (*across, *down), interpolation="nearest", fill_mode="nearest"),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """In which direction."""
        sides = {"horizontal": "left and right", "vertical": "top and bottom"}.get(
            self.mode, "both directions"
        )
        return f"Mirrors every second picture ({sides}) while training"
