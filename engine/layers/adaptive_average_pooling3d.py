"""AdaptiveAveragePooling3D: a volume of a wanted size."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.pooling import AdaptiveAveragePooling, VolumeParts


class AdaptiveAveragePooling3D(VolumeParts, AdaptiveAveragePooling):
    """Makes a volume of the size you say, of the mean of each part.

    The volume is divided into as many parts as wanted, as equal as can be: part i of m sees from floor(i·n/m)
    to ceil((i+1)·n/m) of n voxels. What comes after then needs no care for the size of the input. Use it before
    Flatten and Dense where a volume may have any size.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of each part: a volume of a wanted size",
        aliases=("adaptive pool", "pooling", "spatial pyramid"),
        keras="AdaptiveAveragePooling3D",
        torch="AdaptiveAvgPool3d",
        samples=(
            LayerSample({}, ((1, 3, 5, 4, 2),)),
            LayerSample({"output_size": (2, 3, 1)}, ((1, 3, 5, 4, 2),)),
            LayerSample({"output_size": 4}, ((1, 2, 4, 3, 1),)),
        ),
    )
