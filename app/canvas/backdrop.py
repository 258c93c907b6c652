"""The dots behind everything on the canvas: the grid that nodes snap to."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.geometry import GRID, grid_lines
from app.canvas.style import CanvasStyle

_NEAREST_DOTS = 14.0
_DOT = 1.6


def paint_backdrop(painter: QPainter, rect: QRectF, look: CanvasStyle, zoom: float) -> None:
    """Paints canvas and dots, fewer of them from afar; `zoom`: pixels of the screen a canvas unit."""
    painter.fillRect(rect, look.canvas)
    step = GRID
    while step * zoom < _NEAREST_DOTS:
        step *= 2
    # Rows of dots as dashed lines: one call a row instead of one a dot.
    size = _DOT / zoom
    pen = QPen(look.color("grid"), size)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([1.0, step / size - 1.0])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(pen)
    left, rows = grid_lines(rect, step)
    for y in rows:
        painter.drawLine(QPointF(left - size / 2, y), QPointF(rect.right(), y))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
