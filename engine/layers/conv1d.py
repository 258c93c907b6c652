"""The convolution along sequences."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.convolution import CausalWindows, Convolution


class Conv1D(CausalWindows, Convolution):
    """Looks for patterns everywhere along a sequence.

    Each filter is a short window of weights that slides along the steps (time × channels); where the sequence
    resembles the filter, the result is large: y = activation(Σ window · filter + bias). Padding "causal"
    shows a step only what came before it, which forecasts need. Use it on sounds, measurements over time and
    text. The channels come last.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="Filters that look for patterns all along a sequence",
        aliases=("convolution", "temporal", "time series", "signal", "causal", "tcn"),
        keras="Conv1D",
        torch="Conv1d",
        onnx="Conv",
        samples=(
            LayerSample({"filters": 3}, ((2, 7, 2),)),
            LayerSample(
                {"filters": 2, "padding": "causal", "dilation_rate": 2, "activation": "tanh"}, ((2, 6, 3),)
            ),
            LayerSample({"filters": 2, "kernel_size": 4, "strides": 2, "padding": "same"}, ((1, 9, 2),)),
            LayerSample({"filters": 6, "groups": 3, "use_bias": False, "kernel_size": 1}, ((2, 3, 3),)),
        ),
    )
