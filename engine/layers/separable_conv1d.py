"""The separable convolution of sequences."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import SequenceWindows
from engine.layers.depthwise_convolution import SeparableConvolution


class SeparableConv1D(SequenceWindows, SeparableConvolution):
    """Looks for patterns in every channel by itself, then mixes what was found.

    First each channel of the sequence goes through filters of its own, then every result is a weighted sum over
    all channels at its place: y = activation(mix(Σ window · filter) + bias). It does nearly what Conv1D does with a
    fraction of the weights. Source: Chollet, Xception, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="A window for every channel, then a mixing of channels",
        aliases=("separable", "depthwise", "pointwise", "xception", "convolution"),
        keras="SeparableConv1D",
        samples=(
            LayerSample({"filters": 4}, ((2, 7, 3),)),
            LayerSample(
                {
                    "filters": 2,
                    "kernel_size": 2,
                    "depth_multiplier": 2,
                    "padding": "same",
                    "activation": "relu",
                },
                ((2, 7, 2),),
            ),
            LayerSample({"filters": 3, "strides": 2, "use_bias": False, "padding": "same"}, ((2, 7, 3),)),
        ),
    )
