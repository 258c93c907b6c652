"""Gaps in rows that follow each other in time: what lies further apart than rows of this series do by themselves.

Nights and weekends at which nothing is ever noted are no gaps: what comes at the same time of every week is the series' own
rhythm. Series without a usual step (visits, orders) have no gaps, but steps that differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.tensor.spec import Array

LEAST_ROWS = 10  # fewer tell nothing of what is usual
_FAR = 1.5  # usual steps from which on a step is long
_NEAR = 0.5
_REGULAR = 0.75  # share of the steps that are like the usual one, or belong to the rhythm
_RHYTHM = 0.8  # share of the rows at one time of the week behind which a long step comes
_LEAST_WEEKS = 3
_MOST_TIMES = 1_000_000  # of a week that are told apart
_WEEK = 604_800.0
_UNITS = (
    ("{} year", "{} years", 31_557_600.0),
    ("{} day", "{} days", 86_400.0),
    ("{} hour", "{} hours", 3_600.0),
    ("{} minute", "{} minutes", 60.0),
    ("{} second", "{} seconds", 1.0),
)
_MOST_DAYS = 1_000  # from which on a span is said in years


@dataclass(frozen=True, eq=False)
class Gaps:
    """What was found in one series.

    Attributes:
        usual: the step from row to row, in seconds; 0 where there is none.
        after: places in the series at which a gap has just ended, int64, growing.
        lengths: of these gaps, in seconds.
        irregular: the steps differ, so that none is usual.
    """

    usual: float
    after: Array
    lengths: Array
    irregular: bool = False


def gaps_in(stamps: Array) -> Gaps:
    """The gaps between rows at these times, seconds that do not fall, float64 (n,)."""
    steps = np.diff(stamps)
    forward = steps[steps > 0]
    none = np.empty(0, np.int64)
    if len(stamps) < LEAST_ROWS or len(forward) < LEAST_ROWS - 1:
        return Gaps(0.0, none, np.empty(0))
    usual = float(np.median(forward))
    longest, rhythmic = _rhythm(stamps[:-1], steps, usual)
    near = np.count_nonzero((forward >= _NEAR * usual) & (forward <= _FAR * usual))
    if near + rhythmic < _REGULAR * len(forward):
        return Gaps(usual, none, np.empty(0), irregular=True)
    found = np.flatnonzero(steps > _FAR * longest)
    return Gaps(usual, found.astype(np.int64) + 1, steps[found])


def _rhythm(before: Array, steps: Array, usual: float) -> tuple[float, int]:
    """The longest step that belongs to the rhythm of the week, and how many of the steps are such long ones.

    At a time of the week at which nearly every step is long, nothing is missing.
    """
    long = steps > _FAR * usual
    times = int(_WEEK / usual) + 1
    if not long.any() or not 1 < times <= _MOST_TIMES:
        return usual, 0
    place = (np.mod(before, _WEEK) / usual).astype(np.int64)
    followed = np.bincount(place[long], minlength=times)
    there = np.bincount(place[steps > 0], minlength=times)
    always = (followed >= _LEAST_WEEKS) & (followed >= _RHYTHM * there)
    typical = [float(np.median(steps[long & (place == each)])) for each in np.flatnonzero(always)]
    return max(typical, default=usual), int(followed[always].sum())


def in_time(seconds: float) -> str:
    """A span of time in words: "3 days", "1 hour"."""
    years, *shorter = _UNITS
    units = [years, *shorter] if seconds >= _MOST_DAYS * 86_400.0 else shorter
    one, several, size = next((unit for unit in units if seconds >= unit[2]), units[-1])
    count = f"{seconds / size:.3g}" if seconds < 1_000 * size else f"{seconds / size:,.0f}"
    return (one if count == "1" else several).format(count)


def said_of_gaps(count: int, longest: float, row: int) -> str:
    """How many gaps there are; of the longest, how many seconds it is and which row comes behind it, from 1."""
    span = in_time(longest)
    if count == 1:
        return f"1 gap, of {span} before row {row:,}"
    return f"{count:,} gaps, the longest of {span} before row {row:,}"
