"""A look at what becomes of one column: its first cells before and after the steps, and a sentence about it.

For the eye alone: the steps are fitted on the first rows, not on the training part, because that takes no time. What they
learn in earnest differs by little, and the sentence gives no number that does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from engine.data.recipe.plan import PlannedColumn
from engine.data.recipe.steps.base import is_missing
from engine.data.recipe.steps.gather import Tally
from engine.data.sources.base import BLOCK_ROWS, Kind, Source
from engine.tensor.spec import Array

ROWS = 6  # that are shown
FITTED = 2_000  # rows that the steps are fitted on
MOST_NAMED = 6  # words that a sentence names
SINGLE = (Kind.NUMBER, Kind.TEXT, Kind.BOOL, Kind.DATE)


@dataclass(frozen=True)
class Glimpse:
    """What becomes of a column.

    Attributes:
        sentence: how many columns of what it becomes.
        names: of these columns.
        before: the first cells as text, "" where one is missing.
        after: for each of them what the network sees, a text for each of `names`; empty where the row is left out.
    """

    sentence: str
    names: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[tuple[str, ...], ...] = ()


def glimpse(source: Source, planned: PlannedColumn) -> Glimpse:
    """The first rows of a column of single cells, prepared; for other columns and roles a sentence alone.

    Raises:
        DataError: the file cannot be read.
    """
    if planned.role not in ("input", "target"):
        return Glimpse(_idle(planned))
    if planned.column.kind not in SINGLE:
        return Glimpse(_whole(planned))
    cells = source.read([planned.name], 0, FITTED)[planned.name]
    if planned.missing is None or not len(cells):
        return Glimpse("")
    fill = planned.missing.fit(cells)
    filled = planned.missing.apply(cells, fill)
    kept = ~is_missing(filled)
    names, values, sentence = _prepared(planned, filled[kept])
    columns = [values]
    if planned.missing.marks:
        columns.append(is_missing(cells)[kept].astype(np.float64)[:, np.newaxis])
        names = (*names, f"{planned.name} (missing)")
    rows = np.concatenate(columns, axis=1) if len(columns) > 1 else values
    missing = is_missing(cells)
    shown = _telling(cells, missing)
    places = np.cumsum(kept) - 1
    after = tuple(tuple(map(_text, rows[places[k]].tolist())) if kept[k] else () for k in shown)
    before = tuple("" if missing[k] else _cell(cells[k], planned.column.kind) for k in shown)
    return Glimpse(sentence, names, before, after)


def class_counts(source: Source, name: str, rows: int = BLOCK_ROWS) -> dict[str, int]:
    """How often each word or number of a column stands among the first `rows`, missing cells left out.

    Raises:
        DataError: the file cannot be read.
    """
    cells = source.read([name], 0, rows)[name]
    tally = Tally()
    tally.add(cells[~is_missing(cells)])
    return {_text(value): tally.counts[value] for value in tally.most_common(len(tally.counts))}


def _prepared(planned: PlannedColumn, cells: Array) -> tuple[tuple[str, ...], Array, str]:
    """Names of the columns, their values (n, F), and a sentence."""
    name = planned.name
    if planned.categories is not None:
        words = cells if cells.dtype.kind not in "fc" else np.array([_text(c) for c in cells.tolist()])
        return _of_words(planned, words.astype(np.dtypes.StringDType()))
    if planned.dates is not None:
        dates = planned.dates.fit(cells)
        names = planned.dates.names(name, dates)
        found = f"{name} → 1 number" if len(names) == 1 else f"{name} → {len(names):,} numbers"
        return names, planned.dates.apply(cells, dates), found
    if planned.numbers is not None:
        numbers = planned.numbers.fit(cells)
        how = f": {planned.numbers.formula}" if planned.numbers.formula else ", as it is"
        return (name,), planned.numbers.apply(cells, numbers), f"{name} → a number{how}"
    return (name,), cells[:, np.newaxis], f"{name}, as it is"


def _of_words(planned: PlannedColumn, words: Array) -> tuple[tuple[str, ...], Array, str]:
    name, step = planned.name, planned.categories
    if step is None:
        raise TypeError("Words need a way with categories.")
    state = step.fit(words)
    if planned.role == "target":
        order = {word: k for k, word in enumerate(state.categories)}
        classes = np.array([[order.get(str(word), -1)] for word in words.tolist()], np.int64).reshape(-1, 1)
        found = f"{name} → 1 class: {_listed(state.categories)}"
        if len(order) != 1:
            found = f"{name} → {len(order):,} classes: {_listed(state.categories)}"
        return (name,), classes, found
    names, values = step.names(name, state), step.apply(words, state)
    if len(names) > 1:
        found = f"{name} → {len(names):,} columns of 0 and 1: {_listed(names)}"
    elif values.dtype.kind == "T":
        found = f"{name}, as text for a layer that reads it"
    else:
        kind = "whole number" if values.dtype.kind in "iu" else "number"
        count = len(state.categories)
        found = f"{name} → a {kind} for each of {'1 word' if count == 1 else f'{count:,} words'}"
    return names, values, found


def _idle(planned: PlannedColumn) -> str:
    return {
        "ignore": f"{planned.name} is left out.",
        "weight": f"{planned.name} says how much each row counts; the network does not see it.",
        "group": f"Rows with the same {planned.name} stay in one part; the network does not see it.",
        "time": f"{planned.name} orders the rows; the network does not see it.",
        "split": f"{planned.name} says which part a row belongs to; the network does not see it.",
    }.get(planned.role, "")


def _whole(planned: PlannedColumn) -> str:
    """About a picture, a sound, an array."""
    column, picture, sound = planned.column, planned.picture, planned.sound
    if picture is not None:
        sides = [str(side) for side in (picture.height, picture.width) if side is not None]
        size = f"{' × '.join(sides)} pixels" if len(sides) == 2 else "one size"
        values = "a class for each pixel" if planned.role == "target" else "values from 0 to 1"
        return f"{column.name} → pictures of {size}, {values}"
    if sound is not None:
        seconds = f"{sound.seconds:g} s" if sound.seconds is not None else "the usual length"
        length = f"{seconds} at {f'{sound.rate:,} Hz' if sound.rate is not None else 'the usual rate'}"
        if sound.form == "waveform":
            return f"{column.name} → a wave ({length})"
        return f"{column.name} → a spectrogram of {sound.bands} pitches ({length})"
    size = " × ".join("any" if side < 0 else str(side) for side in column.shape)
    return f"{column.name} → arrays of {size or 'one number'}"


def _telling(cells: Array, missing: Array) -> list[int]:
    """The rows to show: the first, of words the first of each; a missing cell from further down is the last of them."""
    shown = list(range(min(ROWS, len(missing))))
    if cells.dtype.kind not in "fc":
        _, firsts = np.unique(cells, return_index=True)
        different = sorted(firsts.tolist())[:ROWS]
        shown = sorted(
            [*different, *[k for k in range(len(cells[:FITTED])) if k not in firsts][: ROWS - len(different)]]
        )
    gaps = np.flatnonzero(missing)
    if gaps.size and gaps[0] >= len(shown):
        shown[-1] = int(gaps[0])
    return shown


def _cell(cell: object, kind: Kind) -> str:
    if kind is Kind.DATE and isinstance(cell, float):
        when = datetime.fromtimestamp(cell, UTC)
        return when.strftime("%Y-%m-%d" if cell % 86_400 == 0 else "%Y-%m-%d %H:%M")
    if kind is Kind.BOOL:
        return "yes" if cell else "no"
    return _text(cell)


def _text(value: object) -> str:
    if isinstance(value, float):
        if math.isfinite(value) and value == int(value) and abs(value) < 1e9:
            return str(int(value))
        return f"{value:.3g}"
    return str(value)


def _listed(words: tuple[str, ...]) -> str:
    shown = ", ".join(words[:MOST_NAMED])
    return f"{shown} and {len(words) - MOST_NAMED:,} more" if len(words) > MOST_NAMED else shown
