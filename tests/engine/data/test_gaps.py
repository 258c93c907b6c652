"""Gaps are what a series does not do by itself: nights and weekends are none, and what has no rhythm has none either."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.gaps import gaps_in, in_time, said_of_gaps
from engine.tensor.spec import Array

HOUR, DAY = 3_600.0, 86_400.0
MONDAY = 4 * DAY  # 1970-01-05
WEEKS = np.arange(70)


def without(stamps: Array, *rows: int) -> Array:
    kept: Array = np.delete(stamps, rows)
    return kept


def test_what_is_missing_is_a_gap() -> None:
    found = gaps_in(without(MONDAY + DAY * WEEKS, 20, 40, 41))
    assert (found.usual, found.irregular) == (DAY, False)
    assert found.after.tolist() == [20, 39]
    assert found.lengths.tolist() == [2 * DAY, 3 * DAY]


@pytest.mark.parametrize("step", [1.0, 60.0, HOUR, DAY, 30.4 * DAY])
def test_steps_may_differ_a_little(step: float) -> None:
    shaken = step * (WEEKS + np.random.default_rng(0).uniform(-0.2, 0.2, 70))
    assert not gaps_in(shaken).after.size
    assert gaps_in(without(shaken, 30, 31)).after.tolist() == [30]


def working_days() -> Array:
    days = np.arange(140)
    stamps: Array = MONDAY + DAY * days[days % 7 < 5]
    return stamps


def office_hours() -> Array:
    hours: Array = np.concatenate([working_days() + HOUR * hour for hour in range(9, 17)])
    return np.sort(hours)


def test_weekends_and_nights_are_no_gaps() -> None:
    assert not gaps_in(working_days()).after.size
    assert not gaps_in(office_hours()).after.size


def test_a_holiday_is_none_and_a_missing_week_is_one() -> None:
    assert not gaps_in(without(working_days(), 22)).after.size
    assert gaps_in(without(working_days(), 20, 21, 22, 23, 24)).after.tolist() == [20]


def test_what_comes_by_chance_has_no_gaps() -> None:
    found = gaps_in(np.cumsum(np.random.default_rng(0).exponential(DAY, 500)))
    assert found.irregular
    assert not found.after.size


def test_rows_at_one_time_are_one_step() -> None:
    """As of several shops a day."""
    assert gaps_in(np.repeat(without(MONDAY + DAY * WEEKS, 20), 3)).after.tolist() == [60]


@pytest.mark.parametrize("stamps", [[], [1.0], [0.0, 1.0, 9.0], [5.0] * 50, [float("nan")] * 50])
def test_too_little_says_nothing(stamps: list[float]) -> None:
    found = gaps_in(np.array(stamps))
    assert (found.after.size, found.irregular) == (0, False)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.25, "0.25 seconds"),
        (1.0, "1 second"),
        (90.0, "1.5 minutes"),
        (HOUR, "1 hour"),
        (3 * DAY, "3 days"),
        (90 * DAY, "90 days"),
        (1_461 * DAY, "4 years"),
    ],
)
def test_a_span_is_said_in_its_unit(seconds: float, words: str) -> None:
    assert in_time(seconds) == words


def test_gaps_are_said() -> None:
    assert said_of_gaps(1, DAY, 1_200) == "1 gap, of 1 day before row 1,200"
    assert said_of_gaps(12, 3 * DAY, 7) == "12 gaps, the longest of 3 days before row 7"
