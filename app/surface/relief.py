"""The loss as a relief in three dimensions, painted without OpenGL: it looks the same on every machine.

Squares of the grid are projected and painted from the farthest to the nearest, each lit by the angle it has to the light.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import cos, pi, sin
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.ticks import value_text
from app.surface.contours import RING, Trail, pictured
from app.theme import SPACE, FontRole, Theme
from engine.training.surface.sampling import Surface
from engine.training.surface.shading import Scale

MOST_SQUARES: Final = 48  # along each side
TALL: Final = 0.6  # of the relief, beside its width of 2
TURN: Final = pi / 24  # of one key press
STEEPEST, FLATTEST = 1.45, 0.15  # radians above the ground that one can look from
EDGE: Final = 18  # pixels around it, for the names of the axes
CORNERS: Final = np.array([(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-TALL, TALL)])
LIGHT: Final = np.array([-0.4, -0.5, 0.77])
DARKEST: Final = 0.55  # share of a colour's light that a square in the shade keeps
ABOVE: Final = 0.02  # that ways are drawn over the ground


class Relief:
    """A surface as heights on a grid that is not too fine to be painted, in a cube from -1 to 1.

    Attributes:
        surface: that it is made of.
        heights: from 0 to 1; NaN where nothing is known.
        scale: of them.
    """

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        stride = -(-(len(surface.losses) - 1) // MOST_SQUARES) or 1
        self.scale = Scale(surface.losses)
        self.heights: Any = self.scale.heights(surface.losses)[::stride, ::stride]
        self._sheet = replace(surface, losses=self.heights)

    def ground(self) -> Any:
        """The corners of the grid, (rows * columns, 3)."""
        at = np.linspace(-1.0, 1.0, len(self.heights))
        xs, ys = np.meshgrid(at, at)
        zs = (np.nan_to_num(self.heights, nan=0.0) - 0.5) * TALL * 2
        return np.stack([xs.ravel(), ys.ravel(), zs.ravel()], axis=1)

    def over(self, points: Sequence[tuple[float, float]]) -> Any:
        """A way over the ground as it is drawn, (n, 3); left out where the surface is not known.

        The ground is coarser than the surface: a pit that lies between its points would take the way below it.
        """
        x0, x1, y0, y1 = self.surface.extent
        found = []
        for x, y in points:
            height = self._sheet.height(x, y)
            if np.isfinite(height):
                up = height + ABOVE
                found.append(
                    (2 * (x - x0) / (x1 - x0) - 1, 2 * (y - y0) / (y1 - y0) - 1, (up - 0.5) * TALL * 2)
                )
        return np.array(found, float).reshape(-1, 3)


class ReliefView(QWidget):
    """Drag or arrow keys turn it, the wheel and + and - zoom, 0 goes back."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._relief: Relief | None = None
        self._trails: tuple[Trail, ...] = ()
        self._names = ("", "")
        self._turn, self._tilt, self._zoom = -0.6, 0.6, 1.0
        self._grabbed: QPoint | None = None
        self._colors: Any = np.zeros((0, 0, 3))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Loss surface in 3-D"))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        theme.changed.connect(self._take)

    @property
    def angles(self) -> tuple[float, float]:
        """How far it is turned, and from how high it is seen, in radians."""
        return self._turn, self._tilt

    def set_surface(self, surface: Surface | None) -> None:
        """Show this one."""
        if surface is None or self._relief is None or self._relief.surface is not surface:
            self._relief = Relief(surface) if surface is not None else None
            self._take()

    def set_trails(self, trails: Sequence[Trail]) -> None:
        """Show these ways on it."""
        self._trails = tuple(trails)
        self.update()

    def set_axis_names(self, x: str, y: str) -> None:
        """Name the two directions."""
        self._names = (x, y)
        self.update()

    def reset_view(self) -> None:
        """Look at it as in the beginning."""
        self._turn, self._tilt, self._zoom = -0.6, 0.6, 1.0
        self.update()

    def _take(self) -> None:
        if self._relief is not None:
            self._colors = pictured(self._relief.heights, self._theme).astype(float)
            scale, text = self._relief.scale, self.tr("Loss from {low} to {high}")
            words = text.format(low=value_text(scale.low, 3), high=value_text(scale.high, 3))
            self.setAccessibleDescription(words)
        self.update()

    # -- projecting -------------------------------------------------------------------------------
    def _flat(self, points: Any) -> Any:
        """Points (n, 3) of the cube as they are seen: across, up, and how near."""
        turn, tilt = self._turn, self._tilt
        x, y, z = points[:, 0], points[:, 1], points[:, 2]
        across, away = x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)
        return np.stack([across, z * cos(tilt) + away * sin(tilt), z * sin(tilt) - away * cos(tilt)], axis=1)

    def _seen(self, points: Any) -> Any:
        """Points (n, 3) of the cube on the widget: x, y and how near; without zoom, all of the cube fits."""
        corners = self._flat(CORNERS)
        (left, low, _), (right, high, _) = corners.min(axis=0), corners.max(axis=0)
        room = self.height() - 2 * EDGE
        size = min((self.width() - 2 * EDGE) / (right - left), room / (high - low)) * self._zoom
        seen = self._flat(points)
        seen[:, 0] = self.width() / 2 + (seen[:, 0] - (left + right) / 2) * size
        seen[:, 1] = self.height() / 2 - (seen[:, 1] - (low + high) / 2) * size
        return seen

    # -- painting ---------------------------------------------------------------------------------
    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        relief = self._relief
        if relief is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_squares(painter, relief)
        for trail in self._trails:
            self._paint_trail(painter, relief, trail)
        self._paint_names(painter, relief)

    def _paint_squares(self, painter: QPainter, relief: Relief) -> None:
        side = len(relief.heights)
        ground = relief.ground()
        seen = self._seen(ground)
        index = np.arange(side * side).reshape(side, side)
        around = (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1])
        corners = np.stack(around, axis=-1).reshape(-1, 4)
        known = np.isfinite(relief.heights.ravel()[corners]).all(axis=1)
        shades = _lit(ground, corners)
        colors = self._colors.reshape(-1, 3)[corners].mean(axis=1) * shades[:, None]
        order = np.argsort(seen[corners, 2].mean(axis=1))
        for k in order[known[order]]:
            red, green, blue = (int(c) for c in colors[k])
            color = QColor(red, green, blue)
            painter.setPen(QPen(color, 0.7))  # closes the seams between squares
            painter.setBrush(color)
            painter.drawConvexPolygon(QPolygonF([QPointF(seen[c, 0], seen[c, 1]) for c in corners[k]]))

    def _paint_trail(self, painter: QPainter, relief: Relief, trail: Trail) -> None:
        over = relief.over(trail.points)
        if not len(over):
            return
        seen = self._seen(over)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = QPolygonF([QPointF(x, y) for x, y, _ in seen])
        for color, width in ((self._theme.color("panel"), 4.5), (QColor(trail.color), 2.5)):
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPolyline(line)
        painter.setPen(QPen(self._theme.color("panel"), 1.5))
        painter.setBrush(QColor(trail.color))
        painter.drawEllipse(line.last(), 5.5, 5.5)
        if trail.marked is not None and len(place := relief.over((trail.marked,))):
            ((x, y, _),) = self._seen(place)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for color, width in ((self._theme.color("panel"), 5.0), (self._theme.color("accent"), 2.5)):
                painter.setPen(QPen(color, width))
                painter.drawEllipse(QPointF(x, y), RING / 2, RING / 2)

    def _paint_names(self, painter: QPainter, relief: Relief) -> None:
        painter.setPen(self._theme.color("dim"))
        painter.setFont(self._theme.font(FontRole.SMALL))
        low = -TALL
        ends = self._seen(np.array([(0.0, -1.15, low), (1.15, 0.0, low)]))
        for name, (x, y, _) in zip(self._names, ends, strict=True):
            box = QRectF(x - 80, y - 2, 160, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
        box = QRectF(self.rect()).adjusted(2 * SPACE, SPACE, -2 * SPACE, -SPACE)
        words = self.tr("loss {low} to {high}").format(
            low=value_text(relief.scale.low, 3), high=value_text(relief.scale.high, 3)
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, words)

    # -- turning ----------------------------------------------------------------------------------
    def turn(self, across: float, up: float) -> None:
        """Turn it by angles."""
        self._turn += across
        self._tilt = min(STEEPEST, max(FLATTEST, self._tilt + up))
        self.update()

    def zoom(self, factor: float) -> None:
        """Make it larger or smaller."""
        self._zoom = min(4.0, max(0.4, self._zoom * factor))
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position().toPoint()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            place = event.position().toPoint()
            step, self._grabbed = place - self._grabbed, place
            self.turn(step.x() * 0.01, step.y() * 0.01)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(1.1 ** (event.angleDelta().y() / 120))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        turns = {
            Qt.Key.Key_Left: (-TURN, 0.0),
            Qt.Key.Key_Right: (TURN, 0.0),
            Qt.Key.Key_Up: (0.0, TURN),
            Qt.Key.Key_Down: (0.0, -TURN),
        }
        key = Qt.Key(event.key())
        if key in turns:
            self.turn(*turns[key])
        elif event.text() in ("+", "-"):
            self.zoom(1.1 if event.text() == "+" else 1 / 1.1)
        elif event.text() == "0":
            self.reset_view()
        else:
            super().keyPressEvent(event)


def _lit(ground: Any, corners: Any) -> Any:
    """How bright each square is, 0 to 1."""
    a, b, d = (ground[corners[:, k]] for k in (0, 1, 3))
    normal = np.cross(b - a, d - a)
    lengths = np.linalg.norm(normal, axis=1)
    facing = (normal @ LIGHT) / np.where(lengths > 0.0, lengths * np.linalg.norm(LIGHT), 1.0)
    return DARKEST + (1.0 - DARKEST) * np.clip(facing, 0.0, 1.0)
