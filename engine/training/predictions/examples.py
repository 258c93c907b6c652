"""An example of the data in words, for lists of those that are wrong, near or exciting."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import DataBundle, Feature
from engine.tensor.spec import Array
from engine.training.predictions.spelling import spelled

MOST_COLUMNS = 6
MOST_LETTERS = 60


def in_words(bundle: DataBundle, row: int) -> str:
    """What stands in the inputs of a row, in the data's units, shortened."""
    parts = [
        _of(bundle, bundle.features[name], np.asarray(array[row : row + 1]))
        for name, array in bundle.inputs.items()
    ]
    return " · ".join(part for part in parts if part)


def _of(bundle: DataBundle, feature: Feature, value: Array) -> str:
    if feature.kind == "text":
        return _short(" ".join(str(v) for v in value.reshape(-1)))
    if feature.kind == "index" and feature.class_names:
        return _short(spelled(feature.class_names, value.reshape(-1).tolist()).replace("\n", "⏎"))
    if feature.kind == "image":
        return ""  # which is shown
    if value.size > 64:
        return " × ".join(map(str, feature.shape))
    scaling = bundle.scaling.get(feature.name)
    numbers = (value if scaling is None else scaling.invert(value)).reshape(-1)
    names = feature.column_names if len(feature.column_names) == numbers.size else ()
    shown = [
        (f"{names[k]} " if names else "") + f"{number:.4g}"
        for k, number in enumerate(numbers[:MOST_COLUMNS].tolist())
    ]
    return ", ".join(shown) + (", …" if numbers.size > MOST_COLUMNS else "")


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def true_in_words(feature: Feature, value: object) -> str:
    """A class by its name, any other answer as a number."""
    if feature.class_names and isinstance(value, int) and 0 <= value < len(feature.class_names):
        return feature.class_names[value]
    return f"{value:.4g}" if isinstance(value, float) else str(value)
