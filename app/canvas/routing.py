"""Courses of wires around the nodes that lie between their ends.

A wire that would cross a node runs along a lane above or below what is in its way: out to it, straight on, and back. Lanes
are looked for after the document has changed, a few wires at a time; what is on the move under the pointer runs straight.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer
from PySide6.QtGui import QPainterPath

from app.canvas.geometry import loop_path, turned, turned_rect, wire_path
from app.slices import Slices

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.wire_item import WireItem

CLEAR: Final = 14.0
"""How far from a node a lane runs."""

_TOUCH: Final = 4.0
_LOOK: Final = 300.0
_LEAST_TURN: Final = 36.0
_MOST_LANES: Final = 24
_LATER_MS: Final = 40  # than an edit, whose own frame comes first
_Segment = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Lane:
    """The straight part of a detour: its height, and where it begins and ends on the way from start to end.

    Where wires lead from top to bottom, the places are those of the drawing turned to the right.
    """

    y: float
    begin: float
    end: float

    def moved(self, step: QPointF) -> Lane:
        """The same elsewhere."""
        return Lane(self.y + step.y(), self.begin + step.x(), self.end + step.x())


def lane_path(start: QPointF, end: QPointF, lane: Lane) -> QPainterPath:
    """The course of a wire along a lane; it leaves and arrives horizontally."""
    if lane.end < lane.begin:
        return loop_path(start, end, lane.y)
    path = QPainterPath(start)
    first, last = QPointF(lane.begin, lane.y), QPointF(lane.end, lane.y)
    _turn(path, start, first)
    path.lineTo(last)
    _turn(path, last, end)
    return path


def find_lane(start: QPointF, end: QPointF, bodies: Iterable[QRectF]) -> Lane | None:
    """The shortest detour around nodes that a wire would cross; None where it crosses none, or where there is no way.

    Args:
        start: middle of the port that it leaves.
        end: middle of the port that it arrives at.
        bodies: of the nodes between them, those at its ends left out.
    """
    search = lane_search(start, end, bodies)
    while True:
        try:
            next(search)
        except StopIteration as found:
            lane: Lane | None = found.value
            return lane


def lane_search(start: QPointF, end: QPointF, bodies: Iterable[QRectF]) -> Generator[None, None, Lane | None]:
    """`find_lane` in steps that take less than a millisecond each."""
    boxes = [body.adjusted(-_TOUCH, -_TOUCH, _TOUCH, _TOUCH) for body in bodies]
    straight = wire_path(start, end)
    near = straight.controlPointRect().adjusted(-1, -1, 1, 1)  # one without height intersects nothing
    in_way = [box for box in boxes if box.intersects(near)]
    if not in_way or not _hits(straight, in_way):
        return None
    yield
    lanes = dict.fromkeys(_lanes(start, end, boxes, straight))
    tried = 0
    for lane in sorted(lanes, key=lambda lane: _length(start, end, lane)):
        if _is_blocked(lane, boxes):
            continue
        yield
        if not _hits(lane_path(start, end, lane), boxes):
            return _centered(lane, start, end, boxes)
        tried += 1
        if tried == _MOST_LANES:
            break
    return None


def _is_blocked(lane: Lane, boxes: Sequence[QRectF]) -> bool:
    """Whether something stands on its straight part, which is quickly seen."""
    y, left, right = lane.y, min(lane.begin, lane.end), max(lane.begin, lane.end)
    return any(b.top() <= y <= b.bottom() and b.left() <= right and b.right() >= left for b in boxes)


def _centered(lane: Lane, start: QPointF, end: QPointF, boxes: Sequence[QRectF]) -> Lane:
    """The lane in the middle between what is close above and below it."""
    left, right = sorted((lane.begin, lane.end))
    beside = [box for box in boxes if box.right() > left and box.left() < right]
    above = max((box.bottom() for box in beside if box.bottom() <= lane.y), default=-inf)
    below = min((box.top() for box in beside if box.top() >= lane.y), default=inf)
    if below - above > 4 * CLEAR:
        return lane
    middle = Lane((above + below) / 2, lane.begin, lane.end)
    return lane if _hits(lane_path(start, end, middle), boxes) else middle


def _lanes(start: QPointF, end: QPointF, boxes: Sequence[QRectF], straight: QPainterPath) -> Iterator[Lane]:
    """Lanes above and below each node that is in the way, and of the whole row of them."""
    segments = _segments(straight)
    crossed = [box for box in boxes if _meet(segments, [box])]
    row = QRectF()
    for box in crossed:
        row = row.united(box)
    forward = end.x() - start.x() >= 2 * _LEAST_TURN
    for box in [*crossed, row, *(b for b in boxes if b not in crossed)]:
        for y in (box.top() - CLEAR, box.bottom() + CLEAR):
            if not forward:
                if end.x() < start.x():
                    yield Lane(y, start.x(), end.x())
                continue
            first = max(min(row.left(), box.left()) - CLEAR / 2, start.x() + _LEAST_TURN)
            last = min(max(row.right(), box.right()) + CLEAR / 2, end.x() - _LEAST_TURN)
            if first < last:
                yield Lane(y, first, last)
            yield Lane(y, start.x() + _LEAST_TURN, end.x() - _LEAST_TURN)
    for y in _narrow_gaps(boxes, start.x(), end.x()):
        if forward:
            yield Lane(y, start.x() + _LEAST_TURN, end.x() - _LEAST_TURN)
        elif end.x() < start.x():
            yield Lane(y, start.x(), end.x())


def _narrow_gaps(boxes: Sequence[QRectF], one: float, other: float) -> Iterator[float]:
    """The middles of gaps between rows that are too narrow for a lane at its usual distance."""
    left, right = min(one, other), max(one, other)
    rows = sorted((b.top(), b.bottom()) for b in boxes if b.right() > left and b.left() < right)
    reached = inf
    for top, bottom in rows:
        if 0 < top - reached < 2 * CLEAR:
            yield (reached + top) / 2
        reached = bottom if reached == inf else max(reached, bottom)


def _length(start: QPointF, end: QPointF, lane: Lane) -> float:
    """How much longer than needed a way is, roughly."""
    return abs(lane.y - start.y()) + abs(lane.y - end.y()) - 0.1 * abs(lane.end - lane.begin)


def _turn(path: QPainterPath, start: QPointF, end: QPointF) -> None:
    """Goes on from one height to another, leaving and arriving horizontally."""
    run, rise = end.x() - start.x(), abs(end.y() - start.y())
    handle = max(run / 2, min(_LEAST_TURN, rise / 2))
    path.cubicTo(start + QPointF(handle, 0), end - QPointF(handle, 0), end)


def _hits(path: QPainterPath, boxes: Sequence[QRectF]) -> bool:
    return _meet(_segments(path), boxes)


def _segments(path: QPainterPath) -> list[_Segment]:
    found: list[_Segment] = []
    for polygon in path.toSubpathPolygons():
        points = [(point.x(), point.y()) for point in polygon.toList()]
        found += [(*one, *other) for one, other in pairwise(points)]
    return found


def _meet(segments: Sequence[_Segment], boxes: Sequence[QRectF]) -> bool:
    """Whether a segment has a point in a box."""
    sides = [(box.left(), box.top(), box.right(), box.bottom()) for box in boxes]
    for ax, ay, bx, by in segments:
        low_x, high_x, low_y, high_y = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        for left, top, right, bottom in sides:
            outside = high_x < left or low_x > right or high_y < top or low_y > bottom
            if not outside and _crosses((ax, ay, bx, by), (left, top, right, bottom)):
                return True
    return False


def _crosses(segment: _Segment, box: _Segment) -> bool:
    """Whether a segment has a point in a box (Liang and Barsky 1984)."""
    ax, ay, bx, by = segment
    left, top, right, bottom = box
    enter, leave = 0.0, 1.0
    for way, low, high in ((bx - ax, left - ax, right - ax), (by - ay, top - ay, bottom - ay)):
        if way == 0.0:
            if low > 0.0 or high < 0.0:
                return False
            continue
        one, two = low / way, high / way
        enter, leave = max(enter, min(one, two)), min(leave, max(one, two))
    return enter <= leave


class Router(QObject):
    """Gives wires their lanes, a few at a time, after `note` was told what has changed.

    Args:
        wires: all wires.
        nodes_in: the nodes in a part of the canvas.
        of: the wires whose bounds touch a part of the canvas.
    """

    def __init__(
        self,
        wires: Callable[[], Iterable[WireItem]],
        of: Callable[[QRectF], Iterable[WireItem]],
        nodes_in: Callable[[QRectF], Iterable[NodeItem]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._wires, self._of, self._nodes_in = wires, of, nodes_in
        self._changed: list[QRectF] = []
        self._asked: dict[WireItem, None] = {}
        self._routed: WireItem | None = None  # whose lane is looked for
        self._slices = Slices(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin)

    def note(self, rect: QRectF) -> None:
        """Something came, went or moved here."""
        self._changed.append(QRectF(rect))
        self._wait()

    def ask(self, wires: Iterable[WireItem]) -> None:
        """These wires have other ends."""
        self._asked.update(dict.fromkeys(wires))
        self._wait()

    def _wait(self) -> None:
        self._slices.give_way()
        self._timer.start(_LATER_MS)

    def forget(self, wire: WireItem) -> None:
        """A wire is gone."""
        self._asked.pop(wire, None)
        if self._routed is wire:
            self._routed = None

    def is_busy(self) -> bool:
        """Whether lanes are still looked for."""
        return self._timer.isActive() or self._slices.is_busy()

    def give_way(self) -> None:
        """The hand is moving: goes on when it rests."""
        self._slices.give_way()

    def finish(self) -> None:
        """Looks for all lanes at once."""
        if self._timer.isActive():
            self._timer.stop()
            self._begin()
        self._slices.finish()

    def stop(self) -> None:
        """Ends looking."""
        self._timer.stop()
        self._slices.stop()

    def _begin(self) -> None:
        area = QRectF()
        for rect in self._changed:
            area = area.united(rect)
        self._changed = []
        if not area.isNull():
            self._asked.update(dict.fromkeys(self._of(area)))
            lanes = (wire for wire in self._wires() if wire.lane is not None)
            self._asked.update(dict.fromkeys(wire for wire in lanes if _around(wire).intersects(area)))
        if not self._slices.is_busy():
            self._slices.start(self._route())

    def _route(self) -> Iterator[None]:
        while self._asked:
            wire = next(iter(self._asked))
            del self._asked[wire]
            self._routed, ends = wire, wire.ends()
            lane = yield from self._search(wire)
            if self._routed is wire and wire.ends() == ends:  # else it is gone, or asked for again
                wire.set_lane(lane)
            yield

    def _search(self, wire: WireItem) -> Generator[None, None, Lane | None]:
        start, end = wire.ends()
        near = _around(wire)
        ends = (wire.edge.source, wire.edge.target)
        others = (item for item in self._nodes_in(near) if item.node.id not in ends)
        bodies = [item.body().translated(item.pos()) for item in others]
        if wire.downward:
            start, end, bodies = turned(start), turned(end), [turned_rect(body) for body in bodies]
        return (yield from lane_search(start, end, bodies))


def _around(wire: WireItem) -> QRectF:
    """The part of the canvas whose nodes matter to a wire."""
    start, end = wire.ends()
    aside, along = (_LOOK, _LOOK / 3) if wire.downward else (_LOOK / 3, _LOOK)
    return QRectF(start, end).normalized().adjusted(-aside, -along, aside, along)
