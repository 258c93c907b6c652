"""Nobody's language: every word is marked and longer, so a word without marks is one that no translation would reach."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.crash.report import Report
from app.document import Document
from app.i18n.language import PSEUDO, install_language
from app.i18n.translator import CLOSE, OPEN, pseudo
from app.theme import Theme
from app.window.centre import View
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from tests.app.i18n.names import NAMES
from tests.app.i18n.showing import clipped, overlapping, texts_of, texts_of_menu, words_left
from tests.app.window.conftest import WAIT_MS, close

WIDE = (1500, 950)
SETTLE_MS = 5_000
Texts = Iterable[tuple[str, str]]


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on the spiral in nobody's language."""
    translators = install_language(qapp, PSEUDO)
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(theme, Document(examples()["spiral"].graph()), settings)
    window.resize(*WIDE)
    try:
        with qtbot.waitExposed(window):
            window.show()
        qtbot.waitUntil(
            lambda: window.workspace.run.bundle is not None and window.dock.predictions.view is not None,
            timeout=WAIT_MS,
        )
        yield window
    finally:  # also of a window that was not ready in time: what it began would end in the next test
        close(window)
        for translator in translators:
            QCoreApplication.removeTranslator(translator)


def _unmarked(texts: Texts) -> list[str]:
    found = [(where, text, words_left(text, NAMES)) for where, text in texts]
    return [f"{where}: {text!r} ({' '.join(words)})" for where, text, words in found if words]


def _check(window: QWidget) -> None:
    QApplication.processEvents()
    deadline = QDeadlineTimer(SETTLE_MS)
    while (
        clipped(window) and not deadline.hasExpired()
    ):  # what has just arrived asks for a layout, which comes later
        QApplication.processEvents()
    missed = _unmarked(texts_of(window))
    assert not missed, "\n".join(["these words are not translated:", *missed])
    cut = clipped(window)
    assert not cut, "\n".join(["these have too little room:", *cut])
    crowded = overlapping(window)
    assert not crowded, "\n".join(["these lie on each other:", *crowded])


def test_the_menu(window: MainWindow) -> None:
    missed = _unmarked(texts_of_menu(window.actions_.menu))
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("layer", ["", "Input", "Dense", "Target"])
def test_the_window_with_each_kind_of_inspector(window: MainWindow, layer: str) -> None:
    nodes = window.workspace.document.graph.nodes.values()
    window.workspace.canvas.scene.select([n.id for n in nodes if n.layer.title() == layer][:1])
    _check(window)


def test_every_page_of_the_dock(window: MainWindow) -> None:
    for place in range(window.dock.tabs.count()):
        window.dock.tabs.setCurrentIndex(place)
        _check(window.dock)


def test_the_data(window: MainWindow, qtbot: QtBot) -> None:
    window.show_view(View.DATA)
    qtbot.waitUntil(lambda: bool(window.workspace.data_view.right.isVisible()), timeout=WAIT_MS)
    QApplication.processEvents()
    data = window.workspace.data_view
    for part in (data.left, data.right):
        missed = _unmarked(texts_of(part))
        assert not missed, "\n".join(missed)


@pytest.mark.parametrize(
    "open_page",
    [
        lambda window: window.actions_.show_commands(),
        lambda window: window.actions_.show_keys(),
        lambda window: window.actions_.show_preferences(),
        lambda window: window.actions_._save_picture(),
        lambda window: window.files.foreign.export(),
        lambda window: window.files.shared.share(),
        lambda window: window.files.shared.ask_for_text(),
        lambda window: window.show_fault(Report("", "")),
        lambda window: window.files.welcome(),
    ],
    ids=["commands", "keys", "preferences", "picture", "export", "share", "text", "fault", "welcome"],
)
def test_the_pages(window: MainWindow, open_page: Callable[[MainWindow], None]) -> None:
    before = set(window.findChildren(QWidget))
    open_page(window)
    QApplication.processEvents()
    for page in set(window.findChildren(QWidget)) - before:
        if page.isWindow() and page.isVisible():
            _check(page)
    missed = _unmarked(texts_of(window))
    assert not missed, "\n".join(missed)


def test_what_is_filled_in_stays_and_a_text_is_marked_once() -> None:
    assert pseudo("{count:,} rows of %n").count("{count:,}") == 1
    assert "%n" in pseudo("%n layers")
    once = pseudo("Train")
    assert once.startswith(OPEN)
    assert once.endswith(CLOSE)
    assert len(once) > len("Train") + 2
    assert pseudo(once) == once
    assert not pseudo("")
