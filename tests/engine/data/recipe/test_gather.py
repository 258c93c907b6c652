"""What steps gather of a column: counts and figures that do not depend on how the cells come."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.recipe.steps.gather import Tally
from engine.data.sets.melodies import _vocabulary
from engine.data.tables.store import date_text
from engine.tensor.spec import Array

TEXT = np.dtypes.StringDType(na_object=np.nan)


def words(*cells: str) -> Array:
    return np.array(cells, TEXT)


def test_the_most_frequent_come_first_and_of_equals_the_smaller() -> None:
    tally = Tally()
    for cells in (("b", "c", "a"), ("c", "a"), ("d", "c")):
        tally.add(words(*cells))
    assert tally.most_common(9) == ["c", "a", "b", "d"]
    assert tally.most_common(2) == ["c", "a"]
    late = Tally()
    for cell in "cab":
        late.add(words(cell))
    assert late.most_common(9) == ["a", "b", "c"]  # whichever came first
    numbers = Tally()
    numbers.add(np.array([3.0, 2.0, 10.0, np.nan, 2.0, 10.0]))
    assert numbers.most_common(9) == [2.0, 10.0, 3.0]


def test_of_too_many_values_those_met_first_are_counted() -> None:
    tally = Tally(most=2)
    tally.add(words("a", "b"))
    tally.add(words("c", "a", "c"))
    tally.add(words("b"))
    assert tally.counts == {"a": 2, "b": 2}
    assert tally.uncounted == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01"),
        (86_400.0, "1970-01-02"),
        (-86_400.0, "1969-12-31"),
        (3_661.0, "1970-01-01 01:01:01"),
        (0.5, "1970-01-01 00:00:00.500000"),
        (float("nan"), None),
        (float("inf"), None),
        (4e11, "14645-06-30T15:06:40"),
    ],
)
def test_dates_as_text(seconds: float, text: str | None) -> None:
    assert date_text(seconds) == text


def test_notes_stand_from_low_to_high_behind_the_end_and_silence() -> None:
    known = _vocabulary(rhythm=False)
    steps = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    shifts = {"#": 1, "b": -1}
    notes = [word for word in known if word[0] in steps and word[-1].isdigit()]
    pitches = [12 * int(n[-1]) + steps[n[0]] + sum(shifts.get(sign, 0) for sign in n[1:-1]) for n in notes]
    assert pitches == sorted(pitches)
    assert len(set(pitches)) == len(notes) > 12, "more than an octave"
    assert known[len(known) - len(notes) :] == tuple(notes)
