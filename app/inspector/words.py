"""Settings of several lines: a list of texts, such as a vocabulary, or one long text, such as a formula."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget
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


class LinesField(QWidget):
    """Base of what is edited in several lines. `committed` carries the new value."""

    committed = Signal(object)

    def __init__(
        self, theme: Theme, label: str, value: object, *, help_text: str = "", hint: str = ""
    ) -> None:
        super().__init__()
        self.lines = _Lines()
        self.lines.setFixedHeight(_HEIGHT)
        self.lines.setTabChangesFocus(True)
        self.lines.setFont(theme.font(FontRole.MONO))
        self.lines.setAccessibleName(label)
        self.lines.setAccessibleDescription(help_text)
        self.lines.setPlaceholderText(hint)
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
        """What was last committed or set."""
        return self._value

    def set_value(self, value: object) -> None:
        """Shows another value; emits nothing."""
        self._value, text = self._taken(value)
        self.lines.setPlainText(text)

    def set_help(self, text: str) -> None:
        """Says something else about the setting."""
        self._help.setText(text)
        self._help.setVisible(bool(text))
        self.lines.setAccessibleDescription(text)

    def set_error(self, text: str | None) -> None:
        """Shows a sentence under the field, or takes it away."""
        self._error.setText(text or "")
        self._error.setVisible(bool(text))

    def _taken(self, value: object) -> tuple[object, str]:
        """A value as it is kept, and its text."""
        raise NotImplementedError

    def _read(self, text: str) -> object:
        """The value of a text."""
        raise NotImplementedError

    def _on_lines_finished(self) -> None:
        value = self._read(self.lines.toPlainText())
        if value != self._value:
            self._value = value
            self.committed.emit(value)


class WordsField(LinesField):
    """Edits a tuple of texts; empty lines count for nothing."""

    def __init__(self, theme: Theme, label: str, value: Sequence[object], *, help_text: str = "") -> None:
        super().__init__(theme, label, value, help_text=help_text, hint=_tr("one a line"))

    @override
    def _taken(self, value: object) -> tuple[object, str]:
        words = tuple(str(word) for word in value) if isinstance(value, tuple | list) else ()
        return words, "\n".join(words)

    @override
    def _read(self, text: str) -> object:
        return tuple(line.strip() for line in text.splitlines() if line.strip())


class PassageField(LinesField):
    """Edits a text of several lines; where it is wrong can be shown in it."""

    def __init__(self, theme: Theme, label: str, value: str, *, help_text: str = "") -> None:
        self._theme = theme
        super().__init__(theme, label, value, help_text=help_text)

    @override
    def set_error(self, text: str | None) -> None:
        super().set_error(text)
        self.lines.setExtraSelections([])

    def set_place(self, line: int, letter: int) -> None:
        """Underlines what is wrong from there on, and says where that is; both are counted from 1."""
        block = self.lines.document().findBlockByNumber(min(line, self.lines.blockCount()) - 1)
        mark, cursor = QTextEdit.ExtraSelection(), QTextCursor(block)
        reach = max(0, len(block.text()) - 1)
        cursor.setPosition(block.position() + min(letter - 1, reach))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(self._theme.color("bad"))
        mark.cursor, mark.format = cursor, look
        self.lines.setExtraSelections([mark])
        where = _tr("Line {line}, letter {letter}:").format(line=line, letter=letter)
        self._error.setText(f"{where} {self._error.text()}")

    @override
    def _taken(self, value: object) -> tuple[object, str]:
        return str(value), str(value)

    @override
    def _read(self, text: str) -> object:
        return text


def _tr(text: str) -> str:
    return QCoreApplication.translate("LinesField", text)
