"""Pictures with more or less contrast at random."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.augmentation import Contrast, Range, expect_picture
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.ops.elementwise import clip
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.settings import setting
from engine.tensor.spec import Shape


class RandomContrast(Layer):
    """Makes the differences in every picture larger or smaller at random while training.

    y = (x - mean) · factor + mean, with the mean of each channel of the picture and a factor drawn evenly between
    1 - lower and 1 + upper; the result is kept in the range of values. When the network is used, pictures stay as they
    are. Pictures are 0 to 1 here, so that is the usual range (Keras: 0 to 255).
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Changes the contrast of pictures at random while training",
        aliases=("augmentation", "color", "light"),
        keras="RandomContrast",
        samples=(
            LayerSample({"value_range": [-9.0, 9.0]}, ((3, 4, 5, 2),)),
            LayerSample({"factor": [0.1, 0.9], "value_range": [-7.0, 8.0]}, ((2, 3, 3, 1),)),
        ),
    )
    factor: Contrast = setting(
        (0.2, 0.2), "Factor", "how much less and how much more, up to 1", prominent=True
    )
    value_range: Range = setting((0.0, 1.0), "Range", "smallest and largest value of a pixel")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_picture(x, "RandomContrast")
        if not b.training:
            return (x,)
        lower, upper = self.factor
        factor = b.uniform((x.shape[0], 1, 1, 1)) * (lower + upper) + (1.0 - lower)
        mean = sum_(x, axes=(1, 2), keepdims=True) * (1.0 / (x.shape[1] * x.shape[2]))
        return (clip((x - mean) * factor + mean, *self.value_range),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """By how much."""
        low, high = 1.0 - self.factor[0], 1.0 + self.factor[1]
        return f"Multiplies the contrast of every picture by {low:.3g} to {high:.3g} at random while training"
