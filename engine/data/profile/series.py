"""Columns of dates that grow from row to row: whether something is missing among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.data.gaps import gaps_in, in_time, said_of_gaps
from engine.data.profile.measure import COMPARED_ROWS
from engine.data.profile.model import Finding
from engine.data.sources.base import Column, Kind
from engine.data.tables.store import Store
from engine.tensor.spec import Array

_MOST_ALIKE = 0.5  # of the rows may be at the same time as the one before: else it is no series


def findings_in_time(store: Store, columns: Sequence[Column]) -> Iterator[Finding]:
    """Gaps, or steps without a usual length, in the columns whose dates are in order; of the first rows of many."""
    for place, column in enumerate(columns):
        if column.kind is Kind.DATE:
            (stamps,) = store.read([(place, column.kind)], 0, min(store.rows, COMPARED_ROWS))
            found = _finding(column.name, stamps)
            if found is not None:
                yield found


def _finding(name: str, stamps: Array) -> Finding | None:
    steps = np.diff(stamps)
    falling = bool((steps <= 0).all())
    if not falling and not (steps >= 0).all():  # nor where a date is missing
        return None
    if np.count_nonzero(steps) < _MOST_ALIKE * len(steps):
        return None
    gaps = gaps_in(-stamps if falling else stamps)
    usual = in_time(gaps.usual)
    if gaps.irregular:
        sentence = (
            f"The rows of {name!r} follow each other in steps that differ (about {usual}): the same number of rows is not "
            "the same span of time."
        )
        return Finding(kind="irregular", sentence=sentence, column=name)
    if not gaps.after.size:
        return None
    longest = int(np.argmax(gaps.lengths))
    row = int(gaps.after[longest]) + 1
    which = said_of_gaps(len(gaps.after), float(gaps.lengths[longest]), row)
    sentence = (
        f"The time {name!r} has {which}, where a step is usually {usual}; rows may be missing. Examples of rows in time do "
        "not reach over gaps unless they are told to."
    )
    return Finding(kind="gaps", sentence=sentence, column=name)
