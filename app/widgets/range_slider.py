"""A slider with two handles: from where to where a random number is drawn, seen and dragged instead of typed."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import Theme
from app.widgets.codecs import format_number
from app.widgets.painting import fill_rounded, smooth_painter

_HEIGHT: Final = 24
_TRACK: Final = 4.0
_KNOB: Final = 7.0
_STEPS: Final = 200  # from end to end
_DIGITS: Final = 3  # behind the point

Pair = tuple[float, float]


class RangeSlider(QWidget):
    """Two numbers between two limits. `moved` carries the pair at every change by mouse or keys.

    A pair that lies evenly around the middle stays even while it is dragged, which is what people mean by "stronger";
    with Ctrl a handle goes alone. Left and Right move the handle in use, Space takes the other one. With `outward`, the
    numbers count away from zero: the first to the left, the second to the right.
    """

    accessible_role = QAccessible.Role.Slider

    moved = Signal(object)

    def __init__(
        self,
        theme: Theme,
        name: str,
        limits: Pair,
        value: Pair,
        *,
        outward: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._outward = outward
        self._low, self._high = (-limits[1], limits[1]) if outward else limits
        self._handles = [0.0, 0.0]
        self._used = 1
        self._dragged = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)
        self.setToolTip(self.tr("Drag an end; hold Ctrl to move it alone."))
        theme.changed.connect(self.update)
        self.set_value(value)

    def value(self) -> Pair:
        """The pair as it stands."""
        left, right = (round(number, _DIGITS) + 0.0 for number in self._handles)
        return (-left + 0.0, right) if self._outward else (left, right)

    def set_value(self, value: Pair) -> None:
        """Shows another pair; emits nothing."""
        first, second = value
        self._handles = [-first, second] if self._outward else [first, second]
        self.setAccessibleDescription(self.tr("{0} to {1}").format(*map(format_number, self.value())))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    # -- mouse and keys ----------------------------------------------------------------------------------------
    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        place = event.position().x()
        near = [abs(self._x(number) - place) for number in self._handles]
        alike = abs(near[0] - near[1]) < 1e-6
        self._used = int(place > self._x(self._handles[1])) if alike else near.index(min(near))
        self._dragged = True
        self._move(self._number(place), alone=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged:
            alone = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._move(self._number(event.position().x()), alone=alone)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = False
        self.update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = (self._high - self._low) / _STEPS
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}
        ends = {Qt.Key.Key_Home: self._low, Qt.Key.Key_End: self._high}
        key = Qt.Key(event.key())
        alone = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in steps:
            self._move(self._handles[self._used] + steps[key] * step, alone=alone)
        elif key in ends:
            self._move(ends[key], alone=alone)
        elif key is Qt.Key.Key_Space:
            self._used = 1 - self._used
            self.update()
        else:
            super().keyPressEvent(event)

    def _move(self, number: float, *, alone: bool) -> None:
        """Moves the handle in use, with the other one as its mirror image where they were even."""
        before, even = self.value(), abs(self._handles[0] + self._handles[1]) < 1e-9
        step = (self._high - self._low) / _STEPS
        number = min(max(round(number / step) * step, self._low), self._high)
        if even and not alone and self._low < 0 < self._high:
            reach = min(abs(number), -self._low, self._high)
            self._handles = [-reach, reach]
        else:
            self._handles[self._used] = number
            self._keep_order()
        if self.value() != before:
            self.set_value(self.value())
            self.moved.emit(self.value())
        self.update()

    def _keep_order(self) -> None:
        """The handle in use stops at the other one, and where they count outward at zero."""
        left, right = self._handles
        if self._outward:
            self._handles = [min(left, 0.0), max(right, 0.0)]
        elif left > right:
            self._handles[self._used] = self._handles[1 - self._used]

    # -- painting ------------------------------------------------------------------------------------------------
    def _x(self, number: float) -> float:
        share = (number - self._low) / (self._high - self._low)
        return _KNOB + 1 + min(max(share, 0.0), 1.0) * (self.width() - 2 * _KNOB - 2)

    def _number(self, x: float) -> float:
        return self._low + (x - _KNOB - 1) / (self.width() - 2 * _KNOB - 2) * (self._high - self._low)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        middle = self.height() / 2
        track = QRectF(self._x(self._low), middle - _TRACK / 2, 0, _TRACK)
        track.setRight(self._x(self._high))
        fill_rounded(painter, track, self._theme.color("line"), _TRACK / 2)
        if self._low < 0 < self._high:
            zero = QRectF(self._x(0) - 0.75, middle - 5, 1.5, 10)
            fill_rounded(painter, zero, self._theme.color("faint"), 0.75)
        left, right = (self._x(number) for number in self._handles)
        filled = QRectF(left, middle - _TRACK / 2, right - left, _TRACK)
        fill_rounded(
            painter, filled, self._theme.color("accent" if self.isEnabled() else "faint"), _TRACK / 2
        )
        order = (1 - self._used, self._used)  # the one in use lies on top
        for index in order:
            focused = self.hasFocus() and index == self._used
            painter.setBrush(
                self._theme.color("accent" if focused else "text" if self.isEnabled() else "faint")
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF((left, right)[index], middle), _KNOB, _KNOB)
            painter.setBrush(self._theme.color("panel"))
            painter.drawEllipse(QPointF((left, right)[index], middle), _KNOB - 2, _KNOB - 2)
