"""Applies a fitted recipe to all rows of a source, block by block, into arrays in any order of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.data.errors import DataError
from engine.data.recipe.fitted import FittedColumn
from engine.data.recipe.preparation import FittedFeature
from engine.data.recipe.reading import Cells
from engine.data.recipe.steps.base import NumberState
from engine.data.recipe.steps.categories import numbers_of
from engine.data.recipe.wholes import Whole, scaled
from engine.tensor.spec import Array, DType


class Scatter:
    """Where each row of a source goes: `order` holds, for each row of the result, a row of the source."""

    def __init__(self, order: Array) -> None:
        places = np.full(int(order.max(initial=-1)) + 1, -1, np.int64)
        places[order] = np.arange(len(order))
        self._places = (
            places if np.count_nonzero(places >= 0) == len(order) else None
        )  # None: rows come again
        if self._places is None:
            self._to = np.argsort(order, kind="stable")
            self._rows = order[self._to]

    def of(self, start: int, stop: int) -> tuple[Array | slice, Array]:
        """For rows `start` to `stop` of the source: their places in a block of them, and in the result."""
        if self._places is None:
            low, high = np.searchsorted(self._rows, (start, stop))
            return self._rows[low:high] - start, self._to[low:high]
        places = self._places[start:stop]
        rows = np.flatnonzero(places >= 0)
        if len(rows) == stop - start:
            return slice(None), places
        return rows, places[rows]


def feature_block(
    feature: FittedFeature, columns: Mapping[str, FittedColumn], cells: Mapping[str, Array]
) -> Array:
    """One block of a feature made of single cells: (n, *shape), in the feature's type.

    Raises:
        DataError: a number is too large for float32.
    """
    if feature.kind == "category":
        (piece,) = feature.pieces
        return codes(cells[piece.column], feature)
    parts = []
    for piece in feature.pieces:
        column, values = columns[piece.column], cells[piece.column]
        parts.append(column.mark(values) if piece.mark else column.apply(values))
    if not feature.shape:  # a weight
        return parts[0][:, 0].astype(np.float32)
    if feature.dtype is not DType.FLOAT32:
        return parts[0]
    block: Array = np.empty((len(parts[0]), feature.shape[0]), np.float32)
    with np.errstate(over="ignore"):
        np.concatenate(parts, axis=1, out=block, casting="unsafe")
    if not np.isfinite(block).all():
        place = int(np.argwhere(~np.isfinite(block))[0][1])
        name = feature.column_names[place] if place < len(feature.column_names) else feature.name
        raise DataError(
            f"Numbers must be finite and not above {np.finfo(np.float32).max:.3g}; the column {name!r} has others, or "
            "has missing values that nothing stands for. Correct them, or choose another step."
        )
    return block


def codes(cells: Array, feature: FittedFeature) -> Array:
    """The class number of each cell, int32 (n,); 0 for cells that are no class, which are in no part."""
    if cells.dtype.kind == "T":
        return numbers_of(cells, tuple(map(str, feature.values))).clip(0).astype(np.int32)
    values = np.array(feature.values, np.float64)
    order = np.argsort(values, kind="stable")
    places = np.searchsorted(values[order], cells).clip(0, len(values) - 1)
    found: Array = order[places].astype(np.int32)
    return found


def write_cells(
    out: Mapping[str, Array],
    features: Sequence[FittedFeature],
    columns: Mapping[str, FittedColumn],
    cells: Cells,
    scatter: Scatter,
) -> None:
    """Write features made of single cells into their arrays."""
    names = dict.fromkeys(piece.column for feature in features for piece in feature.pieces)
    for start, block in cells.blocks(list(names)):
        stop = start + len(next(iter(block.values())))
        rows, places = scatter.of(start, stop)
        taken = {name: values[rows] for name, values in block.items()}
        for feature in features:
            out[feature.name][places] = feature_block(feature, columns, taken)


def write_whole(
    out: Array, whole: Whole, states: tuple[NumberState, ...], total: int, scatter: Scatter
) -> Iterator[int]:
    """Write a column of arrays, pictures or sounds; yields the rows done from time to time."""
    for start in range(0, total, whole.block_rows):
        stop = min(total, start + whole.block_rows)
        rows, places = scatter.of(start, stop)
        if places.size:
            out[places] = scaled(whole.read(start, stop)[rows], states)
        yield stop - start
