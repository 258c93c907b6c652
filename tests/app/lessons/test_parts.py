"""Parts of the panel of a lesson: the dashes, the task with its sign, a question."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.lessons.parts import Dots, Task
from app.lessons.question import QuestionView
from app.theme import Theme
from engine.lessons.lesson import Lesson, Step, ask
from engine.lessons.progress import LessonState, Progress

QUESTION = ask("How many?", ("One", False, "There is another."), ("Two", True, "Both."))


def lesson(count: int) -> Lesson:
    return Lesson(title="Mine", steps=tuple(Step(title=str(n), question=QUESTION) for n in range(count)))


@pytest.mark.parametrize("count", [1, 2, 20, 21, 60])
def test_dashes_say_in_words_how_far_one_is(qtbot: QtBot, theme: Theme, count: int) -> None:
    dots = Dots(theme)
    qtbot.addWidget(dots)
    assert not dots.grab().isNull()  # before there is anything to show
    dots.show_state(LessonState(lesson(count), Progress(step=count - 1, done=(0, 59))))
    done = 2 if count == 60 else 1
    assert dots.accessibleName() == f"Step {count} of {count}, {done} done"
    assert not dots.grab().isNull()


def test_the_open_dash_is_another_than_those_that_come(qtbot: QtBot, theme: Theme) -> None:
    dots = Dots(theme)
    qtbot.addWidget(dots)
    dots.resize(200, 8)
    pictures = []
    for place in range(2):
        dots.show_state(LessonState(lesson(3), Progress(step=place)))
        pictures.append(dots.grab().toImage())
    assert pictures[0] != pictures[1]


def test_a_task_says_whether_it_was_done(qtbot: QtBot, theme: Theme) -> None:
    task = Task(theme)
    qtbot.addWidget(task)
    task.show_task("Press Train.", done=False)
    before = task.grab().toImage()
    assert task.accessibleName() == "Press Train. Not done yet"
    task.show_task("Press Train.", done=True)
    assert task.accessibleName().startswith("Press Train. Done.")
    assert task.grab().toImage() != before
    task.show_task("", done=True)
    assert task.isHidden()


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> QuestionView:
    view = QuestionView(theme)
    qtbot.addWidget(view)
    view.show_question(QUESTION, None)
    return view


def test_a_question_has_a_button_for_each_answer(qtbot: QtBot, view: QuestionView) -> None:
    assert [button.text() for button in view.buttons] == ["One", "Two"]
    assert view.because.isHidden()
    with qtbot.waitSignal(view.answered) as heard:
        QTest.keyClick(view.buttons[1], Qt.Key.Key_Space)
    assert heard.args == [1]


def test_the_chosen_answer_is_marked_and_explained(view: QuestionView) -> None:
    view.show_question(QUESTION, 0)
    assert view.buttons[0].text().endswith("  One")
    assert view.buttons[0].accessibleDescription() == "chosen, not right"
    assert view.because.text() == "Not quite. There is another."
    view.show_question(QUESTION, 1)
    assert view.buttons[0].text() == "One"
    assert view.buttons[0].accessibleDescription() == ""
    assert view.because.text() == "Right. Both."
    assert view.because.property("tone") == "good"


def test_the_buttons_of_the_same_question_stay(view: QuestionView) -> None:
    buttons = list(view.buttons)
    view.show_question(QUESTION, 1)
    assert view.buttons == buttons
    view.show_question(ask("And?", ("Yes", True, "")), None)
    assert [button.text() for button in view.buttons] == ["Yes"]


def test_no_question_hides_it_and_the_same_one_comes_back(view: QuestionView) -> None:
    view.show_question(None, None)
    assert view.isHidden()
    view.show_question(QUESTION, None)
    assert not view.isHidden()
    assert len(view.buttons) == 2
