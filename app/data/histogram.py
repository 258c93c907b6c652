"""The values of a column as bars, large enough to read: rest on a bar to see what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.data.bars import Bar, paint_bars
from app.theme import FontRole, Theme
from app.widgets.painting import smooth_painter

_LINE: Final = 16.0


class Histogram(QWidget):
    """Bars over a line with the least and the largest value below; a line of words above says what is pointed at."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: tuple[Bar, ...] = ()
        self._low, self._high = "", ""
        self._color = "accent"
        self._lit = -1
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Histogram"))
        theme.changed.connect(self.update)

    def set_bars(self, bars: Sequence[Bar], low: str, high: str, color: str) -> None:
        """Show other values."""
        self._bars, self._low, self._high, self._color = tuple(bars), low, high, color
        self._lit = -1
        said = "; ".join(f"{bar.words}: {bar.count:,}" for bar in self._bars)
        self.setAccessibleDescription(said)
        self.update()

    def readout(self) -> str:
        """What the bar under the pointer stands for; nothing where there is none."""
        if not 0 <= self._lit < len(self._bars):
            return ""
        bar = self._bars[self._lit]
        return self.tr("{words}: {count:,} rows").format(words=bar.words, count=bar.count)

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 120)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, 64)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        share = event.position().x() / max(1, self.width())
        self._light(int(share * len(self._bars)) if 0 <= share < 1 else -1)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._light(-1)
        super().leaveEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._bars:
            return
        painter = smooth_painter(self)
        most = max(bar.count for bar in self._bars) or 1
        room = QRectF(0, _LINE + 2, self.width(), self.height() - 2 * _LINE - 4)
        paint_bars(
            painter, room, [bar.count / most for bar in self._bars], self._theme, self._color, self._lit
        )
        font = self._theme.font(FontRole.MONO_SMALL)
        painter.setFont(font)
        painter.setPen(self._theme.color("dim"))
        below = QRectF(0, self.height() - _LINE, self.width(), _LINE)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._high)
        said = self.readout()
        if said:
            width = QFontMetricsF(font).horizontalAdvance(said)
            middle = (self._lit + 0.5) / len(self._bars) * self.width()
            left = min(max(0.0, middle - width / 2), self.width() - width)
            painter.setPen(self._theme.color("text"))
            painter.drawText(QRectF(left, 0, width + 2, _LINE), said)

    def _light(self, bar: int) -> None:
        if bar != self._lit:
            self._lit = bar
            self.update()
