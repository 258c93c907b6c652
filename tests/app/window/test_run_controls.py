"""Train, Pause, Resume, Step and Stop by their buttons, each within a tenth of a second."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from app.training import TrainState
from engine.training.moments import EventKind
from engine.training.reports import Ended
from tests.app.window.conftest import CONTROL, User

AT_ONCE = 0.1  # seconds from the click until nothing more is computed, as the aim is on an idle machine
SLACK = 10.0  # for a machine on which other tests run at the same time; the worker's own tests look closer


def _start(user: User) -> None:
    user.open_endless("spiral")
    user.click(user.window.top_bar.train)
    user.until(lambda: user.state is TrainState.RUNNING)
    user.until_steps()


def _stop(user: User) -> Ended:
    user.click(user.window.top_bar.stop)
    user.until(lambda: user.state is TrainState.IDLE)
    (ended,) = user.ends()
    assert isinstance(ended, Ended)
    return ended


def test_train_becomes_pause_and_pause_holds(user: User) -> None:
    _start(user)
    assert user.window.top_bar.train.text() == "Pause"
    user.click(user.window.top_bar.train)
    assert user.state is TrainState.PAUSED
    assert user.window.top_bar.train.text() == "Resume"
    events = user.window.workspace.past.history.events
    user.until(lambda: any(e.kind is EventKind.PAUSED for e in events))
    held = events[-1].step
    user.qtbot.wait(round(1000 * AT_ONCE))  # what must hold from then on needs no event
    assert user.last_step() <= held
    user.click(user.window.top_bar.train)
    user.until_steps()
    assert user.last_step() > held
    assert user.window.top_bar.train.text() == "Pause"
    _stop(user)


def test_stop_ends_the_run_at_once_and_keeps_what_was_learned(user: User) -> None:
    _start(user)
    clicked = time.monotonic()
    ended = _stop(user)
    assert time.monotonic() - clicked < AT_ONCE + SLACK
    assert ended.reason == "stopped"
    assert user.snapshot.step == ended.step
    assert user.window.top_bar.train.text() == "Train"
    assert not user.window.top_bar.stop.isEnabled()


def test_step_runs_exactly_one_batch_from_the_start_and_after_a_pause(user: User) -> None:
    user.open_endless("spiral")
    for expected in (1, 2, 3):
        user.click(user.window.top_bar.step)
        user.until_steps()
        assert user.last_step() == expected
        assert user.state is TrainState.PAUSED
    assert _stop(user).step == 3
    assert [report.step for report in user.progress()] == [1, 2, 3]


def test_stop_while_paused_ends_the_run(user: User) -> None:
    user.open_endless("spiral")
    user.click(user.window.top_bar.step)
    user.until(lambda: user.last_step() == 1)
    ended = _stop(user)
    assert (ended.reason, ended.step) == ("stopped", 1)


def test_training_again_begins_anew(user: User) -> None:
    _start(user)
    _stop(user)
    user.reports.clear()
    user.click(user.window.top_bar.step)
    user.until(lambda: user.last_step() == 1)
    _stop(user)


def test_closing_a_project_leaves_its_run_behind(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Close)
    _start(user)
    user.until(lambda: user.window.training.snapshot is not None)
    user.key(Qt.Key.Key_W, CONTROL)
    user.open_endless("xor")
    user.reports.clear()
    assert user.state is TrainState.IDLE
    assert user.window.training.snapshot is None
    user.click(user.window.top_bar.step)
    user.until(lambda: bool(user.progress()))
    assert user.last_step() == 1  # what the worker still said of the old run is nobody's
    assert len(user.progress()) == 1
    assert not user.ends()
    _stop(user)
