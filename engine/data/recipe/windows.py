"""Cuts rows that follow each other into examples: some rows that are known, and the values that come next.

No value that is to be predicted in one part is learned from in an earlier one: an example belongs to a part only if all it
predicts lies in that part's time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.data.errors import DataError
from engine.data.gaps import gaps_in
from engine.data.recipe.parts import Parts, Shares
from engine.data.recipe.settings import WindowRecipe
from engine.data.split import split_counts
from engine.tensor.spec import Array


@dataclass(frozen=True, eq=False)
class Series:
    """Rows in the order in which windows are cut from them.

    Attributes:
        order: rows (of those that are kept) by group and time, int64 (n,).
        starts: where each group begins among them, and the end: int64 (groups + 1,).
        stamps: the time of each of them, float64 (n,); None where the order is all that is known.
    """

    order: Array
    starts: Array
    stamps: Array | None


def in_order(rows: int, stamps: Array | None, groups: Array | None) -> Series:
    """The series of `rows` rows, whose times and groups (numbers from 0 on) are given."""
    keys = [key for key in (stamps, groups) if key is not None]
    order = np.lexsort(keys) if keys else np.arange(rows)
    if groups is None:
        starts = np.array([0, rows], np.int64)
    else:
        starts = np.concatenate([[0], np.cumsum(np.bincount(groups))]).astype(np.int64)
    return Series(order.astype(np.int64), starts, None if stamps is None else stamps[order])


@dataclass(frozen=True, eq=False)
class SeriesGaps:
    """Gaps in time within the groups of a series.

    Attributes:
        places: of the rows behind them in the series' order, int64 (n,), growing.
        lengths: in seconds, float64 (n,).
    """

    places: Array
    lengths: Array

    def __bool__(self) -> bool:
        return bool(self.places.size)

    def reached_over(self, begins: Array, length: int) -> Array:
        """Which stretches of `length` rows that begin there have a gap within: bool (n,)."""
        last, first = (np.searchsorted(self.places, row, "right") for row in (begins + length - 1, begins))
        within: Array = last > first
        return within


NO_GAPS: Final = SeriesGaps(np.empty(0, np.int64), np.empty(0))


def gaps_of(series: Series) -> SeriesGaps:
    """The gaps of a series whose times are dates; none where there is no time."""
    places, lengths = [np.empty(0, np.int64)], [np.empty(0)]
    if series.stamps is not None:
        for first, stop in zip(series.starts[:-1].tolist(), series.starts[1:].tolist(), strict=True):
            found = gaps_in(series.stamps[first:stop])
            places.append(found.after + first)
            lengths.append(found.lengths)
    return SeriesGaps(np.concatenate(places), np.concatenate(lengths))


def broken(series: Series, gaps: SeriesGaps) -> Series:
    """The same in which no example reaches over a gap, as if another group began behind it."""
    return replace(series, starts=np.union1d(series.starts, gaps.places)) if gaps else series


def examples(series: Series, recipe: WindowRecipe) -> Array:
    """The row at which each example begins, int64, group after group."""
    length = recipe.window + recipe.horizon
    pairs = zip(series.starts[:-1].tolist(), series.starts[1:].tolist(), strict=True)
    found = [np.arange(first, stop - length + 1, recipe.stride, dtype=np.int64) for first, stop in pairs]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def divide(series: Series, recipe: WindowRecipe, shares: Shares) -> Parts:
    """The examples (as the rows at which they begin) of each part; those whose answer crosses a border are in none.

    Borders are times, the same for all groups; without times, each group is cut by its own length.

    Raises:
        DataError: the series is too short for an example in each part that should have some.
    """
    begins = examples(series, recipe)
    first = begins + recipe.window
    last = first + recipe.horizon - 1
    stamps = series.stamps if series.stamps is not None else _places(series)
    part = np.full(len(begins), -1)
    if len(begins):
        ends = np.sort(stamps[last])
        counts = split_counts(len(begins), shares.validation, shares.test)
        borders = [
            ends[k] if k < len(ends) else np.inf for k in (counts.train, counts.train + counts.validation)
        ]
        early, late = stamps[first], stamps[last]
        part[late < borders[0]] = 0
        part[(early >= borders[0]) & (late < borders[1])] = 1
        part[early >= borders[1]] = 2
    parts = Parts(begins[part == 0], begins[part == 1], begins[part == 2])
    wanted = (True, shares.validation > 0, shares.test > 0)
    for name, rows, needed in zip(("training", "validation", "test"), parts.counts, wanted, strict=True):
        if needed and not rows:
            raise DataError(
                f"Each part of a time series must hold a window of {recipe.window} rows and the {recipe.horizon} after it; "
                f"the {name} part of {len(series.order):,} rows does not. Take a smaller window or horizon, or other parts."
            )
    return parts


def _places(series: Series) -> Array:
    """How far each row is in its group, from 0 to 1: stands for the time where there is none."""
    places = np.empty(len(series.order))
    for first, stop in zip(series.starts[:-1].tolist(), series.starts[1:].tolist(), strict=True):
        places[first:stop] = np.arange(stop - first) / max(1, stop - first)
    return places


def learned_from(series: Series, recipe: WindowRecipe, train: Array) -> Array:
    """The rows (of those that are kept) that training examples touch: bool (n,)."""
    covered = np.zeros(len(series.order) + 1, np.int64)
    np.add.at(covered, train, 1)
    np.add.at(covered, train + recipe.window + recipe.horizon, -1)
    touched = np.zeros(len(series.order), bool)
    touched[series.order] = np.cumsum(covered[:-1]) > 0
    return touched


def known(values: Array, begins: Array, window: int) -> Array:
    """What examples know: (n, window, ..) of values (rows, ..)."""
    return values[begins[:, np.newaxis] + np.arange(window)]


def next_ones(values: Array, begins: Array, recipe: WindowRecipe) -> Array:
    """What comes next: (n, horizon, ..) of values (rows, ..)."""
    return values[begins[:, np.newaxis] + recipe.window + np.arange(recipe.horizon)]
