"""The line that says what happened: what stays in it, and for how long."""

import pytest
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
