"""Tooltips tell the keys that people chose for the actions they name."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.commands.key_tips import KeyTips
from app.widgets.key_of import name_key_of

OPEN, CLOSE = "\N{FULLWIDTH LEFT PARENTHESIS}", "\N{FULLWIDTH RIGHT PARENTHESIS}"


def _told(qtbot: QtBot, text: str, action: str = "") -> tuple[QWidget, KeyTips]:
    widget = QWidget()
    qtbot.addWidget(widget)
    if action:
        name_key_of(widget, action)
    widget.setToolTip(text)
    tips = KeyTips(widget)
    tips.tell([widget], {"train": "Ctrl+R", "one_step": "", "deselect": "F9"})
    return widget, tips


@pytest.mark.parametrize(
    ("action", "ours", "theirs"),
    [
        ("train", "Start training (F5)", "Start training (Ctrl+R)"),
        ("train", f"开始训练{OPEN}F5{CLOSE}", f"开始训练{OPEN}Ctrl+R{CLOSE}"),
        ("one_step", "Train on one batch (F10)", "Train on one batch"),
        ("stop", "Stop (Shift+F5)", "Stop (Shift+F5)"),
        ("train", "No key", "No key"),
        ("train", "", ""),
    ],
)
def test_a_key_at_the_end_is_the_one_of_now(qtbot: QtBot, action: str, ours: str, theirs: str) -> None:
    assert _told(qtbot, ours, action)[0].toolTip() == theirs


def test_the_key_stays_right_when_the_words_or_the_keys_change(qtbot: QtBot) -> None:
    widget, tips = _told(qtbot, "Start training (F5)", "train")
    widget.setToolTip("Go on (F5)")  # what a button says changes
    assert widget.toolTip() == "Go on (Ctrl+R)"
    tips.tell([widget], {"train": "Ctrl+T"})
    assert widget.toolTip() == "Go on (Ctrl+T)"
    tips.tell([widget], {})
    assert widget.toolTip() == "Go on (F5)"


@pytest.mark.parametrize("text", ["Close (Esc)", "The class F5 (F5)", "Nothing of keys (but F5)"])
def test_what_names_no_action_is_left_alone(qtbot: QtBot, text: str) -> None:
    assert _told(qtbot, text)[0].toolTip() == text
