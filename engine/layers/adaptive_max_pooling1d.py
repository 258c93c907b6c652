"""AdaptiveMaxPooling1D: a sequence of a wanted size."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import AdaptiveMaxPooling, SequenceParts


class AdaptiveMaxPooling1D(SequenceParts, AdaptiveMaxPooling):
    """Makes a sequence of the size you say, of the largest number of each part.

    The sequence is divided into as many parts as wanted, as equal as can be: part i of m sees from floor(i·n/m)
    to ceil((i+1)·n/m) of n steps. What comes after then needs no care for the size of the input. Use it before
    Flatten and Dense where a sequence may have any size.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest number of each part: a sequence of a wanted size",
        aliases=("adaptive pool", "pooling", "spatial pyramid"),
        keras="AdaptiveMaxPooling1D",
        torch="AdaptiveMaxPool1d",
        samples=(
            LayerSample({}, ((2, 7, 3),)),
            LayerSample({"output_size": 4}, ((2, 7, 3),)),
            LayerSample({"output_size": 4}, ((1, 5, 2),)),
        ),
    )
