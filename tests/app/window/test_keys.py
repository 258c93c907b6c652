"""Other keys than ours: found, given, taken, kept, reset."""

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.commands.keymap import Keymap
from app.commands.keys_page import KeysDialog
from app.commands.palette import CommandPalette
from app.document import Document
from app.outline.rows import RowKind
from app.theme import Theme
from app.widgets.key_of import key_is_of
from app.window.centre import View
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from tests.app.canvas.conftest import NONE
from tests.app.window.conftest import CONTROL, User, close, show

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def keys(user: User) -> KeysDialog:
    user.key(Qt.Key.Key_K, CONTROL | ALT)
    (dialog,) = user.window.findChildren(KeysDialog)
    user.until(dialog.isVisible)
    return dialog


def _leave(user: User, dialog: KeysDialog) -> None:
    """Close the list; the window gets the keyboard."""
    dialog.close()
    user.window.activateWindow()
    user.until(user.window.isActiveWindow)


def _is_shown(user: User, view: View) -> bool:
    return user.window.centre.view is view


def _give(
    dialog: KeysDialog, name: str, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, times: int = 1
) -> None:
    dialog.select(name)
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    for _ in range(times):
        QTest.keyClick(dialog.table, key, modifiers)


def test_an_action_of_the_window_gets_another_key(user: User, keys: KeysDialog) -> None:
    _give(keys, "show_the_data", Qt.Key.Key_J, CONTROL)
    _leave(user, keys)
    user.key(Qt.Key.Key_1, CONTROL)
    assert _is_shown(user, View.NETWORK)
    user.key(Qt.Key.Key_J, CONTROL)
    assert _is_shown(user, View.DATA)


def test_what_names_a_key_names_the_one_of_now(user: User, keys: KeysDialog) -> None:
    search = user.window.top_bar.search
    _give(keys, "commands", Qt.Key.Key_J, CONTROL)
    assert search.toolTip().endswith("(Ctrl+J)")
    assert search.accessibleDescription() == "Ctrl J"
    _give(keys, "canvas/deselect", Qt.Key.Key_J)
    assert user.window.workspace.canvas.view.finder.close_button.toolTip().endswith(
        "(Esc)"
    )  # it is not that action
    user.click(keys.reset_all)
    assert search.toolTip().endswith("(Ctrl+K)")
    _leave(user, keys)


def test_every_action_that_a_tooltip_names_has_the_key_it_says(user: User) -> None:
    ours = {each.name: each.keys for each in Keymap(user.window, None).bindings()}
    named = {widget: key_is_of(widget) for widget in user.window.findChildren(QWidget) if key_is_of(widget)}
    assert {"train_or_pause", "one_step", "stop", "rewind", "help", "close_tab"} <= set(named.values())
    assert [w.toolTip() for w, name in named.items() if not w.toolTip().endswith(f"({ours[name]})")] == []


def test_a_key_of_the_canvas_gets_another_key_and_the_old_one_is_free(user: User, keys: KeysDialog) -> None:
    _give(keys, "canvas/select_all", Qt.Key.Key_J)
    _leave(user, keys)
    canvas = user.window.workspace.canvas
    canvas.view.setFocus()
    user.key(Qt.Key.Key_A, CONTROL)
    assert canvas.scene.selected_nodes() == []
    user.key(Qt.Key.Key_J)
    assert canvas.scene.selected_nodes() == list(user.graph.nodes)


def test_a_conflict_is_named_and_taken_only_when_asked_twice(user: User, keys: KeysDialog) -> None:
    _give(keys, "show_the_data", Qt.Key.Key_S, CONTROL)
    assert "Ctrl+S is the key of Save" in keys.sentence.text()
    QTest.keyClick(keys.table, Qt.Key.Key_Escape)
    shortcuts = {a.objectName(): [s.toString() for s in a.shortcuts()] for a in user.window.actions()}
    assert shortcuts["save"] == ["Ctrl+S"]
    _give(keys, "show_the_data", Qt.Key.Key_S, CONTROL, times=2)
    shortcuts = {a.objectName(): [s.toString() for s in a.shortcuts()] for a in user.window.actions()}
    assert shortcuts["save"] == []
    assert shortcuts["show_the_data"] == ["Ctrl+S"]


