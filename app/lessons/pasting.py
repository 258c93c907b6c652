"""A lesson on the clipboard is opened wherever it is pasted, in a text field, too, where it would be of no use."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid
from typing_extensions import override

if TYPE_CHECKING:
    from app.lessons.desk import LessonDesk

BEGIN = "layerloom-lesson:"  # `engine.lessons.writing.PREFIX`, which the start of the window need not import


class LessonPasting(QObject):
    """Watches the text field that has the keyboard, and no other: it is not to cost anything elsewhere."""

    def __init__(self, desk: "LessonDesk", window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._field: QWidget | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if not event.matches(QKeySequence.StandardKey.Paste):
            return False
        text = QGuiApplication.clipboard().text()
        return text.lstrip().startswith(BEGIN) and self._desk.paste(text)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._field is not None and isValid(self._field):
            self._field.removeEventFilter(self)
        self._field = None
        if isinstance(new, QLineEdit | QPlainTextEdit | QTextEdit) and self._is_ours(new):
            self._field = new
            new.installEventFilter(self)

    def _is_ours(self, field: QWidget) -> bool:
        window = field.window()
        return window is self._window or self._window.isAncestorOf(window)
