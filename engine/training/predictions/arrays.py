"""From predictions to what a view draws: the arithmetic behind decision surfaces, fitted curves and picture grids.

The window draws arrays and computes nothing; everything here is in the units of the data as the user gave it, with
the standardization that training sees undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.bundle import DataBundle, Scaling
from engine.tensor.spec import Array
from engine.training.pictures import MARGIN, probabilities
from engine.training.predictions.answers import Answer

GRID = 64  # points along each side of a decision surface
CURVE = 200  # points of a fitted curve
MEDIAN_OF = 10_000  # rows at most


@dataclass(frozen=True)
class Column:
    """One number of an example: the input it is in, its place there, and what people call it."""

    feature: str
    place: int
    title: str


def columns_of(bundle: DataBundle) -> tuple[Column, ...]:
    """The numbers that an example consists of; none where a part of it is a picture, a sequence or text."""
    found = []
    for name in bundle.inputs:
        feature = bundle.features[name]
        if feature.kind != "numeric" or len(feature.shape) != 1:
            return ()
        names = feature.column_names if len(feature.column_names) == feature.shape[0] else ()
        for place in range(feature.shape[0]):
            found.append(Column(name, place, names[place] if names else f"{name}{place + 1}"))
    return tuple(found)


def median_row(bundle: DataBundle, inputs: Mapping[str, Array] | None = None) -> dict[str, Array]:
    """The median of each number of the training rows, by input, as training sees it: (1, n); of all, or of these."""
    rows = slice(bundle.train.start, min(bundle.train.stop, bundle.train.start + MEDIAN_OF))
    return {
        name: np.median(np.asarray(array[rows]), axis=0, keepdims=True).astype(np.float32)
        for name, array in (bundle.inputs if inputs is None else inputs).items()
    }


def grid(bundle: DataBundle, x: Column, y: Column) -> dict[str, Array]:
    """Inputs over the plane of two columns, row by row from the lowest y; all others are held at their median."""
    xs, ys = _steps(bundle, x, GRID), _steps(bundle, y, GRID)
    inputs = {n: np.repeat(row, GRID * GRID, axis=0) for n, row in median_row(bundle).items()}
    inputs[x.feature][:, x.place] = np.tile(xs, GRID)
    inputs[y.feature][:, y.place] = np.repeat(ys, GRID)
    return inputs


def line(bundle: DataBundle, x: Column) -> dict[str, Array]:
    """Inputs along one column; all others are held at their median."""
    inputs = {n: np.repeat(row, CURVE, axis=0) for n, row in median_row(bundle).items()}
    inputs[x.feature][:, x.place] = _steps(bundle, x, CURVE)
    return inputs


def _steps(bundle: DataBundle, column: Column, count: int) -> Array:
    values = np.asarray(bundle.inputs[column.feature])[:, column.place]
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * max(high - low, 1e-6)
    return np.linspace(low - margin, high + margin, count, dtype=np.float32)


def extent(bundle: DataBundle, x: Column, y: Column) -> tuple[float, float, float, float]:
    """Where `grid` lies, in the data's units: x from, x to, y from, y to."""
    (x0, x1), (y0, y1) = (in_units(bundle, c, _steps(bundle, c, 2)) for c in (x, y))
    return float(x0), float(x1), float(y0), float(y1)


def in_units(bundle: DataBundle, column: Column, values: Array) -> Array:
    """Numbers (n,) of one column as the user gave them."""
    scaling = bundle.scaling.get(column.feature)
    if scaling is None:
        return values
    rows = np.zeros((len(values), bundle.features[column.feature].shape[0]), np.float32)
    rows[:, column.place] = values
    return scaling.invert(rows)[:, column.place]


def values_of(bundle: DataBundle, column: Column, rows: range) -> Array:
    """A column (n,) of some rows, as the user gave it."""
    part = np.asarray(bundle.inputs[column.feature][rows.start : rows.stop])[:, column.place]
    return in_units(bundle, column, part)


def curve_places(bundle: DataBundle, x: Column) -> Array:
    """Where `line` lies, in the data's units: (CURVE,)."""
    return in_units(bundle, x, _steps(bundle, x, CURVE))


@dataclass(frozen=True, eq=False)
class Decision:
    """A decision surface.

    Attributes:
        classes: int32 (GRID, GRID), row 0 at the lowest y: the most probable class.
        confidence: float32 (GRID, GRID): 0 where all classes are equally probable, 1 where one is certain.
    """

    classes: Array
    confidence: Array


