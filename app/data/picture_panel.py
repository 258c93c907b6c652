"""Drawing pictures: the pad, a button for each class that takes what is on it, and what was collected so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.data.camera import Camera, find_camera
from app.data.picture_pad import PicturePad
from app.data.sketch_view import as_image
from app.data.thumbnail_strip import ThumbnailStrip
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextField, TextLabel
from engine.data.drawn import Pictures
from engine.data.errors import DataError
from engine.data.sets.drawn import DrawnPictureOptions
from engine.settings import problems

EVERY_MS: Final = 150  # between two pictures while a class button is held
_CAMERA_SIDE: Final = 64  # pixels of a set that begins with the camera
_SHOWN: Final = 60  # thumbnails of a class: the newest


class ClassRow(QWidget):
    """A class: its button, how many pictures it has, and these."""

    def __init__(self, theme: Theme, label: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = label
        self.button = Button(theme, f"{label + 1}  {name}")
        self.count = TextLabel(theme, role=FontRole.MONO_SMALL, tone="dim")
        self.strip = ThumbnailStrip(theme, name)
        self.first = 0
        row = QHBoxLayout()
        row.addWidget(self.button, 1)
        row.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(row)
        column.addWidget(self.strip)

    def show_pictures(self, pixels: NDArray[np.uint8]) -> None:
        """Shows those of the class, the newest where there are many."""
        self.first = max(0, len(pixels) - _SHOWN)
        self.count.setText(str(len(pixels)))
        self.strip.set_images([as_image(one) for one in pixels[self.first :]])


class PicturePanel(QWidget):
    """Edits `DrawnPictureOptions`; `committed` carries new ones after each picture, or after a series of the camera."""

    committed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        value: DrawnPictureOptions,
        parent: QWidget | None = None,
        *,
        camera: Callable[[], Camera | None] = find_camera,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._value = value
        self._drawing = _drawing(value)
        self._taken: list[NDArray[np.uint8]] = []
        self._held = 0
        self.pad = PicturePad(theme)
        self.wipe = Button(theme, self.tr("Wipe"), kind="quiet")
        self.clear = Button(theme, self.tr("Delete all"), icon="delete", kind="quiet")
        self.problem = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        self.names = TextField(
            theme, self.tr("Classes"), value.names, help_text=self.tr("names, with commas between")
        )
        self.rows: list[ClassRow] = []
        self._classes = QVBoxLayout()
        self._classes.setSpacing(2 * SPACE)
        self._camera = camera()
        self.camera_button = Button(theme, self.tr("Camera"), kind="toggle")
        self.camera_button.setVisible(self._camera is not None)
        self._series = QTimer(self)
        self._series.setInterval(EVERY_MS)
        self._series.timeout.connect(self._take)
        self._lay_out()
        self._connect()
        self._show()

    def set_value(self, value: DrawnPictureOptions) -> None:
        """Shows other options; emits nothing."""
        if value != self._value:
            self._value = value
            self._drawing = _drawing(value)
            self._show()

    def drawing(self) -> Pictures:
        """What was collected."""
        return self._drawing

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.addWidget(self.wipe)
        tools.addWidget(self.camera_button)
        tools.addStretch(1)
        tools.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.pad)
        column.addLayout(tools)
        column.addWidget(self.problem)
        column.addLayout(self._classes)
        column.addWidget(self.names)

    def _connect(self) -> None:
        self.wipe.clicked.connect(self.pad.wipe)
        self.clear.clicked.connect(self._on_clear_clicked)
        self.names.committed.connect(self._on_names_committed)
        self.pad.class_keyed.connect(self._on_class_keyed)
        self.camera_button.toggled.connect(self._on_camera_toggled)
        if self._camera is not None:
            self._camera.pictured.connect(self._on_camera_pictured)
            self._camera.failed.connect(self._on_camera_failed)

    def _show(self) -> None:
        self.pad.set_side(self._value.side)
        self.names.set_value(self._value.names)
        names = self._value.class_names
        if [row.button.text() for row in self.rows] != [f"{k + 1}  {name}" for k, name in enumerate(names)]:
            self._make_rows(names)
        for row in self.rows:
            row.show_pictures(self._drawing.pixels[self._drawing.classes == row.label])
        self._say("")

    def _make_rows(self, names: tuple[str, ...]) -> None:
        for row in self.rows:
            self._classes.removeWidget(row)
            row.deleteLater()
        self.rows = [ClassRow(self._theme, label, name) for label, name in enumerate(names)]
        for row in self.rows:
            self._classes.addWidget(row)
            row.button.pressed.connect(lambda label=row.label: self._on_class_pressed(label))
            row.button.released.connect(self._on_class_released)
            row.strip.removed.connect(lambda place, row=row: self._on_removed(row, place))

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    # -- taking pictures ------------------------------------------------------------------------------
    @property
    def is_filming(self) -> bool:
        """Whether the camera runs."""
        return self.camera_button.isChecked()

    def _on_class_pressed(self, label: int) -> None:
        self._held = label
        if self.is_filming:
            self._take()
            self._series.start()

    def _on_class_released(self) -> None:
        self._series.stop()
        if not self.is_filming:
            self._take()
        self._keep()

    def _on_class_keyed(self, label: int) -> None:
        if label < len(self.rows):
            self._held = label
            self._take()
            self._keep()

    def _take(self) -> None:
        if self.pad.is_empty():
            self._say(self.tr("There is nothing on the pad; draw first, then press the class."))
            return
        self._taken.append(self.pad.picture(self._value.channels))

    def _keep(self) -> None:
        """All that was taken since the button went down, as one change."""
        if not self._taken:
            return
        pixels, self._taken = np.concatenate(self._taken), []
        if self._commit(self._drawing.with_more(pixels, self._held)) and not self.is_filming:
            self.pad.wipe()

    def _commit(self, drawing: Pictures) -> bool:
        try:
            value = self._value.holding(drawing)
        except DataError as error:
            self._say(str(error))
            return False
        self._value, self._drawing = value, drawing
        self._show()
        self.committed.emit(value)
        return True

    def _on_removed(self, row: ClassRow, place: int) -> None:
        of_class = np.flatnonzero(self._drawing.classes == row.label)
        self._commit(self._drawing.without(int(of_class[row.first + place])))

    def _on_clear_clicked(self) -> None:
        self._commit(Pictures.none(self._value.side, self._value.channels))

    def _on_names_committed(self, text: object) -> None:
        try:
            value = DrawnPictureOptions.model_validate(self._value.model_dump() | {"names": text})
        except ValidationError as error:
            self.names.set_error(problems(DrawnPictureOptions, error)["names"])
            return
        self.names.set_error(None)
        self._value = value
        self._show()
        self.committed.emit(value)

    # -- camera -----------------------------------------------------------------------------------------
    def _on_camera_toggled(self, on: bool) -> None:
        camera = cast("Camera", self._camera)
        if not on:
            camera.stop()
            self.pad.show_frame(None)
            return
        if not len(self._drawing):
            self._value = self._value.model_copy(update={"side": _CAMERA_SIDE, "colour": True})
            self._drawing = _drawing(self._value)
            self._show()
        camera.start()

    def _on_camera_pictured(self, image: object) -> None:
        if self.is_filming and isinstance(image, QImage):
            self.pad.show_frame(image)

    def _on_camera_failed(self, sentence: str) -> None:
        self.camera_button.setChecked(False)
        self._say(sentence)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        """A camera that nobody sees is switched off."""
        super().hideEvent(event)
        self.camera_button.setChecked(False)


def _drawing(value: DrawnPictureOptions) -> Pictures:
    try:
        return value.drawing()
    except DataError:
        return Pictures.none(value.side, value.channels)  # the page says what is wrong with it
