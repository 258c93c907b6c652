"""From predictions to what a view draws: the arithmetic behind decision surfaces, fitted curves and picture grids.

The window draws arrays and computes nothing; everything here is in the units of the data as the user gave it, with
the standardization that training sees undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.data.bundle import DataBundle, DataSpec, Scaling
from engine.tensor.spec import Array
from engine.training.reports import Probe

GRID = 64  # points along each side of a decision surface
CURVE = 200  # points of a fitted curve
MARGIN = 0.08  # of the data's range, around it
MOST_CONFUSED = 30  # classes of each position; a table of letters could not be read
SURFACE, CURVE_PROBE = "surface", "curve"


class PictureKind(StrEnum):
    """What can be drawn of predictions."""

    DECISION = "decision"
    FIT = "fit"
    PARITY = "parity"
    IMAGES = "images"
    CONFUSION = "confusion"


def kinds_for(spec: DataSpec) -> tuple[PictureKind, ...]:
    """The pictures that suit the data, the most telling first."""
    x = spec.features[spec.inputs[0]]
    single = len(spec.inputs) == 1
    target = spec.features[spec.targets[0]]
    if spec.task.is_classification and target.shape:  # a class for each position
        return (PictureKind.CONFUSION,) if len(target.class_names) <= MOST_CONFUSED else ()
    if not spec.task.is_classification:
        fits = single and x.shape == (1,) and x.kind != "text"
        return (PictureKind.FIT, PictureKind.PARITY) if fits else (PictureKind.PARITY,)
    if single and x.kind == "image":
        return (PictureKind.IMAGES, PictureKind.CONFUSION)
    if single and x.shape == (2,) and x.kind != "text":
        return (PictureKind.DECISION, PictureKind.CONFUSION)
    return (PictureKind.CONFUSION,)


def probes_for(bundle: DataBundle) -> tuple[Probe, ...]:
    """The inputs whose predictions the pictures need beside those of the validation rows."""
    kinds = kinds_for(bundle.spec)
    name = next(iter(bundle.inputs))
    if PictureKind.DECISION in kinds:
        low, high = _limits(bundle.inputs[name])
        xs, ys = (np.linspace(low[i], high[i], GRID, dtype=np.float32) for i in (0, 1))
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        return (Probe(SURFACE, {name: grid}),)
    if PictureKind.FIT in kinds:
        low, high = _limits(bundle.inputs[name])
        line = np.linspace(low[0], high[0], CURVE, dtype=np.float32)[:, None]
        return (Probe(CURVE_PROBE, {name: line}),)
    return ()


@dataclass(frozen=True, eq=False)
class Decision:
    """A decision surface.

    Attributes:
        extent: x from, x to, y from, y to.
        classes: int32 (GRID, GRID), row 0 at the lowest y: the most probable class.
        confidence: float32 (GRID, GRID): 0 where all classes are equally probable, 1 where one is certain.
    """

    extent: tuple[float, float, float, float]
    classes: Array
    confidence: Array


def probabilities(outputs: Array) -> Array:
    """Class probabilities (n, k) of a prediction: a single column is the probability of class 1."""
    if outputs.ndim == 2 and outputs.shape[1] == 1:
        return np.concatenate([1.0 - outputs, outputs], axis=1)
    return outputs


def decision(bundle: DataBundle, outputs: Mapping[str, Array]) -> Decision:
    """The surface from the answer to the `SURFACE` probe."""
    name = next(iter(bundle.inputs))
    low, high = _limits(bundle.inputs[name])
    corners = _original(bundle.scaling.get(name), np.stack([low, high]).astype(np.float32))
    p = probabilities(outputs["y0"])
    shape, classes = (GRID, GRID), p.shape[1]
    extent = (float(corners[0, 0]), float(corners[1, 0]), float(corners[0, 1]), float(corners[1, 1]))
    return Decision(
        extent,
        p.argmax(axis=1).astype(np.int32).reshape(shape),
        (p.max(axis=1).reshape(shape) * classes - 1.0) / (classes - 1.0),
    )


def points(bundle: DataBundle, rows: range) -> tuple[Array, Array]:
    """Inputs (n, features) in the data's units and targets (n,) of some rows, for scatter plots."""
    name, target = next(iter(bundle.inputs)), next(iter(bundle.targets))
    part = slice(rows.start, rows.stop)
    x = _original(bundle.scaling.get(name), np.asarray(bundle.inputs[name][part]))
    return x, target_values(bundle, rows) if not bundle.task.is_classification else bundle.targets[target][
        part
    ]


