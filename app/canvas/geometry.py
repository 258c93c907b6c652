"""Where things are on the canvas: sizes of nodes, places of ports, courses of wires. All lengths in canvas units."""

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QTransform

GRID: Final = 25.0
"""Distance of the grid's dots, to which nodes snap."""

NODE_WIDTH: Final = 150.0
NODE_HEIGHT: Final = 74.0
THUMBNAIL_ROW: Final = 30.0
PORT_DISTANCE: Final = 22.0
NAME_BOTTOM: Final = 25.0
"""Where the name of a node ends and its settings begin, from its top."""

PORT_RADIUS: Final = 5.0
PORT_REACH: Final = 10.0
"""How far from a port's middle it still takes the pointer: a target of 20 by 20."""

NAMED_TOP: Final = 56.0
NAMED_DISTANCE: Final = 20.0
"""Ports with names stand in rows of their own, below the node's title and subtitle."""

NAMED_ROW: Final = 14.0
"""Where wires lead down, names of ports stand in a row of their own, above the title or below the footer."""

_PORT_MARGIN: Final = 26.0
_SIDE_MARGIN: Final = 24.0
_TURN: Final = QTransform(0.0, 1.0, 1.0, 0.0, 0.0, 0.0)
_BELOW_NAMED: Final = 33.0
_SHORTEST_HANDLE: Final = 30.0
_LONGEST_HANDLE: Final = 120.0
_LOOP: Final = 72.0
_BELOW: Final = 90.0


def snapped(position: QPointF) -> QPointF:
    """The grid's dot nearest to `position`."""
    return QPointF(round(position.x() / GRID) * GRID, round(position.y() / GRID) * GRID)


def node_height(ports: int, *, thumbnails: bool, named: int = 0) -> float:
    """Height of a node whose busier side has `ports` ports, or `named` ones with names beside them."""
    extra = THUMBNAIL_ROW if thumbnails else 0.0
    rows = NAMED_TOP + extra + (named - 1) * NAMED_DISTANCE + _BELOW_NAMED if named else 0.0
    return max(NODE_HEIGHT + extra, (ports - 1) * PORT_DISTANCE + 2 * _PORT_MARGIN, rows)


def turned(place: QPointF) -> QPointF:
    """A place of a drawing from left to right in one from top to bottom, and back: mirrored at the diagonal."""
    return QPointF(place.y(), place.x())


def turned_rect(rect: QRectF) -> QRectF:
    """A rectangle, mirrored at the diagonal."""
    return QRectF(rect.y(), rect.x(), rect.height(), rect.width())


def turned_path(path: QPainterPath) -> QPainterPath:
    """A course, mirrored at the diagonal."""
    return _TURN.map(path)


def downward_height(*, thumbnails: bool, rows: int) -> float:
    """Height of a node whose ports are at its top and bottom, `rows` of them with names."""
    return NODE_HEIGHT + (THUMBNAIL_ROW if thumbnails else 0.0) + rows * NAMED_ROW


def downward_port_offset(index: int, count: int, height: float, *, output: bool) -> QPointF:
    """Middle of the port `index` of `count` at the top or bottom of a node, from its top left corner."""
    x = NODE_WIDTH / 2 + (index - (count - 1) / 2) * downward_distance(count)
    return QPointF(x, height if output else 0.0)


def downward_distance(count: int) -> float:
    """Distance of the ports at the top or bottom of a node."""
    return min((NODE_WIDTH - 2 * _SIDE_MARGIN) / max(count - 1, 1), 2 * PORT_DISTANCE)


def named_port_offset(index: int, *, output: bool, thumbnails: bool) -> QPointF:
    """Middle of the port `index` on a side whose ports have names, from the node's top left corner."""
    top = NAMED_TOP + (THUMBNAIL_ROW if thumbnails else 0.0)
    return QPointF(NODE_WIDTH if output else 0.0, top + index * NAMED_DISTANCE)


def port_offset(index: int, count: int, height: float, *, output: bool) -> QPointF:
    """Middle of the port `index` of `count` on one side of a node of that height, from its top left corner.

    A single port lies at the same height on every node, so that wires along a row are straight.
    """
    middle = min(height, max(NODE_HEIGHT, (count - 1) * PORT_DISTANCE + 2 * _PORT_MARGIN)) / 2
    y = middle + (index - (count - 1) / 2) * PORT_DISTANCE
    return QPointF(NODE_WIDTH if output else 0.0, y)


FORWARD_ELEMENTS: Final = 4
"""Of the path of a wire that does not go around: where it starts, and one curve."""


def wire_path(start: QPointF, end: QPointF, *, downward: bool = False) -> QPainterPath:
    """The course of a wire: leaves and arrives horizontally, or vertically, and goes around where it leads back."""
    if downward:
        return turned_path(wire_path(turned(start), turned(end)))
    path = QPainterPath(start)
    run, rise = end.x() - start.x(), end.y() - start.y()
    if run >= 2 * PORT_RADIUS:
        handle = min(max(run / 2, min(abs(rise) / 2, _SHORTEST_HANDLE)), _LONGEST_HANDLE)
        path.cubicTo(start + QPointF(handle, 0), end - QPointF(handle, 0), end)
        return path
    return loop_path(
        start, end, start.y() + rise / 2 if abs(rise) > _BELOW else max(start.y(), end.y()) + _BELOW
    )


def loop_path(start: QPointF, end: QPointF, middle: float) -> QPainterPath:
    """The course of a wire that leads back: around to the height `middle`, along it, and around to its end."""
    path = QPainterPath(start)
    out = _loop_width(middle - start.y())
    back = _loop_width(end.y() - middle)
    path.cubicTo(start + QPointF(out, 0), QPointF(start.x() + out, middle), QPointF(start.x(), middle))
    path.lineTo(QPointF(end.x(), middle))
    path.cubicTo(QPointF(end.x() - back, middle), end - QPointF(back, 0), end)
    return path


def _loop_width(rise: float) -> float:
    return min(_LOOP, max(_SHORTEST_HANDLE, abs(rise) * 0.7))


def fits_pill(start: QPointF, end: QPointF, width: float) -> bool:
    """Whether a wire has room for a pill of `width` in its middle: 60 units between its ends, or its own width."""
    run = end.x() - start.x()
    if run < 0:
        return abs(run) + abs(end.y() - start.y()) > 2 * width
    return run >= max(60.0, width + PORT_RADIUS)


def grid_lines(rect: QRectF, step: float) -> tuple[float, list[float]]:
    """The x at which rows of dots start left of `rect`, and the y of each row in it."""
    first = math.floor(rect.top() / step)
    last = math.ceil(rect.bottom() / step)
    return math.floor(rect.left() / step) * step, [row * step for row in range(first, last + 1)]
