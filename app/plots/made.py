"""The picture that a network makes of one example: a copy, or a colour for the class of each place."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.plots.beside import image_of_classes, image_of_pixels
from app.theme import Theme
from app.widgets.painting import smooth_painter

LARGEST = 150  # pixels: as large as the pad beside it
_LEAST = 72
_SMOOTH_FROM = 48


class MadeView(LiveView):
    """One picture, as large as there is room, its pixels seen as they are where they are few."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._image: QImage | None = None
        self._classes = False
        self.setMinimumSize(_LEAST, _LEAST)
        self.introduce(
            self.tr("What is made of it"), self.tr("Press Train: what is made of it appears here.")
        )

    def set_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Shows a picture."""
        self._image, self._classes = image_of_pixels(pixels), False
        self.request_refresh()

    def set_classes(self, classes: NDArray[np.intp]) -> None:
        """Shows the class of each place."""
        self._image, self._classes = image_of_classes(classes), True
        self.request_refresh()

    def clear(self) -> None:
        """Forgets what was shown."""
        self._image = None
        self.request_refresh()

    @override
    def is_empty(self) -> bool:
        return self._image is None

    @override
    def summary(self) -> str:
        if self._image is None:
            return ""
        return self.tr("A picture of {width} \N{MULTIPLICATION SIGN} {height}.").format(
            width=self._image.width(), height=self._image.height()
        )

    @override
    def _refresh(self) -> None:
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = smooth_painter(self)
        fine = min(self._image.width(), self._image.height()) >= _SMOOTH_FROM and not self._classes
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, fine)
        side = min(self.width(), self.height(), LARGEST)
        size = self._image.size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRectF(0, 0, size.width(), size.height()), self._image)
