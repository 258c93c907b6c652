"""Keys that people give to actions: who has one, who loses it, what is remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.commands.keymap import GROUP, Keymap


@pytest.fixture
def kept(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


def desk(qtbot: QtBot, remembered: QSettings | None) -> tuple[QWidget, Keymap]:
    """Two actions with keys, one with two, one without any, and one without a name."""
    window = QWidget()
    qtbot.addWidget(window)
    for name, text, keys in (
        ("save", "&Save", ["Ctrl+S"]),
        ("quit", "Quit\N{HORIZONTAL ELLIPSIS}", ["Ctrl+Q", "Alt+F4"]),
        ("about", "About", []),
        ("", "Nameless", ["F12"]),
    ):
        action = QAction(text, window)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        window.addAction(action)
    return window, Keymap(window, remembered)  # type: ignore[arg-type]  # of a window it takes the actions alone


def shortcuts(window: QWidget, name: str) -> list[str]:
    (action,) = (each for each in window.actions() if each.objectName() == name)
    return [key.toString() for key in action.shortcuts()]


def test_actions_are_listed_by_their_plain_names(qtbot: QtBot) -> None:
    _, keymap = desk(qtbot, None)
    ours = {each.name: each for each in keymap.bindings() if not each.name.startswith("canvas/")}
    assert [ours[name].title for name in ("save", "quit", "about")] == ["Save", "Quit", "About"]
    assert [ours[name].keys for name in ("save", "quit", "about")] == ["Ctrl+S", "Ctrl+Q", ""]
    assert "" not in ours
    assert not any(each.changed for each in keymap.bindings())


@pytest.mark.parametrize(("keys", "owner"), [("Ctrl+S", "save"), ("Alt+F4", "quit"), ("Ctrl+J", None)])
def test_who_has_a_key(qtbot: QtBot, keys: str, owner: str | None) -> None:
    _, keymap = desk(qtbot, None)
    found = keymap.owner(keys)
    assert (found.name if found else None) == owner


def test_another_key_is_remembered_and_there_next_time(qtbot: QtBot, kept: QSettings) -> None:
    window, keymap = desk(qtbot, kept)
    with qtbot.waitSignal(keymap.changed):
        keymap.bind("about", "Ctrl+J")
    assert shortcuts(window, "about") == ["Ctrl+J"]
    assert kept.value(f"{GROUP}/about") == "Ctrl+J"
    later, again = desk(qtbot, kept)
    assert shortcuts(later, "about") == ["Ctrl+J"]
    assert again.keys("about") == "Ctrl+J"


def test_who_had_the_key_has_none_then(qtbot: QtBot, kept: QSettings) -> None:
    window, keymap = desk(qtbot, kept)
    keymap.bind("about", "Ctrl+S")
    assert shortcuts(window, "save") == []
    assert keymap.keys("save") == ""
    assert kept.value(f"{GROUP}/save") == ""


def test_taking_the_second_key_of_an_action_takes_both(qtbot: QtBot) -> None:
    window, keymap = desk(qtbot, None)
    keymap.bind("about", "Alt+F4")
    assert shortcuts(window, "quit") == []
    assert shortcuts(window, "about") == ["Alt+F4"]


def test_no_key_is_a_choice_too(qtbot: QtBot, kept: QSettings) -> None:
    window, keymap = desk(qtbot, kept)
    keymap.bind("quit", "")
    assert shortcuts(window, "quit") == []
    later, _ = desk(qtbot, kept)
    assert shortcuts(later, "quit") == []


def test_an_action_gets_our_keys_back(qtbot: QtBot, kept: QSettings) -> None:
    window, keymap = desk(qtbot, kept)
    keymap.bind("quit", "Ctrl+J")
    keymap.reset("quit")
    assert shortcuts(window, "quit") == ["Ctrl+Q", "Alt+F4"]
    assert not kept.contains(f"{GROUP}/quit")


def test_getting_a_key_back_takes_it_from_who_has_it_now(qtbot: QtBot) -> None:
    window, keymap = desk(qtbot, None)
    keymap.bind("about", "Ctrl+S")
    keymap.reset("save")
    assert shortcuts(window, "save") == ["Ctrl+S"]
    assert shortcuts(window, "about") == []


def test_all_get_our_keys_back(qtbot: QtBot, kept: QSettings) -> None:
    window, keymap = desk(qtbot, kept)
    keymap.bind("about", "Ctrl+S")
    keymap.reset_all()
    assert shortcuts(window, "save") == ["Ctrl+S"]
    assert shortcuts(window, "about") == []
    assert not kept.childGroups()
    keymap.reset("about")  # nothing to do


def test_a_key_of_the_canvas_can_be_taken_and_comes_back(qtbot: QtBot) -> None:
    _, keymap = desk(qtbot, None)
    tidy = next(each for each in keymap.bindings() if each.name == "canvas/tidy")
    assert tidy.keys == "L"
    keymap.bind("about", "L")
    assert keymap.keys("canvas/tidy") == ""
    keymap.reset_all()
    assert keymap.keys("canvas/tidy") == "L"
