"""The window in which people share a project: as one file, with its data or without it, or as a text for a message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.exchange.layout import size_of as size_in_words
from app.i18n import said
from app.lane import Lane
from app.places import ask_to_save
from app.theme import SPACE, Theme
from app.widgets import Button, Heading, ProgressStrip, TextLabel
from app.widgets.segmented import SegmentedControl
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.formats.embedding import size_of
from engine.formats.errors import FormatError
from engine.formats.project import SUFFIX, Project
from engine.formats.sharing import EXACT, HALF, SharedText, share, to_text
from engine.graph.features import FeatureSpec

WRITE, TEXT, SIZE = "write", "text", "size"
_WIDTH: Final = 520


class ShareDialog(QDialog):
    """Shares a project as it was when the window was opened.

    `said` carries what came of it. `data`: the user's own file or folder that it learns from; None for bundled data.
    """

    said = Signal(str)

    def __init__(
        self,
        theme: Theme,
        project: Project,
        features: Mapping[str, FeatureSpec],
        data: Path | None,
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._project, self._features, self._data, self._name = (
            theme,
            project,
            features,
            data,
            name,
        )
        self._lane = Lane("share", self)
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Share the project"))
        self.setMinimumWidth(_WIDTH)
        self.which = SegmentedControl(
            theme,
            [
                (self.tr("With its data"), self.tr("Opens and trains anywhere")),
                (
                    self.tr("Without its data"),
                    self.tr("Small; predicts anywhere, and trains where the data is"),
                ),
            ],
            self.tr("What travels in the file"),
        )
        self.about_file = TextLabel(theme, tone="dim", wrap=True)
        self.save = Button(theme, self.tr("Save\N{HORIZONTAL ELLIPSIS}"), icon="save", kind="primary")
        self.progress = ProgressStrip(theme)
        self.progress.setAccessibleName(self.tr("Progress of the saving"))
        self.cancel = Button(theme, self.tr("Cancel"))
        self.about_text = TextLabel(theme, tone="dim", wrap=True)
        self.copy = Button(theme, self.tr("Copy as text"))
        self.state = TextLabel(theme, wrap=True)
        self.state.setAccessibleName(self.tr("State of the sharing"))
        self._lay_out()
        self._connect()
        self._begin()

    # -- what is known ----------------------------------------------------------------------------
    def _begin(self) -> None:
        self.which.setVisible(self._data is not None)
        self.copy.setEnabled(False)
        self._busy(busy=False)
        self._show_file()
        data = self._data
        if data is not None:
            self._lane.want(SIZE, lambda _watch: size_of(data), self._on_measured)
        self._lane.want(
            TEXT, lambda _watch: _shared(self._project, self._features), self._on_written, self._on_no_text
        )

    def _show_file(self, size: int | None = None) -> None:
        if self._data is None:
            self.about_file.setText(
                self.tr("The network, its settings and what it has learned. Its data comes with Layerloom.")
            )
        elif self.which.current():
            self.about_file.setText(
                self.tr("The network, its settings and what it has learned, and how the data was prepared.")
            )
        else:
            words = self.tr(
                "The network, what it has learned, and {name}, {size}. Whoever gets the file gets the data."
            )
            known = self._size if size is None else size_in_words(size)
            self.about_file.setText(words.format(name=self._data.name, size=known))

    _size = "\N{HORIZONTAL ELLIPSIS}"

    def _on_measured(self, size: int) -> None:
        self._size = size_in_words(size)
        self._show_file()

    def _on_written(self, shared: SharedText) -> None:
        self._text = shared.text
        self.copy.setEnabled(True)
        words = {
            EXACT: self.tr("{count:,} letters, with all weights."),
            HALF: self.tr("{count:,} letters, with weights rounded to three digits."),
        }.get(
            shared.weights,
            self.tr("{count:,} letters, without weights: they are too many, or there are none."),
        )
        own = self.tr("The data is not in it.") if self._data is not None else ""
        self.about_text.setText(f"{words.format(count=len(shared.text))} {own}".strip())

    def _on_no_text(self, sentence: str) -> None:
        self.about_text.setText(said(sentence))

    # -- what is done -----------------------------------------------------------------------------
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self._say(self.tr("The project is on the clipboard. Pasted on a canvas, it opens."))

    def _ask_where(self) -> None:
        path, _ = ask_to_save(
            self, self.windowTitle(), f"{self._name}{SUFFIX}", f"Layerloom (*{SUFFIX})", whole=True
        )
        if path:
            self.save_to(Path(path).with_suffix(SUFFIX))

    def save_to(self, path: Path) -> None:
        """Write the file there."""
        data = self._data if not self.which.current() else None
        project = self._project

        def write(watch: Watch) -> Path:
            try:
                share(path, project, data, watch)
            except FormatError as error:
                raise DataError(str(error)) from error
            return path

        self._busy(busy=True)
        self._lane.want(WRITE, write, self._on_saved, self._on_failed, self._on_progress)

    def _on_progress(self, done: int, total: int) -> None:
        self.progress.set_progress(done / total if total else None, self.tr("Packing the data"))

    def _on_saved(self, path: Path) -> None:
        self._busy(busy=False)
        size = size_in_words(path.stat().st_size) if path.exists() else ""
        words = self.tr("Saved {name}, {size}.").format(name=path.name, size=size)
        self._say(words)
        self.said.emit(words)

    def _on_failed(self, sentence: str) -> None:
        self._busy(busy=False)
        self._say(said(sentence), problem=True)

    def _cancel(self) -> None:
        self._lane.cancel(WRITE)
        self._busy(busy=False)
        self._say(self.tr("Cancelled; nothing was written."))

    def _say(self, words: str, *, problem: bool = False) -> None:
        self.state.set_tone("bad" if problem else "text")
        self.state.setText(words)
        self.state.setVisible(bool(words))

    def _busy(self, *, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        self.save.setEnabled(not busy)
        self.which.setEnabled(not busy)
        if busy:
            self.progress.set_progress(None)
            self._say("")

    # -- layout -----------------------------------------------------------------------------------
    def _connect(self) -> None:
        self.which.chosen.connect(lambda _place: self._show_file())
        self.save.clicked.connect(self._ask_where)
        self.cancel.clicked.connect(self._cancel)
        self.copy.clicked.connect(self._copy)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        column.setSpacing(3 * SPACE)
        column.addWidget(Heading(self._theme, self.tr("As one file")))
        column.addWidget(self.which, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.about_file)
        row = QHBoxLayout()
        row.addWidget(self.save)
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        row.addStretch(0)
        column.addLayout(row)
        column.addSpacing(2 * SPACE)
        column.addWidget(Heading(self._theme, self.tr("As a text")))
        column.addWidget(self.about_text)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        column.addWidget(self.state)
        self.state.hide()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._lane.close()
        super().closeEvent(event)


def _shared(project: Project, features: Mapping[str, FeatureSpec]) -> SharedText:
    try:
        return to_text(project, features)
    except FormatError as error:
        raise DataError(str(error)) from error
