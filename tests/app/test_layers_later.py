"""Layers are imported ahead, but not while something trains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app import layers_later
from app.layers_later import LayersLater

STEPS = 3


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_MS", "REST_MS", "TRAINS_MS"):
        monkeypatch.setattr(layers_later, name, 0)
    monkeypatch.setattr(layers_later, "SLICE_S", 0.0)


def done_at_each_look(trains: Sequence[bool], qtbot: QtBot) -> list[int]:
    """How many of the steps were done whenever it was asked whether something trains, which `trains` answers."""
    made, seen, answers = list[int](), list[int](), iter(trains)

    def is_training() -> bool:
        seen.append(len(made))
        return next(answers, False)

    def steps() -> Iterator[None]:
        for step in range(STEPS):
            made.append(step)
            yield

    owner = QObject()
    later = LayersLater(steps(), is_training, owner)
    with qtbot.waitSignal(later.done):
        assert not made  # the window comes first
    assert made == list(range(STEPS))
    return seen


def test_a_slice_leaves_the_rest_to_the_next(qtbot: QtBot) -> None:
    assert done_at_each_look((), qtbot) == [0, 1, 2, 3]


def test_nothing_is_imported_while_something_trains(qtbot: QtBot) -> None:
    assert done_at_each_look((True, True, False, True, False), qtbot) == [0, 0, 0, 1, 1, 2, 3]
