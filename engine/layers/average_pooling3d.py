"""AveragePooling3D: a volume made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import AveragePooling, VolumePools


class AveragePooling3D(VolumePools, AveragePooling):
    """Takes the mean of every window.

    y = mean(window), in every channel by itself; padding does not count. A gentler way than MaxPooling3D to
    make a volume smaller: nothing stands out, nothing is lost.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of every window: a smaller volume",
        aliases=("average pool", "pooling", "downsample"),
        keras="AveragePooling3D",
        torch="AvgPool3d",
        onnx="AveragePool",
        samples=(
            LayerSample({}, ((1, 3, 5, 4, 2),)),
            LayerSample({"pool_size": (1, 3, 2), "strides": 2}, ((1, 3, 4, 3, 1),)),
            LayerSample({"pool_size": 3, "strides": 2, "padding": "same"}, ((1, 2, 4, 3, 1),)),
        ),
    )
