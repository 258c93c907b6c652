"""Pictures enlarged or made smaller at random."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.augmentation import Filled, Zoom, drawn, expect_picture
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class RandomZoom(Filled):
    """Zooms every picture in or out by a random factor while training.

    The factors are drawn evenly: 0.2 shows a fifth more (zooms out), -0.2 a fifth less (zooms in). Without a factor for
    the width, proportions stay. What comes in from outside is filled. When the network is used, pictures stay as they
    are.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Zooms pictures at random while training",
        aliases=("scale", "augmentation", "enlarge", "shrink"),
        keras="RandomZoom",
        samples=(
            LayerSample({}, ((3, 4, 5, 2),)),
            LayerSample(
                {"height_factor": [0.1, 0.6], "width_factor": 0.3, "fill_mode": "wrap"}, ((2, 3, 7, 1),)
            ),
        ),
    )
    height_factor: Zoom = setting(
        (-0.1, 0.1), "Height", "from and to; positive shows more (out), negative less (in)", prominent=True
    )
    width_factor: Zoom | None = setting(None, "Width", "from and to; empty: as the height, proportions stay")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_picture(x, "RandomZoom")
        if not b.training:
            return (x,)
        tall = drawn(b, x.shape[0], self.height_factor) + 1.0
        wide = tall if self.width_factor is None else drawn(b, x.shape[0], self.width_factor) + 1.0
        right = (1.0 - wide) * ((x.shape[2] - 1.0) / 2.0)
        down = (1.0 - tall) * ((x.shape[1] - 1.0) / 2.0)
        return (self.sampled(x, (wide, 0.0, right, 0.0, tall, down)),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """By how much."""
        low, high = (f"{1.0 + f:.0%}" for f in self.height_factor)
        return f"Shows {low} to {high} of every picture's height at random while training"
