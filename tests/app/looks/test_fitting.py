"""In the smallest window, in both languages, nothing is cut, lies on something else, or beyond the edge of its place."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QSettings
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.i18n.language import ENGLISH, install_language
from app.theme import Theme
from app.window.centre import View
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from tests.app.looks.fitting import faults
from tests.app.window.conftest import WAIT_MS, close

SMALLEST = (1000, 700)
SETTLE_MS = 5_000
WINDOWS = [("spiral", ENGLISH), ("spiral", "zh_CN"), ("penguins", "zh_CN"), ("mnist-cnn", ENGLISH)]
Opened = Callable[[str, str], MainWindow]


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Opened]:
    """Opens a small window on an example, in a language."""
    made: list[MainWindow] = []
    translators = []

    def open_(example: str, language: str) -> MainWindow:
        translators.extend(install_language(qapp, language))
        settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        window = MainWindow(theme, Document(examples()[example].graph()), settings)
        made.append(window)
        window.resize(*SMALLEST)
        with qtbot.waitExposed(window):
            window.show()
        qtbot.waitUntil(
            lambda: window.workspace.run.bundle is not None and window.dock.predictions.view is not None,
            timeout=WAIT_MS,
        )
        return window

    yield open_
    for window in made:
        close(window)
    for translator in translators:
        QCoreApplication.removeTranslator(translator)


def _settled(root: QWidget) -> list[str]:
    """What is wrong once all that has just arrived has got its place."""
    deadline = QDeadlineTimer(SETTLE_MS)
    QApplication.processEvents()
    while faults(root) and not deadline.hasExpired():
        QApplication.processEvents()
    return faults(root)


@pytest.mark.parametrize(("example", "language"), WINDOWS)
def test_every_page_of_the_dock_fits(opened: Opened, example: str, language: str) -> None:
    window = opened(example, language)
    for place in range(window.dock.tabs.count()):
        window.dock.tabs.setCurrentIndex(place)
        found = _settled(window.dock)
        assert not found, "\n".join([window.dock.tabs.tabText(place), *found])


def test_the_data_and_the_welcome_page_fit(opened: Opened) -> None:
    window = opened("penguins", ENGLISH)
    window.show_view(View.DATA)
    assert not _settled(window)
    window.files.welcome()
    assert not _settled(window.greeting.page)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> QWidget:
    """A place of 200 by 100 pixels."""
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(200, 100)
    page.show()
    return page


def test_words_without_room_are_noticed(page: QWidget) -> None:
    label = QLabel("a line of some words", page)
    label.setGeometry(0, 0, 150, 20)
    label.show()
    assert not faults(page)
    label.setGeometry(0, 0, 40, 20)
    (found,) = faults(page)
    assert "has 40 pixels" in found
    label.setWordWrap(True)
    (found,) = faults(page)
    assert "pixels high" in found


def test_what_lies_beyond_the_edge_is_noticed(page: QWidget) -> None:
    button = QPushButton("Go", page)
    button.resize(button.sizeHint())
    button.show()
    button.move(190, 0)
    (found,) = faults(page)
    assert "beyond its place" in found
    button.move(0, 95)
    assert "beyond its place" in faults(page)[0]
    button.move(0, 0)
    assert not faults(page)
