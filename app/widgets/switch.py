"""A switch: a check box that looks like what it does."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QCheckBox, QWidget
from typing_extensions import override

from app.theme import Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter


class ToggleSwitch(QCheckBox):
    """On or off. It is a `QCheckBox` to the keyboard and to screen readers; `name` is its accessible name."""

    _WIDTH = 36
    _HEIGHT = 20
    _RING = 3

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._slide = QVariantAnimation(self)
        self._slide.setStartValue(0.0)
        self._slide.setEndValue(1.0)
        self._slide.valueChanged.connect(self.update)
        self.setAccessibleName(name)
        self.setFixedSize(self.sizeHint())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._on_toggled)
        theme.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._WIDTH + 2 * self._RING, self._HEIGHT + 2 * self._RING)

    @override
    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def knob_position(self) -> float:
        """Where the knob is, 0 (off) to 1 (on)."""
        if self._slide.state() is QVariantAnimation.State.Running:
            return float(self._slide.currentValue())
        return float(self.isChecked())

    def _on_toggled(self, checked: bool) -> None:
        self._slide.stop()
        duration = self._theme.motion.quick
        if duration and self.isVisible():
            self._slide.setDuration(duration)
            forward, backward = QVariantAnimation.Direction.Forward, QVariantAnimation.Direction.Backward
            self._slide.setDirection(forward if checked else backward)
            self._slide.start()
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        ring = self._RING
        track = QRectF(ring, ring, self._WIDTH, self._HEIGHT)
        radius = self._HEIGHT / 2
        enabled, on = self.isEnabled(), self.isChecked()
        fill_rounded(painter, track, self._theme.color("accent" if on and enabled else "line"), radius)
        if not on:
            outline_rounded(painter, track, self._theme.color("dim" if enabled else "line"), radius)
        if self.hasFocus():
            around = track.adjusted(-ring, -ring, ring, ring)
            outline_rounded(painter, around, self._theme.color("accent"), radius + ring, 1.5)
        side = self._HEIGHT - 6
        left = track.left() + 3 + self.knob_position() * (self._WIDTH - self._HEIGHT)
        knob = self._theme.color("on_accent" if on else "dim") if enabled else self._theme.color("faint")
        fill_rounded(painter, QRectF(left, track.top() + 3, side, side), knob, side / 2)
