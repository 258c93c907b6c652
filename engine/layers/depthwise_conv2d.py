"""The depthwise convolution of pictures."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import PictureWindows
from engine.layers.depthwise_convolution import DepthwiseConvolution


class DepthwiseConv2D(PictureWindows, DepthwiseConvolution):
    """Looks for patterns in every channel by itself.

    Each channel of the picture has filters of its own and sees no other channel: y = activation(Σ window ·
    filter + bias). That needs far fewer weights and sums than Conv2D; what the channels have in common is found
    by a Conv2D of window 1 after it. Small networks for phones are made of such pairs.
    Source: Howard et al., MobileNets, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="Filters of its own for every channel",
        aliases=("depthwise", "separable", "mobilenet", "convolution"),
        keras="DepthwiseConv2D",
        torch="Conv2d",
        onnx="Conv",
        samples=(
            LayerSample({}, ((2, 5, 6, 3),)),
            LayerSample(
                {"kernel_size": (2, 3), "depth_multiplier": 2, "padding": "same", "activation": "tanh"},
                ((2, 5, 6, 2),),
            ),
            LayerSample({"strides": 2, "use_bias": False}, ((2, 5, 6, 1),)),
            LayerSample({"kernel_size": 2, "dilation_rate": 2, "padding": "same"}, ((2, 5, 6, 3),)),
        ),
    )
