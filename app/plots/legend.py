"""The legend of a plot: for each line a stroke in its colour, its name, and its value of now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import smooth_painter

SYMBOLS: Final[tuple[str, ...]] = ("o", "s", "t1", "d", "p", "h", "t", "star")
"""Marks of points, one a class: colour alone never tells classes apart."""


def symbol_of(index: int) -> str:
    """The mark of class `index`; seven colours of eight marks make 56 pairs before one comes back."""
    return SYMBOLS[index % len(SYMBOLS)]


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend.

    `color` is a role of the theme, a layer category or `#rrggbb`; `mark` is "line", "dots" (a dotted line), "ring"
    or one of `SYMBOLS`.
    """

    name: str
    color: str
    mark: str = "line"
    value: str = ""


_Place = tuple[LegendEntry, QPointF, float]  # where it is, and how wide


def color_of(theme: Theme, color: str) -> QColor:
    """The colour that a role of the theme, a layer category or `#rrggbb` stands for."""
    return QColor(color) if color.startswith("#") else theme.color(color)


class Legend(QWidget):
    """Entries side by side, in as many rows as they need; values keep their room so that nothing jumps."""

    _STROKE = 14
    _ROW = 18
    _VALUE_CHARACTERS = 7

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[LegendEntry, ...] = ()
        self._places: tuple[_Place, ...] = ()
        self._metrics: dict[FontRole, QFontMetricsF] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self._ROW)
        theme.changed.connect(self._on_theme_changed)

    def entries(self) -> tuple[LegendEntry, ...]:
        """What is shown."""
        return self._entries

    def set_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Shows other entries or other values."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self.setAccessibleName(", ".join(f"{entry.name} {entry.value}".strip() for entry in entries))
            self._fit_height()
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(round(sum(self._width(entry) + 3 * SPACE for entry in self._entries)), self.height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(80, self._ROW)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        for entry, corner, width in self._places:
            self._paint_mark(painter, entry, corner)
            left = corner.x() + self._STROKE + 1.5 * SPACE
            name = self._shown_name(entry, width)
            left = self._paint_text(painter, name, FontRole.SMALL, "dim", QPointF(left, corner.y()))
            self._paint_text(painter, entry.value, FontRole.MONO_SMALL, "text", QPointF(left, corner.y()))

    def _paint_mark(self, painter: QPainter, entry: LegendEntry, corner: QPointF) -> None:
        color = color_of(self._theme, entry.color)
        middle = corner + QPointF(self._STROKE / 2, self._ROW / 2)
        if entry.mark == "ring":
            painter.setPen(QPen(color, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, 3.5, 3.5)
            return
        if entry.mark in SYMBOLS:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPath(
                QTransform.fromTranslate(middle.x(), middle.y()).scale(9, 9).map(Symbols[entry.mark])
            )
            return
        style = Qt.PenStyle.DotLine if entry.mark == "dots" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(color, 2.5, style, Qt.PenCapStyle.FlatCap))
        half = QPointF(self._STROKE / 2, 0)
        painter.drawLine(middle - half, middle + half)

    def _paint_text(self, painter: QPainter, text: str, font: FontRole, role: str, corner: QPointF) -> float:
        width = self._text_width(text, font)
        painter.setFont(self._theme.font(font))
        painter.setPen(self._theme.color(role))
        room = QRectF(corner.x(), corner.y(), width + 2, self._ROW)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        return corner.x() + width + 1.5 * SPACE

    def _shown_name(self, entry: LegendEntry, width: float) -> str:
        """Shortened where the entry alone is wider than the legend: what it is now counts more than its name."""
        if width <= self.width():
            return entry.name
        value = self._text_width(entry.value, FontRole.MONO_SMALL) + 1.5 * SPACE if entry.value else 0.0
        room = self.width() - self._STROKE - 1.5 * SPACE - value
        metrics = self._metrics_of(FontRole.SMALL)
        return metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, max(room, 0.0))

    def _placed(self) -> Iterator[_Place]:
        left, top = 0.0, 0.0
        for entry in self._entries:
            width = self._width(entry)
            if left and left + width > self.width():
                left, top = 0.0, top + self._ROW
            yield entry, QPointF(left, top), width
            left += width + 3 * SPACE

    def _fit_height(self) -> None:
        self._places = tuple(self._placed())  # measuring texts is most of what a legend costs
        lowest = max((corner.y() for _, corner, _ in self._places), default=0.0)
        if self.height() != round(lowest) + self._ROW:
            self.setFixedHeight(round(lowest) + self._ROW)

    def _width(self, entry: LegendEntry) -> float:
        width = self._STROKE + 1.5 * SPACE + self._text_width(entry.name, FontRole.SMALL)
        if entry.value:
            room = max(len(entry.value), self._VALUE_CHARACTERS)
            width += 1.5 * SPACE + self._text_width("0" * room, FontRole.MONO_SMALL)
        return width

    def _text_width(self, text: str, font: FontRole) -> float:
        return self._metrics_of(font).horizontalAdvance(text)

    def _metrics_of(self, font: FontRole) -> QFontMetricsF:
        if font not in self._metrics:
            self._metrics[font] = QFontMetricsF(self._theme.font(font))
        return self._metrics[font]

    def _on_theme_changed(self) -> None:
        self._metrics.clear()
        self._fit_height()
        self.update()
