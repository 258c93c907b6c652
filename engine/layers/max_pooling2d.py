"""MaxPooling2D: a picture made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import MaxPooling, PicturePools


class MaxPooling2D(PicturePools, MaxPooling):
    """Keeps the largest number of every window.

    y = max(window), in every channel by itself. The picture becomes smaller and the network cares less where
    exactly something is. Use it after a convolution or two.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest of every window: a smaller picture",
        aliases=("max pool", "pooling", "downsample"),
        keras="MaxPooling2D",
        torch="MaxPool2d",
        onnx="MaxPool",
        common=True,
        samples=(
            LayerSample({}, ((2, 5, 7, 3),)),
            LayerSample({"pool_size": (3, 2), "strides": 2}, ((1, 5, 4, 2),)),
            LayerSample({"pool_size": 3, "strides": 2, "padding": "same"}, ((1, 5, 4, 2),)),
        ),
    )
