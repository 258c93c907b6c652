"""What the window of an export consists of, and what of it is seen when; it knows no network."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.exchange.verdicts import Verdicts
from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets import Button, Heading, ProgressStrip, TextLabel
from engine.models.exporting import Exported

_LIST_WIDTH, _SIZE = 210, QSize(820, 600)
_MOST_LINES = 14  # of a snippet; more are scrolled


class ExportParts:
    """The controls, in their places in a dialog."""

    def __init__(self, theme: Theme, dialog: QDialog, kinds: Sequence[tuple[str, str]]) -> None:
        self._theme, self._dialog = theme, dialog
        self.kinds = QListWidget()
        self.kinds.setAccessibleName(_tr("Formats"))
        self.kinds.setFixedWidth(_LIST_WIDTH)
        for title, suffix in kinds:
            item = QListWidgetItem(title)
            item.setToolTip(suffix)
            item.setSizeHint(QSize(0, CONTROL_HEIGHT + SPACE))
            self.kinds.addItem(item)
        self.title = TextLabel(theme, role=FontRole.TITLE)
        self.about = TextLabel(theme, tone="dim", wrap=True)
        self.place = QLineEdit()
        self.place.setAccessibleName(_tr("Place"))
        self.choose = Button(theme, _tr("Choose\N{HORIZONTAL ELLIPSIS}"))
        self.lost = TextLabel(theme, wrap=True)
        self.lost.setAccessibleName(_tr("What the file will be"))
        self.state = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.state.setAccessibleName(_tr("State of the export"))
        self.progress = ProgressStrip(theme)
        self.progress.setAccessibleName(_tr("Progress of the export"))
        self.export = Button(theme, _tr("Export"), icon="save", kind="primary")
        self.cancel = Button(theme, _tr("Cancel"))
        self.verdicts = Verdicts(theme)
        self.python = Button(theme, _tr("Choose a Python\N{HORIZONTAL ELLIPSIS}"), kind="quiet")
        self.tfjs = Button(theme, _tr("Choose TensorFlow.js\N{HORIZONTAL ELLIPSIS}"), kind="quiet")
        self.snippet = QPlainTextEdit()
        self.copy = Button(theme, _tr("Copy"))
        self.open_folder = Button(theme, _tr("Open the folder"))
        self._options = QVBoxLayout()
        self._proof = self._proof_box()
        self._how = self._how_box()
        self._lay_out()

    # -- what is seen when ------------------------------------------------------------------------
    def show_kind(self, title: str, about: str) -> None:
        """Another format was chosen."""
        self.title.setText(title)
        self.about.setText(about)
        self._result(None, ())

    def show_form(self, form: QWidget | None) -> None:
        """The options of the format."""
        while (item := self._options.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if form is not None:
            self._options.addWidget(form)

    def show_waiting(self, words: str) -> None:
        """Something is being found out."""
        self.say(words)
        self.progress.hide()
        self.cancel.hide()

    def show_preview(self, lost: Sequence[str], files: int, size: int) -> None:
        """What the file will be."""
        self.lost.set_tone("text")
        self.lost.setText("\n".join(lost) or _tr("The file holds all of it."))
        words = _tr("%n files, {size} together", "", files) if files > 1 else _tr("One file, {size}")
        self.say(words.format(size=size_of(size)) if files else "")
        self.export.setEnabled(True)

    def show_refusal(self, sentence: str) -> None:
        """It can't be exported so."""
        self._working(working=False)
        self.lost.set_tone("bad")
        self.lost.setText(sentence)
        self.say("")
        self.export.setEnabled(False)

    def show_writing(self, words: str) -> None:
        """It is being written."""
        self._result(None, ())
        self._working(working=True)
        self.progress.set_progress(None, words)
        self.say("")

    def show_stopped(self) -> None:
        """The export was cancelled."""
        self._working(working=False)

    def show_done(self, done: Exported, programs: Collection[str]) -> None:
        """It is written; `programs`: kinds of readers that were not found."""
        self._working(working=False)
        self.say(_tr("Exported to {path}.").format(path=done.path))
        self._result(done, programs)

    def say(self, words: str) -> None:
        """One line about what happens."""
        self.state.setText(words)
        self.state.setVisible(bool(words))

    def _working(self, *, working: bool) -> None:
        self.progress.setVisible(working)
        self.cancel.setVisible(working)
        if working:
            self.cancel.setFocus()
        others: tuple[QWidget, ...] = (self.export, self.kinds, self.place, self.choose)
        for widget in others:
            widget.setEnabled(not working)

    def _result(self, done: Exported | None, programs: Collection[str]) -> None:
        if done is not None:
            self.verdicts.show_proof(done.proof)
            self.snippet.setPlainText(done.snippet)
            lines = min(_MOST_LINES, done.snippet.count("\n") + 3)  # two for frame and scroll bar
            self.snippet.setFixedHeight(lines * self.snippet.fontMetrics().lineSpacing())
        self._proof.setVisible(done is not None)
        self._how.setVisible(done is not None and bool(done.snippet))
        self.open_folder.setVisible(done is not None)
        self.python.setVisible("python" in programs)
        self.tfjs.setVisible("node" in programs)

    # -- layout -----------------------------------------------------------------------------------
    def _proof_box(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Heading(self._theme, _tr("Proof")))
        column.addWidget(self.verdicts)
        row = QHBoxLayout()
        row.addWidget(self.python)
        row.addWidget(self.tfjs)
        row.addStretch(1)
        column.addLayout(row)
        return box

    def _how_box(self) -> QWidget:
        box = QWidget()
        self.snippet.setReadOnly(True)
        self.snippet.setAccessibleName(_tr("How the file is used"))
        self.snippet.setTabChangesFocus(True)
        self.snippet.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        font = QFont(self._theme.font(FontRole.MONO))
        self.snippet.setFont(font)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(Heading(self._theme, _tr("How to use it")), 1)
        row.addWidget(self.copy)
        column.addLayout(row)
        column.addWidget(self.snippet)
        return box

    def _lay_out(self) -> None:
        theme = self._theme
        place = QHBoxLayout()
        place.addWidget(self.place, 1)
        place.addWidget(self.choose)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 2 * SPACE, 0)
        column.setSpacing(3 * SPACE)
        for widget in (self.title, self.about, Heading(theme, _tr("Place"))):
            column.addWidget(widget)
        column.addLayout(place)
        column.addLayout(self._options)
        column.addWidget(Heading(theme, _tr("What the file will be")))
        column.addWidget(self.lost)
        column.addWidget(self._proof)
        column.addWidget(self._how)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        buttons = QHBoxLayout()
        buttons.addWidget(self.state, 1)
        buttons.addWidget(self.progress, 1)
        buttons.addStretch()  # before buttons alone
        for button in (self.open_folder, self.cancel, self.export):
            buttons.addWidget(button)
        right = QVBoxLayout()
        right.addWidget(scroll, 1)
        right.addLayout(buttons)
        whole = QHBoxLayout(self._dialog)
        whole.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        whole.setSpacing(5 * SPACE)
        whole.addWidget(self.kinds)
        whole.addLayout(right, 1)
        self.export.setDefault(True)
        self._dialog.resize(_SIZE)
        self._working(working=False)
        self._result(None, ())


def size_of(size: int) -> str:
    """Bytes for people."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B"


def _tr(text: str, comment: str = "", count: int = -1) -> str:
    return QCoreApplication.translate("Export", text, comment, count)
