"""Test pictures with what the network takes them for: the most direct answer to "does it work?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
)
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from app.widgets.scrolling import downwards

_WISHED_SIDE: Final = 76
_SMOOTH_FROM: Final = 48
"""Pictures of fewer pixels are enlarged by whole factors, so that their pixels are seen as they are."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures and predictions, sorted as they are to be shown.

    `images` is uint8 of shape (n, height, width) or (n, height, width, 3); `predicted` and `true` are class
    indices (n,), `confidence` is the probability given to the predicted class (n,); `names` are the classes.
    """

    images: NDArray[np.uint8]
    predicted: NDArray[np.intp]
    true: NDArray[np.intp]
    confidence: NDArray[np.float64]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        images: ArrayLike,
        predicted: ArrayLike,
        true: ArrayLike,
        confidence: ArrayLike,
        names: Sequence[str],
    ) -> "Pictures":
        """Takes arrays of any numeric type; raises `ValueError` where their shapes don't belong together."""
        pixels = np.ascontiguousarray(images, dtype=np.uint8)
        made = cls(
            pixels,
            np.asarray(predicted, np.intp),
            np.asarray(true, np.intp),
            np.asarray(confidence, float),
            tuple(names),
        )
        lengths = {len(pixels), len(made.predicted), len(made.true), len(made.confidence)}
        if pixels.ndim not in (3, 4) or (pixels.ndim == 4 and pixels.shape[3] != 3) or len(lengths) != 1:
            raise ValueError(
                "Pictures are grey (n, height, width) or coloured (n, height, width, 3), with n predictions. "
                f"Received: pictures {pixels.shape}, predictions {made.predicted.shape}."
            )
        return made

    def __len__(self) -> int:
        return len(self.images)

    def is_right(self, index: int) -> bool:
        """Whether picture `index` is predicted rightly."""
        return bool(self.predicted[index] == self.true[index])

    def name(self, label: int) -> str:
        """The name of a class."""
        return self.names[label] if 0 <= label < len(self.names) else str(label)

    def image(self, index: int) -> QImage:
        """Picture `index`."""
        pixels = self.images[index]
        height, width = pixels.shape[:2]
        depth = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
        return QImage(pixels.tobytes(), width, height, pixels.strides[0], depth).copy()


