"""A pad of few pixels to draw digits and signs on, which shows the camera where one runs."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.data.pad import Pad
from app.theme import RADIUS_CONTROL, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter

_FINE: Final = 8  # dots of the drawing for a pixel of the picture: its edges become soft
_PEN: Final = 2.4  # pixels of the picture
_THINNEST: Final = 0.6  # of that, on pictures of few pixels
_RIM: Final = 6


class PicturePad(Pad):
    """White on black, as scanned digits are. The right button erases. `drawn` after each stroke.

    `class_keyed` carries the class whose number key was pressed.
    """

    drawn = Signal()
    changed = Signal()  # while something is drawn, and when it is wiped
    class_keyed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, self.tr("Pad to draw a picture on"), parent)
        self._side = 28
        self._canvas = QImage()
        self._shown = QImage()  # of the camera
        self._is_empty = True
        self._invitation = self.tr("Draw here, then press a class")
        self._last: QPointF | None = None
        self._erasing = False
        theme.changed.connect(self.update)
        self.wipe()

    def is_empty(self) -> bool:
        """Whether there is nothing to take."""
        return self._is_empty and self._shown.isNull()

    @property
    def side(self) -> int:
        """Pixels of a side of the picture."""
        return self._side

    def set_side(self, side: int) -> None:
        """How many pixels a side has; what is drawn is wiped where that changes."""
        if side != self._side:
            self._side = side
            self.wipe()

    def wipe(self) -> None:
        """An empty pad."""
        dots = self._side * _FINE
        self._canvas = QImage(dots, dots, QImage.Format.Format_Grayscale8)
        self._canvas.fill(Qt.GlobalColor.black)
        self._is_empty = True
        self.update()
        self.changed.emit()

    def show_frame(self, image: QImage | None) -> None:
        """What the camera sees, cut to a square and mirrored as in a mirror; None goes back to drawing."""
        self._shown = QImage() if image is None else _square(image)
        self.update()

    def show_picture(self, image: QImage | None) -> None:
        """Show a picture as it is, upright and whole; None goes back to drawing."""
        self._shown = QImage() if image is None else image
        self.update()

    def set_invitation(self, words: str) -> None:
        """What the empty pad says."""
        self._invitation = words
        self.update()

    def drawing(self) -> QImage:
        """What is to be seen, as finely as it was drawn."""
        return self._canvas if self._shown.isNull() else self._shown

    def picture(self, channels: int) -> NDArray[np.uint8]:
        """What is to be seen, uint8 (1, side, side, channels)."""
        small = self.drawing().scaled(
            self._side,
            self._side,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
        return pixels_of(small.convertToFormat(kind), channels)[np.newaxis]

    # -- drawing ------------------------------------------------------------------------------------
    def _frame(self) -> QRectF:
        side = min(self.width(), self.height()) - 2 * _RIM
        middle = QRectF(self.rect()).center()
        return QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)

    def _dot(self, position: QPointF) -> QPointF:
        frame = self._frame()
        return (position - frame.topLeft()) * (self._canvas.width() / frame.width())

    def _line(self, start: QPointF, end: QPointF) -> None:
        painter = QPainter(self._canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = Qt.GlobalColor.black if self._erasing else Qt.GlobalColor.white
        width = _PEN * _FINE * (2.0 if self._erasing else 1.0) * max(self._side / 28, _THINNEST)
        painter.setPen(
            QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        if start == end:
            painter.drawPoint(start)
        else:
            painter.drawLine(QLineF(start, end))
        painter.end()
        self._is_empty = self._is_empty and self._erasing
        self.update()
        self.changed.emit()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        if event.button() in buttons and self._shown.isNull():
            self._erasing = event.button() is Qt.MouseButton.RightButton
            self._last = self._dot(event.position())
            self._line(self._last, self._last)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            now = self._dot(event.position())
            self._line(self._last, now)
            self._last = now

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._last = None
            self.drawn.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_1
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.wipe()
        elif 0 <= digit < 9 and not event.modifiers() and not event.isAutoRepeat():
            self.class_keyed.emit(digit)
        else:
            super().keyPressEvent(event)

    # -- painting -----------------------------------------------------------------------------------
    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        frame = self._frame()
        around = frame.adjusted(-_RIM, -_RIM, _RIM, _RIM)
        fill_rounded(painter, around, self._theme.color("canvas"), RADIUS_CONTROL)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, self._canvas if self._shown.isNull() else self._shown)
        line = "accent" if self.hasFocus() else "line"
        outline_rounded(painter, around, self._theme.color(line), RADIUS_CONTROL, 1.5)
        if self.is_empty():
            painter.setPen(Qt.GlobalColor.lightGray)
            painter.setFont(self._theme.font(FontRole.BODY))
            how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(frame, how, self._invitation)


def pixels_of(image: QImage, channels: int) -> NDArray[np.uint8]:
    """The bytes of a grey or RGB image, uint8 (height, width, channels)."""
    height, width = image.height(), image.width()
    rows = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : width * channels].reshape(height, width, channels).copy()


def _square(image: QImage) -> QImage:
    side = min(image.width(), image.height())
    part = QRect((image.width() - side) // 2, (image.height() - side) // 2, side, side)
    return image.copy(part).flipped(Qt.Orientation.Horizontal)
