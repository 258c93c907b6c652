"""Garbage is looked for on the window's thread alone: a widget let go on another thread takes the program with it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.garbage import YOUNG_OBJECTS, Collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


class Lost:
    """Refers to itself, and says on which thread it went."""

    def __init__(self, went: list[threading.Thread]) -> None:
        self.me, self.went = self, went

    def __del__(self) -> None:
        self.went.append(threading.current_thread())


def _much() -> list[list[int]]:
    return [[] for _ in range(2 * YOUNG_OBJECTS)]


def test_another_thread_collects_nothing(qtbot: QtBot) -> None:
    owner = QObject()
    went: list[threading.Thread] = []
    Collector(owner)
    Lost(went)
    thread = threading.Thread(target=_much)
    thread.start()
    thread.join()
    assert not went
    kept = _much()
    qtbot.waitUntil(lambda: bool(went))
    assert went == [threading.main_thread()]
    assert kept


def test_little_is_left_alone_and_older_things_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", collected.append)
    collector = Collector(QObject())
    collector.look()
    assert not collected
    kept = _much()
    for _ in range(100):
        collector.look()
    assert [collected.count(age) for age in (0, 1, 2)] == [90, 9, 1]
    assert kept


def test_what_is_there_already_is_kept_out() -> None:
    owner = QObject()
    Collector(owner)
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 10_000
