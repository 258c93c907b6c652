"""A slider for one number: dragging tells every value on the way, letting go settles it."""

from math import exp, log
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.codecs import Bounds, NumberCodec
from app.widgets.painting import fill_rounded, smooth_painter
from app.widgets.spin import CommitSpin
from app.widgets.text import TextLabel

_KNOB: Final = 7.0
_TRACK: Final = 4.0
_FINE: Final = 200  # steps of numbers that are not whole
_WIDE: Final = 100.0  # times as large at the one end as at the other: the slider counts in factors
_BOX_WIDTH: Final = 84


class ValueSlider(QSlider):
    """Numbers between two bounds; `dragged` on the way, `settled` at the end of a movement by mouse or key."""

    dragged = Signal(object)
    settled = Signal(object)

    def __init__(
        self,
        theme: Theme,
        name: str,
        bounds: tuple[float, float],
        *,
        whole: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._low, self._high = bounds
        self._whole = whole
        self._in_factors = self._low > 0 and self._high / self._low >= _WIDE
        span = self._high - self._low
        self.setRange(0, int(span) if whole and span <= _FINE else _FINE)
        self.setPageStep(max(1, self.maximum() // 10))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def number(self) -> float:
        """The number where the knob is; an `int` where numbers are whole."""
        share = self.value() / self.maximum()
        if self._in_factors:
            found = exp(log(self._low) + share * (log(self._high) - log(self._low)))
        else:
            found = self._low + share * (self._high - self._low)
        if self._whole:
            return _round_number(found) if self._in_factors else round(found)
        return float(f"{found:.3g}")

    def set_number(self, number: float) -> None:
        """Moves the knob; emits nothing."""
        number = min(max(number, self._low), self._high)
        if self._in_factors:
            share = (log(number) - log(self._low)) / (log(self._high) - log(self._low))
        else:
            share = (number - self._low) / (self._high - self._low)
        self.setValue(round(share * self.maximum()))

    @override
    def sizeHint(self) -> QSize:
        return QSize(120, 22)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(60, 22)

    # -- mouse and keys ---------------------------------------------------------------------------
    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go_to(event.position().x())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go_to(event.position().x())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderDown(False)
            self.settled.emit(self.number())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.value()
        super().keyPressEvent(event)
        if self.value() != before:
            self.dragged.emit(self.number())

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat() and event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.settled.emit(self.number())

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the panel scrolls

    def _go_to(self, x: float) -> None:
        share = (x - _KNOB) / max(1.0, self.width() - 2 * _KNOB)
        before = self.value()
        self.setValue(round(min(max(share, 0.0), 1.0) * self.maximum()))
        if self.value() != before:
            self.dragged.emit(self.number())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        middle = self.height() / 2
        knob = _KNOB + self.value() / self.maximum() * (self.width() - 2 * _KNOB)
        whole = QRectF(_KNOB, middle - _TRACK / 2, self.width() - 2 * _KNOB, _TRACK)
        fill_rounded(painter, whole, self._theme.color("line"), _TRACK / 2)
        done = QRectF(whole.topLeft(), QPointF(knob, whole.bottom()))
        fill_rounded(painter, done, self._theme.color("accent" if self.isEnabled() else "faint"), _TRACK / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent" if self.hasFocus() else "text"))
        painter.drawEllipse(QPointF(knob, middle), _KNOB, _KNOB)
        painter.setBrush(self._theme.color("panel"))
        painter.drawEllipse(QPointF(knob, middle), _KNOB - 2, _KNOB - 2)


class SliderField(QWidget):
    """A number with its name, a box to type it and a slider below: a `Field` of forms.

    `committed` carries a settled value, `dragged` each one on the way there.
    """

    committed = Signal(object)
    dragged = Signal(object)

    def __init__(
        self,
        theme: Theme,
        label: str,
        value: float,
        bounds: tuple[float, float],
        *,
        whole: bool,
        help_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._value = value
        codec = NumberCodec(whole, Bounds(*bounds))
        self.box = CommitSpin(theme, codec, value)
        self.box.setFixedWidth(_BOX_WIDTH)
        self.box.setAccessibleName(label)
        self.slider = ValueSlider(theme, label, bounds, whole=whole)
        self.slider.set_number(value)
        name = TextLabel(theme, label, wrap=True)
        name.setBuddy(self.box)
        self.error = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        self.error.hide()
        for widget in (self, self.slider, self.box):
            widget.setToolTip(help_text)
        self.slider.setAccessibleDescription(help_text)
        row = QHBoxLayout()
        row.addWidget(name, 1)
        row.addWidget(self.box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(row)
        column.addWidget(self.slider)
        column.addWidget(self.error)
        self.setFocusProxy(self.box)
        self.box.committed.connect(self._settle)
        self.box.refused.connect(self.set_error)
        self.slider.dragged.connect(self._on_slider_dragged)
        self.slider.settled.connect(self._settle)

    def value(self) -> object:
        """The value last committed or set."""
        return self._value

    def set_value(self, value: object) -> None:
        """Shows another value; emits nothing."""
        if not isinstance(value, int | float):
            raise TypeError(f"A slider shows a number. Received: {value!r}.")
        self._value = value
        self.box.set_value(value)
        if not self.slider.isSliderDown():
            self.slider.set_number(value)

    def set_error(self, text: str | None) -> None:
        """Shows a sentence under the field, or takes it away."""
        self.error.setText(text or "")
        self.error.setVisible(bool(text))

    def _on_slider_dragged(self, value: float) -> None:
        self.box.set_value(value)
        self.dragged.emit(value)

    def _settle(self, value: float) -> None:
        if value != self._value:
            self.set_value(value)
            self.committed.emit(value)


def _round_number(number: float) -> int:
    """A whole number with two digits that count: 1,234 is more than a slider can mean."""
    unit = int("1" + "0" * max(0, len(str(round(number))) - 2))
    return round(number / unit) * unit
