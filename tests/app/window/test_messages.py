"""The line that says what happened: what stays in it, and for how long."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.window.messages import MessageBar


@pytest.fixture
def bar(qtbot: QtBot, theme: Theme) -> MessageBar:
    bar = MessageBar(theme)
    qtbot.addWidget(bar)
    return bar


def test_why_an_edit_was_refused_is_shown_until_another_is_made(bar: MessageBar) -> None:
    bar.say_refusal("conv2d takes one wire here and has one.")
    assert bar.isVisible()
    assert bar.label.text().startswith("conv2d")
    bar.note_edit()
    assert not bar.isVisible()


def test_edits_leave_what_is_not_about_them(bar: MessageBar) -> None:
    bar.say_refusal("conv2d takes one wire here and has one.")
    bar.say_problem("The disk is full.")
    bar.note_edit()
    assert bar.isVisible()
    bar.say("Saved.")
    bar.note_edit()
    assert bar.label.text() == "Saved."
    assert bar.isVisible()


def test_what_comes_behind_another_project_waits(bar: MessageBar) -> None:
    bar.set_front(front=False)
    bar.say_refusal("No.")
    assert not bar.isVisible()
    bar.set_front(front=True)
    assert bar.isVisible()
    bar.set_front(front=False)
    bar.note_edit()
    bar.set_front(front=True)
    assert not bar.isVisible()


def test_what_is_kept_being_said_comes_back_until_it_is_closed(bar: MessageBar) -> None:
    bar.keep_saying("The program ended last time without saving.")
    bar.say_problem("No.")
    assert bar.label.text() == "No."
    bar.clear()  # a run begins
    assert bar.isVisible()
    assert bar.label.text().startswith("The program ended")
    bar.note_edit()
    bar.clear()
    assert bar.isVisible()
    close = next(b for b in bar.findChildren(QAbstractButton) if "Close" in b.accessibleName())
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()


def test_what_is_kept_being_said_is_over_once_it_is_settled(bar: MessageBar) -> None:
    bar.keep_saying("The program ended last time without saving.")
    bar.settle()
    assert not bar.isVisible()
    bar.say("Saved.")
    bar.clear()
    assert not bar.isVisible()
