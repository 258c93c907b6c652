"""The slider of the time machine: all moments of a run over its steps, with the loss behind."""

import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QToolTip, QWidget
from typing_extensions import override

from app.theme import FontRole, Theme
from app.timeline.words import SIGNS, event_text, step_text, values_text
from app.widgets.painting import smooth_painter
from engine.training.moments import Happened, Moment

_SIDE: Final = 14.0  # pixels left and right of the curve
_FOOT: Final = 30.0  # below it: a mark for each moment, and the numbers of steps
_HEAD: Final = 16.0  # above it: events
_KNOB: Final = 6.0
_NEAR: Final = 6.0  # pixels
_FAR: Final = 10  # moments that PageUp and PageDown go


class TimeStrip(QSlider):
    """Moments of a line. `picked` carries a Moment that somebody went to, or None for the present.

    Left and Right go to the neighbours, PageUp and PageDown ten further, Home to the first, End and Escape to now.
    """

    picked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._moments: Sequence[Moment] = ()
        self._others: Sequence[Sequence[Moment]] = ()
        self._events: Sequence[Happened] = ()
        self._chosen: Moment | None = None
        self._dragging = False
        self.setAccessibleName(self.tr("Moments of the run"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    # -- what is shown ----------------------------------------------------------------------------
    def set_history(
        self, moments: Sequence[Moment], others: Sequence[Sequence[Moment]], events: Sequence[Happened]
    ) -> None:
        """Show these moments, in the order of their steps; behind them other lines, above them what happened."""
        self._moments, self._others, self._events = moments, others, events
        self.setRange(0, len(moments))
        self.set_chosen(self._chosen)

    def set_chosen(self, moment: Moment | None) -> None:
        """Put the knob on a moment, or at the end; emits nothing."""
        self._chosen = moment
        self.setValue(self._place(moment))
        words = self.tr("now") if moment is None else f"{step_text(moment)}, {values_text(moment)}"
        self.setAccessibleDescription(words)
        self.update()

    def _place(self, moment: Moment | None) -> int:
        if moment is None:
            return len(self._moments)
        places = [k for k, m in enumerate(self._moments) if m.step >= moment.step]
        return places[0] if places else len(self._moments)

    # -- mouse and keys ---------------------------------------------------------------------------
    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._moments:
            self._dragging = True
            self._go_to_x(event.position().x())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._go_to_x(event.position().x())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        self.go_by(1 if event.angleDelta().y() < 0 else -1)
        event.accept()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_PageDown: -_FAR,
            Qt.Key.Key_PageUp: _FAR,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.go_by(steps[key])
        elif key is Qt.Key.Key_Home:
            self._go_to(0)
        elif key in (Qt.Key.Key_End, Qt.Key.Key_Escape):
            self._go_to(len(self._moments))
        else:
            event.ignore()

    def go_by(self, places: int) -> None:
        """Go so many moments further, or back."""
        self._go_to(self._place(self._chosen) + places)

    def _go_to(self, place: int) -> None:
        if not self._moments:
            return
        place = min(max(place, 0), len(self._moments))
        moment = self._moments[place] if place < len(self._moments) else None
        if moment != self._chosen:
            self.set_chosen(moment)
            self.picked.emit(moment)

    def _go_to_x(self, x: float) -> None:
        if x >= self.width() - _SIDE / 2:
            self._go_to(len(self._moments))
            return
        nearest = min(range(len(self._moments)), key=lambda k: abs(self._x(self._moments[k].step) - x))
        self._go_to(nearest)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def _words_at(self, x: float) -> str:
        words = [event_text(e) for e in self._events if abs(self._x(e.step) - x) <= _NEAR]
        near = [m for m in self._moments if abs(self._x(m.step) - x) <= _NEAR]
        if near:
            moment = min(near, key=lambda m: abs(self._x(m.step) - x))
            words += [step_text(moment), values_text(moment)]
        return "\n".join(words)

    # -- painting ---------------------------------------------------------------------------------
    @property
    def _last_step(self) -> int:
        lines = (self._moments, *self._others)
        return max([m.step for line in lines for m in line] or [1]) or 1

    def _x(self, step: int) -> float:
        return _SIDE + step / self._last_step * (self.width() - 2 * _SIDE)

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, 140)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        area = QRectF(_SIDE, _HEAD, self.width() - 2 * _SIDE, self.height() - _HEAD - _FOOT)
        painter.fillRect(area, self._theme.color("raised"))
        if self._moments:
            self._paint_curves(painter, area)
            self._paint_events(painter, area)
            self._paint_moments(painter, area)
            self._paint_knob(painter, area)
        self._paint_steps(painter, area)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 1.5))
            painter.drawRoundedRect(area.adjusted(-1, -1, 1, 1), 4, 4)

    def _paint_curves(self, painter: QPainter, area: QRectF) -> None:
        lines = [line for line in (self._moments, *self._others) if line]
        found = [m.values[n] for line in lines for m in line for n in ("loss", "val_loss") if n in m.values]
        finite = [v for v in found if math.isfinite(v) and v > 0]
        if not finite:
            return
        low, high = math.log(min(finite)), math.log(max(finite))
        height = max(high - low, 1e-9)

        def curve(moments: Sequence[Moment], name: str) -> QPolygonF:
            points = [(m.step, m.values[name]) for m in moments if m.values.get(name, 0.0) > 0]
            return QPolygonF(
                [
                    QPointF(
                        self._x(step), area.bottom() - 4 - (math.log(v) - low) / height * (area.height() - 8)
                    )
                    for step, v in points
                    if math.isfinite(v)
                ]
            )

        painter.setBrush(Qt.BrushStyle.NoBrush)
        for other in self._others:
            painter.setPen(QPen(self._theme.color("faint"), 1.5, Qt.PenStyle.DashLine))
            painter.drawPolyline(curve(other, "loss"))
        for name, role in (("val_loss", "validation"), ("loss", "training")):
            painter.setPen(QPen(self._theme.color(role), 2))
            painter.drawPolyline(curve(self._moments, name))

    def _paint_events(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(self._theme.font(FontRole.SMALL))
        taken = -math.inf
        for happened in self._events:
            x = self._x(happened.step)
            painter.setPen(QPen(self._theme.color("warn", 0.7), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            if x - taken >= 2 * _NEAR:
                taken = x
                painter.setPen(self._theme.color("warn"))
                place = QRectF(x - 10, 0, 20, _HEAD)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, SIGNS[happened.kind])

    def _paint_moments(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(self._theme.color("dim"), 1))
        for moment in self._moments:
            x = self._x(moment.step)
            painter.drawLine(QPointF(x, area.bottom() + 2), QPointF(x, area.bottom() + 8))

    def _paint_knob(self, painter: QPainter, area: QRectF) -> None:
        chosen = self._chosen
        x = self._x(chosen.step) if chosen is not None else self._x(self._moments[-1].step)
        color = self._theme.color("accent" if chosen is not None else "dim")
        painter.setPen(QPen(color, 2))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom() + 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(x, area.bottom() + 5), _KNOB, _KNOB)

    def _paint_steps(self, painter: QPainter, area: QRectF) -> None:
        if not self._moments:
            return
        from app.plots.ticks import linear_ticks  # see plots_later.py

        painter.setFont(self._theme.font(FontRole.MONO_SMALL))
        painter.setPen(self._theme.color("dim"))
        most = max(2, int(area.width() / 110))
        for step in linear_ticks(0.0, float(self._last_step), most, whole=True):
            x = self._x(int(step))
            place = QRectF(x - 50, area.bottom() + 12, 100, 16)
            place.moveLeft(min(max(place.left(), 0.0), self.width() - place.width()))
            first = place.left() == 0.0
            flag = Qt.AlignmentFlag.AlignLeft if first else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(place, flag, f"{step:,.0f}")
