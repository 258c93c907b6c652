"""Lines of numbers that have little room."""

from __future__ import annotations

import pytest

from app.steps.words import fitting


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (14, "1.5  -2  3  40"),
        (13, "1.5  -2  3  \N{HORIZONTAL ELLIPSIS}"),
        (10, "1.5  -2  \N{HORIZONTAL ELLIPSIS}"),
    ],
)
def test_as_many_numbers_as_there_is_room_for(room: int, words: str) -> None:
    assert fitting("1.5  -2  3  40", lambda text: len(text) <= room) == words


def test_one_number_is_told_in_any_case_and_a_range_is_never_cut() -> None:
    assert fitting("1.5  -2", lambda _text: False) == "1.5  \N{HORIZONTAL ELLIPSIS}"
    assert fitting("-1 \N{HORIZONTAL ELLIPSIS} 3", lambda _text: False) == "-1 \N{HORIZONTAL ELLIPSIS} 3"
