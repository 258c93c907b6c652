"""The convolution over pictures."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import Convolution, PictureWindows


class Conv2D(PictureWindows, Convolution):
    """Looks for patterns everywhere in a picture.

    Each filter is a small window of weights that slides over the picture; where the picture resembles the
    filter, the result is large: y = activation(Σ window · filter + bias). Because one filter serves all
    places, it needs few weights and finds its pattern wherever it is. Use a few of them, with pooling in
    between, on pictures. The channels come last.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="Filters that look for patterns all over a picture",
        aliases=("convolution", "cnn", "filter", "image"),
        keras="Conv2D",
        torch="Conv2d",
        onnx="Conv",
        common=True,
        samples=(
            LayerSample({"filters": 3}, ((2, 5, 6, 2),)),
            LayerSample({"filters": 2, "padding": "same", "activation": "tanh"}, ((2, 5, 4, 1),)),
            LayerSample(
                {"filters": 2, "kernel_size": (2, 3), "strides": (2, 2), "padding": "same"}, ((1, 6, 7, 2),)
            ),
            LayerSample(
                {"filters": 4, "groups": 2, "use_bias": False, "kernel_size": (1, 2)}, ((2, 3, 4, 4),)
            ),
            LayerSample({"filters": 2, "kernel_size": (2, 2), "dilation_rate": (2, 1)}, ((1, 5, 4, 2),)),
        ),
    )
