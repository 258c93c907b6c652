"""Somebody goes through training steps with keys, on the canvas and in the dock, and keeps what was learned or does not."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.steps.mode import Stage, StepMode
from app.steps.overlay import Flow
from app.steps.page import StepsPage
from app.theme import Theme
from app.training import TrainState
from app.window.bottom_dock import STEPS
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.graph.edits import Disconnect
from engine.training.stepping import StepPhase
from tests.app.window.conftest import User, close, settings, show

__all__ = ["settings"]


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, settings: QSettings) -> Iterator[User]:
    window = MainWindow(theme, Document(examples()["xor"].graph()), settings)
    user = show(window, qtbot)
    window.files.open_example("xor")
    user.until(lambda: window.workspace.run.bundle is not None)
    yield user
    close(window)


def _page(user: User) -> StepsPage:
    user.window.dock.show_look(STEPS)
    return user.window.dock.looks.steps.page


def _begun(user: User) -> StepsPage:
    page = _page(user)
    user.click(page.start)
    user.until(lambda: page.mode.stage is Stage.ON)
    assert page.next is page.window().focusWidget()
    return page


def _press(widget: QWidget, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(widget, key)


def _where(mode: StepMode) -> tuple[int, StepPhase]:
    assert mode.step is not None
    return mode.step.step, mode.phase


def test_phases_are_gone_through_by_keys(user: User) -> None:
    page = _begun(user)
    mode = page.mode
    assert _where(mode) == (0, StepPhase.FORWARD)
    assert "flow forward" in page.sentence.text()
    _press(page.next, Qt.Key.Key_Right)
    assert _where(mode) == (0, StepPhase.LOSS)
    _press(page.next, Qt.Key.Key_Space, Qt.Key.Key_Right)
    assert _where(mode) == (0, StepPhase.UPDATE)
    assert mode.taken == 1
    told = page.table.item(1, 3)
    assert told is not None
    assert "\N{RIGHTWARDS ARROW}" in told.text()
    _press(page.next, Qt.Key.Key_Left)
    assert _where(mode) == (0, StepPhase.BACKWARD)
    _press(page.next, Qt.Key.Key_Return)
    assert _where(mode) == (0, StepPhase.UPDATE)
    _press(page.next, Qt.Key.Key_Return)
    user.until(lambda: _where(mode) == (1, StepPhase.UPDATE))
    _press(page.next, Qt.Key.Key_Right)
    user.until(lambda: _where(mode) == (2, StepPhase.FORWARD))
    assert mode.taken == 2
    _press(page.next, Qt.Key.Key_Escape)
    assert mode.stage is Stage.OFF
    assert user.window.focusWidget() is page.start
    assert user.window.training.state is TrainState.IDLE


def test_the_canvas_takes_the_keys_while_it_has_the_focus(user: User) -> None:
    page = _begun(user)
    view = user.window.workspace.canvas.view
    view.setFocus()
    user.until(view.hasFocus)
    _press(view, Qt.Key.Key_Space)
    assert page.mode.phase is StepPhase.LOSS
    _press(view, Qt.Key.Key_Escape)
    assert page.mode.stage is Stage.OFF
    before = page.mode.phase
    _press(view, Qt.Key.Key_Right)  # means what it always means
    assert page.mode.phase is before


def test_steps_that_are_kept_are_taken_by_the_run(user: User) -> None:
    page = _begun(user)
    _press(page.next, Qt.Key.Key_Return)
    _press(page.next, Qt.Key.Key_Return)
    user.until(lambda: page.mode.taken == 2)
    user.click(page.keep)
    user.until(lambda: user.state is TrainState.PAUSED and user.window.training.snapshot is not None)
    user.until(lambda: user.snapshot.step == 2)
    assert page.mode.stage is Stage.OFF
    again = _begun(user)
    assert _where(again.mode) == (2, StepPhase.FORWARD)
    _press(again.next, Qt.Key.Key_Return)
    user.click(again.keep)
    user.until(lambda: user.snapshot.step == 3)


def test_a_run_is_paused_and_goes_on_as_if_nothing_had_been(user: User) -> None:
    user.open_endless("xor")
    user.click(user.button("Train"))
    user.until(lambda: user.state is TrainState.RUNNING and user.last_step() > 0)
    page = _begun(user)
    assert user.state is TrainState.PAUSED
    step, _ = _where(page.mode)
    assert step == user.snapshot.step > 0
    weights = user.snapshot.states["params"].copy()
    _press(page.next, Qt.Key.Key_Return)
    user.click(page.discard)
    np.testing.assert_array_equal(user.snapshot.states["params"], weights)
    user.window.training.resume()
    user.until(lambda: user.last_step() > step)


def test_a_change_of_the_network_ends_it(user: User) -> None:
    page = _begun(user)
    user.document.push(Disconnect(user.graph.edges[0]))
    user.until(lambda: page.mode.stage is Stage.OFF)
    assert "has changed" in page.sentence.text()
    user.click(page.start)
    user.until(lambda: page.mode.stage is Stage.OFF)
    assert page.sentence.text()  # what is wrong with the network


def test_dots_move_only_where_motion_is_wanted(user: User, theme: Theme) -> None:
    page = _begun(user)
    flow: Flow = page.mode.flow
    assert not flow.is_moving()
    theme.set_reduced_motion(False)
    _press(page.next, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert page.mode.phase is StepPhase.BACKWARD
    assert flow.is_moving()
    _press(page.next, Qt.Key.Key_Right)  # does not wait for the dots
    assert page.mode.phase is StepPhase.BACKWARD
    assert not flow.is_moving()
    _press(page.next, Qt.Key.Key_Left, Qt.Key.Key_Left)
    assert not flow.is_moving()  # back is not played
    theme.set_reduced_motion(True)
