"""Shows a trained network new rows as it saw those of its training: a fitted recipe on another file.

What differs from the training is handled where that is safe (unseen words, numbers written as words) and said; what is not
is refused with the row and the column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.errors import DataError
from engine.data.recipe.fitted import FittedColumn, as_words
from engine.data.recipe.guesses import listed
from engine.data.recipe.plan import PlannedColumn
from engine.data.recipe.preparation import FittedFeature, Preparation
from engine.data.recipe.reading import CELL_KINDS
from engine.data.recipe.steps.base import is_missing
from engine.data.recipe.wholes import Whole, open_whole, scaled
from engine.data.recipe.windows import Series, gaps_of, in_order
from engine.data.recipe.writing import feature_block
from engine.data.sources.base import Column, Kind, Source, Watch
from engine.data.sources.registry import kind_of, open_source
from engine.tensor.spec import Array

_SHOWN = 5  # unseen words


@dataclass(frozen=True, eq=False)
class Applied:
    """Inputs (n, *shape) by name, as the network sees them, and what was noticed."""

    inputs: Mapping[str, Array]
    notes: tuple[str, ...] = ()


def apply(
    preparation: Preparation,
    source: Source,
    wanted: Sequence[str] | None = None,
    watch: Watch | None = None,
) -> Applied:
    """The inputs of a network for the rows of a file; for windows: one for every window of rows, the last included.

    Args:
        preparation: fitted in training.
        source: open; columns are found by name, or, if their number fits, in order.
        wanted: names of the inputs that the network reads; None: all.
        watch: of the reading.

    Raises:
        DataError: a column or a value is missing or cannot be what it was in training; one sentence.
        Interrupted: by `watch`.
    """
    features = [f for f in preparation.of("input") if wanted is None or f.name in wanted]
    rows = source.count(watch)
    if not rows:
        raise DataError(f"There must be rows to predict for; {source.title} has none.")
    names = list(dict.fromkeys(piece.column for f in features for piece in f.pieces))
    ordering = [name for name in (preparation.stamp, preparation.group) if name]
    found = matched(preparation, source, names, ordering)
    arrays = {a.name for a in preparation.arrays}
    notes = [] if found.keys() == {c.name for c in found.values()} else ["Columns were taken in order."]
    cells = _cells(preparation, source, {n: c for n, c in found.items() if n not in arrays}, watch)
    columns = {c.name: c for c in preparation.columns}
    notes += [note for n in names if n in columns for note in _strangers(columns[n], cells[n])]
    if preparation.windows is not None:
        dated = bool(preparation.stamp) and found[preparation.stamp].kind is Kind.DATE
        made, reaching = _windows(preparation, features, cells, rows, dated=dated)
        return Applied(made, (*notes, *reaching))
    made = {}
    for feature in features:
        name = feature.pieces[0].column
        if name in arrays:
            made[feature.name] = _whole(preparation, source, name, found[name], feature, watch)
        else:
            made[feature.name] = feature_block(feature, columns, cells)
    return Applied(made, tuple(notes))


def open_for(preparation: Preparation, path: Path, watch: Watch | None = None) -> Source:
    """A file to predict for, read as that of the training if it is of the same kind.

    Raises:
        DataError: it cannot be read.
    """
    same = kind_of(path).name == preparation.source
    return open_source(path, preparation.options if same else {}, watch)


def matched(
    preparation: Preparation, source: Source, names: list[str], ordering: list[str]
) -> dict[str, Column]:
    """The source's column for each that is needed."""
    there = {c.name: c for c in source.columns}
    absent = [name for name in (*names, *ordering) if name not in there]
    if not absent:
        return {name: there[name] for name in (*names, *ordering)}
    if len(source.columns) == len(names) and not ordering and not set(names) & set(there):
        return dict(zip(names, source.columns, strict=True))
    raise DataError(
        f"The network needs the columns {listed(names)}; {source.title} lacks {listed(absent)}. It has "
        f"{listed(list(there))}. Add what is missing; where nothing is known, cells may be empty."
    )


def _cells(
    preparation: Preparation, source: Source, found: Mapping[str, Column], watch: Watch | None
) -> dict[str, Array]:
    """All single cells that are needed, each of the kind that it had in training."""
    names = list(dict.fromkeys(c.name for c in found.values()))
    blocks = list(source.blocks(names, watch=watch)) if names else []
    read = {name: np.concatenate([block[name] for block in blocks]) for name in names}
    columns = {c.name: c for c in preparation.columns}
    cells = {}
    for name, column in found.items():
        if column.kind not in CELL_KINDS:
            raise DataError(
                f"The column {name!r} held {columns[name].kind.value}s in training; in {source.title} it holds "
                f"{column.kind.value}s."
            )
        values = read[column.name]
        if name in columns:
            values = as_trained(columns[name], values, column)
            columns[name].require_known(values, 0)
        cells[name] = values
    return cells


