"""Places for several nodes at once: in line, or evenly spread."""

from collections.abc import Callable, Mapping
from enum import Enum

from PySide6.QtCore import QPointF, QRectF

Rects = Mapping[str, QRectF]


class Line(Enum):
    """What nodes are brought in line by."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"
    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


_AT: Mapping[Line, Callable[[QRectF], float]] = {
    Line.LEFT: QRectF.left,
    Line.CENTER: lambda rect: rect.center().x(),
    Line.RIGHT: QRectF.right,
    Line.TOP: QRectF.top,
    Line.MIDDLE: lambda rect: rect.center().y(),
    Line.BOTTOM: QRectF.bottom,
}
_OUTERMOST: Mapping[Line, Callable[[float, float], float]] = {
    Line.LEFT: min,
    Line.CENTER: lambda low, high: (low + high) / 2,
    Line.RIGHT: max,
    Line.TOP: min,
    Line.MIDDLE: lambda low, high: (low + high) / 2,
    Line.BOTTOM: max,
}
_SIDEWAYS = (Line.LEFT, Line.CENTER, Line.RIGHT)


def aligned(rects: Rects, line: Line) -> dict[str, QPointF]:
    """Top left corners that put these edges or middles on one line: that of the outermost, or between both ends."""
    at = {node: _AT[line](rect) for node, rect in rects.items()}
    goal = _OUTERMOST[line](min(at.values()), max(at.values()))
    moved = {}
    for node, rect in rects.items():
        step = goal - at[node]
        moved[node] = rect.topLeft() + (QPointF(step, 0) if line in _SIDEWAYS else QPointF(0, step))
    return moved


def distributed(rects: Rects, *, sideways: bool) -> dict[str, QPointF]:
    """Top left corners with equal gaps between neighbours; the two outermost stay where they are."""
    low, size = (QRectF.left, QRectF.width) if sideways else (QRectF.top, QRectF.height)
    order = sorted(rects, key=lambda node: low(rects[node]))
    if len(order) < 3:
        return {node: rects[node].topLeft() for node in order}
    first, last = rects[order[0]], rects[order[-1]]
    room = low(last) - low(first) - sum(size(rects[node]) for node in order[:-1])
    gap = room / (len(order) - 1)
    places, at = {}, low(first)
    for node in order:
        corner = rects[node].topLeft()
        places[node] = QPointF(at, corner.y()) if sideways else QPointF(corner.x(), at)
        at += size(rects[node]) + gap
    return places
