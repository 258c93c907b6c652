"""AveragePooling2D: a picture made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import AveragePooling, PicturePools


class AveragePooling2D(PicturePools, AveragePooling):
    """Takes the mean of every window.

    y = mean(window), in every channel by itself; padding does not count. A gentler way than MaxPooling2D to
    make a picture smaller: nothing stands out, nothing is lost.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of every window: a smaller picture",
        aliases=("average pool", "pooling", "downsample"),
        keras="AveragePooling2D",
        torch="AvgPool2d",
        onnx="AveragePool",
        samples=(
            LayerSample({}, ((2, 5, 7, 3),)),
            LayerSample({"pool_size": (3, 2), "strides": 2}, ((1, 5, 4, 2),)),
            LayerSample({"pool_size": 3, "strides": 2, "padding": "same"}, ((1, 5, 4, 2),)),
        ),
    )
