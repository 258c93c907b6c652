"""Variants and learning rates in the window, with the mouse and a real worker."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.document import Document
from app.many.panel import ManyPanel
from app.theme import Theme
from app.training import TrainState
from app.window.bottom_dock import VARIANTS
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.training.many.looks import SIDE
from tests.app.window.conftest import User, close, show


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, tmp_path: object) -> Iterator[User]:
    """Somebody before a window with the circle."""
    settings = QSettings(f"{tmp_path}/window.ini", QSettings.Format.IniFormat)
    window = MainWindow(theme, Document(examples()["circle"].graph()), settings)
    user = show(window, qtbot)
    user.until(lambda: window.workspace.run.bundle is not None)
    yield user
    close(window)


def _panel(user: User) -> ManyPanel:
    user.window.dock.show_look(VARIANTS)
    page = user.window.dock.looks.variants.page
    user.until(page.isVisible)
    assert isinstance(page, ManyPanel)
    return page


def _type(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_variants_train_side_by_side_and_the_one_clicked_is_opened_with_its_weights(user: User) -> None:
    document = user.document
    document.set_training(document.training.model_copy(update={"epochs": 100_000}))
    training = document.training
    panel = _panel(user)
    _type(panel.first.low, "0.001")
    _type(panel.first.high, "0.1")
    _type(panel.first.count, "3")
    panel.second.choose("width")
    _type(panel.second.count, "2")
    assert panel.start.text() == "Train 6 variants"
    before = user.document.stack.count()
    user.click(panel.start)
    variants = panel.grid.variants
    user.until(lambda: variants.last is not None and variants.last.step > 50)
    assert variants.last is not None
    assert variants.last.planes is not None
    assert variants.last.planes.shape == (6, 2, SIDE, SIDE)
    assert len(variants.images) == 6
    assert variants.best is not None
    user.click(panel.cancel)
    user.until(panel.start.isVisible)
    assert "The best is Learning rate " in panel.sentence.text()
    assert ": loss " in panel.sentence.text()
    panel.sort.setChecked(True)
    assert variants.order[0] == variants.best
    index = variants.index(0)
    spot = panel.grid.visualRect(index).center()
    QTest.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    user.until(lambda: user.document.stack.count() == before + 1)
    assert "The best is" in panel.sentence.text()  # what was found stays, though the network is another one
    words = variants.words[variants.best]
    assert f"{user.document.training.optimizer.learning_rate:.4g}" in words
    user.until(lambda: user.state is TrainState.PAUSED)
    assert user.snapshot.step > 0
    assert all(np.isfinite(a).all() for a in user.snapshot.states.values() if a.dtype.kind == "f")
    user.document.stack.undo()
    assert user.document.training == training


def test_a_bad_range_gets_a_sentence_and_closing_in_the_middle_is_safe(user: User) -> None:
    panel = _panel(user)
    for low, high, count, reason in (
        ("0.1", "0.01", "3", "goes up"),
        ("a", "0.01", "3", "is made of numbers"),
        ("0.001", "0.1", "65", "At most 64"),
        ("0.001", "1000", "3", "can't be 1000"),
    ):
        for field, text in zip(
            (panel.first.low, panel.first.high, panel.first.count), (low, high, count), strict=True
        ):
            _type(field, text)
        assert reason in panel.sentence.text()
        assert not panel.start.isEnabled()
    panel.first.choose("activation")
    _type(panel.first.names, "relu, nothing")
    assert "received nothing" in panel.sentence.text()
    _type(panel.first.names, "relu, tanh")
    user.click(panel.start)
    user.until(lambda: panel.grid.variants.last is not None)
    close(user.window)


def test_a_learning_rate_is_found_and_taken_with_one_click(user: User) -> None:
    finder = user.window.workspace.finder
    user.window.workspace.find_rate()
    assert finder.isVisible()
    user.until(finder.take.isVisible)
    assert "falls well" in finder.sentence.text()
    before = user.document.training.optimizer.learning_rate
    user.window.workspace.inspector.ensureWidgetVisible(finder.take)
    user.click(finder.take)
    rate = user.document.training.optimizer.learning_rate
    assert f"{rate:g}" in finder.sentence.text()
    user.document.stack.undo()
    assert user.document.training.optimizer.learning_rate == before
    user.window.workspace.find_rate()
    user.click(finder.cancel)
    user.until(finder.look.isVisible)
    assert user.document.training.optimizer.learning_rate == before
