"""A lesson on the clipboard is opened wherever it is pasted, in a text field, too, where it would be of no use."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from typing_extensions import override

if TYPE_CHECKING:
    from app.lessons.desk import LessonDesk

BEGIN = "layerloom-lesson:"  # `engine.lessons.writing.PREFIX`, which the start of the window need not import


class LessonPasting(QObject):
    """Watches for the key that pastes into a text field of the window."""

    def __init__(self, desk: "LessonDesk", window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if not isinstance(watched, QLineEdit | QPlainTextEdit | QTextEdit):
            return False
        if not event.matches(QKeySequence.StandardKey.Paste) or not self._is_ours(watched):
            return False
        text = QGuiApplication.clipboard().text()
        return text.lstrip().startswith(BEGIN) and self._desk.paste(text)

    def _is_ours(self, watched: QWidget) -> bool:
        window = watched.window()
        return window is self._window or self._window.isAncestorOf(window)
