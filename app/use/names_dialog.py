"""A small window for the names of the classes of a network that came without: a line each, or from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.i18n import said
from app.places import ask_to_open
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel
from engine.data.errors import DataError
from engine.models.answering.words import names_of, read_class_names


class NamesDialog(QDialog):
    """`chosen` carries the names in their order."""

    chosen = Signal(object)  # tuple of str

    def __init__(self, theme: Theme, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Names of the classes"))
        self.names: QPlainTextEdit = QPlainTextEdit("\n".join(names))
        self.names.setAccessibleName(self.tr("Names of the classes, a line each"))
        self.names.setTabChangesFocus(True)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.from_file = Button(theme, self.tr("From a file\N{HORIZONTAL ELLIPSIS}"), icon="open")
        self.from_file.setToolTip(self.tr("Text with a name a line, or JSON as Keras ships it"))
        self.cancel = Button(theme, self.tr("Cancel"), kind="quiet")
        self.use = Button(theme, self.tr("Use these names"), kind="primary")
        buttons = QHBoxLayout()
        buttons.addWidget(self.from_file)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setSpacing(2 * SPACE)
        column.addWidget(TextLabel(theme, self.tr("One a line; the first is class 0."), tone="dim"))
        column.addWidget(self.names, 1)
        column.addWidget(self.sentence)
        column.addLayout(buttons)
        self.resize(380, 460)
        self.names.textChanged.connect(self._count)
        self.from_file.clicked.connect(self._on_open)
        self.cancel.clicked.connect(self.close)
        self.use.clicked.connect(self._on_use)
        self._count()

    def read(self, path: Path) -> None:
        """Take the names of a file, or say why not."""
        try:
            self.names.setPlainText("\n".join(read_class_names(path)))
        except DataError as error:
            self.sentence.setText(said(str(error)))

    def _count(self) -> None:
        count = len(names_of(self.names.toPlainText()))
        self.sentence.setText(self.tr("{count:,} names").format(count=count))

    def _on_open(self) -> None:
        kinds = self.tr("Class names (*.txt *.json *.csv *.names *.labels)")
        path = ask_to_open(self, self.tr("Open class names"), kinds)
        if path:
            self.read(Path(path))

    def _on_use(self) -> None:
        self.chosen.emit(names_of(self.names.toPlainText()))
        self.close()
