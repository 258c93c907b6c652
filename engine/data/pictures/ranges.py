"""What numbers the pixels of a picture become: networks of other programs were trained on other ranges than 0 to 1."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from engine.tensor.spec import Array

_MEAN = (
    0.485,
    0.456,
    0.406,
)  # of ImageNet, red, green, blue in 0..1; He et al., 2015, and torchvision after them
_DEVIATION = (0.229, 0.224, 0.225)
_CAFFE_MEAN = (
    103.939,
    116.779,
    123.68,
)  # of ImageNet, blue, green, red in 0..255; Simonyan and Zisserman, 2014


class Pixels(StrEnum):
    """The ranges that published networks take."""

    UNIT = "0 to 1"
    SYMMETRIC = "-1 to 1"
    BYTES = "0 to 255"
    STANDARD = "mean 0 and deviation 1 of ImageNet"
    CAFFE = "blue first, mean 0 of ImageNet"


def in_range(pixels: Array, wanted: Pixels) -> Array:
    """Pictures uint8 (n, height, width, channels) as float32 of the same shape."""
    values = np.asarray(pixels, np.float32)
    if wanted is Pixels.BYTES:
        return values
    if wanted is Pixels.SYMMETRIC:
        return values / np.float32(127.5) - np.float32(1.0)
    if wanted is Pixels.CAFFE and values.shape[-1] == 3:
        return values[..., ::-1] - np.array(_CAFFE_MEAN, np.float32)
    unit = values / np.float32(255.0)
    if wanted is Pixels.STANDARD and values.shape[-1] == 3:
        standard: Array = (unit - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)
        return standard
    return unit
