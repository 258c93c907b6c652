"""The convolution through volumes."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import Convolution, VolumeWindows


class Conv3D(VolumeWindows, Convolution):
    """Looks for patterns everywhere in a volume.

    Each filter is a small box of weights that slides through depth, height and width; where the volume
    resembles the filter, the result is large: y = activation(Σ window · filter + bias). Use it on scans of
    bodies, on simulations, and on short films, whose depth is time. The channels come last.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="Filters that look for patterns all through a volume",
        aliases=("convolution", "voxel", "video", "scan", "mri", "ct"),
        keras="Conv3D",
        torch="Conv3d",
        onnx="Conv",
        samples=(
            LayerSample({"filters": 2, "kernel_size": 2}, ((2, 3, 4, 3, 2),)),
            LayerSample(
                {
                    "filters": 3,
                    "kernel_size": (1, 3, 2),
                    "strides": (1, 2, 2),
                    "padding": "same",
                    "activation": "relu",
                },
                ((1, 2, 5, 4, 2),),
            ),
            LayerSample(
                {"filters": 4, "kernel_size": 2, "groups": 2, "dilation_rate": (1, 2, 1), "use_bias": False},
                ((1, 3, 4, 3, 4),),
            ),
        ),
    )