def as_trained(fitted: FittedColumn, values: Array, column: Column, first: int = 0) -> Array:
    """Cells of the kind that they had in training; `first` is the row that they begin at.

    Raises:
        DataError: they are of another kind and cannot be brought to it.
    """
    if fitted.kind is Kind.TEXT:
        return as_words(values, column.kind)
    if column.kind is not Kind.TEXT and (fitted.kind is Kind.DATE) == (column.kind is Kind.DATE):
        return values
    missing = is_missing(values)
    if missing.all():
        return np.full(len(values), np.nan)
    row = int(np.flatnonzero(~missing)[0])
    for place in np.flatnonzero(~missing).tolist():
        if not _is_number(str(values[place])):
            row = place
            break
    raise DataError(
        f"The column {fitted.name!r} held {fitted.kind.value}s in training; row {first + row + 1:,} holds "
        f"{str(values[row])!r}. Correct it."
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _strangers(column: FittedColumn, cells: Array) -> list[str]:
    found = column.strangers(cells)
    return [said_of_strangers(column.name, found)] if found else []


def said_of_strangers(column: str, found: Sequence[str]) -> str:
    """The sentence on words that training did not have."""
    words = ", ".join(map(repr, found[:_SHOWN])) + (" .." if len(found) > _SHOWN else "")
    return (
        f"The column {column!r} has words that training did not have ({words}); they count as none of those."
    )


def _whole(
    preparation: Preparation,
    source: Source,
    name: str,
    column: Column,
    feature: FittedFeature,
    watch: Watch | None,
) -> Array:
    """A column of arrays, pictures or sounds."""
    whole = open_array(preparation, source, name, column, feature, watch)
    if whole.missing.size:
        row = int(whole.missing[0])
        raise DataError(f"Every row must have its {column.kind.value}; row {row + 1:,} can't be read.")
    rows = source.count()
    scales = preparation.array(name).scales
    parts = [whole.read(k, min(rows, k + whole.block_rows)) for k in range(0, rows, whole.block_rows)]
    values = scaled(np.concatenate(parts), scales)
    return values * np.float32(feature.scale) if feature.kind == "image" else values


def open_array(
    preparation: Preparation,
    source: Source,
    name: str,
    column: Column,
    feature: FittedFeature,
    watch: Watch | None,
    *,
    inverted: bool = False,
    centred: float = 0.0,
) -> Whole:
    """A column of arrays, pictures (`inverted`, `centred` or not) or sounds in the form of the training.

    Raises:
        DataError: it holds something else, or arrays of another shape.
    """
    fitted = preparation.array(name)
    if column.kind is not fitted.kind:
        raise DataError(
            f"The column {name!r} held {fitted.kind.value}s in training; in {source.title} it holds {column.kind.value}s."
        )
    planned = PlannedColumn(column, "input", "")
    whole = open_whole(source, planned, watch, fitted, inverted=inverted, centred=centred)
    if whole.shape != feature.shape:
        raise DataError(
            f"The input {feature.name!r} has the shape {feature.shape}; {source.title} has {whole.shape}."
        )
    return whole


def _windows(
    preparation: Preparation,
    features: Sequence[FittedFeature],
    cells: Mapping[str, Array],
    rows: int,
    *,
    dated: bool,
) -> tuple[dict[str, Array], list[str]]:
    """The windows by input, and a note on those that have a gap in time within."""
    recipe = preparation.windows
    assert recipe is not None  # whoever has none does not come here
    stamps = cells.get(preparation.stamp)
    groups = cells.get(preparation.group)
    numbers = None if groups is None else np.unique(groups, return_inverse=True)[1]
    series = in_order(rows, stamps, numbers)
    begins = _every_window(series, recipe.window, recipe.stride)
    if not begins.size:
        raise DataError(f"A window of {recipe.window} rows must fit; there are {rows:,}. Give more rows.")
    columns = {c.name: c for c in preparation.columns}
    made = {}
    for feature in features:
        width = (1,) if feature.kind == "index" else feature.shape[1:]
        by_row = feature_block(feature.model_copy(update={"shape": width}), columns, cells)[series.order]
        cut = by_row[begins[:, np.newaxis] + np.arange(recipe.window)]
        made[feature.name] = np.ascontiguousarray(cut).reshape(len(begins), *feature.shape)
    return made, _said_of_gaps(series, begins, recipe.window) if dated and not recipe.across else []


def _said_of_gaps(series: Series, begins: Array, window: int) -> list[str]:
    reaching = int(np.count_nonzero(gaps_of(series).reached_over(begins, window)))
    if not reaching:
        return []
    return [
        f"{reaching:,} of {len(begins):,} windows reach over a gap in time, as none in training did; what is said of them "
        "is less sure."
    ]


def _every_window(series: Series, window: int, stride: int) -> Array:
    """Where windows begin: the last one of each group ends with its last row."""
    pairs = zip(series.starts[:-1].tolist(), series.starts[1:].tolist(), strict=True)
    found = [
        np.arange(first + (stop - first - window) % stride, stop - window + 1, stride)
        for first, stop in pairs
        if stop - first >= window
    ]
    return np.concatenate(found).astype(np.int64) if found else np.empty(0, np.int64)
