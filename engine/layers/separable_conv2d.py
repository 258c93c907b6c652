"""The separable convolution of pictures."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import PictureWindows
from engine.layers.depthwise_convolution import SeparableConvolution


class SeparableConv2D(PictureWindows, SeparableConvolution):
    """Looks for patterns in every channel by itself, then mixes what was found.

    First each channel of the picture goes through filters of its own, then every result is a weighted sum over
    all channels at its place: y = activation(mix(Σ window · filter) + bias). It does nearly what Conv2D does with a
    fraction of the weights. Source: Chollet, Xception, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="A window for every channel, then a mixing of channels",
        aliases=("separable", "depthwise", "pointwise", "xception", "convolution"),
        keras="SeparableConv2D",
        samples=(
            LayerSample({"filters": 4}, ((2, 5, 6, 3),)),
            LayerSample(
                {
                    "filters": 2,
                    "kernel_size": (2, 3),
                    "depth_multiplier": 2,
                    "padding": "same",
                    "activation": "relu",
                },
                ((2, 5, 6, 2),),
            ),
            LayerSample({"filters": 3, "strides": 2, "use_bias": False, "padding": "same"}, ((2, 5, 6, 3),)),
        ),
    )
