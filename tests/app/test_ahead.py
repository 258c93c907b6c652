"""What is imported ahead leaves the frames to others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app import ahead
from app.ahead import Ahead

STEPS = 3


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REST_MS", "HELD_MS"):
        monkeypatch.setattr(ahead, name, 0)
    monkeypatch.setattr(ahead, "SLICE_S", 0.0)


def done_at_each_look(waiting: Sequence[bool], qtbot: QtBot) -> list[int]:
    """How many of the steps were done whenever it was asked whether they have to wait, which `waiting` answers."""
    made, seen, answers = list[int](), list[int](), iter(waiting)

    def waits() -> bool:
        seen.append(len(made))
        return next(answers, False)

    def steps() -> Iterator[None]:
        for step in range(STEPS):
            made.append(step)
            yield

    owner = QObject()
    with qtbot.waitSignal(Ahead(steps(), owner, waits=waits).done):
        assert not made  # who asks goes on first
    assert made == list(range(STEPS))
    return seen


def test_a_slice_leaves_the_rest_to_the_next(qtbot: QtBot) -> None:
    assert done_at_each_look((), qtbot) == [0, 1, 2, 3]


def test_nothing_is_done_while_it_has_to_wait(qtbot: QtBot) -> None:
    assert done_at_each_look((True, True, False, True, False), qtbot) == [0, 0, 0, 1, 1, 2, 3]
