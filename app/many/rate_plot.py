"""The loss over the learning rates that were tried, and the rate that is suggested."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import RADIUS_CONTROL, FontRole, Theme
from app.widgets.painting import fill_rounded, smooth_painter
from engine.training.doctor.tried import Tried

LEFT, RIGHT, TOP, BOTTOM = 38, 10, 8, 20
ABOVE = 1.6  # of the first loss: what is higher says only that the rate is too large


class RatePlot(QWidget):
    """Raw losses as a light line, their moving average over it, decades of the rate below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tried: Sequence[Tried] = ()
        self._suggested: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Loss over the learning rate"))
        theme.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 150)

    def show_tried(self, tried: Sequence[Tried], suggested: float | None) -> None:
        """Draw these steps."""
        self._tried, self._suggested = tried, suggested
        if tried:
            words = self.tr("Rates from {low} to {high}").format(
                low=f"{tried[0].rate:.1e}", high=f"{tried[-1].rate:.1e}"
            )
            if suggested is not None:
                words += self.tr("; {rate} is suggested").format(rate=f"{suggested:g}")
            self.setAccessibleDescription(words)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        theme = self._theme
        fill_rounded(painter, QRectF(self.rect()), theme.color("raised"), RADIUS_CONTROL)
        area = QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)
        if len(self._tried) < 2:
            painter.setPen(theme.color("dim"))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.tr("Trying rates"))
            return
        left, right = (math.log10(t.rate) for t in (self._tried[0], self._tried[-1]))
        first = self._tried[0].loss
        bound = max(ABOVE * abs(first), 1e-12)
        losses = [min(t.average, bound) for t in self._tried]
        low, high = min(losses), max(losses)
        room = 0.08 * (high - low) or 0.5
        low, high = low - room, high + room

        def at(rate: float, loss: float) -> QPointF:
            x = area.left() + (math.log10(rate) - left) / max(right - left, 1e-9) * area.width()
            y = area.bottom() - (min(max(loss, low), high) - low) / (high - low) * area.height()
            return QPointF(x, y)

        self._paint_axes(painter, area, left, right, (low, high))
        raw = theme.color("training")
        raw.setAlphaF(0.35)
        painter.setPen(QPen(raw, 1.0))
        painter.drawPolyline(QPolygonF([at(t.rate, t.loss) for t in self._tried]))
        painter.setPen(QPen(theme.color("training"), 2.0))
        painter.drawPolyline(QPolygonF([at(t.rate, t.average) for t in self._tried]))
        if self._suggested is not None and left <= math.log10(self._suggested) <= right:
            x = at(self._suggested, low).x()
            painter.setPen(QPen(theme.color("good"), 2.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_axes(
        self, painter: QPainter, area: QRectF, left: float, right: float, limits: tuple[float, float]
    ) -> None:
        theme = self._theme
        painter.setFont(theme.font(FontRole.MONO_SMALL))
        for exponent in range(math.ceil(left), math.floor(right) + 1):
            x = area.left() + (exponent - left) / max(right - left, 1e-9) * area.width()
            painter.setPen(QPen(theme.color("grid"), 1.0))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            if exponent % 2 == 0 or right - left < 4:
                painter.setPen(theme.color("dim"))
                text = f"{10.0**exponent:g}" if exponent >= -3 else f"1e{exponent}"
                painter.drawText(
                    QRectF(x - 30, area.bottom() + 2, 60, 16), Qt.AlignmentFlag.AlignCenter, text
                )
        painter.setPen(theme.color("dim"))
        for value, y in zip(limits, (area.bottom() - 7, area.top() + 7), strict=True):
            room = QRectF(0, y - 8, LEFT - 4, 16)
            painter.drawText(
                room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:.3g}"
            )
