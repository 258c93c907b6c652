"""Which columns of a table matter to a network: what is dealt out among the rows, and what is made of the figures.

Permutation importance: how much worse a trained network does on rows in which one column's values were exchanged among
them. Sources: L. Breiman, Random Forests, 2001, section 10; A. Fisher, C. Rudin, F. Dominici, All models are wrong, but
many are useful, 2019 ("model reliance").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.data.bundle import DataBundle, Feature
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.data.recipe.preparation import FittedFeature, Preparation

MOST_COLUMNS = 400  # more are no columns that somebody has a name for
MOST_ROWS = 2_000
REPEATS = 10
SEED = 1


@dataclass(frozen=True)
class TableColumn:
    """A column as people see it, however many numbers the network gets of it.

    Attributes:
        title: its name in the table.
        parts: where it is: features, each with places along its last axis; no places: all of it.
    """

    title: str
    parts: tuple[tuple[str, tuple[int, ...]], ...]


def table_columns(bundle: DataBundle) -> tuple[TableColumn, ...]:
    """The columns that the inputs are made of: words as one column, a date as one, with the marks of what is missing."""
    parts: dict[str, dict[str, list[int]]] = {}
    for name in bundle.inputs:
        for title, places in _columns_of(bundle.features[name], bundle.preparation):
            parts.setdefault(title, {}).setdefault(name, []).extend(places)
    return tuple(
        TableColumn(title, tuple((name, tuple(places)) for name, places in of.items()))
        for title, of in parts.items()
    )


def _columns_of(feature: Feature, preparation: Preparation | None) -> list[tuple[str, list[int]]]:
    fitted = _fitted(feature, preparation)
    if feature.kind != "numeric" or not feature.shape:
        one = fitted.pieces[0].column if fitted is not None and len(fitted.pieces) == 1 else ""
        named = feature.column_names[0] if len(feature.column_names) == 1 else ""
        return [(one or named or feature.name, [])]
    width = feature.shape[-1]
    if fitted is not None and preparation is not None:
        pieces = [(p.column, 1 if p.mark else _width(preparation, p.column, width)) for p in fitted.pieces]
        if sum(count for _, count in pieces) == width:
            ends = np.cumsum([count for _, count in pieces]).tolist()
            return [
                (name, list(range(end - count, end))) for (name, count), end in zip(pieces, ends, strict=True)
            ]
    if len(feature.column_names) == width:
        return [(name.partition("=")[0], [k]) for k, name in enumerate(feature.column_names)]
    return [(f"{feature.name}{k + 1}" if width > 1 else feature.name, [k]) for k in range(width)]


def _fitted(feature: Feature, preparation: Preparation | None) -> FittedFeature | None:
    inputs = preparation.of("input") if preparation is not None else ()
    return next((f for f in inputs if f.name == feature.name), None)


def _width(preparation: Preparation, column: str, whole: int) -> int:
    """Numbers that a column becomes; one of arrays is all of its feature."""
    if any(array.name == column for array in preparation.arrays):
        return whole
    return len(preparation.column(column).names)


def measured_rows(rows: range, most: int) -> Array:
    """The rows to measure on, (n,): all, or as many as that, drawn the same way each time."""
    if len(rows) <= most:
        return np.arange(rows.start, rows.stop)
    drawn = np.random.Generator(np.random.Philox(key=SEED)).choice(len(rows), most, replace=False)
    found: Array = rows.start + np.sort(drawn)
    return found


def shuffle(rows: int, repeat: int) -> Array:
    """Whose value each row gets in a repeat, (rows,): the same for every column."""
    draw = np.random.Generator(np.random.Philox(key=[SEED, repeat]))
    return np.asarray(draw.permutation(rows))


def dealt_out(
    inputs: Mapping[str, Array], column: TableColumn, part: slice, givers: Array
) -> dict[str, Array]:
    """Some rows of the inputs, with a column's values of other rows, the givers."""
    found = {name: array[part] for name, array in inputs.items()}
    for name, places in column.parts:
        others = inputs[name][givers]
        if places:
            mixed = np.array(found[name])
            mixed[..., list(places)] = others[..., list(places)]
            others = mixed
        found[name] = others
    return found


def harm(before: Sequence[float], after: Array, greater: Sequence[bool]) -> tuple[Array, Array]:
    """By how much figures are worse: the mean over the repeats and the deviation, (figures, columns) each.

    Args:
        before: the figures of the rows as they are.
        after: (repeats, columns, figures), of rows in which a column was dealt out.
        greater: of each figure, whether it is better when it is greater.
    """
    signs = np.where(np.asarray(greater), -1.0, 1.0)
    worse = signs * (np.asarray(after, np.float64) - np.asarray(before, np.float64))
    spread = worse.std(axis=0, ddof=1) if len(worse) > 1 else np.zeros(worse.shape[1:])
    return worse.mean(axis=0).T, spread.T


@dataclass(frozen=True)
class Matter:
    """What a column is to a figure: how much worse that is without it, give or take `spread`, and what is `left` of it."""

    title: str
    worse: float
    spread: float
    left: float


def ranked(
    titles: Sequence[str], means: Array, spreads: Array, before: float, *, greater: bool
) -> list[Matter]:
    """Columns by what they matter to a figure, the most first; those that matter equally in their order in the table."""
    worse = np.nan_to_num(np.asarray(means, np.float64))
    sign = -1.0 if greater else 1.0
    return [
        Matter(titles[k], float(worse[k]), float(np.nan_to_num(spreads[k])), before + sign * float(worse[k]))
        for k in np.argsort(-worse, kind="stable").tolist()
    ]
