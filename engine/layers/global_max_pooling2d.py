"""GlobalMaxPooling2D: one number for each channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.global_pooling import GlobalMaxPooling


class GlobalMaxPooling2D(GlobalMaxPooling):
    """Takes the largest number of every channel over the whole picture.

    y = max over height and width: whether a pattern is anywhere at all. Use it instead of Flatten before the
    last Dense where the strongest find decides; it accepts a picture of any size. Equal maxima share the
    gradient.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest number of each channel over the whole picture",
        aliases=("gmp", "max pool", "pooling"),
        keras="GlobalMaxPooling2D",
        torch="AdaptiveMaxPool2d",
        onnx="GlobalMaxPool",
        samples=(
            LayerSample({}, ((2, 5, 7, 3),)),
            LayerSample({"keepdims": True}, ((1, 5, 4, 2),)),
        ),
    )
    rank: ClassVar[int] = 2
