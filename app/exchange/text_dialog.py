"""The window for a project that came as a text: paste it, open it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.theme import SPACE, Theme
from app.widgets import Button, TextLabel

_BEGIN = "loom:"  # `engine.formats.sharing.WORD`, which the start of the window need not import
_MOST = 200_000  # letters that the field takes


class OpenTextDialog(QDialog):
    """Asks for a text; `open_text` opens it and says in one sentence why it can't, or nothing."""

    def __init__(self, theme: Theme, open_text: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open_text = open_text
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Open from text"))
        self.field = QPlainTextEdit()
        self.field.setAccessibleName(self.tr("Text of the project"))
        self.field.setPlaceholderText(self.tr("A text that begins with loom:"))
        self.field.setTabChangesFocus(True)
        self.problem = TextLabel(theme, tone="bad", wrap=True)
        self.problem.setAccessibleName(self.tr("What is wrong with the text"))
        self.open_it = Button(theme, self.tr("Open"), kind="primary")
        row = QHBoxLayout()
        row.addWidget(self.problem, 1)
        row.addWidget(self.open_it)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        column.setSpacing(3 * SPACE)
        column.addWidget(self.field, 1)
        column.addLayout(row)
        self.resize(520, 260)
        self.open_it.clicked.connect(self._open)
        self.field.textChanged.connect(self._on_text_changed)
        held = QGuiApplication.clipboard().text()
        if held.lstrip().startswith(_BEGIN):
            self.field.setPlainText(held[:_MOST])
        self._on_text_changed()

    def _on_text_changed(self) -> None:
        self.open_it.setEnabled(bool(self.field.toPlainText().strip()))
        self.problem.clear()

    def _open(self) -> None:
        sentence = self._open_text(self.field.toPlainText())
        if sentence:
            self.problem.setText(sentence)
        else:
            self.close()
