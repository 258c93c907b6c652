"""Named bars from the longest to the shortest, each with how uncertain it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.plots.readout import Readout
from app.plots.ticks import value_text
from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, smooth_painter

_ROW: Final = 22
_DIGITS: Final = 3  # of the longest bar; the others have as many behind the point
_LEAST_BAR: Final = 60
_CAP: Final = 3.0  # half of the height of a mark's ends
_SAID: Final = 3  # bars that the summary names


@dataclass(frozen=True)
class Bar:
    """One of them: as long as `value`, give or take `spread`; `words` say it in a sentence."""

    name: str
    value: float
    spread: float = 0.0
    words: str = ""


class RankingView(LiveView):
    """Bars, as high as they need; whoever shows it scrolls it.

    Hovering a bar, or moving to it with the arrow keys, says it in a sentence; Ctrl+C is `copy_wanted`, and `shown` says
    which part has come into view by the keyboard.
    """

    copy_wanted = Signal()
    shown = Signal(QRect)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._bars: tuple[Bar, ...] = ()
        self._decimals: int | None = None  # behind the point; None: each number by itself
        self._title = ""
        self._at: int | None = None
        self._readout = Readout(theme, self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(180, 2 * _ROW)

    def set_bars(self, bars: Sequence[Bar]) -> None:
        """Show these, the first on top."""
        self._bars = tuple(bars)
        self._decimals = _decimals(bars)
        if self._at is not None and self._at >= len(bars):
            self.point_at(None)
        self.setMinimumHeight(max(2, len(bars) + 1) * _ROW)
        self.request_refresh()

    def set_title(self, text: str) -> None:
        """What the bars are, above them."""
        self._title = text
        self.request_refresh()

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What is shown."""
        return self._bars

    def row_rect(self, row: int) -> QRect:
        """Where a bar is, with its name and number."""
        return QRect(0, (row + 1) * _ROW, self.width(), _ROW)

    def number(self, bar: Bar) -> str:
        """What is written beside a bar."""
        if self._decimals is None:
            return f"{value_text(bar.value, _DIGITS)} ± {value_text(bar.spread, _DIGITS - 1)}"
        # what rounds to 0 has no sign
        parts = (f"{round(v, self._decimals) + 0.0:,.{self._decimals}f}" for v in (bar.value, bar.spread))
        return " ± ".join(parts).replace("-", "\N{MINUS SIGN}")

    def point_at(self, row: int | None) -> None:
        """Say the sentence of a bar, or none."""
        self._at = row
        if row is None or row >= len(self._bars):
            self._readout.hide()
        else:
            self._say(row)
            self.setAccessibleDescription(self._bars[row].words)
        self.update()

    def _say(self, row: int) -> None:
        """Beside the bar, never on it."""
        box, bar, seen = self._readout, self.row_rect(row), self.visibleRegion().boundingRect()
        box.show_at(self._bars[row].words, bar.center(), seen)
        below, above = bar.bottom() + 2, bar.top() - box.height() - 1
        box.move(box.x(), below if below + box.height() <= seen.bottom() or above < seen.top() else above)

    @override
    def is_empty(self) -> bool:
        return not self._bars

    @override
    def summary(self) -> str:
        return " ".join([self._title, *(bar.words for bar in self._bars[:_SAID])])

    @override
    def _refresh(self) -> None:
        if self._at is not None:
            self.point_at(self._at)
        self.update()

    # -- paint -------------------------------------------------------------------------------------
    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.is_empty():
            return
        painter = smooth_painter(self)
        names, numbers = self._widths()
        room = QRectF(names, 0, max(1.0, self.width() - names - numbers), self.height())
        low = min(0.0, *(bar.value - bar.spread for bar in self._bars))
        high = max(0.0, *(bar.value + bar.spread for bar in self._bars))
        scale = room.width() / ((high - low) or 1.0)
        zero = room.left() - low * scale
        self._paint_title(painter, names)
        painter.setPen(QPen(self.theme.color("line"), 1))
        painter.drawLine(QPointF(zero, _ROW), QPointF(zero, (len(self._bars) + 1) * _ROW))
        first, last = event.rect().top() // _ROW - 1, event.rect().bottom() // _ROW - 1
        for row in range(max(0, first), min(len(self._bars), last + 1)):
            self._paint_bar(painter, row, names, zero, scale)

    def _paint_title(self, painter: QPainter, names: float) -> None:
        painter.setFont(self.theme.font(FontRole.SMALL_STRONG))
        painter.setPen(self.theme.color("dim"))
        metrics = QFontMetricsF(painter.font())
        left = min(names, max(0.0, self.width() - metrics.horizontalAdvance(self._title)))
        room = QRectF(left, 0, self.width() - left, _ROW)
        fitting = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, fitting)

    def _widths(self) -> tuple[float, float]:
        """Of the names and of the numbers."""
        named = QFontMetricsF(self.theme.font(FontRole.SMALL))
        numbered = QFontMetricsF(self.theme.font(FontRole.MONO_SMALL))
        numbers = max(numbered.horizontalAdvance(self.number(bar)) for bar in self._bars) + 2 * SPACE
        names = max(named.horizontalAdvance(bar.name) for bar in self._bars) + 2 * SPACE
        return min(names, max(self.width() * 0.25, self.width() - numbers - _LEAST_BAR)), numbers

    def _paint_bar(self, painter: QPainter, row: int, names: float, zero: float, scale: float) -> None:
        bar, top = self._bars[row], self.row_rect(row).top()
        middle = top + _ROW / 2
        centre, pointed = Qt.AlignmentFlag.AlignVCenter, row == self._at
        painter.setFont(self.theme.font(FontRole.SMALL))
        painter.setPen(self.theme.color("text" if pointed or bar.value > bar.spread else "dim"))
        fitting = QFontMetricsF(painter.font()).elidedText(
            bar.name, Qt.TextElideMode.ElideRight, names - 2 * SPACE
        )
        painter.drawText(QRectF(0, top, names, _ROW), centre, fitting)
        end = zero + bar.value * scale
        box = QRectF(min(zero, end), top + _ROW * 0.28, abs(end - zero), _ROW * 0.44)
        fill_rounded(painter, box, self.theme.color("accent" if bar.value > 0 else "dim"), 2)
        if bar.spread > 0:
            left, right = end - bar.spread * scale, end + bar.spread * scale
            painter.setPen(QPen(self.theme.color("text"), 1.2))
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
            for x in (left, right):
                painter.drawLine(QPointF(x, middle - _CAP), QPointF(x, middle + _CAP))
        painter.setFont(self.theme.font(FontRole.MONO_SMALL))
        painter.setPen(self.theme.color("text" if pointed else "dim"))
        painter.drawText(
            QRectF(0, top, self.width(), _ROW), centre | Qt.AlignmentFlag.AlignRight, self.number(bar)
        )

    # -- input -------------------------------------------------------------------------------------
    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y()) // _ROW - 1
        self.point_at(row if 0 <= row < len(self._bars) else None)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.point_at(None)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._bars) - 1
        at = -1 if self._at is None else self._at
        rows = {
            Qt.Key.Key_Up: max(0, at - 1),
            Qt.Key.Key_Down: min(last, at + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        row = rows.get(Qt.Key(event.key()))
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif row is None or self.is_empty():
            super().keyPressEvent(event)
        else:
            self.shown.emit(self.row_rect(row))
            self.point_at(row)


def _decimals(bars: Sequence[Bar]) -> int | None:
    """Behind the point of all numbers; None where they are too large or too small to be written out."""
    most = max((abs(bar.value) for bar in bars), default=0.0)
    if not 1e-4 <= most < 1e6:
        return None
    return max(0, _DIGITS - 1 - math.floor(math.log10(most)))