def test_one_and_all_are_reset(user: User, keys: KeysDialog) -> None:
    before = [a.shortcuts() for a in user.window.actions()]
    _give(keys, "redo", Qt.Key.Key_J, CONTROL)
    keys.select("redo")
    user.click(keys.reset)
    assert [a.shortcuts() for a in user.window.actions()] == before
    _give(keys, "save", Qt.Key.Key_Z, CONTROL, times=2)
    user.click(keys.reset_all)
    assert [a.shortcuts() for a in user.window.actions()] == before


def test_keys_are_kept_and_count_for_the_next_window_and_project(
    user: User, keys: KeysDialog, settings: QSettings, theme: Theme, qtbot: QtBot
) -> None:
    _give(keys, "canvas/select_all", Qt.Key.Key_J)
    keys.close()
    close(user.window)
    other = MainWindow(theme, Document(examples()["spiral"].graph()), settings)
    again = show(other, qtbot)
    again.open_example("xor")
    again.window.workspace.canvas.view.setFocus()
    again.key(Qt.Key.Key_J)
    assert again.window.workspace.canvas.scene.selected_nodes() == list(again.graph.nodes)
    close(other)


def test_the_list_is_searched_by_action_and_key(user: User, keys: KeysDialog) -> None:
    assert keys.table.topLevelItemCount() > 30
    QTest.keyClicks(keys.search, "F10")
    assert [keys.table.topLevelItem(0).text(0)] == ["One step"]  # type: ignore[union-attr]  # it is there
    keys.close()


def test_what_fits_best_is_first_and_enter_in_the_search_gives_it_a_key(user: User, keys: KeysDialog) -> None:
    keys.search.setText("train")
    first = keys.table.topLevelItem(0)
    assert first is not None
    assert first.text(0) == "Train or pause"
    QTest.keyClick(keys.search, Qt.Key.Key_Return)
    assert "Press the new key for Train or pause" in keys.sentence.text()
    QTest.keyClick(keys.table, Qt.Key.Key_J, CONTROL)
    assert "Ctrl+J" in (keys.table.currentItem() or first).text(2)
    keys.search.setText("start walking")
    assert keys.sentence.text() == "Nothing is called so."


def test_the_commands_show_the_keys_that_count(user: User, keys: KeysDialog) -> None:
    _give(keys, "canvas/select_all", Qt.Key.Key_J)
    _leave(user, keys)
    user.key(Qt.Key.Key_K, CONTROL)
    (palette,) = user.window.findChildren(CommandPalette)
    QTest.keyClicks(palette.search, "select all")
    command = palette.current()
    assert command is not None
    assert command.keys == "J"
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert user.window.workspace.canvas.scene.selected_nodes() == list(user.graph.nodes)


def test_a_key_counts_in_the_outline_too(user: User, keys: KeysDialog) -> None:
    _give(keys, "canvas/duplicate", Qt.Key.Key_J, CONTROL)
    _leave(user, keys)
    user.key(Qt.Key.Key_3, CONTROL)
    tree = user.window.outline.tree
    user.until(tree.hasFocus)
    dense = next(n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense")
    user.until(lambda: bool(tree.items()))
    tree.select(RowKind.NODE, dense)
    before = len(user.graph.nodes)
    user.key(Qt.Key.Key_D, CONTROL)
    assert len(user.graph.nodes) == before
    user.key(Qt.Key.Key_J, CONTROL)
    assert len(user.graph.nodes) == before + 1


def test_the_list_is_copied_as_a_table(user: User, keys: KeysDialog) -> None:
    _give(keys, "show_the_data", Qt.Key.Key_J, CONTROL)
    keys.search.setText("outline")  # all of them are copied, whatever is searched
    QTest.mouseClick(keys.copy, Qt.MouseButton.LeftButton)
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert rows[0] == ["Action", "Where", "Key"]
    assert ["Show the data", "Window", "Ctrl+J"] in rows
    assert len(rows) > 60


def test_a_chosen_key_counts_where_a_new_action_of_ours_has_the_same(
    theme: Theme, settings: QSettings, qtbot: QtBot
) -> None:
    settings.setValue("keys/show_the_data", "Ctrl+Shift+N")
    user = show(MainWindow(theme, Document(examples()["spiral"].graph()), settings), qtbot)
    user.key(Qt.Key.Key_N, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert _is_shown(user, View.DATA)
    assert len(user.window.windows) == 1
    close(user.window)
