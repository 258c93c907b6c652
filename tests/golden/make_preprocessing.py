"""Writes `preprocessing.npz` and `pictures.npz`: preprocessing of numbers and pictures as Keras computes it.

Run as `tests.golden.keras_layers` says, on the torch backend. Random layers of pictures are compared where nothing is
left to chance: with a range of one value, or (in `pictures.npz`) with given numbers handed to the same methods. Layers
that need TensorFlow are in `make_text.py`.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.src.utils.image_utils import smart_resize

from tests.golden.keras_layers import Case, Whole, write

Arrays = dict[str, np.ndarray[Any, Any]]
PICTURES = ((2, 6, 5, 3),)
FILLS = ("reflect", "wrap", "constant", "nearest")


def normalized(layer: Any, tensors: Any, **keywords: Any) -> Any:
    """Weights that were assigned count after `finalize_state` only."""
    if not layer.built:
        layer.build(tuple(tensors[0].shape))
    layer.finalize_state()
    return layer(tensors[0])


def plain(layer: Any, tensors: Any, **keywords: Any) -> Any:
    """Layers that know no training."""
    return layer(tensors[0])


def of_a_copy(layer: Any, tensors: Any, **keywords: Any) -> Any:
    """Keras adds the brightness to its input in place."""
    return layer(tensors[0] * 1.0, **keywords)


CASES = [
    Case("Rescaling", {"scale": 0.25, "offset": -1.5}, call=plain),
    Case("Normalization", {}, ((4, 3),), call=normalized),
    Case("Normalization", {"axis": None}, ((2, 3, 4),), call=normalized),
    Case("Normalization", {"axis": [1, -1], "invert": True}, ((2, 3, 4),), call=normalized),
    Case("Normalization", {"axis": 1}, ((2, 3, 4),), call=normalized),
    Case("Normalization", {"mean": 3.0, "variance": 2.0}, ((2, 3),), call=plain),
    Case("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [0.5, 0.0, 4.0]}, ((2, 2, 3),), call=plain),
    *(
        Case(
            "Discretization",
            {"bin_boundaries": [-0.5, 0.0, 0.25, 1.0], "output_mode": mode},
            (shape,),
            call=plain,
            keras_settings={"bin_boundaries": [-0.5, 0.0, 0.25, 1.0], "output_mode": mode},
        )
        for mode, shape in (
            ("int", (3, 4)),
            ("one_hot", (4, 1)),
            ("one_hot", (3, 2)),
            ("multi_hot", (3, 6)),
            ("count", (3, 6)),
        )
    ),
    *(
        Case("CategoryEncoding", {"num_tokens": 5, "output_mode": mode}, (Whole(shape, 5),), call=plain)
        for mode, shape in (
            ("one_hot", (4, 1)),
            ("one_hot", (3, 2)),
            ("one_hot", (2, 3, 2)),
            ("multi_hot", (3, 4)),
            ("count", (3, 4)),
        )
    ),
    Case(
        "CategoryEncoding",
        {"num_tokens": 5, "output_mode": "count"},
        (Whole((3, 4), 5), (3, 4)),
        call=lambda layer, tensors, **keywords: layer(tensors[0], count_weights=tensors[1]),
    ),
    Case("CenterCrop", {"height": 3, "width": 2}, PICTURES, call=plain),
    Case("CenterCrop", {"height": 5, "width": 5}, ((1, 8, 8, 1),), call=plain),
    Case("CenterCrop", {"height": 7, "width": 4}, PICTURES, call=plain),
    *(Case("RandomRotation", {"factor": [0.13, 0.13], "fill_mode": fill}, PICTURES) for fill in FILLS),
    Case("RandomRotation", {"factor": [-0.4, -0.4], "interpolation": "nearest"}, PICTURES),
    *(
        Case(
            "RandomTranslation",
            {
                "height_factor": [0.3, 0.3],
                "width_factor": [-0.45, -0.45],
                "fill_mode": fill,
                "fill_value": 0.5,
            },
            PICTURES,
        )
        for fill in FILLS
    ),
    *(
        Case(
            "RandomZoom",
            {"height_factor": [-0.3, -0.3], "width_factor": [0.6, 0.6], "fill_mode": fill},
            PICTURES,
        )
        for fill in FILLS
    ),
    Case("RandomZoom", {"height_factor": [0.4, 0.4]}, PICTURES),
    Case("RandomBrightness", {"factor": [0.3, 0.3], "value_range": [-1.0, 1.0]}, PICTURES, call=of_a_copy),
    Case("RandomBrightness", {"factor": [-0.2, -0.2], "value_range": [0.0, 1.0]}, PICTURES, call=of_a_copy),
    Case("RandomContrast", {"value_range": [-1.0, 1.0], "factor": 0.5}, PICTURES, random=True),
    Case("RandomFlip", {}, PICTURES, random=True),
]


def pictures() -> Arrays:
    """Affine transforms, contrasts, flips and resized windows of given pictures with given numbers."""
    generator = np.random.default_rng(11)
    images = generator.normal(size=(3, 6, 5, 2)).astype(np.float32)
    transforms = generator.normal(size=(3, 8)).astype(np.float32)
    transforms[:, 6:] = 0.0
    transforms[:, (2, 5)] *= 3.0
    factors = generator.uniform(0.5, 1.5, (3, 1, 1, 1)).astype(np.float32)
    arrays: Arrays = {"images": images, "transforms": transforms, "factors": factors}
    for fill, between in itertools.product(FILLS, ("nearest", "bilinear")):
        y = keras.ops.image.affine_transform(
            images, transforms.copy(), interpolation=between, fill_mode=fill, fill_value=0.25
        )
        arrays[f"affine/{fill}/{between}"] = keras.ops.convert_to_numpy(y)
    contrast = keras.layers.RandomContrast(0.5, value_range=(-1.0, 1.0))
    arrays["contrast"] = _numpy(
        contrast.transform_images(_tensor(images), {"contrast_factor": _tensor(factors)})
    )
    flags = np.array([True, False, True]).reshape(3, 1, 1, 1)
    for mode in ("horizontal", "vertical", "horizontal_and_vertical"):
        flip = keras.layers.RandomFlip(mode)
        arrays[f"flip/{mode}"] = _numpy(flip.transform_images(_tensor(images), {"flips": _tensor(flags)}))
    for height, width in ((3, 4), (8, 8), (2, 9), (6, 5)):
        arrays[f"fitted/{height}/{width}"] = _numpy(smart_resize(_tensor(images), (height, width)))
    values = generator.normal(size=(137,)).astype(np.float32)
    arrays["values"] = values
    for bins, epsilon in ((4, 0.01), (7, 0.1), (50, 0.001)):
        layer = keras.layers.Discretization(num_bins=bins, epsilon=epsilon)
        layer.update_state(values)  # what `adapt` does, which asks for TensorFlow first
        layer.finalize_state()
        arrays[f"bins/{bins}/{epsilon}"] = np.asarray(layer.bin_boundaries, np.float32)
    for axis in (-1, 1, None):
        normalization = keras.layers.Normalization(axis=axis)
        normalization.adapt(images)
        arrays[f"mean/{axis}"] = _numpy(normalization.adapt_mean.value)
        arrays[f"variance/{axis}"] = _numpy(normalization.adapt_variance.value)
    return arrays


def _tensor(array: np.ndarray[Any, Any]) -> Any:
    return keras.ops.convert_to_tensor(array)


def _numpy(tensor: Any) -> np.ndarray[Any, Any]:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


if __name__ == "__main__":
    write("preprocessing", CASES)
    np.savez_compressed(Path(__file__).with_name("pictures.npz"), allow_pickle=False, **pictures())
