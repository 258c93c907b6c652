"""What the cells of the table look like: numbers in columns, text as it is, pictures and sounds small."""

from __future__ import annotations

import html
from typing import Final

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from engine.tensor.spec import Array

CELL: Final = Qt.ItemDataRole.UserRole
"""Role of the cell as the source gave it; `PENDING` while it is being read."""

LONGEST = 300  # letters of a cell that are shown
LONGEST_TIP = 2_000
MOST_POINTS = 400  # of a curve in a cell
_MARKS = {"\n": "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}", "\r": "", "\t": "\N{RIGHTWARDS ARROW}"}


class _Pending:
    """Stands for a cell that is being read."""


PENDING: Final = _Pending()


def cell_text(cell: object) -> str:
    """A cell as one line of text; nothing for what is missing, being read, or drawn."""
    if cell is None or cell is PENDING or isinstance(cell, np.ndarray):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.10g}"
    return "".join(
        _MARKS.get(c, c if c.isprintable() else "\N{REPLACEMENT CHARACTER}") for c in str(cell)[:LONGEST]
    )


def plain_tip(text: str) -> str:
    """A tooltip that shows a text from a file as it is: Qt would take it for HTML where it looks like that."""
    return f"<p style='white-space: pre-wrap'>{html.escape(text[:LONGEST_TIP])}</p>" if text else ""


def picture_of(pixels: Array) -> QImage:
    """A picture, uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."""
    if pixels.ndim == 2:
        pixels = pixels[..., np.newaxis]
    height, width, channels = pixels.shape
    if channels == 2:  # grey with transparency
        pixels, channels = pixels[..., :1], 1
    kinds = {
        1: QImage.Format.Format_Grayscale8,
        3: QImage.Format.Format_RGB888,
        4: QImage.Format.Format_RGBA8888,
    }
    return QImage(pixels.tobytes(), width, height, width * channels, kinds[channels]).copy()


def is_picture(cell: object) -> bool:
    """Whether a cell is drawn as a picture."""
    return isinstance(cell, np.ndarray) and cell.dtype == np.uint8 and cell.ndim in (2, 3) and cell.size > 0


class CellDelegate(QStyledItemDelegate):
    """Paints cells; what is missing is said in words, what is being read is left empty."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._missing = self.tr("missing")

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        metrics = QFontMetrics(self._theme.font(FontRole.MONO))
        return QSize(metrics.horizontalAdvance(str(index.data() or "")) + 6 * SPACE, 26)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(rect, self._theme.color("accent", 0.22))
        cell = index.data(CELL)
        inner = rect.adjusted(2 * SPACE, 0, -2 * SPACE, 0)
        if is_picture(cell):
            self._paint_picture(painter, rect, picture_of(cell))
        elif isinstance(cell, np.ndarray):
            self._paint_curve(painter, inner, cell)
        elif cell is None:
            self._paint_text(painter, inner, self._missing, FontRole.SMALL, "dim", right=False)
        else:
            number = isinstance(cell, int | float) and not isinstance(cell, bool)
            role = FontRole.MONO if number else FontRole.BODY
            self._paint_text(painter, inner, cell_text(cell), role, "text", right=number)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._theme.color("accent"), 1.5))
            painter.drawRect(rect.adjusted(1, 1, -1.5, -1.5))
        painter.restore()

    def _paint_text(
        self, painter: QPainter, rect: QRectF, text: str, font_role: FontRole, color: str, *, right: bool
    ) -> None:
        font = self._theme.font(font_role)
        painter.setFont(font)
        painter.setPen(self._theme.color(color))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

    def _paint_picture(self, painter: QPainter, rect: QRectF, image: QImage) -> None:
        room = rect.adjusted(SPACE, SPACE, -SPACE, -SPACE)
        scale = min(room.width() / image.width(), room.height() / image.height())
        width, height = image.width() * scale, image.height() * scale
        place = QRectF(room.left(), room.center().y() - height / 2, width, height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
        painter.drawImage(place, image)

    def _paint_curve(self, painter: QPainter, rect: QRectF, values: Array) -> None:
        """A sound or a series: the least and the largest value of each stretch, so that no peak is lost."""
        flat = values.reshape(-1)
        flat = flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat
        if flat.size < 2:
            return
        parts = np.array_split(flat, min(MOST_POINTS // 2, flat.size // 2 or 1))
        ys = [float(y) for part in parts for y in ((part.min(), part.max()) if len(part) > 2 else part)]
        low, high = min(ys), max(ys)
        scale = (rect.height() - 2 * SPACE) / (high - low) if high > low else 0.0
        step = rect.width() / (len(ys) - 1) if len(ys) > 1 else 0.0
        bottom = rect.bottom() - SPACE if scale else rect.center().y()
        line = [QPointF(rect.left() + i * step, bottom - (y - low) * scale) for i, y in enumerate(ys)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent"), 1.0))
        painter.drawPolyline(QPolygonF(line))
