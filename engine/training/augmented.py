"""What augmentation makes of one picture, for the eye: the layers' own ops, run as in training.

Nothing here knows a layer. An augmentation is a layer for preparing pictures that draws random numbers while training;
which layers are, their declarations and what they ask for when they are built say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np
from typing_extensions import override

from engine.graph.facts import SpecBuilder
from engine.layers.base import Category, Layer
from engine.layers.registry import layers
from engine.ops.op import Tensor
from engine.program.interpret import interpret
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec

COUNT = 8  # variants of a picture
LARGEST_SIDE = 256  # pixels of a variant; larger pictures are thinned out for the eye
_WHITE = 255.0
_WINDOW = (7, 8)  # of each side
_PICTURE_RANK = 4  # batch, height, width, channels


@cache
def augmentations() -> Mapping[str, type[Layer]]:
    """The layers that change pictures at random while training, by title; what most people use comes first."""
    found = [kind for kind in layers().values() if _augments(kind)]
    found.sort(key=lambda kind: (not kind.declaration.common, kind.title()))
    return MappingProxyType({kind.title(): kind for kind in found})


def suited(kind: type[Layer], height: int, width: int) -> Layer:
    """An augmentation as it is switched on for pictures of this size: windows are a little smaller than they are."""
    sides = {"height": height, "width": width}
    if all(name in kind.model_fields and kind.model_fields[name].annotation is int for name in sides):
        return kind(**{name: max(1, side * _WINDOW[0] // _WINDOW[1]) for name, side in sides.items()})
    return kind()


def augmented(chain: Sequence[Layer], picture: Array, count: int = COUNT, seed: int = 0) -> Array:
    """One picture as `count` training steps would see it.

    The same seed draws the same random numbers for each place in the chain, so that a picture moves steadily while one
    setting changes.

    Args:
        chain: augmentation layers in the order of the wire.
        picture: uint8 (H, W, C).
        count: how many variants.
        seed: of the random numbers.

    Returns:
        uint8 (count, h, w, C).

    Raises:
        ShapeError: a layer does not take this picture, in one sentence.
    """
    step = max(1, -(-max(picture.shape[:2]) // LARGEST_SIDE))
    small = np.ascontiguousarray(picture[::step, ::step], np.float32) / _WHITE
    builder = _TrainingBuilder(seed)
    x = builder.given("picture", np.repeat(small[None], count, axis=0))
    for place, layer in enumerate(chain):
        builder.draw_for(place)
        (x,) = layer.build(builder, x)
    builder.program.output("pictures", x)
    outputs, _ = interpret(builder.program.finish(), builder.feeds, {}, {})
    return np.rint(outputs["pictures"].clip(0.0, 1.0) * _WHITE).astype(np.uint8)


class _TrainingBuilder(SpecBuilder):
    """Builds layers as for a training step, with the random numbers drawn at once."""

    def __init__(self, seed: int) -> None:
        super().__init__({})
        self.feeds: dict[str, Array] = {}
        self.drawn = 0
        self._seed = seed
        self._generator = np.random.default_rng([seed, 0])

    @property
    @override
    def training(self) -> bool:
        """True: this is what training sees."""
        return True

    def draw_for(self, place: int) -> None:
        """From now on, draw the numbers of the layer at this place in the chain."""
        self._generator = np.random.default_rng([self._seed, place])

    def given(self, name: str, values: Array) -> Tensor:
        """A tensor with these values, float32."""
        self.feeds[name] = values
        return self.program.feed(name, TensorSpec(values.shape))

    @override
    def uniform(self, shape: Shape) -> Tensor:
        """Evenly distributed in [0, 1)."""
        return self._random(self._generator.random(shape, np.float32))

    @override
    def normal(self, shape: Shape) -> Tensor:
        """Of the standard normal distribution."""
        return self._random(self._generator.standard_normal(shape, np.float32))

    def _random(self, values: Array) -> Tensor:
        self.drawn += 1
        return self.given(f"random/{self.drawn}", values)


def _augments(kind: type[Layer]) -> bool:
    """Whether a layer is for preparing, takes a picture, and draws random numbers while training."""
    declaration = kind.declaration
    if declaration.category is not Category.PREPROCESSING or not declaration.listed:
        return False
    for sample in declaration.samples:
        if sample.integers or sample.texts or [len(shape) for shape in sample.inputs] != [_PICTURE_RANK]:
            continue
        builder = _TrainingBuilder(0)
        x = builder.given("picture", np.zeros(sample.inputs[0], np.float32))
        try:
            kind.model_validate(sample.settings).build(builder, x)
        except ShapeError:
            continue
        if builder.drawn:
            return True
    return False
