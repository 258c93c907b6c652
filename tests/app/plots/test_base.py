"""Views draw all their parts, however fast news come."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from pytestqt.qtbot import QtBot
from typing_extensions import override

from app.plots.base import LiveView
from app.theme import FRAME_MS, Theme
from app.widgets import TextLabel

PARTS = 3


class Slow(LiveView):
    """While a part of it is drawn, something new arrives."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.done: list[int] = []
        self.introduce("Slow", "Nothing yet.")

    @override
    def is_empty(self) -> bool:
        return False

    @override
    def summary(self) -> str:
        return f"{len(self.done)} parts"

    @override
    def _parts(self) -> Sequence[Callable[[], None]]:
        return [partial(self._draw, part) for part in range(PARTS)]

    def _draw(self, part: int) -> None:
        self.request_refresh()
        time.sleep(2 * FRAME_MS / 1000)
        self.done.append(part)


def test_news_that_come_faster_than_a_view_draws_leave_no_part_undrawn(theme: Theme, qtbot: QtBot) -> None:
    view = Slow(theme)
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.drawn):
        view.show()
    with qtbot.waitSignal(view.drawn):  # what arrived meanwhile is drawn next, without being asked for again
        pass
    assert view.done == [*range(PARTS), *range(PARTS)]
    assert view.accessibleDescription() == "6 parts"


def test_a_view_waits_while_others_have_just_drawn(
    theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, drawn, rests = [1, 1, 0, 0, 0], list[int](), list[int]()
    view = Slow(theme)
    qtbot.addWidget(view)

    def wait_ms() -> int:
        drawn.append(len(view.done))
        return waits.pop(0) if waits else 0

    monkeypatch.setattr(view, "_draw", view.done.append)
    monkeypatch.setattr(theme.pace, "wait_ms", wait_ms)
    monkeypatch.setattr(theme.pace, "rest", lambda _took: rests.append(len(view.done)))
    with qtbot.waitSignal(view.drawn):
        view.show()
    assert drawn[:3] == [0, 0, 0]
    assert rests[:2] == [1, 1]  # drawn, and drawn with its painting


def test_what_an_empty_view_says_is_gone_with_its_first_part(theme: Theme, qtbot: QtBot) -> None:
    view = Slow(theme)
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.drawn):
        view.show()
    label = view.findChild(TextLabel)
    assert label is not None
    label.show()  # as before there was anything
    view._begin()
    assert not label.isVisible()
