"""Examples of the data as people know them: what a remark is about can be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.bundle import DataBundle, Feature
from engine.tensor.spec import Array

MOST_VALUES = 40  # of an example, in words


@dataclass(frozen=True, eq=False)
class Example:
    """One row of the data.

    Attributes:
        row: its number.
        part: "training", "validation" or "test".
        pixels: uint8 (height, width, channels), where it is a picture.
        values: names and values of its inputs, in the units of the data, where it is none.
        said: what the data says the answer is.
    """

    row: int
    part: str
    pixels: Array | None
    values: tuple[tuple[str, str], ...]
    said: str


def example_of(bundle: DataBundle, row: int) -> Example | None:
    """What the data has in a row; None where it has no such row."""
    if not 0 <= row < len(next(iter(bundle.inputs.values()))):
        return None
    pixels, values = None, []
    for name in bundle.inputs:
        feature, array = bundle.features[name], bundle.inputs[name][row]
        if feature.kind == "image" and pixels is None:
            shown = np.rint(np.asarray(array, np.float32) * (255 * feature.scale))
            pixels = shown.clip(0, 255).astype(np.uint8)
        else:
            values += _in_words(bundle, feature, array)
    target = next(iter(bundle.targets))
    said = _in_words(bundle, bundle.features[target], bundle.targets[target][row])
    return Example(row, _part(bundle, row), pixels, tuple(values), ", ".join(text for _, text in said))


def class_name(bundle: DataBundle, number: int) -> str:
    """How the data calls a class of its first target."""
    return _class_name(bundle.features[next(iter(bundle.targets))], number)


def _part(bundle: DataBundle, row: int) -> str:
    if row in bundle.train:
        return "training"
    return "validation" if row in bundle.validation else "test"


def _in_words(bundle: DataBundle, feature: Feature, array: Array) -> list[tuple[str, str]]:
    if feature.class_names and np.ndim(array) == 0:
        return [(feature.name, _class_name(feature, int(array)))]
    scaling = bundle.scaling.get(feature.name)
    values = np.asarray(array)[None]
    flat = (values if scaling is None else scaling.invert(values)).reshape(-1)[:MOST_VALUES]
    names = feature.column_names
    if len(names) != len(flat):
        names = (feature.name,) if len(flat) == 1 else tuple(f"{feature.name} {k}" for k in range(len(flat)))
    return [(name, _text(value)) for name, value in zip(names, flat, strict=True)]


def _class_name(feature: Feature, number: int) -> str:
    return feature.class_names[number] if 0 <= number < len(feature.class_names) else str(number)


def _text(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, np.floating | float) else str(value)
