"""The real window on an offscreen screen with its real worker process, and somebody who uses it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.document import Document
from app.theme import Theme
from app.training import TrainState
from app.window.main_window import MainWindow
from app.window.project_tab import ProjectTab
from engine.formats.examples import examples
from engine.graph.document import ModelGraph
from engine.training.reports import Ended, Failed, Pictured, Progress, Snapshot
from tests.app.canvas.conftest import LEFT, NONE, Hand

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
WAIT_MS = 60_000  # for what takes well under a second on an idle machine
RUN_MS = 240_000  # for a whole run of some seconds there; needs a longer `timeout` of the test, too
TYPED_WITHIN_MS = 60_000  # a busy machine may take its time from key to key


class User:
    """Uses a window with mouse and keys, and sees what it reports."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.reports: list[object] = []
        self.clicks = 0
        self._hear(window.tabs.current)
        window.tabs.added.connect(self._hear)

    def _hear(self, tab: ProjectTab) -> None:
        training = tab.training

        def note(report: object) -> None:
            if self.window.tabs.current is tab:
                self.reports.append(report)

        for signal in (training.progressed, training.pictured, training.ended, training.failed):
            signal.connect(note)

    # -- what the window is about ----------------------------------------------------------------------------
    @property
    def document(self) -> Document:
        return self.window.workspace.document

    @property
    def graph(self) -> ModelGraph:
        return self.document.graph

    @property
    def hand(self) -> Hand:
        """The hand on the canvas."""
        return Hand(self.window.workspace.canvas, self.document.stack, self.document.live, self.qtbot)

    @property
    def state(self) -> TrainState:
        return self.window.training.state

    @property
    def message(self) -> str:
        """The sentence in the message bar; nothing where there is none."""
        bar = self.window.messages
        return bar.label.text() if bar.isVisible() else ""

    @property
    def snapshot(self) -> Snapshot:
        found = self.window.training.snapshot
        assert found is not None
        return found

    def progress(self) -> list[Progress]:
        return [report for report in self.reports if isinstance(report, Progress)]

    def last_step(self) -> int:
        """The step of the newest report of progress; 0 where there is none."""
        return self.progress()[-1].step if self.progress() else 0

    def pictures(self, probe: str) -> list[Pictured]:
        return [report for report in self.reports if isinstance(report, Pictured) and report.probe == probe]

    def ends(self) -> list[Ended | Failed]:
        return [report for report in self.reports if isinstance(report, Ended | Failed)]

    # -- mouse and keys ----------------------------------------------------------------------------------------
    def click(self, widget: QWidget) -> None:
        """Click in the middle; somebody who sees the window can't click what is hidden or disabled."""
        assert widget.isVisible()
        assert widget.isEnabled()
        self.clicks += 1
        QTest.mouseClick(widget, LEFT, NONE, widget.rect().center())

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """A key that goes wherever the window sends it."""
        QTest.keyClick(self.window.windowHandle(), key, modifiers)

    def button(self, text: str) -> QPushButton:
        """The visible button of that text."""
        (found, *_) = self._buttons(text)
        return found

    def has_button(self, text: str) -> bool:
        """Whether a button of that text is to be seen."""
        return bool(self._buttons(text))

    def _buttons(self, text: str) -> list[QPushButton]:
        found = self.window.findChildren(QPushButton)
        return [b for b in found if b.isVisible() and text in (b.text(), b.accessibleName())]

    def choose(self, box: QComboBox, text: str) -> None:
        """Choose in a drop-down list by typing, as the keyboard does it."""
        box.setFocus()
        box.view().keyboardSearch("")  # what was typed before is over
        usual = QApplication.keyboardInputInterval()
        QApplication.setKeyboardInputInterval(TYPED_WITHIN_MS)
        QTest.keyClicks(box, text)
        QApplication.setKeyboardInputInterval(usual)
        assert box.currentText() == text

    def select(self, node: str) -> None:
        """Click a node."""
        self.hand.click(self.hand.middle(self.graph.nodes[node]))
        assert self.window.workspace.canvas.scene.selected_nodes() == [node]

    def drop_file(self, *paths: Path) -> None:
        """What the window system sends when files are dropped on the window."""
        data, action = QMimeData(), Qt.DropAction.CopyAction
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        at = QPoint(300, 20)
        enter = QDragEnterEvent(at, action, data, LEFT, NONE)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(at, action, data, LEFT, NONE))

    # -- training ------------------------------------------------------------------------------------------------
    def open_example(self, name: str) -> None:
        """Another project; changes to the one before are let go."""
        self.document.stack.setClean()
        self.window.files.open_example(name)
        self.until(lambda: self.window.workspace.run.bundle is not None)

    def open_endless(self, name: str) -> None:
        """Open an example and give it so many epochs that no machine is done with it during a test."""
        self.open_example(name)
        document = self.document
        document.set_training(document.training.model_copy(update={"epochs": 100_000}))
        document.stack.setClean()

    def until(self, condition: Callable[[], bool], timeout: int = WAIT_MS) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(condition, timeout=timeout)

    def until_steps(self, count: int = 1) -> None:
        """Wait for so many reports of progress from now on."""
        before = len(self.progress())
        self.until(lambda: len(self.progress()) >= before + count)


def delete_what_is_due() -> None:
    """Let Qt delete what was told to go "later"; a test waits for it at a known moment."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def show(window: MainWindow, qtbot: QtBot) -> User:
    """Show a window as `app.main.run` does."""
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    window.training.start_worker()
    return User(window, qtbot)


def close(window: MainWindow) -> None:
    """Close a window, letting changes go; nothing where that was done before."""
    if not isValid(window):
        return
    for tab in window.tabs:
        tab.document.stack.setClean()
        tab.training.abandon()
    window.close()
    window.deleteLater()
    delete_what_is_due()


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """What windows of this test remember."""
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, settings: QSettings) -> Iterator[User]:
    """Somebody before a window on the spiral, which is what a newcomer sees."""
    window = MainWindow(theme, Document(examples()["spiral"].graph()), settings)
    yield show(window, qtbot)
    close(window)
