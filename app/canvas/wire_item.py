"""A wire on the canvas: a curve from an output to an input, with the shape of what flows in a pill."""

from collections.abc import Iterable
from math import copysign
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPainterPathStroker, QPen

from app.canvas import geometry as geo
from app.canvas.routing import Lane, lane_path
from app.canvas.spatial import Board, Carry
from app.canvas.style import CanvasStyle
from engine.graph.document import Edge

PILL_HEIGHT: Final = 18.0
_REACH: Final = 12.0
_ROOM: Final = 3.0
_HALF_PILL: Final = 60.0
"""Half the width of what room is kept for a pill, which holds nearly all shapes."""

_PILL_SHIFT: Final = 8.0
_SMOOTH: Final = 0.05
"""How far an outline may be from the true one: less than half a dot of a fine screen at the nearest zoom."""


class WireItem:
    """One `Edge` as it is shown; the scene hands it its ends, `WirePainter` paints it.

    `sequence` is its place in the order of painting.
    """

    def __init__(self, edge: Edge, style: CanvasStyle, board: Board["WireItem"], sequence: int) -> None:
        self.edge = edge
        self.sequence = sequence
        self._style = style
        self._board = board
        self._start, self._end = QPointF(), QPointF()
        self._lane: Lane | None = None
        self._path = QPainterPath()
        self._carry: Carry | None = None
        self._outline: QPainterPath | None = None
        self._was_drawn = False
        self._reach: QPainterPath | None = None
        self._halfway: QPointF | None = None
        self._pill: QRectF | None = QRectF()  # None: to be found when it is asked for
        self._wide = False  # the pill reaches beyond the room that is kept for it
        self._bounds = QRectF()
        self._shape_text = self._shape_words = ""
        self._hovered = self._selected = self._faulty = False
        self._visible = True
        self._shows_pill = self._repeats = False

    # -- what it shows -------------------------------------------------------------------------------------
    @property
    def shape_text(self) -> str:
        """The text in the pill, whether there is room for it or not."""
        return self._shape_text

    @property
    def shape_words(self) -> str:
        """What flows, with the names of the axes."""
        return self._shape_words

    @property
    def pill_text(self) -> str:
        """What the pill says: with the names of the axes while the wire is lit, where nodes leave room for them."""
        words = self._shape_words
        return words if self.lit and words and self._has_room(words) else self._shape_text

    def tip(self) -> str:
        """What is to be told beside the pointer: the names of the axes, where the pill has no room for them."""
        return "" if self.pill_text == self._shape_words else self._shape_words

    @property
    def selected(self) -> bool:
        """Whether it is selected."""
        return self._selected

    @property
    def lit(self) -> bool:
        """Whether it is selected or under the pointer."""
        return self._hovered or self._selected

    @property
    def downward(self) -> bool:
        """Whether it leads from top to bottom."""
        return self._style.downward

    @property
    def faulty(self) -> bool:
        """Whether what flows does not suit its end."""
        return self._faulty

    @property
    def visible(self) -> bool:
        """Whether it is shown at all."""
        return self._visible

    def shows_pill(self) -> bool:
        """Whether the pill is shown where the wire is not under the pointer: there is room, and no other wire says it."""
        self._found_pill()
        return self._shows_pill and not self._repeats

    def set_repeats(self, repeats: bool) -> None:
        """Whether another wire says beside it what flows."""
        if repeats != self._repeats:
            self._repeats = repeats
            self._board.repaint(self.bounds())

    def set_shape_text(self, text: str, words: str = "") -> None:
        """Shows the shape of what flows, without the batch; while it is lit in words, with the names of the axes."""
        if (text, words) != (self._shape_text, self._shape_words):
            self._shape_text, self._shape_words = text, words
            self._relabel()

    def set_hovered(self, hovered: bool) -> None:
        """Whether the pointer is over it, or something is about to be dropped on it."""
        if hovered != self._hovered:
            self._hovered = hovered
            self._relabel()

    def set_selected(self, selected: bool) -> bool:
        """Selects it or not; whether that is a change."""
        changed = selected != self._selected
        if changed:
            self._selected = selected
            self._relabel()
        return changed

    def set_faulty(self, faulty: bool) -> None:
        """Whether what flows does not suit its end."""
        if faulty != self._faulty:
            self._faulty = faulty
            self._board.repaint(self.bounds())

    def set_visible(self, visible: bool) -> None:
        """Shows it, or hides it while its end is taken elsewhere."""
        self._visible = visible
        self._board.repaint(self.bounds())

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._lay_out()

    # -- places ----------------------------------------------------------------------------------------------
    def path(self) -> QPainterPath:
        """Its course."""
        return self._path if self._carry is None else self._path.translated(self._carry.step())

    def course(self) -> QPainterPath:
        """Its course where it lies when it is not carried."""
        return self._path

    @property
    def carry(self) -> Carry | None:
        """How far it is carried, if it is."""
        return self._carry

    @property
    def outline(self) -> QPainterPath | None:
        """What a pen covers along its course, where it lies when it is not carried; None where it was not asked for yet.

        To fill an outline takes half as long as to draw a course, and to find it longer than to draw it once.
        """
        return self._outline

    def find_outline(self, pen: QPen) -> QPainterPath | None:
        """Finds it the second time it is asked for at the same place: what is on the move is not drawn there again."""
        if self._was_drawn:
            stroker = QPainterPathStroker(pen)
            stroker.setCurveThreshold(_SMOOTH)
            self._outline = stroker.createStroke(self._path)
        self._was_drawn = True
        return self._outline

    def middle(self) -> QPointF:
        """The point half way along."""
        lane = self.lane
        if lane is not None:
            middle = QPointF((lane.begin + lane.end) / 2, lane.y)
            return geo.turned(middle) if self._style.downward else middle
        if self._path.elementCount() == geo.FORWARD_ELEMENTS:  # symmetric about it
            start, end = self.ends()
            return (start + end) / 2
        if self._halfway is None:
            self._halfway = self._path.pointAtPercent(0.5)  # half of what a wire takes to lay out
        return self._halfway + self._carried()

    def pill(self) -> QRectF:
        """Where its pill is; empty where nothing is known of what flows."""
        pill = self._found_pill()
        return pill if self._carry is None else pill.translated(self._carry.step())

    def bounds(self) -> QRectF:
        """The rectangle it paints in, on the canvas; not to be changed."""
        carry = self._carry
        return self._bounds if carry is None else self._bounds.translated(carry.x, carry.y)

    def reach(self) -> QPainterPath:
        """Where the pointer takes it."""
        if self._reach is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(_REACH)
            self._reach = stroker.createStroke(self._path)
        return self._reach if self._carry is None else self._reach.translated(self._carry.step())

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Draws it between two points of the canvas."""
        carried = self._carried()
        start, end = start - carried, end - carried
        if start == self._start and end == self._end:
            return
        step = start - self._start
        if step == end - self._end and not self._bounds.isNull():
            self._board.repaint(self.bounds())
            self.shift(step)
            self._board.placed(self)
        else:
            self._start, self._end = start, end
            self._lane = None
            self._trace()

    def ends(self) -> tuple[QPointF, QPointF]:
        """Where it starts and ends."""
        carried = self._carried()
        return self._start + carried, self._end + carried

    @property
    def lane(self) -> Lane | None:
        """The detour it takes around nodes, if it does."""
        return self._lane if self._lane is None else self._lane.moved(self._turned(self._carried()))

    def set_lane(self, lane: Lane | None) -> None:
        """Lets it take a detour, or none."""
        if lane != self.lane:
            self._lane = lane if lane is None else lane.moved(self._turned(-self._carried()))
            self._trace()

    def turn(self) -> None:
        """Wires lead another way now."""
        self._lane = None
        self._trace()

    def shift(self, step: QPointF) -> None:
        """Moves it as a whole, because both ends move alike, without telling its board."""
        self._start, self._end = self._start + step, self._end + step
        self._path.translate(step)
        if self._lane is not None:
            self._lane = self._lane.moved(self._turned(step))
        self._bounds.translate(step)
        if self._pill is not None:
            self._pill.translate(step)
        if self._outline is not None:
            self._outline.translate(step)
        self._reach = self._halfway = None

    def lift(self, carry: Carry | None) -> None:
        """It is carried from now on, with both its ends; with None it lies where it is shown."""
        if self._carry is not None and (self._carry.x or self._carry.y):
            self.shift(self._carry.step())
        self._carry = carry

    def _carried(self) -> QPointF:
        return QPointF() if self._carry is None else self._carry.step()

    def _turned(self, step: QPointF) -> QPointF:
        """A step in the drawing that lanes are told in."""
        return geo.turned(step) if self._style.downward else step

    def _trace(self) -> None:
        start, end, downward = self._start, self._end, self._style.downward
        if self._lane is None:
            self._path = geo.wire_path(start, end, downward=downward)
        elif downward:
            self._path = geo.turned_path(lane_path(geo.turned(start), geo.turned(end), self._lane))
        else:
            self._path = lane_path(start, end, self._lane)
        self._lay_out()

    def _lay_out(self) -> None:
        self._reach = self._halfway = self._outline = None
        self._was_drawn = False
        self._place()

    def _pill_place(self, width: float) -> QPointF:
        """Above the middle; on the straight part of a way around, near where it begins: there it is nobody else's."""
        downward = self._style.downward
        if self._path.elementCount() <= geo.FORWARD_ELEMENTS:
            middle = self.middle() - self._carried()
            return middle if downward else middle - QPointF(0, 13)
        if downward:
            return self._path.pointAtPercent(0.5)
        first, last = self._path.elementAt(3), self._path.elementAt(4)
        half = width / 2 + _PILL_SHIFT
        run = last.x - first.x
        return QPointF(first.x + (copysign(half, run) if abs(run) > 2 * half else run / 2), first.y)

    def _relabel(self) -> None:
        """Another pill, for most texts in the room that is kept for it: then nothing has to be told where the wire is."""
        self._pill = None
        if self._wide or self._is_wide():
            self._place()
        else:
            self._board.repaint(self.bounds())

    def _is_wide(self) -> bool:
        text = self.pill_text
        around = self._style.downward and self._path.elementCount() > geo.FORWARD_ELEMENTS
        return bool(text) and (around or self._style.mono_width(text) + 10 > 2 * _HALF_PILL)

    def _place(self) -> None:
        """Finds where it paints."""
        self._board.repaint(self.bounds())
        self._pill, self._wide = None, self._is_wide()
        around = self._path.controlPointRect()
        around = around.united(self._found_pill() if self._wide else self._room())
        self._bounds = around.adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM)
        self._board.placed(self)

    def _room(self) -> QRectF:
        """Where pills of usual widths are."""
        half = QPointF(_HALF_PILL, PILL_HEIGHT / 2)
        if self._path.elementCount() <= geo.FORWARD_ELEMENTS:
            place = self._pill_place(0.0)
            return QRectF(place - half, place + half)
        if self._style.downward:
            return QRectF()
        first = self._path.elementAt(3)
        half.setX(2 * _HALF_PILL + _PILL_SHIFT)
        return QRectF(QPointF(first.x, first.y) - half, QPointF(first.x, first.y) + half)

    def _found_pill(self) -> QRectF:
        """The pill where it lies when the wire is not carried."""
        if self._pill is None:
            self._pill = QRectF()
            if self._shape_text:
                self._pill = QRectF(0, 0, self._style.mono_width(self.pill_text) + 10, PILL_HEIGHT)
                self._pill.moveCenter(self._pill_place(self._pill.width()))
            self._shows_pill = bool(self._shape_text) and self._has_room(self.pill_text)
        return self._pill

    def _has_room(self, text: str) -> bool:
        """Whether a pill with this text lies between the nodes."""
        start, end, length = self._start, self._end, self._style.mono_width(text) + 10
        if self._style.downward:
            start, end, length = geo.turned(start), geo.turned(end), PILL_HEIGHT
        return geo.fits_pill(start, end, length)


def tell_repeats(wires: Iterable[WireItem]) -> None:
    """Of wires from one output to one node the first says what flows: their pills would lie on each other."""
    told = set[tuple[str, str, str]]()
    for wire in sorted(wires, key=lambda wire: wire.sequence):
        way = (wire.edge.source, wire.edge.source_port, wire.edge.target)
        wire.set_repeats(way in told)
        told.add(way)
