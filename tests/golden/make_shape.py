"""Writes `shape.npz`: shape and merge layers, and Dense, as Keras computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.golden.keras_layers import TORCH, Case, Whole, write

MASK = np.array([[1, 1, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], bool)
OTHER = np.array([[1, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 0]], bool)
ROW = (3, 4, 2)


def merges(layer: str, **settings: Any) -> list[Case]:
    """Three inputs, broadcasting, ranks that differ, and all that can happen with masks."""
    return [
        Case(layer, settings, ((2, 3), (2, 1), (2, 3))),
        Case(layer, settings, ((2, 3, 4), (2, 4))),
        Case(layer, settings, (ROW, ROW), (MASK, OTHER)),
        Case(layer, settings, (ROW, ROW, ROW), (MASK, None, OTHER)),
    ]


CASES = [
    Case("Dense", {"units": 3, "activation": "gelu"}),
    Case("Dense", {"units": 3, "use_bias": False, "activation": "leaky_relu"}, ((2, 3, 4),), (MASK[:2, :3],)),
    Case("Dense", {"units": 5, "kernel_regularizer": "l2", "bias_regularizer": "l1"}, ((3, 4),)),
    Case("Dense", {"units": 2, "trainable": False, "activation": "tanh"}, ((2, 2, 3, 4),)),
    Case("Dense", {"units": 3, "activation": "relu", "activity_regularizer": "l2"}, ((3, 4),)),
    Case("Flatten", {}, ((2, 3, 4),)),
    Case("Flatten", {}, ((2, 3, 4),), (MASK[:2, :3],)),
    Case("Flatten", {}, ((2,),)),
    Case("Reshape", {"target_shape": [-1, 2]}, ((2, 3, 4),), (MASK[:2, :3],)),
    Case("Reshape", {"target_shape": [3, 2]}, (Whole((2, 6), 9),)),
    Case("Permute", {"dims": [3, 1, 2]}, ((2, 3, 4, 2),)),
    Case("Permute", {"dims": [2, 1]}, ((3, 4, 2),), (MASK,)),
    Case("RepeatVector", {"n": 3}, ((2, 4),)),
    Case("ZeroPadding1D", {"padding": 2}, ((2, 3, 2),)),
    Case("ZeroPadding1D", {"padding": [0, 2]}, ((3, 4, 2),), (MASK,)),
    Case("ZeroPadding2D", {"padding": [1, 2]}, ((2, 3, 2, 2),)),
    Case("ZeroPadding2D", {"padding": [[0, 1], [2, 0]]}, ((2, 3, 2, 2),)),
    Case("ZeroPadding3D", {}, ((1, 2, 3, 2, 2),)),
    Case("Cropping1D", {"cropping": [0, 2]}, ((3, 4, 2),), (MASK,)),
    Case("Cropping1D", {}, ((2, 3, 2),)),
    Case("Cropping2D", {"cropping": [[0, 1], [2, 0]]}, ((2, 3, 4, 2),)),
    Case("Cropping2D", {}, ((2, 3, 4, 2),)),
    Case("Cropping3D", {"cropping": [0, 1, 1]}, ((1, 2, 3, 4, 2),)),
    Case("UpSampling1D", {"size": 3}, ((3, 4, 2),), (MASK,)),
    Case("UpSampling2D", {"size": [2, 3]}, ((2, 3, 2, 2),)),
    Case("UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}, ((2, 3, 4, 2),)),
    Case("UpSampling3D", {"size": [1, 3, 2]}, ((1, 2, 3, 2, 2),)),
    Case("Resizing", {"height": 3, "width": 7}, ((2, 5, 4, 2),)),
    Case("Resizing", {"height": 5, "width": 2, "interpolation": "nearest"}, ((2, 3, 5, 1),)),
    Case("Resizing", {"height": 3, "width": 2, "antialias": True}, ((1, 7, 6, 2),)),
    Case("Resizing", {"height": 4, "width": 2, "crop_to_aspect_ratio": True}, ((2, 5, 7, 1),)),
    Case(
        "Resizing", {"height": 4, "width": 3, "pad_to_aspect_ratio": True, "fill_value": 0.5}, ((2, 5, 7, 1),)
    ),
    *(case for name in ("Add", "Multiply", "Average", "Maximum", "Minimum") for case in merges(name)),
    Case("Subtract", {}, ((2, 3, 4), (2, 4))),
    Case("Subtract", {}, (ROW, ROW), (MASK, OTHER)),
    Case("Subtract", {}, (ROW, ROW), (None, OTHER)),
    Case("Concatenate", {}, ((2, 3), (2, 1), (2, 4))),
    Case("Concatenate", {"axis": 1}, ((2, 3, 4), (2, 1, 4))),
    Case("Concatenate", {}, (ROW, ROW), (MASK, None)),
    Case("Concatenate", {}, (ROW, ROW), (MASK, OTHER)),
    Case("Concatenate", {"axis": 1}, (ROW, ROW), (MASK, OTHER)),
    Case("Concatenate", {"axis": 1}, (ROW, ROW), (None, OTHER)),
    Case("Dot", {"axes": [1, 1]}, ((2, 4), (2, 4))),
    Case("Dot", {"axes": [-1, -1], "normalize": True}, ((3, 4, 2), (3, 5, 2)), (MASK, None)),
    Case("Dot", {"axes": [1, 2]}, ((2, 3, 4), (2, 5, 3))),
    Case("Dot", {"axes": [2, 1]}, ((2, 3, 4), (2, 4))),
    Case("Dot", {"axes": [1, 2], "normalize": True}, ((2, 4), (2, 3, 4))),
    Case("Dot", {"axes": [1, 1]}, ((2, 3, 2, 2), (2, 3, 5))),
]
# PyTorch's cubic interpolation is another one than that of TensorFlow and JAX, and it has no Lanczos:
# run these with KERAS_BACKEND=jax
WITH_JAX = [
    Case("UpSampling2D", {"size": [2, 3], "interpolation": "bicubic"}, ((2, 3, 4, 2),)),
    Case("UpSampling2D", {"size": [2, 1], "interpolation": "lanczos3"}, ((1, 5, 4, 1),)),
    Case("Resizing", {"height": 3, "width": 7, "interpolation": "lanczos5"}, ((1, 5, 4, 1),)),
    Case(
        "Resizing", {"height": 3, "width": 7, "interpolation": "bicubic", "antialias": True}, ((1, 8, 4, 1),)
    ),
    Case(
        "Resizing", {"height": 3, "width": 5, "interpolation": "lanczos3", "antialias": True}, ((1, 8, 7, 1),)
    ),
    Case("Resizing", {"height": 7, "width": 4, "interpolation": "nearest"}, ((1, 5, 9, 1),)),
]

if __name__ == "__main__":
    if TORCH:
        write("shape", CASES)
    else:
        write("shape_jax", WITH_JAX)
