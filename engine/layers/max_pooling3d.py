"""MaxPooling3D: a volume made smaller."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import MaxPooling, VolumePools


class MaxPooling3D(VolumePools, MaxPooling):
    """Keeps the largest number of every window.

    y = max(window), in every channel by itself. The volume becomes smaller and the network cares less where
    exactly something is. Use it after a convolution or two.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest of every window: a smaller volume",
        aliases=("max pool", "pooling", "downsample"),
        keras="MaxPooling3D",
        torch="MaxPool3d",
        onnx="MaxPool",
        samples=(
            LayerSample({}, ((1, 3, 5, 4, 2),)),
            LayerSample({"pool_size": (1, 3, 2), "strides": 2}, ((1, 3, 4, 3, 1),)),
            LayerSample({"pool_size": 3, "strides": 2, "padding": "same"}, ((1, 2, 4, 3, 1),)),
        ),
    )
