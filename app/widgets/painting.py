"""Shapes that several self-painting widgets have in common."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.theme import RADIUS_CONTROL, Theme


def smooth_painter(widget: QWidget) -> QPainter:
    """An antialiased painter on `widget`."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def fill_rounded(painter: QPainter, rect: QRectF, fill: QColor, radius: float) -> None:
    """Fills a rounded rectangle."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, radius, radius)


def outline_rounded(painter: QPainter, rect: QRectF, color: QColor, radius: float, width: float = 1) -> None:
    """Strokes a rounded rectangle inside `rect`."""
    half = width / 2
    painter.setPen(QPen(color, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)


def paint_control(painter: QPainter, theme: Theme, widget: QWidget, *, faulty: bool = False) -> None:
    """Paints the box of a field: raised, with a line that tells hover, focus and error apart."""
    focused = widget.hasFocus()  # true, too, where its focus proxy has the focus
    rect = QRectF(widget.rect())
    fill = "hover" if widget.underMouse() and widget.isEnabled() and not focused else "raised"
    fill_rounded(painter, rect.adjusted(0.5, 0.5, -0.5, -0.5), theme.color(fill), RADIUS_CONTROL)
    line = "bad" if faulty else "accent" if focused else "line"
    width = 1.5 if faulty or focused else 1
    outline_rounded(painter, rect, theme.color(line), RADIUS_CONTROL, width)
