"""Golden values of convolution and pooling layers: what `engine/layers/convolution.py` and its neighbours must compute.

    KERAS_BACKEND=torch keras-venv/bin/python -m tests.golden.make_convolution
    KERAS_BACKEND=jax keras-venv/bin/python -m tests.golden.make_convolution

The second run writes what the torch backend of Keras 3.15 gets wrong: average pooling with padding "same" where the
padding before and after differ. TensorFlow's rule, which the JAX backend follows, is that padding does not count.
"""

from __future__ import annotations

import numpy as np

from tests.golden.keras_layers import TORCH, Case, write

LINE, PICTURE, VOLUME = ((2, 9, 4),), ((2, 6, 7, 4),), ((1, 4, 5, 3, 4),)
MASK = np.array([[True] * 4 + [False] * 3, [True] * 7, [False, True, True, False, True, False, False]])


def _convolutions() -> list[Case]:
    return [
        Case("Conv1D", {"filters": 3, "kernel_size": 3, "activation": "relu"}, LINE),
        Case("Conv1D", {"filters": 3, "kernel_size": 4, "padding": "same"}, LINE),
        Case("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal"}, LINE),
        Case("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 3}, LINE),
        Case("Conv1D", {"filters": 2, "kernel_size": 2, "padding": "causal", "strides": 2}, LINE),
        Case("Conv1D", {"filters": 3, "kernel_size": 5, "padding": "same", "strides": 3}, LINE),
        Case("Conv1D", {"filters": 6, "kernel_size": 2, "groups": 2, "use_bias": False}, LINE),
        Case("Conv1D", {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, LINE),
        Case("Conv2D", {"filters": 3, "kernel_size": [3, 3], "activation": "tanh"}, PICTURE),
        Case("Conv2D", {"filters": 3, "kernel_size": [2, 4], "padding": "same"}, PICTURE),
        Case("Conv2D", {"filters": 3, "kernel_size": [3, 2], "strides": [2, 3], "padding": "same"}, PICTURE),
        Case("Conv2D", {"filters": 8, "kernel_size": [3, 3], "groups": 4, "padding": "same"}, PICTURE),
        Case("Conv2D", {"filters": 4, "kernel_size": [2, 3], "dilation_rate": [3, 2]}, PICTURE),
        Case("Conv2D", {"filters": 5, "kernel_size": [1, 1], "strides": [2, 2]}, PICTURE),
        Case("Conv3D", {"filters": 3, "kernel_size": [2, 2, 2]}, VOLUME),
        Case(
            "Conv3D",
            {"filters": 2, "kernel_size": [3, 3, 2], "padding": "same", "activation": "relu"},
            VOLUME,
        ),
        Case(
            "Conv3D",
            {"filters": 2, "kernel_size": [2, 3, 1], "padding": "same", "strides": [2, 2, 1]},
            VOLUME,
        ),
        Case(
            "Conv3D",
            {"filters": 4, "kernel_size": [2, 2, 2], "groups": 2, "dilation_rate": [1, 2, 1]},
            VOLUME,
        ),
        Case(
            "Conv2D",
            {
                "filters": 3,
                "kernel_size": [2, 2],
                "kernel_regularizer": {"name": "l2", "l2": 0.1},
                "bias_regularizer": {"name": "l1", "l1": 0.2},
                "activity_regularizer": {"name": "l2", "l2": 0.3},
            },
            PICTURE,
            keras_settings={
                "filters": 3,
                "kernel_size": [2, 2],
                "kernel_regularizer": _regularizer("L2", 0.1),
                "bias_regularizer": _regularizer("L1", 0.2),
                "activity_regularizer": _regularizer("L2", 0.3),
            },
        ),
    ]


def _regularizer(name: str, strength: float) -> object:
    import keras

    return getattr(keras.regularizers, name)(strength)


def _depthwise() -> list[Case]:
    return [
        Case("DepthwiseConv1D", {"kernel_size": 3}, LINE),
        Case(
            "DepthwiseConv1D",
            {"kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2},
            LINE,
        ),
        Case("DepthwiseConv1D", {"kernel_size": 2, "dilation_rate": 3, "activation": "relu"}, LINE),
        Case("DepthwiseConv2D", {"kernel_size": [3, 3], "padding": "same"}, PICTURE),
        Case("DepthwiseConv2D", {"kernel_size": [3, 2], "depth_multiplier": 3}, PICTURE),
        Case("DepthwiseConv2D", {"kernel_size": [3, 3], "strides": [2, 2], "padding": "same"}, PICTURE),
        Case("DepthwiseConv2D", {"kernel_size": [2, 2], "dilation_rate": [2, 2], "use_bias": False}, PICTURE),
        Case("SeparableConv1D", {"filters": 3, "kernel_size": 3, "activation": "tanh"}, LINE),
        Case("SeparableConv1D", {"filters": 2, "kernel_size": 2, "depth_multiplier": 2, "strides": 2}, LINE),
        Case("SeparableConv2D", {"filters": 3, "kernel_size": [3, 3], "padding": "same"}, PICTURE),
        Case("SeparableConv2D", {"filters": 5, "kernel_size": [2, 3], "depth_multiplier": 2}, PICTURE),
        Case(
            "SeparableConv2D",
            {"filters": 2, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"},
            PICTURE,
        ),
        Case("SeparableConv2D", {"filters": 3, "kernel_size": [2, 2], "dilation_rate": [2, 2]}, PICTURE),
    ]


def _transposed() -> list[Case]:
    line, picture, volume = ((2, 4, 3),), ((2, 3, 4, 3),), ((1, 2, 3, 2, 3),)
    return [
        Case("Conv1DTranspose", {"filters": 2, "kernel_size": 3}, line),
        Case("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, line),
        Case("Conv1DTranspose", {"filters": 2, "kernel_size": 2, "strides": 3}, line),
        Case("Conv1DTranspose", {"filters": 2, "kernel_size": 4, "strides": 3, "padding": "same"}, line),
        Case("Conv1DTranspose", {"filters": 2, "kernel_size": 1, "strides": 4, "padding": "same"}, line),
        Case("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 1}, line),
        Case(
            "Conv1DTranspose",
            {"filters": 2, "kernel_size": 4, "strides": 3, "padding": "same", "output_padding": 1},
            line,
        ),
        Case(
            "Conv1DTranspose",
            {"filters": 2, "kernel_size": 3, "strides": 3, "padding": "same", "output_padding": 2},
            line,
        ),
        Case("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": 2}, line),
        Case(
            "Conv1DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, line
        ),
        Case("Conv2DTranspose", {"filters": 2, "kernel_size": [3, 3], "activation": "relu"}, picture),
        Case(
            "Conv2DTranspose",
            {"filters": 2, "kernel_size": [4, 4], "strides": [2, 2], "padding": "same"},
            picture,
        ),
        Case(
            "Conv2DTranspose",
            {"filters": 2, "kernel_size": [3, 2], "strides": [2, 3], "padding": "same"},
            picture,
        ),
        Case(
            "Conv2DTranspose",
            {
                "filters": 2,
                "kernel_size": [3, 4],
                "strides": [2, 2],
                "padding": "same",
                "output_padding": [1, 0],
            },
            picture,
        ),
        Case("Conv2DTranspose", {"filters": 2, "kernel_size": [2, 3], "dilation_rate": [3, 2]}, picture),
        Case("Conv3DTranspose", {"filters": 2, "kernel_size": [2, 3, 2]}, volume),
        Case(
            "Conv3DTranspose",
            {"filters": 2, "kernel_size": [3, 2, 3], "strides": [2, 2, 1], "padding": "same"},
            volume,
        ),
        Case(
            "Conv3DTranspose",
            {"filters": 1, "kernel_size": [2, 2, 2], "strides": [2, 3, 2], "use_bias": False},
            volume,
        ),
    ]


def _pooling() -> list[Case]:
    line, picture, volume = ((2, 9, 3),), ((2, 6, 7, 3),), ((1, 4, 5, 3, 2),)
    return [
        Case("MaxPooling1D", {"pool_size": 2}, line),
        Case("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, line),
        Case("MaxPooling2D", {"pool_size": [2, 2]}, picture),
        Case("MaxPooling2D", {"pool_size": [3, 2], "strides": [1, 2], "padding": "same"}, picture),
        Case("MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2]}, picture),
        Case("MaxPooling3D", {"pool_size": [2, 2, 2]}, volume),
        Case("MaxPooling3D", {"pool_size": [3, 2, 2], "strides": [2, 2, 1], "padding": "same"}, volume),
        Case("AveragePooling1D", {"pool_size": 2}, line),
        Case("AveragePooling2D", {"pool_size": [3, 2], "strides": [2, 1]}, picture),
        Case("AveragePooling3D", {"pool_size": [2, 3, 1], "strides": [1, 2, 2]}, volume),
        *(
            Case(f"Global{kind}Pooling{rank}D", {"keepdims": keepdims}, shapes)
            for kind in ("Max", "Average")
            for rank, shapes in ((1, line), (2, picture), (3, volume))
            for keepdims in ((False, True) if rank == 2 else (False,))
        ),
        Case("GlobalAveragePooling1D", {}, ((3, 7, 2),), (MASK,)),
        Case("GlobalAveragePooling1D", {"keepdims": True}, ((3, 7, 2),), (MASK,)),
        *(
            Case(f"Adaptive{kind}Pooling{rank}D", {"output_size": size}, shapes)
            for kind in ("Max", "Average")
            for rank, shapes, sizes in (
                (1, line, (1, 3, 4, 11)),
                (2, picture, ([3, 7], [4, 5], [1, 2])),
                (3, volume, ([2, 5, 3], [3, 2, 2])),
            )
            for size in sizes
        ),
    ]


def _averages() -> list[Case]:
    line, picture, volume = ((2, 9, 3),), ((2, 6, 7, 3),), ((1, 4, 5, 3, 2),)
    return [
        Case("AveragePooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}, line),
        Case("AveragePooling1D", {"pool_size": 4, "strides": 3, "padding": "same"}, line),
        Case("AveragePooling2D", {"pool_size": [2, 2], "padding": "same"}, picture),
        Case("AveragePooling2D", {"pool_size": [3, 4], "strides": [1, 2], "padding": "same"}, picture),
        Case("AveragePooling3D", {"pool_size": [3, 2, 2], "strides": [2, 2, 1], "padding": "same"}, volume),
    ]


CASES = [*_convolutions(), *_depthwise(), *_transposed(), *_pooling()]

if __name__ == "__main__":
    if TORCH:
        write("convolution", CASES)
    else:
        write("convolution_jax", _averages())
