"""What a network makes of pictures, beside them: an autoencoder's copy, a segmentation's classes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.data.bundle import DataBundle, DataSpec, Feature
from engine.tensor.spec import Array, Shape
from engine.training.pictures import probabilities
from engine.training.predictions.answers import Answer
from engine.training.predictions.arrays import as_pixels, images_of, true_classes

RANK = 3  # of a picture


@dataclass(frozen=True, eq=False)
class Pair:
    """Inputs, outputs and true outputs side by side.

    Attributes:
        given: uint8 (n, h, w) or (n, h, w, 3).
        made, wanted: the same for pictures; class numbers int (n, h, w) where `classes`.
        error: of each, mean squared, or the share of wrong positions (n,).
        classes: whether outputs are classes.
    """

    given: Array
    made: Array
    wanted: Array
    error: Array
    classes: bool


def picture_input(spec: DataSpec) -> Feature | None:
    """The input that is pictures, if there is one."""
    return next((spec.features[n] for n in spec.inputs if spec.features[n].kind == "image"), None)


def makes_pictures(spec: DataSpec, answer: Answer) -> bool:
    """Whether an answer is a picture, or a class for each place of one."""
    if picture_input(spec) is None:
        return False
    if answer.is_class:
        return len(answer.feature.shape) == 2
    return _picture_shape(answer.feature) is not None


def _picture_shape(feature: Feature) -> Shape | None:
    if len(feature.shape) == RANK and feature.shape[-1] in (1, 2, 3, 4):
        return feature.shape
    return None


def pairs(bundle: DataBundle, answer: Answer, rows: range, outputs: Array, count: int) -> Pair:
    """The first `count` of the rows, in their order, so that each can be followed while it gets better."""
    source = picture_input(bundle.spec)
    assert source is not None, "makes_pictures said so"
    count = min(count, len(outputs))
    places = rows.start + np.arange(count)
    given = images_of(bundle, source.name, places)
    true = true_classes(bundle, answer, rows[:count])
    if answer.is_class:
        made = probabilities(outputs[:count].reshape(true.size, -1)).argmax(axis=1).reshape(true.shape)
        return Pair(given, made, true, (made != true).reshape(count, -1).mean(axis=1), classes=True)
    wanted = true.astype(np.float32) * answer.feature.scale
    found = outputs[:count].reshape(wanted.shape)
    error = np.square(found - wanted, dtype=np.float64).reshape(count, -1).mean(axis=1)
    low, high = (0.0, 1.0) if answer.feature.kind == "image" else _range(wanted)
    return Pair(given, _stretched(found, low, high), _stretched(wanted, low, high), error, classes=False)


def made_of(answer: Answer, output: Array) -> Array:
    """What a network makes of one example, of its output (1, ..): class numbers (h, w), or pixels as in `Pair`."""
    if answer.is_class:
        height, width = answer.feature.shape
        classes: Array = probabilities(output[:1].reshape(height * width, -1)).argmax(axis=1)
        return classes.reshape(height, width)
    found = output[:1].reshape(1, *answer.feature.shape)
    low, high = (0.0, 1.0) if answer.feature.kind == "image" else _range(found)
    pixels: Array = _stretched(found, low, high)[0]
    return pixels


def _range(values: Array) -> tuple[float, float]:
    low, high = float(values.min(initial=math.inf)), float(values.max(initial=-math.inf))
    return (low, high) if high > low else (low, low + 1.0)


def _stretched(values: Array, low: float, high: float) -> Array:
    return as_pixels((values - low) / (high - low))
