"""Signals call who listens, in order, and keep nobody alive."""

from __future__ import annotations

import gc
from typing import ClassVar

import pytest

from engine.graph.signals import Signal


class _Door:
    opened: ClassVar[Signal] = Signal(str)
    closed: ClassVar[Signal] = Signal(str)


class _Guest:
    def __init__(self, door: _Door) -> None:
        self.heard: list[str] = []
        self.door = door
        door.opened.connect(self.on_opened)

    def on_opened(self, by: str) -> None:
        self.heard.append(by)

    def leave(self, _by: str) -> None:
        self.door.opened.disconnect(self.on_opened)


def test_each_object_has_listeners_of_its_own_for_each_signal() -> None:
    door, other = _Door(), _Door()
    guest = _Guest(door)
    other.opened.emit("nobody hears")
    door.closed.emit("nobody hears")
    door.opened.emit("me")
    assert guest.heard == ["me"]
    assert _Door.opened.carries is str


def test_listeners_are_called_in_the_order_in_which_they_came() -> None:
    door, heard = _Door(), list[str]()
    door.opened.connect(lambda by: heard.append(f"first {by}"))
    door.opened.connect(lambda by: heard.append(f"second {by}"))
    door.opened.emit("me")
    assert heard == ["first me", "second me"]


def test_who_is_disconnected_hears_no_more() -> None:
    door = _Door()
    guest = _Guest(door)
    door.opened.disconnect(guest.on_opened)
    door.opened.disconnect(guest.on_opened)  # once more: nothing
    door.opened.emit("me")
    assert guest.heard == []


def test_who_is_disconnected_by_one_before_is_not_called_any_more() -> None:
    door = _Door()
    first, second = _Guest(_Door()), _Guest(_Door())
    door.opened.connect(first.leave)
    first.door = door
    door.opened.connect(first.on_opened)
    door.opened.connect(second.on_opened)
    door.opened.emit("me")
    assert (first.heard, second.heard) == ([], ["me"])


def test_listening_keeps_nobody_alive() -> None:
    door = _Door()
    guest = _Guest(door)
    assert len(door.opened) == 1
    del guest
    gc.collect()
    assert len(door.opened) == 0
    door.opened.emit("nobody hears")


def test_what_a_listener_raises_comes_out() -> None:
    def refuse(_by: str) -> None:
        raise ValueError("not today")

    door = _Door()
    door.opened.connect(refuse)
    with pytest.raises(ValueError, match="not today"):
        door.opened.emit("me")
