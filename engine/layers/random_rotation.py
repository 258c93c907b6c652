"""Pictures turned at random."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.layers.augmentation import Factor, Filled, drawn, expect_picture
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.ops.elementwise import cos, sin
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class RandomRotation(Filled):
    """Turns every picture about its centre by a random angle while training.

    The angle is drawn evenly between the two factors, as parts of a full turn: 0.1 means 36° to either side. What comes
    in from outside is filled. When the network is used, pictures stay as they are.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Turns pictures at random while training",
        aliases=("rotate", "augmentation", "angle"),
        keras="RandomRotation",
        samples=(
            LayerSample({"factor": 0.1}, ((3, 4, 5, 2),)),
            LayerSample({"factor": [0.1, 0.4], "fill_mode": "wrap"}, ((2, 3, 7, 1),)),
            LayerSample({"fill_mode": "constant", "interpolation": "nearest"}, ((2, 5, 5, 1),)),
        ),
    )
    factor: Factor = setting((-0.1, 0.1), "Angle", "from and to, as parts of a full turn", prominent=True)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_picture(x, "RandomRotation")
        if not b.training:
            return (x,)
        angle = drawn(b, x.shape[0], self.factor) * (2.0 * math.pi)
        c, s = cos(angle), sin(angle)
        middle_x, middle_y = (x.shape[2] - 1.0) / 2.0, (x.shape[1] - 1.0) / 2.0
        right = middle_x - c * middle_x + s * middle_y
        down = middle_y - s * middle_x - c * middle_y
        return (self.sampled(x, (c, -s, right, s, c, down)),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """By how much."""
        low, high = (round(360.0 * f, 1) for f in self.factor)
        return f"Turns every picture by {low:g}° to {high:g}° at random while training"