def decision(outputs: Array) -> Decision:
    """The surface from the predictions for `grid`."""
    p = probabilities(outputs)
    shape, classes = (GRID, GRID), p.shape[1]
    return Decision(
        p.argmax(axis=1).astype(np.int32).reshape(shape),
        (p.max(axis=1).reshape(shape) * classes - 1.0) / max(1.0, classes - 1.0),
    )


def true_classes(bundle: DataBundle, answer: Answer, rows: range) -> Array:
    """Class numbers of some rows, (n,) or (n, ..) where each position has one."""
    return np.asarray(_answers(bundle, answer)[rows.start : rows.stop])


def true_values(bundle: DataBundle, answer: Answer, rows: range) -> Array:
    """The true answers (n, k) of a regression, in the data's units."""
    return _in_rows(_original(_scaling(bundle, answer), true_classes(bundle, answer, rows)))


def predicted_values(bundle: DataBundle, answer: Answer, outputs: Array) -> Array:
    """Predictions (n, k) of a regression, in the data's units."""
    return _in_rows(_original(_scaling(bundle, answer), outputs))


def _answers(bundle: DataBundle, answer: Answer) -> Array:
    name = answer.feature.name
    return bundle.targets[name] if name in bundle.targets else bundle.inputs[name]


def _scaling(bundle: DataBundle, answer: Answer) -> Scaling | None:
    return bundle.scaling.get(answer.feature.name)


def _in_rows(values: Array) -> Array:
    return values.reshape(len(values), -1)


def r_squared(true: Array, predicted: Array) -> float:
    """Coefficient of determination; 0 where the true values are all equal."""
    spread = float(((true - true.mean()) ** 2).sum())
    return 1.0 - float(((true - predicted) ** 2).sum()) / spread if spread else 0.0


def confusion(bundle: DataBundle, answer: Answer, rows: range, outputs: Array) -> Array:
    """Counts (true class, predicted class) over the rows that were predicted, or over all of their positions."""
    true = true_classes(bundle, answer, rows[: len(outputs)])
    if true.ndim > 1:
        outputs, true = outputs.reshape(true.size, -1), true.reshape(-1)
    p = probabilities(outputs)
    known = (true >= 0) & (true < max(p.shape[1], len(answer.classes)))
    size = max(p.shape[1], len(answer.classes))
    counts: Array = np.bincount(true[known] * size + p.argmax(axis=1)[known], minlength=size * size)
    return counts.reshape(size, size)


@dataclass(frozen=True, eq=False)
class Taken:
    """Examples and what the network takes them for.

    Attributes:
        rows: of the data (n,).
        true, predicted: class numbers (n,).
        confidence: probability of the predicted class (n,).
        wrongness: 1 - probability of the true class (n,): by how much it is wrong.
    """

    rows: Array
    true: Array
    predicted: Array
    confidence: Array
    wrongness: Array

    def part(self, chosen: Array) -> Taken:
        """Some of them, by place or by truth."""
        parts = (self.rows, self.true, self.predicted, self.confidence, self.wrongness)
        return Taken(*(array[chosen] for array in parts))


def taken(bundle: DataBundle, answer: Answer, rows: range, outputs: Array) -> Taken:
    """What each of the rows is taken for."""
    p = np.nan_to_num(probabilities(outputs))
    true = true_classes(bundle, answer, rows[: len(p)]).astype(np.intp)
    at = np.clip(true, 0, p.shape[1] - 1)
    right = p[np.arange(len(p)), at]
    return Taken(rows.start + np.arange(len(p)), true, p.argmax(axis=1), p.max(axis=1), 1.0 - right)


def images_of(bundle: DataBundle, name: str, rows: Array) -> Array:
    """Pictures of an input or target, uint8 (n, height, width), or (n, height, width, 3) for colour."""
    source = bundle.inputs[name] if name in bundle.inputs else bundle.targets[name]
    return as_pixels(np.asarray(source[rows]).astype(np.float32) * bundle.features[name].scale)


def as_pixels(values: Array) -> Array:
    """Pictures of 0 to 1 (n, height, width, c) as uint8, the last axis left out where it is one, three where it is two."""
    pixels: Array = np.clip(np.rint(np.nan_to_num(values) * 255.0), 0, 255).astype(np.uint8)
    if pixels.shape[-1] == 1:
        return pixels[..., 0]
    if pixels.shape[-1] == 2:
        pixels = np.concatenate([pixels, np.zeros_like(pixels[..., :1])], axis=-1)
    return np.ascontiguousarray(pixels[..., :3])


def _original(scaling: Scaling | None, values: Array) -> Array:
    return values if scaling is None else scaling.invert(values)
