"""Pictures in rows of three: what is given, what the network makes of it, what it should be."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.theme import SPACE, FontRole, Theme, class_color
from app.widgets.painting import smooth_painter
from app.widgets.scrolling import downwards
from engine.training.predictions.beside import Pair

_SIDE: Final = 76
_SMOOTH_FROM: Final = 48
_HEAD: Final = 18
_GAP: Final = 2 * SPACE


class BesideView(LiveView):
    """As many triples side by side as fit, each with its error below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._sheet = _Sheet(theme, self)
        self._scroll = downwards(self._sheet, see_through=True, keyboard=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        self.setFocusProxy(self._scroll)
        self.introduce(
            self.tr("Pictures beside what is made of them"),
            self.tr("Press Train: what is made of each picture."),
        )

    def set_pairs(self, pairs: Pair | None) -> None:
        """Shows other pictures, or none."""
        self._sheet.take(pairs)
        self.request_refresh()

    @property
    def pairs(self) -> Pair | None:
        """What is shown."""
        return self._sheet.pairs

    @override
    def is_empty(self) -> bool:
        return self._sheet.pairs is None

    @override
    def summary(self) -> str:
        pairs = self._sheet.pairs
        if pairs is None:
            return ""
        words = self.tr("{count} pictures, mean error {error:.4g}.")
        return words.format(count=len(pairs.error), error=float(np.mean(pairs.error)))

    @override
    def _refresh(self) -> None:
        self._scroll.setVisible(not self.is_empty())
        self._sheet.fit()
        self._sheet.update()

    def words(self, error: float, *, classes: bool) -> str:
        """An error below a picture."""
        if classes:
            return self.tr("{percent} % wrong").format(percent=f"{100 * error:.1f}")
        return self.tr("error {error}").format(error=f"{error:.3g}")

    def heads(self) -> tuple[str, str, str]:
        """What stands above the three pictures."""
        return self.tr("given"), self.tr("made"), self.tr("wanted")


class _Sheet(QWidget):
    """The scrolled surface; paints only what is in sight."""

    def __init__(self, theme: Theme, view: BesideView) -> None:
        super().__init__()
        self.pairs: Pair | None = None
        self._theme, self._view = theme, view

    def take(self, pairs: Pair | None) -> None:
        self.pairs = pairs

    def _cell(self) -> QSize:
        return QSize(3 * _SIDE + 2 * SPACE + 3 * _GAP, _SIDE + _HEAD + 2 * _GAP)

    def _columns(self) -> int:
        return max(1, self.width() // self._cell().width())

    def fit(self) -> None:
        count = len(self.pairs.error) if self.pairs is not None else 0
        self.setMinimumHeight(-(-count // self._columns()) * self._cell().height() + _HEAD)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        pairs = self.pairs
        if pairs is None:
            return
        painter, cell = smooth_painter(self), self._cell()
        painter.setFont(self._theme.font(FontRole.SMALL))
        for k in range(len(pairs.error)):
            row, column = divmod(k, self._columns())
            place = QRectF(column * cell.width(), _HEAD + row * cell.height(), cell.width(), cell.height())
            if place.toRect().intersects(event.rect()) or row == 0:
                self._paint_triple(painter, pairs, k, place, headed=row == 0)

    def _paint_triple(self, painter: QPainter, pairs: Pair, k: int, place: QRectF, *, headed: bool) -> None:
        images = (pairs.given[k], pairs.made[k], pairs.wanted[k])
        for n, (head, pixels) in enumerate(zip(self._view.heads(), images, strict=True)):
            frame = QRectF(place.left() + n * (_SIDE + SPACE), place.top(), _SIDE, _SIDE)
            image = image_of_classes(pixels) if pairs.classes and n else image_of_pixels(pixels)
            smooth = min(image.width(), image.height()) >= _SMOOTH_FROM and not (pairs.classes and n)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(frame, image)
            painter.setPen(self._theme.color("dim"))
            if headed:
                above = QRectF(frame.left(), frame.top() - _HEAD, _SIDE, _HEAD)
                painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, head)
        below = QRectF(place.left(), place.top() + _SIDE, 3 * _SIDE, _HEAD)
        words = self._view.words(float(pairs.error[k]), classes=pairs.classes)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


def image_of_pixels(pixels: NDArray[np.uint8]) -> QImage:
    """A grey picture (height, width), or a coloured one (height, width, 3)."""
    height, width = pixels.shape[:2]
    depth = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    packed = np.ascontiguousarray(pixels)
    return QImage(packed.tobytes(), width, height, packed.strides[0], depth).copy()


def image_of_classes(classes: NDArray[np.intp]) -> QImage:
    """A colour for each class."""
    shades = [QColor(class_color(k)) for k in range(int(classes.max(initial=0)) + 1)]
    table = [(c.red(), c.green(), c.blue()) for c in shades]
    colors = np.array(table, np.uint8)
    return image_of_pixels(colors[np.clip(classes, 0, len(table) - 1)])
