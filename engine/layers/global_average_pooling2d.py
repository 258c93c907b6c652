"""GlobalAveragePooling2D: one number for each channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.global_pooling import GlobalAveragePooling


class GlobalAveragePooling2D(GlobalAveragePooling):
    """Takes the mean of every channel over the whole picture.

    y = mean over height and width: how much of each pattern there is, wherever it is. Use it instead of Flatten
    before the last Dense; it needs far fewer weights and accepts a picture of any size.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of each channel over the whole picture",
        aliases=("gap", "average pool", "pooling"),
        keras="GlobalAveragePooling2D",
        torch="AdaptiveAvgPool2d",
        onnx="GlobalAveragePool",
        common=True,
        samples=(
            LayerSample({}, ((2, 5, 7, 3),)),
            LayerSample({"keepdims": True}, ((1, 5, 4, 2),)),
        ),
    )
    rank: ClassVar[int] = 2
