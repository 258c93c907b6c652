"""Pictures made lighter or darker at random."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.augmentation import Factor, Range, expect_picture
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.ops.elementwise import clip
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class RandomBrightness(Layer):
    """Makes every picture lighter or darker at random while training.

    y = x + factor · (high - low), with a factor drawn evenly between its two ends; the result is kept in the range of
    values. When the network is used, pictures stay as they are. Pictures are 0 to 1 here, so that is the usual range
    (Keras: 0 to 255).
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Makes pictures lighter or darker at random while training",
        aliases=("augmentation", "color", "light", "exposure"),
        keras="RandomBrightness",
        samples=(
            LayerSample({"value_range": [-9.0, 9.0]}, ((3, 4, 5, 2),)),
            LayerSample({"factor": [0.1, 0.2], "value_range": [-7.0, 8.0]}, ((2, 3, 3, 1),)),
        ),
    )
    factor: Factor = setting((-0.2, 0.2), "Factor", "from and to, as parts of the range", prominent=True)
    value_range: Range = setting((0.0, 1.0), "Range", "smallest and largest value of a pixel")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_picture(x, "RandomBrightness")
        if not b.training:
            return (x,)
        (low, high), (dark, light) = sorted(self.value_range), self.factor
        shift = b.uniform((x.shape[0], 1, 1, 1)) * ((light - dark) * (high - low)) + dark * (high - low)
        return (clip(x + shift, low, high),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """By how much."""
        low, high = self.factor
        return f"Changes the brightness of every picture by {low:.0%} to {high:.0%} at random while training"
