"""GlobalMaxPooling3D: one number for each channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.global_pooling import GlobalMaxPooling


class GlobalMaxPooling3D(GlobalMaxPooling):
    """Takes the largest number of every channel over the whole volume.

    y = max over depth, height and width: whether a pattern is anywhere at all. Use it instead of Flatten before
    the last Dense where the strongest find decides; it accepts a volume of any size. Equal maxima share the
    gradient.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The largest number of each channel over the whole volume",
        aliases=("gmp", "max pool", "pooling"),
        keras="GlobalMaxPooling3D",
        torch="AdaptiveMaxPool3d",
        onnx="GlobalMaxPool",
        samples=(
            LayerSample({}, ((1, 3, 5, 4, 2),)),
            LayerSample({"keepdims": True}, ((1, 2, 4, 3, 1),)),
        ),
    )
    rank: ClassVar[int] = 3
