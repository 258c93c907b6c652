"""A setting that is a list of texts, such as a vocabulary: one a line."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel

_HEIGHT = 96


class _Lines(QPlainTextEdit):
    """A text whose `finished` is emitted on leaving it and on Ctrl+Return."""

    finished = Signal()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.finished.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finished.emit()
        else:
            super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.viewport().update()


class WordsField(QWidget):
    """Edits a tuple of texts; empty lines count for nothing. `committed` carries the new tuple."""

    committed = Signal(object)

    def __init__(self, theme: Theme, label: str, value: Sequence[object], *, help_text: str = "") -> None:
        super().__init__()
        self.lines = _Lines()
        self.lines.setFixedHeight(_HEIGHT)
        self.lines.setTabChangesFocus(True)
        self.lines.setFont(theme.font(FontRole.MONO))
        self.lines.setAccessibleName(label)
        self.lines.setAccessibleDescription(help_text)
        self.lines.setPlaceholderText(self.tr("one a line"))
        self._label = TextLabel(theme, label, wrap=True)
        self._label.setBuddy(self.lines)
        self._help = TextLabel(theme, help_text, role=FontRole.SMALL, tone="dim", wrap=True)
        if not help_text:
            self._help.hide()
        self._error = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        self._error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for widget in (self._label, self._help, self.lines, self._error):
            column.addWidget(widget)
        self.setFocusProxy(self.lines)
        self.set_value(value)
        self.lines.finished.connect(self._on_lines_finished)

    def value(self) -> object:
        """The texts last committed or set."""
        return self._value

    def set_value(self, value: object) -> None:
        """Shows other texts; emits nothing."""
        self._value = tuple(str(word) for word in value) if isinstance(value, tuple | list) else ()
        self.lines.setPlainText("\n".join(self._value))

    def set_error(self, text: str | None) -> None:
        """Shows a sentence under the field, or takes it away."""
        self._error.setText(text or "")
        self._error.setVisible(bool(text))

    def _on_lines_finished(self) -> None:
        words = tuple(line.strip() for line in self.lines.toPlainText().splitlines() if line.strip())
        if words != self._value:
            self._value = words
            self.committed.emit(words)
