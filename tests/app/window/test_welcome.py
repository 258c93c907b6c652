"""The welcome page in the window: examples, templates, recent projects and own ways, by mouse and by keys."""

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.welcome.cards import Card
from app.welcome.page import WelcomePage
from app.welcome.pictures import picture_path
from app.welcome.templates import templates
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.models.bundled import bundled_networks
from tests.app.window.conftest import CONTROL, User


@pytest.fixture
def page(user: User) -> WelcomePage:
    """The page in a tab of its own, beside a project that has been worked on."""
    document = user.document
    document.set_training(document.training.model_copy(update={"epochs": 7}))
    document.stack.setClean()
    user.key(Qt.Key.Key_T, CONTROL)
    shown = user.window.greeting.page
    assert shown.isVisible()
    return shown


def _card(page: WelcomePage, title: str) -> Card:
    return next(card for card in (*page.examples.cards, *page.templates.cards) if card.text() == title)


def test_a_click_on_an_example_opens_it_in_place_of_the_page(user: User, page: WelcomePage) -> None:
    user.click(_card(page, "XOR"))
    assert not page.isVisible()
    assert [tab.name for tab in user.window.tabs][1:] == ["XOR"]
    assert user.window.workspace.canvas.isVisible()


def test_there_is_nothing_to_train_before_something_is_chosen(user: User, page: WelcomePage) -> None:
    bar = user.window.top_bar.run_bar
    assert not bar.train.isEnabled()
    assert not bar.step.isEnabled()
    user.key(Qt.Key.Key_F5)
    assert page.isVisible(), "the page stays"
    user.click(page.empty)
    assert bar.train.isEnabled()
    assert bar.step.isEnabled()
    assert "F5" in bar.train.toolTip()


def test_every_example_has_a_card_with_its_picture_in_both_themes(page: WelcomePage) -> None:
    assert len(page.examples.cards) == len(examples())
    for name in examples():
        for dark in (True, False):
            assert picture_path(name, dark=dark) is not None, f"python -m app.welcome.make {name}"


def test_every_trained_network_has_a_card_with_its_picture_that_opens_it(
    user: User, page: WelcomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    page.network_wanted.connect(opened.append)
    monkeypatch.setattr(user.window.files.foreign._lane, "want", lambda *_: None)
    assert [card.text() for card in page.networks.cards] == [n.title for n in bundled_networks().values()]
    for name, card in zip(bundled_networks(), page.networks.cards, strict=True):
        for dark in (True, False):
            assert picture_path(name, dark=dark) is not None, f"python -m app.welcome.make {name}"
        user.click(card)
        assert opened.pop() == name


@pytest.mark.parametrize("name", list(templates()))
def test_a_template_is_a_network_that_can_be_trained(user: User, page: WelcomePage, name: str) -> None:
    user.click(_card(page, templates()[name].title))
    assert user.document.title == templates()[name].title
    assert user.document.inference.ok
    assert not user.document.is_dirty


def test_the_empty_network_leaves_the_page(user: User, page: WelcomePage) -> None:
    user.click(page.empty)
    assert not page.isVisible()
    assert not user.graph.nodes
    user.window.files.welcome()
    assert page.isVisible()


def test_recent_projects_are_offered_newest_first(user: User, page: WelcomePage, tmp_path: Path) -> None:
    user.click(_card(page, "XOR"))
    for name in ("first", "second"):
        assert user.window.files.save_to(tmp_path / f"{name}.loom")
    user.window.files.close_tab()
    user.window.files.welcome()
    first, _ = page.recent_buttons()
    user.until(first.isVisible)
    assert "second.loom" in first.accessibleName()
    user.click(first)
    assert user.document.path == tmp_path / "second.loom"


def test_a_recent_project_that_is_gone_says_so_and_is_forgotten(
    user: User, page: WelcomePage, tmp_path: Path
) -> None:
    path = tmp_path / "gone.loom"
    assert user.window.files.save_to(path, user.window.tabs[0])
    user.window.files.close_tab(user.window.tabs[0])
    path.unlink()
    (button,) = page.recent_buttons()
    user.until(button.isVisible)
    user.click(button)
    assert not page.recent_buttons()
    assert user.message


def test_the_keyboard_reaches_and_opens_an_example(user: User, page: WelcomePage) -> None:
    assert QApplication.focusWidget() is page.empty
    for _ in range(3):
        user.key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.examples.cards[0]
    user.key(Qt.Key.Key_Right)
    user.key(Qt.Key.Key_Down)
    focus = QApplication.focusWidget()
    assert isinstance(focus, Card)
    assert page.examples.cards.index(focus) > 1
    QTest.keyClick(focus, Qt.Key.Key_Space)
    assert user.document.title == focus.text()


def test_a_screen_reader_hears_title_and_summary(page: WelcomePage) -> None:
    card = page.examples.cards[0]
    spoken = QAccessible.queryAccessibleInterface(card)
    assert spoken.text(QAccessible.Text.Name) == examples()["circle"].title
    assert spoken.text(QAccessible.Text.Description) == examples()["circle"].summary
    assert spoken.role() == QAccessible.Role.Button


def test_what_has_the_keyboard_is_brought_into_view(user: User, page: WelcomePage) -> None:
    last = page.templates.cards[-1]
    assert last.visibleRegion().isEmpty()
    last.setFocus()
    assert not last.visibleRegion().isEmpty()


def test_data_dropped_on_the_page_is_used(user: User, page: WelcomePage, tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{'xy'[i % 2]}\n" for i in range(60)))
    user.drop_file(path)
    assert not page.isVisible()
    assert user.document.data.path == str(path)


def test_the_page_fits_a_narrow_and_a_wide_window(user: User, page: WelcomePage) -> None:
    window: MainWindow = user.window
    columns = set()
    for width in (1024, 1800):
        window.resize(width, 800)
        QApplication.processEvents()
        places = [card.geometry() for card in page.examples.cards]
        assert all(place.right() <= page.examples.width() for place in places)
        assert not any(a.intersects(b) for a, b in pairwise(places))
        columns.add(len({place.left() for place in places}))
    assert len(columns) == 2