def target_values(bundle: DataBundle, rows: range) -> Array:
    """The true answers (n,) of a regression, in the data's units; the first column where there are several."""
    target = next(iter(bundle.targets))
    values = _original(bundle.scaling.get(target), np.asarray(bundle.targets[target][rows.start : rows.stop]))
    return values.reshape(len(values), -1)[:, 0]


def predicted_values(bundle: DataBundle, outputs: Mapping[str, Array]) -> Array:
    """Predictions (n,) of a regression, in the data's units."""
    values = _original(bundle.scaling.get(next(iter(bundle.targets))), outputs["y0"])
    return values.reshape(len(values), -1)[:, 0]


def curve(bundle: DataBundle, outputs: Mapping[str, Array]) -> tuple[Array, Array]:
    """The fitted curve (xs, ys) from the answer to the `CURVE_PROBE`."""
    name = next(iter(bundle.inputs))
    low, high = _limits(bundle.inputs[name])
    line = np.linspace(low[0], high[0], CURVE, dtype=np.float32)[:, None]
    return _original(bundle.scaling.get(name), line)[:, 0], predicted_values(bundle, outputs)


def r_squared(true: Array, predicted: Array) -> float:
    """Coefficient of determination; 0 where the true values are all equal."""
    spread = float(((true - true.mean()) ** 2).sum())
    return 1.0 - float(((true - predicted) ** 2).sum()) / spread if spread else 0.0


def confusion(bundle: DataBundle, rows: range, outputs: Mapping[str, Array]) -> Array:
    """Counts (true class, predicted class) over the rows that were predicted, or over all of their positions."""
    target, found = bundle.targets[next(iter(bundle.targets))], outputs["y0"]
    true = np.asarray(target[rows.start : rows.start + len(found)])
    if true.ndim > 1:
        found, true = found.reshape(true.size, -1), true.reshape(-1)
    p = probabilities(found)
    size = max(p.shape[1], int(true.max(initial=0)) + 1)
    counts: Array = np.bincount(true * size + p.argmax(axis=1), minlength=size * size)
    return counts.reshape(size, size)


@dataclass(frozen=True, eq=False)
class Doubtful:
    """Test pictures and what the network says, most doubtful first.

    Attributes:
        images: uint8 (n, height, width), or (n, height, width, 3) for colour.
        true, predicted: class numbers (n,).
        confidence: probability of the predicted class (n,).
    """

    images: Array
    true: Array
    predicted: Array
    confidence: Array


def doubtful(bundle: DataBundle, rows: range, outputs: Mapping[str, Array], count: int) -> Doubtful:
    """The `count` pictures the network is least sure of."""
    name, target = next(iter(bundle.inputs)), next(iter(bundle.targets))
    p = probabilities(outputs["y0"])
    confidence = p.max(axis=1)
    chosen = np.argsort(confidence, kind="stable")[:count]
    images = _pixels(bundle, name, rows.start + chosen)
    images = images[..., 0] if images.shape[-1] == 1 else images
    true = np.asarray(bundle.targets[target])[rows.start + chosen]
    return Doubtful(images, true, p[chosen].argmax(axis=1), confidence[chosen])


def _pixels(bundle: DataBundle, name: str, rows: Array) -> Array:
    stored = np.asarray(bundle.inputs[name][rows])
    scaled = stored.astype(np.float32) * (bundle.features[name].scale * 255.0)
    pixels: Array = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return pixels


def _limits(values: Array) -> tuple[Array, Array]:
    low, high = values.min(axis=0), values.max(axis=0)
    margin = MARGIN * np.maximum(high - low, 1e-6)
    return low - margin, high + margin


def _original(scaling: Scaling | None, values: Array) -> Array:
    return values if scaling is None else scaling.invert(values)
