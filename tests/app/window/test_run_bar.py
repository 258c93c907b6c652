"""What the bar at the top says of a run."""

import pytest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.training import TrainState
from app.window.run_bar import Room, RunBar, duration_text, time_left
from app.window.tab_bar import Mark
from app.window.top_bar import TopBar
from engine.runs.record import RunRecord
from engine.training.reports import Ended, Progress, Started


@pytest.mark.parametrize(
    ("step", "rate", "words"),
    [
        (0, 0.0, ""),  # nothing is known
        (1, 20.0, ""),  # the first step, which is slow
        (1, 0.2, "1 min 35 s"),  # a step that takes five seconds is worth a word
        (200, 10.0, "0 s"),
        (10, 5.0, "2 s"),
        (4, 8.0, ""),
    ],
)
def test_time_left_is_said_once_something_is_known(step: int, rate: float, words: str) -> None:
    assert time_left(Progress(step, step / 10, {}, rate), 2, 10.0) == words


def test_what_took_less_than_a_second_is_not_said_to_have_taken_none() -> None:
    assert [duration_text(s) for s in (0.0, 0.01, 0.44, 1.2, 200.0)] == [
        "0 s",
        "0.1 s",
        "0.4 s",
        "1 s",
        "3 min 20 s",
    ]


def test_progress_does_without_the_time(theme: Theme) -> None:
    bar = RunBar(theme)
    bar.show_epochs(2)
    bar.show_progress(Progress(1, 0.1, {}, 20.0), 10.0)
    assert bar.progress.caption() == "epoch 1 of 2 · step 1"
    bar.show_progress(Progress(15, 1.5, {}, 5.0), 10.0)
    assert bar.progress.caption() == "epoch 2 of 2 · step 15 · 1 s left"
    bar.deleteLater()


def test_a_run_that_stands_still_is_not_said_to_end_soon(theme: Theme) -> None:
    bar = RunBar(theme)
    bar.show_epochs(2)
    bar.set_state(TrainState.RUNNING, resumable=False)
    bar.show_progress(Progress(15, 1.5, {}, 5.0), 10.0)
    bar.set_state(TrainState.PAUSED, resumable=False)
    assert bar.progress.caption() == "epoch 2 of 2 · step 15"
    bar.set_state(TrainState.RUNNING, resumable=False)
    bar.show_progress(Progress(15, 1.5, {}, 5.0), 10.0)
    assert bar.progress.caption() == "epoch 2 of 2 · step 15 · 1 s left"
    bar.deleteLater()


def test_a_run_that_ended_before_is_told_by_its_own_figures_or_by_where_it_stands(theme: Theme) -> None:
    bar = RunBar(theme)
    bar.show_epochs(40)
    ended = Ended("done", 1000, 40.0, {}, 0.0, 0.02)  # a file was opened: nothing was trained
    bar.show_ended(ended)
    assert bar.progress.caption() == "epoch 40 of 40 · step 1,000"
    bar.show_ended(ended, RunRecord(1.0, 12.0, 1234.0))
    assert bar.progress.caption() == "done in 12 s · 1,234 steps a second"
    bar.deleteLater()


def test_training_on_is_offered_with_what_it_does_or_why_not(theme: Theme) -> None:
    bar = RunBar(theme)
    asked: list[bool] = []
    bar.train_on_clicked.connect(lambda: asked.append(True))
    bar.train_on.click()
    assert not asked
    assert "press Train first" in bar.train_on.toolTip()
    bar.set_train_on(can=True, hint="Go on.")
    bar.train_on.click()
    assert asked == [True]
    assert bar.train_on.toolTip() == "Go on (Ctrl+Shift+F5)"
    bar.set_room(Room.SPARED)
    assert (bar.train_on.text(), bar.train_on.accessibleName()) == ("", "Train on")
    bar.deleteLater()


NAMES = ("Digits through convolutions", "Penguins by species", "iris", "Spiral", "spam")


def _top(theme: Theme, qtbot: QtBot, count: int) -> tuple[TopBar, RunBar]:
    menu = QMenu()
    top = TopBar(theme, menu)
    menu.setParent(top)
    qtbot.addWidget(top)
    bar = RunBar(theme)
    top.add_run(bar)
    for place, name in enumerate(NAMES[:count]):
        top.projects.add(place)
        top.projects.describe(place, name, "", Mark.NONE, unsaved=False)
    top.show_run(bar)
    top.projects.choose(0)
    bar.show_started(Started("Intel Xeon 8488C", "cpu", "", 3, 38_000_000, 10.0, 2))
    top.resize(2000, 40)
    top.show()
    return top, bar


def _cut(top: TopBar) -> list[str]:
    tabs = top.projects.tabs
    wholes = tabs.wholes()
    return [tabs.tabText(at) for at, whole in enumerate(wholes) if tabs.tabRect(at).width() < whole - 30]


@pytest.mark.parametrize("count", [1, 5])
def test_words_are_left_out_before_names_are_cut_and_nothing_lies_upon_anything(
    theme: Theme, qtbot: QtBot, count: int
) -> None:
    top, bar = _top(theme, qtbot, count)
    seen = []
    for width in range(2000, 920, -40):
        top.resize(width, 40)
        QApplication.processEvents()  # lays out anew what has become shorter
        assert bar.width() >= bar.minimumSizeHint().width()
        assert bar.device.geometry().right() <= bar.width()
        assert bar.geometry().right() < top.search.x()
        shown = bool(bar.train_on.text()), top.brand.isVisible(), bool(bar.step.text())
        assert not _cut(top) or not any(shown)
        assert bar.train_on.accessibleName() == "Train on"
        seen.append(shown)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == (True, True, True)
    assert seen[-1] == (False, False, False)


def test_another_project_takes_the_words_and_its_end_gives_them_back(theme: Theme, qtbot: QtBot) -> None:
    top, bar = _top(theme, qtbot, 2)
    top.resize(1720, 40)
    assert bar.train_on.text() == "Train on"
    for place, name in enumerate(NAMES[2:], 2):
        top.projects.add(place)
        top.projects.describe(place, name, "", Mark.NONE, unsaved=False)
    qtbot.waitUntil(lambda: not bar.train_on.text())
    assert not _cut(top)
    for place in (4, 3, 2):
        top.projects.remove(place)
    qtbot.waitUntil(lambda: bar.train_on.text() == "Train on")


def test_the_bar_knows_how_wide_it_is_with_fewer_words(theme: Theme, qtbot: QtBot) -> None:
    bar = RunBar(theme)
    qtbot.addWidget(bar)
    bar.device.set_text("CPU \N{MIDDLE DOT} something with a long name", "38 MB")
    bar.show()
    foretold = [bar.least_width(room) for room in Room]
    for room, width in zip(Room, foretold, strict=True):
        bar.set_room(room)
        assert bar.minimumSizeHint().width() == width
