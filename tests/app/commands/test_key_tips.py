"""Tooltips tell the keys that people chose."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.commands.key_tips import KeyTips

OPEN, CLOSE = "\N{FULLWIDTH LEFT PARENTHESIS}", "\N{FULLWIDTH RIGHT PARENTHESIS}"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Start training (F5)", "Start training (Ctrl+R)"),
        (f"开始训练{OPEN}F5{CLOSE}", f"开始训练{OPEN}Ctrl+R{CLOSE}"),
        ("Train on one batch (F10)", "Train on one batch"),
        ("Stop (Shift+F5)", "Stop (Shift+F5)"),
        ("Nothing of keys (but F5)", "Nothing of keys (but F5)"),
        ("", ""),
    ],
)
def test_a_key_at_the_end_is_the_one_of_now(qtbot: QtBot, ours: str, theirs: str) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setToolTip(ours)
    tips = KeyTips(widget)
    tips.tell([widget], {"F5": "Ctrl+R", "F10": ""})
    assert widget.toolTip() == theirs
    widget.setToolTip("Go on (F5)")  # what a button says changes
    if ours != theirs:
        assert widget.toolTip() == "Go on (Ctrl+R)"
    tips.tell([widget], {"F5": "Ctrl+T"})
    assert widget.toolTip() == "Go on (Ctrl+T)"
    tips.tell([widget], {})
    assert widget.toolTip() == "Go on (F5)"
