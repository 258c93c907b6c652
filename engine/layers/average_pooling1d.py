"""AveragePooling1D: a sequence made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import AveragePooling, SequencePools


class AveragePooling1D(SequencePools, AveragePooling):
    """Takes the mean of every window.

    y = mean(window), in every channel by itself; padding does not count. A gentler way than MaxPooling1D to
    make a sequence smaller: nothing stands out, nothing is lost.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of every window: a smaller sequence",
        aliases=("average pool", "pooling", "downsample"),
        keras="AveragePooling1D",
        torch="AvgPool1d",
        onnx="AveragePool",
        samples=(
            LayerSample({}, ((2, 7, 3),)),
            LayerSample({"pool_size": 3, "strides": 2}, ((1, 5, 2),)),
            LayerSample({"pool_size": 3, "strides": 2, "padding": "same"}, ((1, 5, 2),)),
        ),
    )