class PictureGrid(LiveView):
    """Pictures in as many columns as fit, each with a bar of confidence and the class it is taken for.

    A right prediction is in the good colour; a wrong one in the bad colour, with a cross and the true class.
    `chosen` carries the index of a picture that was clicked, or chosen with Return after the arrow keys.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._sheet = _Sheet(theme, self)
        self._scroll = downwards(self._sheet, see_through=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        self.setFocusProxy(self._sheet)
        self._sheet.setAccessibleName(self.tr("Test pictures, most doubtful first"))
        self.introduce(
            self.tr("Test pictures"), self.tr("Press Train: test pictures and what they are taken for.")
        )

    def set_pictures(self, pictures: Pictures | None) -> None:
        """Shows other pictures, or none."""
        self._sheet.take(pictures)
        self.request_refresh()

    def pictures(self) -> Pictures | None:
        """What is shown."""
        return self._sheet.pictures

    def columns(self) -> int:
        """How many pictures fit side by side."""
        return self._sheet.columns()

    def rect_of(self, index: int) -> QRect:
        """Where picture `index` is on this widget, label included."""
        rect = self._sheet.rect_of(index)
        return QRect(self._sheet.mapTo(self, rect.topLeft()), rect.size())

    def sentence(self, index: int) -> str:
        """What picture `index` is and what it is taken for."""
        pictures = self._sheet.pictures
        if pictures is None:
            return ""
        percent = round(100 * float(pictures.confidence[index]))
        taken, true = pictures.name(int(pictures.predicted[index])), pictures.name(int(pictures.true[index]))
        if pictures.is_right(index):
            return self.tr("Recognized as {taken} with {percent} %.").format(taken=taken, percent=percent)
        sentence = self.tr("Taken for {taken} with {percent} %; it is {true}.")
        return sentence.format(taken=taken, percent=percent, true=true)

    @override
    def is_empty(self) -> bool:
        return self._sheet.pictures is None or not len(self._sheet.pictures)

    @override
    def summary(self) -> str:
        pictures = self._sheet.pictures
        if pictures is None:
            return ""
        right = int((pictures.predicted == pictures.true).sum())
        return self.tr("{right} of {count} pictures shown are recognized.").format(
            right=right, count=len(pictures)
        )

    @override
    def _refresh(self) -> None:
        self._scroll.setVisible(not self.is_empty())
        self._sheet.fit()
        self._sheet.update()

    def show_picture(self, index: int) -> None:
        """Scrolls picture `index` into view and says what it is to assistive technology."""
        rect = self._sheet.rect_of(index)
        self._scroll.ensureVisible(
            rect.center().x(), rect.center().y(), rect.width() // 2, rect.height() // 2 + 8
        )
        self._sheet.setAccessibleDescription(self.sentence(index))


class _Sheet(QWidget):
    """The scrolled surface; paints only the pictures in sight."""

    accessible_role = QAccessible.Role.Graphic

    def __init__(self, theme: Theme, grid: PictureGrid) -> None:
        super().__init__()
        self.pictures: Pictures | None = None
        self._theme = theme
        self._grid = grid
        self._images: dict[int, QImage] = {}
        self._current = 0
        self._side = _WISHED_SIDE
        self._two_lines = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def take(self, pictures: Pictures | None) -> None:
        self.pictures = pictures
        self._images.clear()
        self._current = min(self._current, max(0, len(pictures) - 1)) if pictures else 0
        self._side = _cell_side(pictures.images.shape[2]) if pictures else _WISHED_SIDE
        metrics = QFontMetricsF(self._theme.font(FontRole.SMALL_STRONG))
        widest = (
            max((metrics.horizontalAdvance(name) for name in pictures.names), default=0) if pictures else 0
        )
        self._two_lines = widest > 18

    def columns(self) -> int:
        return max(1, (self.width() + 2 * SPACE) // (self._side + 2 * SPACE))

    def fit(self) -> None:
        count = len(self.pictures) if self.pictures else 0
        rows = -(-count // self.columns())
        self.setMinimumHeight(rows * (self._cell().height() + 2 * SPACE) + SPACE)

    def rect_of(self, index: int) -> QRect:
        row, column = divmod(index, self.columns())
        cell = self._cell()
        left = 2 + column * (cell.width() + 2 * SPACE)
        return QRect(QPoint(left, 2 + row * (cell.height() + 2 * SPACE)), cell)

    def index_at(self, position: QPoint) -> int | None:
        cell = self._cell()
        column, row = position.x() // (cell.width() + 2 * SPACE), position.y() // (cell.height() + 2 * SPACE)
        index = row * self.columns() + column
        inside = self.pictures is not None and column < self.columns() and 0 <= index < len(self.pictures)
        return index if inside and self.rect_of(index).contains(position) else None

    def _cell(self) -> QSize:
        return QSize(self._side, self._side + (44 if self._two_lines else 28))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        pictures = self.pictures
        if pictures is None:
            return
        painter = smooth_painter(self)
        row_height = self._cell().height() + 2 * SPACE
        first = max(0, event.rect().top() // row_height) * self.columns()
        last = (event.rect().bottom() // row_height + 1) * self.columns()
        for index in range(first, min(last, len(pictures))):
            self._paint_picture(painter, pictures, index, self.rect_of(index))

    def _paint_picture(self, painter: QPainter, pictures: Pictures, index: int, cell: QRect) -> None:
        if index not in self._images:
            self._images[index] = pictures.image(index)
        frame = QRectF(cell.left(), cell.top(), self._side, self._side)
        clip = QPainterPath()
        clip.addRoundedRect(frame, 5, 5)
        painter.save()
        painter.setClipPath(clip)
        image = self._images[index]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() >= _SMOOTH_FROM)
        painter.drawImage(frame, image)
        painter.restore()
        if self.hasFocus() and index == self._current:
            outline_rounded(painter, frame.adjusted(-2, -2, 2, 2), self._theme.color("accent"), 7, 2)
        self._paint_bar(painter, pictures, index, QRectF(cell.left(), frame.bottom() + 4, self._side, 3))
        below = QRectF(cell.left(), frame.bottom() + 9, self._side, 16)
        self._paint_words(painter, pictures, index, below)

    def _paint_bar(self, painter: QPainter, pictures: Pictures, index: int, bar: QRectF) -> None:
        fill_rounded(painter, bar, self._theme.color("line"), 1.5)
        share = min(max(float(np.nan_to_num(pictures.confidence[index])), 0.0), 1.0)
        bar.setWidth(max(3.0, bar.width() * share))
        fill_rounded(painter, bar, self._theme.color("good" if pictures.is_right(index) else "bad"), 1.5)

    def _paint_words(self, painter: QPainter, pictures: Pictures, index: int, line: QRectF) -> None:
        right = pictures.is_right(index)
        percent = f"{round(100 * float(np.nan_to_num(pictures.confidence[index])))} %"
        true = self._grid.tr("is {name}").format(name=pictures.name(int(pictures.true[index])))
        middle = Qt.AlignmentFlag.AlignVCenter
        second = line.translated(0, 16) if self._two_lines else line
        painter.setFont(self._theme.font(FontRole.MONO_SMALL))
        painter.setPen(self._theme.color("dim"))
        painter.drawText(second, middle | Qt.AlignmentFlag.AlignRight, percent)
        taken_room = QFontMetricsF(painter.font()).horizontalAdvance(percent) + SPACE
        left = line.left()
        if not right:
            self._theme.paint_icon(
                painter, QRectF(left - 1, line.center().y() - 5.5, 11, 11), "close", "bad_text"
            )
            left += 12
        name = pictures.name(int(pictures.predicted[index]))
        room = line.right() - left - (0 if self._two_lines else taken_room)
        left += self._paint_fitting(painter, name, "good_text" if right else "bad_text", left, line, room)
        if right:
            return
        start = line.left() if self._two_lines else left + SPACE
        self._paint_fitting(painter, true, "dim", start, second, second.right() - start - taken_room)

    def _paint_fitting(
        self, painter: QPainter, text: str, role: str, left: float, line: QRectF, room: float
    ) -> float:
        font = self._theme.font(FontRole.SMALL if role == "dim" else FontRole.SMALL_STRONG)
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setFont(font)
        painter.setPen(self._theme.color(role))
        painter.drawText(
            QRectF(left, line.top(), room + 1, line.height()), Qt.AlignmentFlag.AlignVCenter, shown
        )
        return metrics.horizontalAdvance(shown)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.index_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if index is None else self._grid.sentence(index), self)
            return True
        return super().event(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go_to(index)
            self._grid.chosen.emit(index)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns(),
            Qt.Key.Key_Down: self.columns(),
        }
        key = Qt.Key(event.key())
        if key in steps and self.pictures is not None:
            target = self._current + steps[key]
            if 0 <= target < len(self.pictures):
                self._go_to(target)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.pictures:
            self._grid.chosen.emit(self._current)
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.pictures:
            self._grid.show_picture(self._current)

    def _go_to(self, index: int) -> None:
        self._current = index
        self._grid.show_picture(index)
        self.update()


def _cell_side(pixels: int) -> int:
    if pixels >= _SMOOTH_FROM or pixels < 1:
        return _WISHED_SIDE
    return pixels * max(1, round(_WISHED_SIDE / pixels))
