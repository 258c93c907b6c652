"""A few pictures side by side, as large as the panel allows, each with a word below where there is one."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.data.cells import picture_of
from app.theme import FontRole, Theme
from app.widgets.painting import smooth_painter
from engine.tensor.spec import Array

_GAP: Final = 6.0
_CAPTION: Final = 16.0
_RADIUS: Final = 5.0
_USUAL: Final = 260  # pixels wide


class PictureGrid(QWidget):
    """Pictures in rows of `columns`, all cells alike."""

    def __init__(self, theme: Theme, name: str, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns = columns
        self._images: list[QImage] = []
        self._captions: tuple[str, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(name)
        theme.changed.connect(self.update)
        self.hide()

    def images(self) -> list[QImage]:
        """What is shown."""
        return self._images

    def set_pictures(self, pictures: Sequence[Array], captions: Sequence[str] = ()) -> None:
        """Shows other pictures, each uint8 (H, W, C)."""
        same = len(pictures) == len(self._images)
        self._images = [picture_of(pixels) for pixels in pictures]
        self._captions = tuple(captions)
        self.setAccessibleDescription(", ".join(self._captions))
        self.setVisible(bool(self._images))
        if not same:
            self.updateGeometry()
        self.update()

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        rows = -(-len(self._images) // self._columns)
        caption = _CAPTION if self._captions else 0.0
        return max(1, round(rows * (self._side(width) + _GAP + caption) - _GAP))

    @override
    def sizeHint(self) -> QSize:
        return QSize(_USUAL, self.heightForWidth(_USUAL))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_USUAL // 4, 1)

    def _side(self, width: int) -> float:
        return (width - (self._columns - 1) * _GAP) / self._columns

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        side = self._side(self.width())
        caption = _CAPTION if self._captions else 0.0
        for place, image in enumerate(self._images):
            row, column = divmod(place, self._columns)
            cell = QRectF(column * (side + _GAP), row * (side + _GAP + caption), side, side)
            outline = QPainterPath()
            outline.addRoundedRect(cell, _RADIUS, _RADIUS)
            painter.fillPath(outline, self._theme.color("raised"))
            painter.save()
            painter.setClipPath(outline)
            fits = cell.width() / max(1, image.width(), image.height())
            shown = QRectF(0, 0, image.width() * fits, image.height() * fits)
            shown.moveCenter(cell.center())
            painter.setRenderHint(
                painter.RenderHint.SmoothPixmapTransform, fits * self.devicePixelRatioF() < 2
            )
            painter.drawImage(shown, image)
            painter.restore()
            if place < len(self._captions):
                painter.setFont(self._theme.font(FontRole.SMALL))
                painter.setPen(self._theme.color("dim"))
                below = QRectF(cell.left(), cell.bottom(), side, _CAPTION)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._captions[place])
