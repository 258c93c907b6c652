"""From little to much: the second half of an autoencoder."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.blueprint import Blueprint, NormalizedBlock, cropping, doubling
from engine.layers.content import Content
from engine.layers.dense import Dense
from engine.layers.reshape import Reshape
from engine.settings import setting
from engine.tensor.spec import Shape


class Decoder(NormalizedBlock):
    """Makes what arrives larger level by level: pictures from a code, or a picture of full size from a small one.

    Each level is a transposed convolution that doubles every length, with half the filters of the level before. A code (a
    vector) becomes a small picture first, where the side of the picture at the end is given; else it goes through Dense
    layers, each twice as wide as the one before. The last layer gives the channels that are wanted, without activation.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
        summary="Larger level by level, from a code to a picture: the second half of an autoencoder",
        aliases=("autoencoder", "generator", "upsample", "latent", "group"),
        samples=(
            LayerSample({"filters": 2, "levels": 2, "activation": "tanh"}, ((2, 2, 3, 2),)),
            LayerSample({"filters": 2, "levels": 1, "side": 5, "normalization": "none"}, ((2, 3),)),
            LayerSample(
                {"filters": 2, "channels": 4, "normalization": "layer", "activation": "tanh"}, ((2, 3),)
            ),
        ),
    )
    filters: int = setting(
        16, "Filters", "of the last level, each level before has twice as many; of a vector, of the first",
        prominent=True, ge=1, le=4096,
    )  # fmt: skip
    levels: int = setting(2, "Levels", "how often the size is doubled", prominent=True, ge=1, le=8)
    channels: int = setting(1, "Channels", "at each place at the end", prominent=True, ge=1, le=65536)
    side: int | None = setting(
        None,
        "Side",
        "height and width of the picture that a vector becomes; empty: it stays one",
        ge=2,
        le=4096,
    )
    kernel_size: int = setting(3, "Window", "length of a filter on each side", ge=1, le=1024)

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """The levels, and the channels that are wanted."""
        (shape,) = inputs
        plan = Blueprint()
        if self.lengths(shape) == 0 and self.side is None:
            for level in range(self.levels):
                shape = self.step(plan, f"level_{level + 1}", shape, self.filters * 2**level)
            plan.add("out", Dense(units=self.channels, **self.learning))
            return plan.content()
        if self.side is not None and len(shape) == 1:
            shape = self._spread(plan, self.side)
        rank = len(shape) - 1
        for level in range(self.levels):
            filters, name = self.filters * 2 ** (self.levels - 1 - level), f"level_{level + 1}"
            plan.add(name, doubling(rank, filters, self.learning))
            self.normalize(plan, name)
            self.activate(plan, name)
            shape = (*(2 * n for n in shape[:-1]), filters)
        extra = (
            tuple(n - self.side for n in shape[:-1]) if self.side is not None and len(inputs[0]) == 1 else ()
        )
        if any(extra):
            plan.add("crop", cropping(extra))
        plan.add("out", self.convolution(shape, self.channels, self.kernel_size, bias=True))
        return plan.content()

    def _spread(self, plan: Blueprint, side: int) -> Shape:
        """Turns a vector into a picture that is large enough at the end; its shape."""
        small = -(-side // 2**self.levels)
        shape = (small, small, self.filters * 2**self.levels)
        plan.add("spread", Dense(units=small * small * shape[-1], **self.learning))
        plan.add("picture", Reshape(target_shape=shape))
        self.activate(plan, "picture")
        return shape

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How much larger."""
        count = "1 channel" if self.channels == 1 else f"{self.channels} channels"
        return f"Makes what arrives larger, with {count} at each place"
