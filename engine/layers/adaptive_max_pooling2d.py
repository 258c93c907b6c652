"""AdaptiveMaxPooling2D: a picture of a wanted size."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import AdaptiveMaxPooling, PictureParts


class AdaptiveMaxPooling2D(PictureParts, AdaptiveMaxPooling):
    """Makes a picture of the size you say, of the largest number of each part.

    The picture is divided into as many parts as wanted, as equal as can be: part i of m sees from floor(i·n/m)
    to ceil((i+1)·n/m) of n pixels. What comes after then needs no care for the size of the input. Use it before
    Flatten and Dense where a picture may have any size.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest number of each part: a picture of a wanted size",
        aliases=("adaptive pool", "pooling", "spatial pyramid"),
        keras="AdaptiveMaxPooling2D",
        torch="AdaptiveMaxPool2d",
        samples=(
            LayerSample({}, ((2, 5, 7, 3),)),
            LayerSample({"output_size": (2, 3)}, ((2, 5, 7, 3),)),
            LayerSample({"output_size": 4}, ((1, 5, 4, 2),)),
        ),
    )
