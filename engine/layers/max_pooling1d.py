"""MaxPooling1D: a sequence made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import MaxPooling, SequencePools


class MaxPooling1D(SequencePools, MaxPooling):
    """Keeps the largest number of every window.

    y = max(window), in every channel by itself. The sequence becomes smaller and the network cares less where
    exactly something is. Use it after a convolution or two.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest of every window: a smaller sequence",
        aliases=("max pool", "pooling", "downsample"),
        keras="MaxPooling1D",
        torch="MaxPool1d",
        onnx="MaxPool",
        samples=(
            LayerSample({}, ((2, 7, 3),)),
            LayerSample({"pool_size": 3, "strides": 2}, ((1, 5, 2),)),
            LayerSample({"pool_size": 3, "strides": 2, "padding": "same"}, ((1, 5, 2),)),
        ),
    )
