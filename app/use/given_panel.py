"""The left side: the ways to give the network something, and what a network without data lacks: class names, pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.data.cells import picture_of
from app.data.centring_box import CentringBox, as_pixels, in_the_middle
from app.data.picture_pad import PicturePad
from app.document import Document
from app.places import ask_for_folder, ask_to_open
from app.predictions.view import choice
from app.theme import SPACE, FontRole, Theme
from app.use.desk import UseDesk
from app.use.given import column_names, count_missed, drawn, typed
from app.widgets import Button, Heading, TextLabel
from app.widgets.flow import FlowLayout
from engine.data.bundle import Feature
from engine.data.pictures.ranges import Pixels
from engine.formats.sections import ANSWERS, AnswerWords
from engine.graph.edits import SetSection
from engine.layers.target import Target
from engine.tensor.spec import Array

LARGEST_PAD = 128  # pixels of a side that somebody can draw
_PAD = 132
_NAMES_TOLD = 12  # of the columns of a row


class GivenPanel(QWidget):
    """`given` carries a file or folder to answer for, and what it is called where it is no file of the user's.

    `refused` carries a sentence.
    """

    given = Signal(object, str)  # Path
    drawn = Signal(object)  # likewise, of a drawing
    refused = Signal(str)

    def __init__(
        self, theme: Theme, document: Document, desk: UseDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._document, self._desk = theme, document, desk
        self._channels = 1
        self.file = Button(theme, self.tr("File\N{HORIZONTAL ELLIPSIS}"), icon="open", kind="primary")
        self.folder = Button(theme, self.tr("Folder\N{HORIZONTAL ELLIPSIS}"), icon="open")
        self.paste = Button(theme, self.tr("Paste"))
        self.paste.setToolTip(self.tr("Rows, a text or a picture from the clipboard"))
        self.line: QLineEdit = QLineEdit()
        self.line.setAccessibleName(self.tr("A row to predict"))
        self.pad = PicturePad(theme)
        self.pad.setFixedSize(_PAD, _PAD)
        self.pad.set_invitation(self.tr("Draw here"))
        self.wipe = Button(theme, self.tr("Wipe"), kind="quiet")
        self.ask_drawn = Button(theme, self.tr("Predict the drawing"))
        self.centring = CentringBox(theme)
        self.answers: QLineEdit = QLineEdit()
        self.answers.setAccessibleName(self.tr("Column of answers"))
        self.answers.setPlaceholderText(self.tr("Column of answers"))
        self.answers.setToolTip(self.tr("Where the file has the right answers: with it there is a report"))
        self.names = Button(theme, self.tr("Class names\N{HORIZONTAL ELLIPSIS}"))
        self.pixels = choice(theme, self.tr("Pixels that the network takes"), [p.value for p in Pixels])
        self.pixels_label = TextLabel(theme, self.tr("Pixels"), role=FontRole.SMALL, tone="dim")
        self.device = TextLabel(
            theme,
            self.tr("Answered on the processor: a graphics driver that fails would take the window along."),
            role=FontRole.SMALL,
            tone="dim",
            wrap=True,
        )
        self._lay_out()
        self.file.clicked.connect(self.ask_for_file)
        self.folder.clicked.connect(self.ask_for_folder)
        self.paste.clicked.connect(self.take_pasted)
        self.line.returnPressed.connect(self._on_typed)
        self.ask_drawn.clicked.connect(self._on_drawn)
        self.pad.changed.connect(self._show_seen)
        self.centring.changed.connect(self._show_seen)
        desk.answered.connect(self._refresh)
        desk.measured.connect(self._refresh)
        self.wipe.clicked.connect(self.pad.wipe)
        self.names.clicked.connect(self.ask_for_names)
        self.pixels.activated.connect(self._on_pixels_activated)
        document.data_described.connect(self._refresh)
        document.section_changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        ways = FlowLayout(2 * SPACE)
        for way in (self.file, self.folder, self.paste):
            ways.addWidget(way)
        column.addWidget(Heading(self._theme, self.tr("What to predict")))
        column.addLayout(ways)
        column.addWidget(self.line)
        column.addWidget(self.pad)
        drawing = FlowLayout(2 * SPACE)
        drawing.addWidget(self.ask_drawn)
        drawing.addWidget(self.wipe)
        column.addLayout(drawing)
        column.addWidget(self.centring)
        column.addWidget(self.answers)
        column.addWidget(self.names)
        pixels = QHBoxLayout()
        pixels.addWidget(self.pixels_label)
        pixels.addWidget(self.pixels, 1)
        column.addLayout(pixels)
        column.addStretch(1)
        column.addWidget(self.device)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        area.setMinimumWidth(inner.minimumSizeHint().width() + 2 * SPACE)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)

    # -- what suits the network -----------------------------------------------------------------------
    def _refresh(self, _what: object = None) -> None:
        inputs, dataless = self._desk.inputs(), self._document.is_dataless
        picture = _picture(inputs)
        small = picture is not None and max(picture.shape[:2]) <= LARGEST_PAD
        for part in (self.pad, self.ask_drawn, self.wipe):
            part.setVisible(small)
        if picture is not None and small:
            self._channels = 1 if picture.shape[-1] == 1 else 3
            self.pad.set_side(max(picture.shape[:2]))
        self.centring.set_extent(self._desk.extent() if small else None)
        self._show_seen()
        self.line.setVisible(bool(inputs) and picture is None)
        text = any(f.kind == "text" for f in inputs)
        columns = column_names(inputs, self._desk.preparation)
        names = ", ".join(columns[:_NAMES_TOLD])
        row = self.tr("A row: {count} values").format(count=len(columns))
        self.line.setPlaceholderText(self.tr("Type a text") if text else row)
        how = self.tr("Type a row: values with commas between")
        self.line.setToolTip(how if text else f"{how}\n{names}")
        self.names.setVisible(dataless)
        self.pixels.setVisible(dataless and picture is not None)
        self.pixels_label.setVisible(dataless and picture is not None)
        self.pixels.setCurrentIndex(list(Pixels).index(self._words().pixels))

    def _words(self) -> AnswerWords:
        section = self._document.graph.sections.get(ANSWERS)
        return section if isinstance(section, AnswerWords) else AnswerWords()

    def _on_pixels_activated(self, at: int) -> None:
        words = self._words().model_copy(update={"pixels": list(Pixels)[at]})
        self._document.push(SetSection(ANSWERS, words))

    @property
    def is_nameless(self) -> bool:
        """Whether no data names the classes."""
        return self._document.is_dataless

    def ask_for_names(self) -> None:
        """Show the names of the classes and take others."""
        from app.use.names_dialog import NamesDialog  # few networks lack names

        target = self._target()
        dialog = NamesDialog(self._theme, self._words().classes.get(target, ()), self.window())
        dialog.chosen.connect(self._on_names_chosen)
        dialog.show()

    def _target(self) -> str:
        found = (n.layer.target for n in self._document.graph.nodes.values() if isinstance(n.layer, Target))
        return next(found, "y")

    def _on_names_chosen(self, names: tuple[str, ...]) -> None:
        words = self._words()
        classes = {**words.classes, self._target(): names}
        self._document.push(SetSection(ANSWERS, words.model_copy(update={"classes": classes})))

    # -- ways -----------------------------------------------------------------------------------------
    def ask_for_file(self) -> None:
        """Choose a file."""
        path = ask_to_open(self, self.tr("Predict a file"))
        if path:
            self.given.emit(Path(path), "")

    def ask_for_folder(self) -> None:
        """Choose a folder of pictures."""
        path = ask_for_folder(self, self.tr("Predict a folder"))
        if path:
            self.given.emit(Path(path), "")

    def take_pasted(self) -> None:
        """Rows, a text or a picture from the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        files = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
        if files:
            self.given.emit(Path(files[0]), "")
            return
        try:
            if mime.hasText():
                text = mime.text()
                path = typed(text, self._desk.inputs(), self._desk.preparation) if text.strip() else None
            else:
                path = _pasted_picture(mime.imageData())
        except OSError as error:
            self.refused.emit(str(error))
            return
        if path is None:
            self.refused.emit(self.tr("There is nothing on the clipboard that can be predicted."))
        else:
            self.given.emit(path, self.tr("Pasted"))

    def _on_typed(self) -> None:
        line, inputs = self.line.text().strip(), self._desk.inputs()
        names = column_names(inputs, self._desk.preparation)
        got = count_missed(line, names)
        if line and got is not None:
            words = self.tr("A row has {count} values here ({names}), received {got}.")
            self.refused.emit(words.format(count=len(names), names=", ".join(names[:_NAMES_TOLD]), got=got))
            return
        try:
            if line:
                self.given.emit(typed(line, inputs, self._desk.preparation), self.tr("Typed"))
        except OSError as error:
            self.refused.emit(str(error))

    def _seen(self) -> Array:
        """The drawing as the network gets it, uint8 (side, side, channels)."""
        extent = self.centring.extent
        if not extent:
            return np.asarray(self.pad.picture(self._channels)[0])
        size = (self.pad.side, self.pad.side)
        return in_the_middle(as_pixels(self.pad.drawing(), self._channels), size, extent)

    def _show_seen(self) -> None:
        if self.centring.isVisibleTo(self):
            self.centring.seen.show_pixels(self._seen())

    def _on_drawn(self) -> None:
        fine = self.pad.drawing() if self.centring.is_on else picture_of(self.pad.picture(self._channels)[0])
        try:
            self.drawn.emit(drawn(fine))
        except OSError as error:
            self.refused.emit(str(error))


def _pasted_picture(image: object) -> Path | None:
    """A file of its own: the pictures that were pasted as data gather in a folder, which is asked as a whole."""
    return drawn(image, "pasted.png") if isinstance(image, QImage) and not image.isNull() else None


def _picture(inputs: list[Feature]) -> Feature | None:
    """The only input, where it is a picture."""
    found = [f for f in inputs if len(f.shape) == 3 and f.shape[-1] in (1, 3)]
    return found[0] if len(inputs) == 1 and found else None
