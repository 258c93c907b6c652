"""The reference in the window: pages in the theme's colours, search, links, the way back."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.help.dock import HelpDock
from app.help.hits import search
from app.help.panel import HelpPanel
from app.help.topic import Topic, topic_at
from app.theme import Theme
from engine.layers.initializers import initializers
from engine.layers.registry import layers
from engine.reference.library import Library, contents
from engine.settings import Settings


@pytest.fixture(scope="module")
def library() -> Library:
    """The committed pages, which the tests of the reference hold to what the engine says."""
    return Library()


@pytest.fixture
def dock(qtbot: QtBot, theme: Theme, library: Library) -> HelpDock:
    dock = HelpDock(theme, library)
    qtbot.addWidget(dock)
    dock.resize(430, 600)
    with qtbot.waitExposed(dock):
        dock.show()
    return dock


def text_of(dock: HelpDock) -> str:
    return dock.panel.view.toPlainText()


def test_it_is_made_when_it_is_wanted_first(qtbot: QtBot, theme: Theme, library: Library) -> None:
    dock = HelpDock(theme, library)
    qtbot.addWidget(dock)
    assert dock.findChild(HelpPanel) is None
    dock.toggleViewAction().trigger()
    assert dock.findChild(HelpPanel) is dock.panel
    assert dock.panel.view.address() == "index.html"
    assert dock.sizeHint().width() >= dock.panel.sizeHint().width()


def test_it_opens_with_the_list_of_all_pages(dock: HelpDock, library: Library) -> None:
    assert dock.panel.view.address() == "index.html"
    assert all(entry.title in text_of(dock) for entry in library.entries)


def test_a_topic_opens_its_page_and_an_unknown_one_the_list(dock: HelpDock) -> None:
    dock.show_topic(Topic(layers()["Dense"]))
    assert dock.panel.view.address() == "layers/Dense.html"
    assert text_of(dock).startswith("Dense")
    dock.show_topic(Topic(initializers()["he_normal"]))
    assert dock.panel.view.address() == "initializers/he_normal.html"

    dock.show_topic(Topic(layers()["LSTM"], "recurrent_constraint"))
    assert dock.panel.view.verticalScrollBar().value() > 0, "the setting is in view"

    class Nowhere(Settings):
        """Has no page."""

    dock.show_topic(Topic(Nowhere))
    assert dock.panel.view.address() == "index.html"


def test_links_lead_on_and_the_buttons_back_and_forward(dock: HelpDock) -> None:
    dock.show_topic(Topic(layers()["ReLU"]))
    dock.panel.view.setSource(QUrl("../layers/Tanh.html"))
    assert text_of(dock).startswith("Tanh")
    assert dock.panel.back.isEnabled()
    QTest.mouseClick(dock.panel.back, Qt.MouseButton.LeftButton)
    assert text_of(dock).startswith("ReLU")
    QTest.mouseClick(dock.panel.forward, Qt.MouseButton.LeftButton)
    assert text_of(dock).startswith("Tanh")


def test_every_link_on_every_page_leads_somewhere(library: Library) -> None:
    broken = []
    for entry in library.entries:
        here = QUrl(f"reference:/{entry.path}")
        for part in (library.text(entry.path) or "").split('href="')[1:]:
            there = here.resolved(QUrl(part.partition('"')[0])).path().lstrip("/")
            if library.text(there) is None:
                broken.append(f"{entry.path} -> {there}")
    assert not broken


def test_search_finds_by_name_alias_and_keras_name(library: Library) -> None:
    assert search("dense", library.entries)[0].title == "Dense"
    assert search("fully connected", library.entries)[0].title == "Dense"
    assert search("InputLayer", library.entries)[0].title == "Input"
    assert search("he_normal", library.entries)[0].path == "initializers/he_normal.html"
    assert search(" ", library.entries) == []


def test_typing_and_enter_open_the_best_hit(dock: HelpDock) -> None:
    dock.panel.search.setFocus()
    QTest.keyClicks(dock.panel.search, "maxpool")
    assert dock.panel.hits.isVisible()
    QTest.keyClick(dock.panel.search, Qt.Key.Key_Return)
    assert "MaxPool" in text_of(dock)
    assert dock.panel.view.isVisible()
    assert dock.panel.search.text() == ""


def test_down_leads_into_the_hits_and_nothing_found_says_so(dock: HelpDock) -> None:
    dock.panel.search.setFocus()
    QTest.keyClicks(dock.panel.search, "pooling")
    QTest.keyClick(dock.panel.search, Qt.Key.Key_Down)
    assert dock.panel.hits.hasFocus()
    dock.panel.search.setText("zzzz")
    assert dock.panel.hits.count() == 1
    QTest.keyClick(dock.panel.search, Qt.Key.Key_Return)
    assert dock.panel.view.address() == "index.html"


def test_escape_closes_and_gives_the_keyboard_back(qtbot: QtBot, dock: HelpDock) -> None:
    asker = QWidget()
    qtbot.addWidget(asker)
    asker.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    with qtbot.waitExposed(asker):
        asker.show()
    dock.show_topic(Topic(layers()["Dense"]), asker)
    QTest.keyClick(dock.panel.view, Qt.Key.Key_Escape)
    assert not dock.isVisible()
    assert asker.hasFocus()


def test_pictures_take_the_colours_of_the_theme(dock: HelpDock, theme: Theme) -> None:
    dock.show_topic(Topic(layers()["Tanh"]))
    seen = []
    for mode in ("dark", "light"):
        theme.set_mode("dark" if mode == "dark" else "light")
        image = dock.panel.view.loadResource(2, QUrl("Tanh.svg"))
        assert isinstance(image, QImage)
        inks = {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}
        assert theme.color("accent").name() in inks
        seen.append(inks)
        assert text_of(dock).startswith("Tanh"), "the page stays open"
    assert seen[0] != seen[1]


def test_a_page_outside_the_folder_is_not_read(library: Library) -> None:
    assert library.text("../secret.html") is None
    assert library.text("layers/../index.html") is not None
    assert Library(library.folder / "missing").entries == ()
    assert contents([]) == "[\n\n]\n"


def test_everything_has_a_name(dock: HelpDock) -> None:
    panel = dock.panel
    for widget in (panel.back, panel.forward, panel.contents, panel.search, panel.hits, panel.view, dock):
        assert widget.accessibleName()


def test_the_innermost_widget_that_knows_is_asked(qtbot: QtBot) -> None:
    class Knows(QWidget):
        def help_topic(self, focus: QWidget | None) -> Topic:
            return Topic(layers()["Dense"])

    outer = Knows()
    qtbot.addWidget(outer)
    inner = QWidget(outer)
    assert topic_at(inner) == Topic(layers()["Dense"])
    assert topic_at(QWidget()) is None
    assert topic_at(None) is None
