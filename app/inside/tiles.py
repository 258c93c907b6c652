"""A grid of small pictures in rows as wide as there is room."""

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import SPACE, Theme

_WISHED = 42  # pixels of a square tile's side
_GAP = SPACE
_WIDE = 1.6  # width by height from which a tile has a row to itself
_LOWEST, _HIGHEST = 14, 150  # pixels of a tile that has a row to itself


def _even(count: int, most: int) -> int:
    """Columns for so many tiles: as many as there is room for, or some fewer where that fills the last row better."""
    if count <= most:
        return most
    return max(range(max(1, most - 2), most + 1), key=lambda columns: (-(-count % columns), columns))


class TileGrid(QWidget):
    """Shows pictures; square ones side by side, wide ones below each other.

    `picked` carries the number of the picture that was clicked, and where in it, across and down, from 0 to 1.
    """

    picked = Signal(int, float, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._images: list[QImage] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def images(self) -> Sequence[QImage]:
        """What is shown."""
        return self._images

    def set_images(self, images: Sequence[QImage], description: str) -> None:
        """Show these; `description` is for those who can't see them."""
        resized = [i.size() for i in images] != [i.size() for i in self._images]
        self._images = list(images)
        self.setAccessibleDescription(description)
        if resized:
            self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        places = self._places(max(self.width(), 1))
        return QSize(200, ceil(max((p.bottom() for p in places), default=0.0)))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_WISHED, self.sizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        for k, box in enumerate(self._places(self.width())):
            if event.button() == Qt.MouseButton.LeftButton and box.contains(place):
                across, down = place.x() - box.left(), place.y() - box.top()
                self.picked.emit(k, across / box.width(), down / box.height())
                return
        super().mousePressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        back = self._theme.color("canvas")
        for image, place in zip(self._images, self._places(self.width()), strict=True):
            painter.fillRect(place, back)
            painter.drawImage(place, image)

    def _places(self, width: int) -> list[QRectF]:
        """Where each picture stands."""
        if not self._images:
            return []
        first = self._images[0]
        if first.width() > _WIDE * first.height() or (len(self._images) == 1 and first.width() > 1):
            return self._rows(width)
        most = max(1, (width + _GAP) // (_WISHED + _GAP))
        columns = _even(len(self._images), min(most, max(len(self._images), 5)))
        side = (width - (columns - 1) * _GAP) / columns
        height = side * first.height() / first.width()
        step, rise = side + _GAP, height + _GAP
        return [
            QRectF(k % columns * step, k // columns * rise, side, height) for k in range(len(self._images))
        ]

    def _rows(self, width: int) -> list[QRectF]:
        places, top = [], 0.0
        for image in self._images:
            shape = image.height() / image.width()
            height = min(max(width * shape, _LOWEST), _HIGHEST)
            across = width if image.width() > _WIDE * image.height() else min(float(width), height / shape)
            places.append(QRectF(0.0, top, across, height))
            top += height + _GAP
        return places
