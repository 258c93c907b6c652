"""The command palette of the window, by its keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.commands.catalogue import commands_of
from app.commands.palette import CommandPalette
from app.commands.words import other_words
from app.window.centre import View
from tests.app.canvas.conftest import NONE
from tests.app.window.conftest import CONTROL, User


def _open(user: User) -> CommandPalette:
    user.key(Qt.Key.Key_K, CONTROL)
    (palette,) = user.window.findChildren(CommandPalette)
    assert palette.isVisible()
    assert palette.search.hasFocus()
    return palette


def _do(user: User, text: str) -> None:
    palette = _open(user)
    QTest.keyClicks(palette.search, text)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()


def _titles(palette: CommandPalette) -> list[str]:
    return [palette.list.item(row).text() for row in range(palette.list.count())]


def test_a_layer_is_added_and_undone_by_name(user: User) -> None:
    before = len(user.graph.nodes)
    _do(user, "add dropout")
    assert len(user.graph.nodes) == before + 1
    _do(user, "undo")
    assert len(user.graph.nodes) == before


def test_a_layer_on_the_canvas_is_gone_to_from_the_data(user: User) -> None:
    node = next(n for n in user.graph.nodes.values() if n.layer.title() == "Dense")
    user.window.show_view(View.DATA)
    _do(user, f"go to {node.name}")
    assert user.window.centre.view is View.NETWORK
    assert user.window.workspace.canvas.scene.selected_nodes() == [node.id]


def test_an_example_is_opened(user: User) -> None:
    user.document.stack.setClean()
    _do(user, "open xor")
    assert user.document.title.lower().startswith("xor")


def test_a_key_of_the_canvas_is_pressed(user: User) -> None:
    _do(user, "select all")
    assert user.window.workspace.canvas.scene.selected_nodes() == list(user.graph.nodes)
    zoom = user.window.workspace.canvas.view.zoom()
    _do(user, "zoom out")
    assert user.window.workspace.canvas.view.zoom() < zoom


def _leaves(menu: QMenu) -> Iterator[QAction]:
    menu.aboutToShow.emit()
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _leaves(inner)
        elif action.text() and not action.isSeparator():
            yield action


def test_every_entry_of_the_menu_can_be_run_by_name(user: User, tmp_path: Path) -> None:
    assert user.window.files.save_to(tmp_path / "kept.loom")
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n2,3\n")
    user.window.data_files.recent.add(str(table))
    titles = {command.title for command in commands_of(user.window)}
    own_words = ("{}", "Open {}", "Begin with {}", "Use {} as data")
    missing = []
    for action in _leaves(user.window.actions_.menu):
        title = action.text().replace("&", "").rstrip("\N{HORIZONTAL ELLIPSIS}")
        if action.objectName() != "commands" and not any(word.format(title) in titles for word in own_words):
            missing.append(title)
    assert not missing
    assert "Use table.csv as data" in titles
    assert "Open kept.loom" in titles


def test_every_action_with_a_key_can_be_run_by_name(user: User) -> None:
    names = {command.name for command in commands_of(user.window)}
    missing = [a.text() for a in user.window.actions() if f"menu/{a.objectName()}" not in names]
    assert missing == ["Commands"]  # that is where we are
    assert set(other_words()) <= names


def test_every_panel_is_gone_to_by_name(user: User) -> None:
    tabs = user.window.dock.tabs
    for place in tabs.offered():
        _do(user, f"show the panel {tabs.tabText(place)}")
        assert tabs.currentIndex() == place
        assert tabs.hasFocus()


def test_every_action_of_the_menu_is_there_with_its_key(user: User) -> None:
    palette = _open(user)
    QTest.keyClicks(palette.search, "train or")
    assert "F5" in _titles(palette)[0]


def test_what_cannot_be_done_says_why_and_does_nothing(user: User) -> None:
    palette = _open(user)
    QTest.keyClicks(palette.search, "duplicate")
    assert "Select a layer first" in _titles(palette)[0]
    before = len(user.graph.nodes)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert len(user.graph.nodes) == before


def test_escape_gives_the_keyboard_back(user: User) -> None:
    view = user.window.workspace.canvas.view
    view.setFocus()
    palette = _open(user)
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is view


def test_actions_are_let_go_of_after_who_names_them(user: User) -> None:
    """Documents are let go of last, and tell what can be undone until then."""
    places = {child: place for place, child in enumerate(user.window.children())}
    actions = user.window.actions_
    assert places[actions] < min(places[actions.undo], places[actions.redo])


def test_what_was_used_last_comes_first(user: User) -> None:
    _do(user, "show the data")
    _do(user, "zoom in")
    palette = _open(user)
    assert [text.split(",")[0] for text in _titles(palette)[:2]] == ["Zoom in", "Show the data"]


def test_arrows_choose(user: User) -> None:
    palette = _open(user)
    first = palette.current()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.current() != first
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.current() == first


def test_nothing_found_is_said(user: User) -> None:
    palette = _open(user)
    QTest.keyClicks(palette.search, "zzzzqqq")
    assert _titles(palette) == ["Nothing is called so."]
    QTest.keyClick(palette.search, Qt.Key.Key_Return, NONE)
    assert palette.isVisible()


@pytest.mark.parametrize("by", ["button", "key"])
def test_the_bar_at_the_top_leads_there_too(user: User, by: str) -> None:
    if by == "button":
        user.click(user.window.top_bar.search)
        assert user.window.findChildren(CommandPalette)[0].isVisible()
    else:
        _open(user)


def test_projects_and_templates_are_gone_to_by_name(user: User) -> None:
    user.document.set_training(user.document.training.model_copy(update={"epochs": 7}))
    user.document.stack.setClean()
    _do(user, "begin with forecast")
    assert len(user.graph.nodes) == 4
    _do(user, "go to project new")
    assert user.window.tabs.current is user.window.tabs[0]
