"""GlobalMaxPooling1D: one number for each channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.global_pooling import GlobalMaxPooling


class GlobalMaxPooling1D(GlobalMaxPooling):
    """Takes the largest number of every channel over the whole sequence.

    y = max over length: whether a pattern is anywhere at all. Use it instead of Flatten before the last Dense
    where the strongest find decides; it accepts a sequence of any size. Equal maxima share the gradient.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest number of each channel over the whole sequence",
        aliases=("gmp", "max pool", "pooling"),
        keras="GlobalMaxPooling1D",
        torch="AdaptiveMaxPool1d",
        onnx="GlobalMaxPool",
        samples=(
            LayerSample({}, ((2, 7, 3),)),
            LayerSample({"keepdims": True}, ((1, 5, 2),)),
        ),
    )
    rank: ClassVar[int] = 1
