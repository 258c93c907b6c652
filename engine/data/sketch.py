"""A little picture of a data set in numbers from 0 to 1, whatever it is: points, a curve, rows of cells or pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.preview import preview
from engine.data.settings import DataSettings
from engine.tensor.spec import Array

MOST_POINTS, MOST_ROWS, MOST_CELLS, MOST_PICTURES = 1_500, 10, 24, 12
SketchKind = Literal["points", "curve", "cells", "pictures"]


@dataclass(frozen=True, eq=False)
class Sketch:
    """What is to be painted.

    Attributes:
        kind: points (n, 2) with a class or a value; a curve (n, 2) from left to right; cells (rows, columns) of values;
            pictures, uint8 (height, width, channels) each.
        values: as the kind says, from 0 to 1, the second coordinate upwards.
        classes: of points, int (n,); empty where they have a value instead.
        shades: values of points from 0 to 1 (n,); empty where they have neither.
    """

    kind: SketchKind
    values: Array
    classes: Array = field(default_factory=lambda: np.empty(0, np.int64))
    shades: Array = field(default_factory=lambda: np.empty(0))
    pictures: tuple[Array, ...] = ()


def sketch(settings: DataSettings) -> Sketch | None:
    """The picture of a data set that is made or loaded in no time; None where there is nothing to see at a glance.

    Raises:
        DataError: the data can't be loaded.
    """
    return sketch_of(load(settings.model_copy(update={"normalize": False})))


def sketch_of(bundle: DataBundle) -> Sketch | None:
    """The picture of loaded data, from the first of its rows."""
    if len(bundle.inputs) != 1 or len(bundle.targets) != 1:
        return None
    ((name, x),), ((answer, y),) = bundle.inputs.items(), bundle.targets.items()
    feature, target = bundle.features[name], bundle.features[answer]
    if feature.kind == "image":
        return Sketch("pictures", np.empty(0), pictures=tuple(preview(bundle, MOST_PICTURES)))
    if feature.kind == "index" and x.ndim == 2:
        return _cells(x)
    if feature.kind != "numeric" or not len(x):
        return None
    if x.ndim == 3:
        return Sketch("curve", _curve(y[:, 0])) if target.kind == "numeric" else None
    return _of_table(x[:MOST_POINTS], y[:MOST_POINTS], is_class=target.kind == "category")


def _of_table(x: Array, y: Array, *, is_class: bool) -> Sketch | None:
    """One or two columns are places; many are cells where all of them are 0 or 1."""
    if x.shape[1] == 1 and not is_class:
        return Sketch("points", np.column_stack([_unit(x[:, 0]), _unit(y[:, 0])]))
    if x.shape[1] != 2:
        return _cells(x) if np.isin(x[:MOST_ROWS], (0, 1)).all() else None
    places = (x / (float(np.abs(x).max()) or 1.0) + 1) / 2
    if is_class:
        return Sketch("points", places, classes=y.astype(np.int64))
    return Sketch("points", places, shades=_unit(y[:, 0]))


def _cells(x: Array) -> Sketch:
    return Sketch("cells", _unit(x[:MOST_ROWS, :MOST_CELLS]))


def _curve(values: Array) -> Array:
    """A series (n,) from left to right, (m, 2)."""
    kept = values[:: max(1, len(values) // 400)]
    return np.column_stack([np.linspace(0.0, 1.0, len(kept)), _unit(kept)])


def _unit(values: Array) -> Array:
    """From 0 to 1."""
    low, high = float(values.min()), float(values.max())
    found: Array = (values.astype(float) - low) / (high - low or 1.0)
    return found
