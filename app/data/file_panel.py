"""The left side of the Data view: what the file is, how it was understood, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.data.desk import DataDesk, Stage
from app.data.words import size_words
from app.document import Document
from app.i18n import said
from app.inspector.form import ModelForm
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, ElidedLabel, FieldRow, Heading, TextLabel
from app.widgets.scrolling import downwards
from engine.data.errors import Remedy
from engine.data.sources.base import Note, Source

LEAST_WIDTH: Final = 220
MOST_NOTES: Final = 20
FORM_AFTER_MS: Final = 40


class FilePanel(QWidget):
    """Facts on the open file, the form of its reading options, notes, and other ways to bring data.

    `file_wanted` and `folder_wanted`: the user wants to choose one; `recent_wanted` carries a path used before.
    """

    file_wanted = Signal()
    folder_wanted = Signal()
    recent_wanted = Signal(str)

    def __init__(
        self,
        theme: Theme,
        document: Document,
        desk: DataDesk,
        bundled: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._document = document
        self._desk = desk
        self._form: ModelForm | None = None
        self._later = QTimer(self)  # the rows are shown first
        self._later.setSingleShot(True)
        self._later.setInterval(FORM_AFTER_MS)
        self._later.timeout.connect(self._make_form)
        self._notes_shown: tuple[Note, ...] = ()
        self.title = TextLabel(theme, role=FontRole.TITLE, wrap=True)
        self.kind = TextLabel(theme, tone="dim", wrap=True)
        self.place = ElidedLabel(theme, role=FontRole.SMALL, tone="dim", mode=Qt.TextElideMode.ElideMiddle)
        self._form_place = QVBoxLayout()
        self._form_place.setSpacing(3 * SPACE)
        self.as_found = Button(theme, self.tr("As found"), kind="quiet")
        self.as_found.setToolTip(self.tr("Forget the corrections and read the file as it looks"))
        self.as_found.clicked.connect(self._on_as_found_clicked)
        self._notes = QVBoxLayout()
        self._notes.setSpacing(2 * SPACE)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._file_page, self._set_page = self._make_file_page(), bundled
        self._lay_out()
        desk.opened.connect(self._on_opened)
        desk.changed.connect(self._refresh)
        self._refresh()

    # -- layout -----------------------------------------------------------------------------------
    def _make_file_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        for widget in (self.title, self.kind, self.place):
            column.addWidget(widget)
        self._reading = Heading(self._theme, self.tr("Read as"))
        self._noticed = Heading(self._theme, self.tr("Noticed"))
        column.addSpacing(2 * SPACE)
        column.addWidget(self._reading)
        column.addLayout(self._form_place)
        column.addWidget(self.as_found, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(2 * SPACE)
        column.addWidget(self._noticed)
        column.addLayout(self._notes)
        column.addStretch(1)
        return page

    def _lay_out(self) -> None:
        self.open_file = Button(self._theme, self.tr("Open file\N{HORIZONTAL ELLIPSIS}"), icon="open")
        self.open_folder = Button(self._theme, self.tr("Open folder\N{HORIZONTAL ELLIPSIS}"), icon="open")
        self.open_file.clicked.connect(self.file_wanted)
        self.open_folder.clicked.connect(self.folder_wanted)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self._file_page)
        column.addWidget(self._set_page)
        column.addSpacing(2 * SPACE)
        column.addWidget(Heading(self._theme, self.tr("Other data")))
        column.addWidget(self.open_file)
        column.addWidget(self.open_folder)
        hint = self.tr("Or drop a file or folder on the window, or paste with Ctrl+V.")
        column.addWidget(TextLabel(self._theme, hint, role=FontRole.SMALL, tone="dim", wrap=True))
        column.addLayout(self._recent)
        column.addStretch(1)
        area = downwards(page)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        self.setMinimumWidth(LEAST_WIDTH)

    def set_recent(self, paths: Sequence[str]) -> None:
        """Offer what was used before."""
        _clear(self._recent)
        for path in paths:
            button = Button(self._theme, Path(path).name, kind="quiet")
            button.setStyleSheet("text-align: left;")
            button.setToolTip(path)
            button.setAccessibleDescription(path)
            button.clicked.connect(lambda _checked=False, path=path: self.recent_wanted.emit(path))
            self._recent.addWidget(button)

    @property
    def form(self) -> ModelForm | None:
        """The reading options; None where there are none."""
        return self._form

    # -- what is shown ----------------------------------------------------------------------------
    def _refresh(self) -> None:
        self._file_page.setVisible(not self._desk.bundled)
        self._set_page.setVisible(self._desk.bundled)
        if self._desk.bundled:
            return
        source, path = self._desk.source, Path(self._document.data.path or "")
        self.title.setText(source.title if source is not None else path.name)
        self.kind.setText(self._facts(source) if source is not None else self._waiting())
        self.place.setText(str(path))
        self.as_found.setVisible(bool(self._document.data.options))
        self._show_notes(source.notes if source is not None else ())

    def _waiting(self) -> str:
        return self.tr("Opening it.") if self._desk.stage is Stage.OPENING else ""

    def _facts(self, source: Source) -> str:
        changed = datetime.fromtimestamp(source.identity.modified_ns / 1e9).strftime("%Y-%m-%d %H:%M")
        return f"{said(source.kind.title)}\n{size_words(source.identity.size)} · {changed}"

    def _on_opened(self, _source: Source) -> None:
        self._later.start()

    def _make_form(self) -> None:
        """A form of the reading options as they were understood."""
        _clear(self._form_place)
        self._form = None
        source = self._desk.source
        if source is None:
            return
        shown = bool(type(source.options).model_fields) and not self._desk.bundled
        if shown:
            self._form = ModelForm(self._theme, source.options)
            for row in self._form.findChildren(FieldRow):
                row.fold_help()
            self._form.committed.connect(self._on_form_committed)
            self._form_place.addWidget(self._form)
        self._reading.setVisible(shown and bool(self._form and self._form.field_names()))

    def _show_notes(self, notes: tuple[Note, ...]) -> None:
        self._noticed.setVisible(bool(notes))
        if notes == self._notes_shown:
            return
        self._notes_shown = notes
        _clear(self._notes)
        for note in notes[:MOST_NOTES]:
            sentence = said(note.sentence)
            if note.place and note.place not in note.sentence:
                sentence = f"{sentence} ({said(note.place)})"
            tone = "warn" if note.severity == "warning" else "dim"
            self._notes.addWidget(
                TextLabel(
                    self._theme,
                    sentence,
                    role=FontRole.SMALL,
                    tone="warn" if tone == "warn" else "dim",
                    wrap=True,
                )
            )
            for remedy in note.remedies:
                button = Button(self._theme, said(remedy.label))
                button.clicked.connect(partial(self._take, remedy))
                self._notes.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        left = len(notes) - MOST_NOTES
        if left > 0:
            more = self.tr("and {count:,} more").format(count=left)
            self._notes.addWidget(TextLabel(self._theme, more, role=FontRole.SMALL, tone="dim"))

    # -- corrections ------------------------------------------------------------------------------
    def _on_form_committed(self, value: BaseModel) -> None:
        """Only what was corrected is kept in the project; the rest is sniffed again when the file is read."""
        if self._form is None:
            return
        written = value.model_dump(mode="json")
        corrected = {name: written[name] for name in self._form.changes()}
        self._set_options({**self._document.data.options, **corrected})

    def _take(self, remedy: Remedy, _checked: bool = False) -> None:
        self._set_options({**self._document.data.options, **remedy.options})

    def _on_as_found_clicked(self) -> None:
        self._set_options({})

    def _set_options(self, options: dict[str, object]) -> None:
        self._document.set_data(self._document.data.model_copy(update={"options": options}))


def _clear(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
