"""Pictures shifted at random."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.augmentation import Factor, Filled, drawn, expect_picture
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class RandomTranslation(Filled):
    """Shifts every picture by a random distance while training.

    The distances are drawn evenly between the factors, as parts of the height and of the width; positive ones shift down
    and to the right. What comes in from outside is filled. When the network is used, pictures stay as they are.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Shifts pictures at random while training",
        aliases=("shift", "move", "augmentation", "translate"),
        keras="RandomTranslation",
        samples=(
            LayerSample({}, ((3, 4, 5, 2),)),
            LayerSample(
                {"height_factor": [0.1, 0.6], "width_factor": 0.3, "fill_mode": "nearest"}, ((2, 3, 7, 1),)
            ),
        ),
    )
    height_factor: Factor = setting(
        (-0.1, 0.1), "Down", "from and to, as parts of the height; negative: up", prominent=True
    )
    width_factor: Factor = setting(
        (-0.1, 0.1), "Right", "from and to, as parts of the width; negative: left", prominent=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_picture(x, "RandomTranslation")
        if not b.training:
            return (x,)
        down = drawn(b, x.shape[0], self.height_factor) * float(x.shape[1])
        right = drawn(b, x.shape[0], self.width_factor) * float(x.shape[2])
        return (self.sampled(x, (1.0, 0.0, -right, 0.0, 1.0, -down)),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """By how much."""
        height, width = (f"{f[0]:.0%} to {f[1]:.0%}" for f in (self.height_factor, self.width_factor))
        return f"Shifts every picture by {height} of its height and {width} of its width at random while training"
