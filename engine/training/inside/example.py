"""What layers are shown for: one example of the data, or a plane of points where the data has two features."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import DataBundle
from engine.tensor.spec import Array
from engine.training.pictures import MARGIN

SIDE = 32  # points along each side of the plane


def is_plane(bundle: DataBundle) -> bool:
    """Whether the data is points of a plane, so that a unit can be shown as a map over it."""
    feature = bundle.features[next(iter(bundle.inputs))]
    return len(bundle.inputs) == 1 and feature.shape == (2,) and feature.kind == "numeric"


def plane_of(bundle: DataBundle) -> dict[str, Array]:
    """The points (SIDE x SIDE, 2) of the plane that the data lies in, row by row from the top."""
    name = next(iter(bundle.inputs))
    values = bundle.inputs[name]
    low, high = values.min(axis=0), values.max(axis=0)
    room = (high - low) * MARGIN
    xs = np.linspace(low[0] - room[0], high[0] + room[0], SIDE, dtype=np.float32)
    ys = np.linspace(high[1] + room[1], low[1] - room[1], SIDE, dtype=np.float32)
    return {name: np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)}


def example_of(bundle: DataBundle, row: int) -> dict[str, Array]:
    """One row of the data by feature, as the network sees it, with a batch axis of 1."""
    return rows_of(bundle, range(row, row + 1))


def rows_to_show(bundle: DataBundle) -> range:
    """The rows to choose an example from: of validation, where there are any."""
    return bundle.validation or bundle.train


def rows_of(bundle: DataBundle, rows: range | Array) -> dict[str, Array]:
    """Some rows of the data by feature, as the network sees them, batch first."""
    found: dict[str, Array] = {}
    for name, array in bundle.inputs.items():
        chosen = slice(rows.start, rows.stop) if isinstance(rows, range) else rows
        value, scale = np.asarray(array[chosen]), bundle.features[name].scale
        found[name] = value if scale == 1.0 else value.astype(np.float32) * np.float32(scale)
    return found
