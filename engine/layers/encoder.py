"""From much to little: the first half of an autoencoder."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.blueprint import Blueprint, NormalizedBlock
from engine.layers.content import Content
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.settings import setting
from engine.tensor.spec import Shape


class Encoder(NormalizedBlock):
    """Makes what arrives smaller level by level, down to a code of a few numbers.

    Each level is a convolution that halves every length, with twice the filters of the level before; at the end, where a
    code size is given, Dense turns all that is left into that many numbers. A vector goes through Dense layers, each
    half as wide as the one before. With a Decoder behind it, it is an autoencoder.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
        summary="Smaller level by level, down to a code: the first half of an autoencoder",
        aliases=("autoencoder", "bottleneck", "latent", "compress", "group"),
        samples=(
            LayerSample({"filters": 2, "levels": 2, "activation": "tanh"}, ((2, 6, 5, 1),)),
            LayerSample({"filters": 3, "levels": 1, "code_size": 2, "normalization": "layer"}, ((2, 4, 3),)),
            LayerSample(
                {"filters": 2, "code_size": 2, "normalization": "none", "activation": "tanh"}, ((2, 5),)
            ),
        ),
    )
    filters: int = setting(
        16, "Filters", "of the first level, each level below has twice as many; of a vector, of the last",
        prominent=True, ge=1, le=4096,
    )  # fmt: skip
    levels: int = setting(2, "Levels", "how often the size is halved", prominent=True, ge=1, le=8)
    code_size: int | None = setting(
        None,
        "Code size",
        "numbers at the end; empty: what the last level gives",
        prominent=True,
        ge=1,
        le=65536,
    )
    kernel_size: int = setting(3, "Window", "length of a filter on each side", ge=1, le=1024)

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """The levels, and the code."""
        (shape,) = inputs
        rank = self.lengths(shape)
        plan = Blueprint()
        for level in range(self.levels):
            power = level if rank else self.levels - 1 - level
            shape = self.step(plan, f"level_{level + 1}", shape, self.filters * 2**power, self.kernel_size, 2)
        if self.code_size is not None:
            if rank:
                plan.add("flatten", Flatten())
            plan.add("code", Dense(units=self.code_size, **self.learning))
        return plan.content()

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How much smaller."""
        before, after = (_size(shapes[0]) for shapes in (inputs, outputs))
        return f"Makes {after:,} numbers of {before:,}"


def _size(shape: Shape) -> int:
    size = 1
    for n in shape:
        size *= n
    return size
