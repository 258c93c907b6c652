"""The pictures of one class in a row; click one, or press Delete on it, to take it away."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QImage, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter

_SIDE: Final = 30
_GAP: Final = 3


class ThumbnailStrip(QWidget):
    """Pictures that wrap into rows; `removed` carries the place of the one that is to go."""

    accessible_role = QAccessible.Role.List

    removed = Signal(int)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._images: list[QImage] = []
        self._at: int | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("Click a picture to delete it"))
        theme.changed.connect(self.update)

    def set_images(self, images: list[QImage]) -> None:
        """Shows other pictures."""
        self._images = images
        self._at = None if self._at is None or self._at >= len(images) else self._at
        self.setAccessibleDescription(self.tr("{count} pictures").format(count=len(images)))
        self.setVisible(bool(images))
        self._fit_height()
        self.update()

    def images(self) -> list[QImage]:
        """What is shown."""
        return self._images

    def place_of(self, index: int) -> QRectF:
        """Where a picture is."""
        row, column = divmod(index, self._columns(self.width()))
        return QRectF(column * (_SIDE + _GAP), row * (_SIDE + _GAP), _SIDE, _SIDE)

    def _columns(self, width: int) -> int:
        return max(1, (width + _GAP) // (_SIDE + _GAP))

    def _index_at(self, position: QPointF) -> int | None:
        found = (k for k in range(len(self._images)) if self.place_of(k).contains(position))
        return next(found, None)

    def _fit_height(self) -> None:
        rows = -(-len(self._images) // self._columns(self.width()))
        self.setFixedHeight(max(1, rows * (_SIDE + _GAP)))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    @override
    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._at = self._index_at(event.position())
        self.setCursor(Qt.CursorShape.ArrowCursor if self._at is None else Qt.CursorShape.PointingHandCursor)
        self.update()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index is not None and event.button() is Qt.MouseButton.LeftButton:
            self.removed.emit(index)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps and self._images:
            start = -1 if self._at is None else self._at
            self._at = min(max(start + steps[key], 0), len(self._images) - 1)
            self.update()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._at is not None:
            self.removed.emit(self._at)
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        for index, image in enumerate(self._images):
            place = self.place_of(index)
            painter.drawImage(place, image)
            if index == self._at:
                fill_rounded(painter, place, self._theme.color("panel", 0.65), 2)
                self._theme.paint_icon(painter, place.adjusted(8, 8, -8, -8), "delete", "text")
                outline_rounded(painter, place, self._theme.color("accent"), 2, 1.5)
