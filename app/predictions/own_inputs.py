"""Ways to give an example of one's own: typed numbers, a drawn or dropped picture, a text, or a row of the data."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QImageReader
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
)
from typing_extensions import override

from app.data.centring_box import CentringBox, as_pixels, in_the_middle
from app.data.picture_pad import PicturePad, pixels_of
from app.places import ask_to_open
from app.predictions.own_form import FormInput
from app.predictions.own_input import OwnInput, example_button
from app.predictions.view import Question
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, IconButton, TextLabel
from app.widgets.flow import FlowLayout
from engine.data.bundle import DataBundle, Feature
from engine.data.pictures.centring import learned_extent
from engine.data.pictures.ground import grounds, learned_ground, opposite
from engine.tensor.spec import Array
from engine.training.predictions import own
from engine.training.predictions.beside import picture_input

LARGEST_PAD = 128
_PAD = 150


class RowInput(OwnInput):
    """A row of the data: what is left for data that can't be typed or drawn."""

    def __init__(self, theme: Theme, question: Question) -> None:
        super().__init__()
        self._bundle, self._rows, self._at = question.bundle, question.rows, 0
        self._label = TextLabel(theme, role=FontRole.SMALL, tone="dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        column.addLayout(row)
        column.addStretch(1)
        row.addWidget(self._label, 1)
        for icon, step, name in (
            ("back", -1, self.tr("Example before")),
            ("forward", 1, self.tr("Next example")),
        ):
            button = IconButton(theme, icon, name)
            button.clicked.connect(lambda _checked=False, step=step: self._step(step))
            row.addWidget(button)
        self._step(0)

    def _step(self, step: int) -> None:
        self._at = (self._at + step) % len(self._rows)
        self._label.setText(self.tr("Row {row}").format(row=self.row + 1))
        self.changed.emit()

    @property
    def row(self) -> int:
        """Of the data."""
        return self._rows[self._at]

    @override
    def inputs(self) -> dict[str, Array]:
        return own.of_row(self._bundle, self.row)


class PictureInput(OwnInput):
    """A pad to draw on; a picture dropped on it, or opened, is shown there instead."""

    def __init__(self, theme: Theme, question: Question, feature: Feature) -> None:
        super().__init__()
        self._question, self._feature = question, feature
        height, width, channels = feature.shape
        self._side, self._channels, self._size = max(height, width), channels, (width, height)
        self._dropped: QImage | None = None
        self._ground = learned_ground(question.bundle)
        self.pad = PicturePad(theme)
        self.pad.set_side(self._side)
        self.pad.setFixedSize(_PAD, _PAD)
        self.pad.set_invitation(self.tr("Draw here, or drop a picture"))
        self.pad.changed.connect(self._on_pad_changed)
        self.wipe = Button(theme, self.tr("Wipe"), kind="quiet")
        self.open = Button(theme, self.tr("Picture…"), kind="quiet")
        self.example = example_button(theme)
        self.centring = CentringBox(theme)
        self.centring.set_extent(learned_extent(question.bundle))
        self.centring.changed.connect(self._on_pad_changed)
        self.invert = Button(theme, self.tr("Looks inverted: invert"))
        self.invert.hide()
        self.invert.clicked.connect(self._on_invert)
        self.wipe.clicked.connect(self._on_wipe)
        self.open.clicked.connect(self._on_open)
        self.example.clicked.connect(self._on_example)
        self._at = -1
        self._trouble = ""
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pad)
        column.setSpacing(SPACE)
        ways = FlowLayout(SPACE)
        for way in (self.wipe, self.open, self.example, self.invert):
            ways.addWidget(way)
        column.addLayout(ways)
        column.addWidget(self.centring)
        column.addStretch(1)

    @property
    @override
    def sentence(self) -> str:
        return self._trouble

    @property
    @override
    def is_blank(self) -> bool:
        return self._dropped is None and self.pad.is_empty()

    def _on_pad_changed(self) -> None:
        self.changed.emit()

    def _on_wipe(self) -> None:
        self._show(None)
        self.pad.wipe()

    def _on_open(self) -> None:
        kinds = self.tr("Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp)")
        chosen = ask_to_open(self, self.tr("Open a picture"), kinds)
        if chosen:
            self.take_file(Path(chosen))

    def take_file(self, path: Path) -> None:
        """Show the picture of a file."""
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        image = reader.read()
        if image.isNull():
            words = self.tr("{name} is no picture that can be read ({why}). Take a PNG or JPEG.")
            self._trouble = words.format(name=path.name, why=reader.errorString())
            self.changed.emit()
            return
        self._show(image)

    def _on_example(self) -> None:
        rows = self._question.rows
        self._at = (self._at + 1) % len(rows)
        from engine.training.predictions.arrays import images_of

        pixels = images_of(self._question.bundle, self._feature.name, np.array([rows[self._at]]))[0]
        height, width = pixels.shape[:2]
        kind = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
        self._show(QImage(pixels.tobytes(), width, height, pixels.strides[0], kind).copy())

    def _show(self, image: QImage | None) -> None:
        self._dropped, self._trouble = image, ""
        looks = opposite(grounds(self._pixels()[np.newaxis]), self._ground)
        self.invert.setVisible(image is not None and bool(looks.any()))
        self.pad.show_picture(image)
        self.changed.emit()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasImage() or any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if files:
            self.take_file(Path(files[0]))
        elif event.mimeData().hasImage():
            self._show(QImage(event.mimeData().imageData()))

    def _on_invert(self) -> None:
        if self._dropped is not None:
            image = self._dropped.convertToFormat(QImage.Format.Format_RGB888)
            image.invertPixels()
            self._show(image)

    @override
    def inputs(self) -> dict[str, Array]:
        row, pixels = self._question.rows[0], self._pixels()
        self.centring.seen.show_pixels(pixels[..., : min(3, self._channels)])
        return own.of_picture(self._question.bundle, row, self._feature.name, pixels)

    def _pixels(self) -> Array:
        """What is shown, uint8 (height, width, channels), as large as the network takes it."""
        channels = 1 if self._channels == 1 else 3
        if self.centring.extent:
            source = self.pad.drawing() if self._dropped is None else self._dropped
            pixels = in_the_middle(as_pixels(source, channels), self._size, self.centring.extent)
        elif self._dropped is None:
            pixels = self.pad.picture(channels)[0]
        else:
            kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
            how = (Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
            small = self._dropped.convertToFormat(kind).scaled(*self._size, *how)
            pixels = pixels_of(small.convertToFormat(kind), channels)
        width, height = self._size
        shown = np.zeros((height, width, self._channels), np.uint8) + 255 * (self._channels == 4)
        shown[..., : min(3, self._channels)] = pixels[:height, :width, : self._channels]
        return shown


class TextInput(OwnInput):
    """A line of text."""

    def __init__(self, theme: Theme, question: Question, feature: Feature) -> None:
        super().__init__()
        self._question, self._feature = question, feature
        self.line = QLineEdit()
        self.line.setPlaceholderText(self.tr("Type a text"))
        self.line.setAccessibleName(self.tr("Text to predict"))
        self.line.textChanged.connect(self.changed)
        self._strange, self._last = "", -1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.line)
        column.addStretch(1)

    @property
    @override
    def place(self) -> int:
        return self._last

    @property
    @override
    def sentence(self) -> str:
        return (
            self.tr("The data has no {signs}; left out.").format(signs=self._strange) if self._strange else ""
        )

    @override
    def inputs(self) -> dict[str, Array]:
        row = self._question.rows[0]
        found, self._strange, self._last = own.of_text(
            self._question.bundle, row, self._feature.name, self.line.text()
        )
        return found


def input_for(theme: Theme, question: Question) -> OwnInput:
    """The way to give an example that suits the data."""
    bundle = question.bundle
    picture = picture_input(bundle.spec)
    if picture is not None and len(picture.shape) == 3 and max(picture.shape[:2]) <= LARGEST_PAD:
        return PictureInput(theme, question, picture)
    if FormInput.suits(question) and not _is_text_alone(bundle):
        return FormInput(theme, question)
    for name in bundle.inputs:
        feature = bundle.features[name]
        if feature.kind == "text" or (
            feature.kind == "index" and feature.class_names and len(feature.shape) == 1
        ):
            return TextInput(theme, question, feature)
    return RowInput(theme, question)


def _is_text_alone(bundle: DataBundle) -> bool:
    (first, *more) = bundle.inputs
    return not more and bundle.features[first].kind == "text"


def title() -> str:
    """What the panel is called."""
    return QCoreApplication.translate("OwnExample", "Your own example")
