"""GlobalAveragePooling3D: one number for each channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.global_pooling import GlobalAveragePooling


class GlobalAveragePooling3D(GlobalAveragePooling):
    """Takes the mean of every channel over the whole volume.

    y = mean over depth, height and width: how much of each pattern there is, wherever it is. Use it instead of
    Flatten before the last Dense; it needs far fewer weights and accepts a volume of any size.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of each channel over the whole volume",
        aliases=("gap", "average pool", "pooling"),
        keras="GlobalAveragePooling3D",
        torch="AdaptiveAvgPool3d",
        onnx="GlobalAveragePool",
        samples=(
            LayerSample({}, ((1, 3, 5, 4, 2),)),
            LayerSample({"keepdims": True}, ((1, 2, 4, 3, 1),)),
        ),
    )
    rank: ClassVar[int] = 3
