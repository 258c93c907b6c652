"""What can be done with lessons, for the menu, the palette of commands and the list of keys."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.i18n import declared

if TYPE_CHECKING:
    from app.lessons.desk import LessonDesk
    from app.window.main_window import MainWindow

Maker = Callable[[str, str, list[str], Callable[[], object]], QAction]


def fill_lessons(window: "MainWindow", menu: QMenu, make: Maker) -> None:
    """Put the lessons, and what to do with the open one, into a menu."""

    def desk() -> "LessonDesk":
        return window.lessons  # made after the menu

    shelf = menu.addMenu(_tr("Lessons"))
    shelf.aboutToShow.connect(partial(_fill_shelf, window, shelf))
    lesson = menu.addMenu(_tr("Lesson"))
    for name, text, keys, run in (
        ("show_lesson", _tr("Show the lesson"), ["Ctrl+Alt+T"], lambda: desk().show()),
        ("lesson_next", _tr("Next step of the lesson"), ["Ctrl+Alt+PgDown"], lambda: desk().next()),
        ("lesson_back", _tr("Step before of the lesson"), ["Ctrl+Alt+PgUp"], lambda: desk().back()),
        ("lesson_hint", _tr("Hint for the step of the lesson"), [], lambda: desk().hint()),
        ("lesson_again", _tr("Begin the lesson again"), [], lambda: desk().begin_again()),
        ("copy_lesson", _tr("Copy the lesson as a text"), [], lambda: desk().copy()),
        ("leave_lesson", _tr("Leave the lesson"), [], lambda: desk().leave()),
        (
            "make_lesson",
            _tr("Make a lesson of this project, or edit it\N{HORIZONTAL ELLIPSIS}"),
            [],
            lambda: desk().make(),
        ),
    ):
        lesson.addAction(make(name, text, keys, run))


def fill_teaching(window: "MainWindow", menu: QMenu, make: Maker) -> None:
    """Put the two switches of whoever teaches into a menu."""
    teacher = make("teacher_mode", _tr("Teacher mode"), [], lambda: None)
    teacher.setToolTip(_tr("Shows only the panels, layers and settings that are needed"))
    presentation = make("presentation", _tr("Presentation, with large text"), ["Shift+F11"], lambda: None)
    for action in (teacher, presentation):
        action.setCheckable(True)
        menu.addAction(action)
    teacher.triggered.connect(lambda on: _set_teacher(window, on))
    presentation.triggered.connect(lambda on: _set_presenting(window, on))


def _set_teacher(window: "MainWindow", on: bool) -> None:
    window.lessons.set_teacher(on)


def _set_presenting(window: "MainWindow", on: bool) -> None:
    window.lessons.set_presenting(on)


def watch_teaching(window: "MainWindow") -> None:
    """Let the two switches say what is so."""
    desk = window.lessons

    def show() -> None:
        for action in window.actions():
            if action.objectName() == "teacher_mode":
                action.setChecked(desk.is_focused)
            elif action.objectName() == "presentation":
                action.setChecked(desk.is_presenting)

    desk.changed.connect(show)


def _fill_shelf(window: "MainWindow", shelf: QMenu) -> None:
    from engine.lessons.registry import lessons  # the start of the window need not pay for it

    shelf.clear()
    for name, lesson in lessons().items():
        action = shelf.addAction(declared(lesson.title))
        action.setToolTip(declared(lesson.summary))
        action.triggered.connect(partial(_open, window, name))


def _open(window: "MainWindow", name: str, _checked: bool = False) -> None:
    window.lessons.open(name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lessons", text)
