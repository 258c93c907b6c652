"""A wire on the canvas: a curve from an output to an input, with the shape of what flows in a pill."""

from math import copysign
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPainterPathStroker

from app.canvas import geometry as geo
from app.canvas.routing import Lane, lane_path
from app.canvas.spatial import Board
from app.canvas.style import CanvasStyle
from engine.graph.document import Edge

PILL_HEIGHT: Final = 18.0
_REACH: Final = 12.0
_ROOM: Final = 3.0
_PILL_SHIFT: Final = 8.0


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
        self._reach: QPainterPath | None = None
        self._halfway: QPointF | None = None
        self._pill = QRectF()
        self._bounds = QRectF()
        self._shape_text = self._shape_words = ""
        self._hovered = self._selected = self._faulty = False
        self._visible = True
        self._shows_pill = False

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
        """What the pill says: with the names of the axes while the wire is lit."""
        return self._shape_words if self.lit and self._shape_words else self._shape_text

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
        """Whether there is room for the pill; where there is none it shows under the pointer only."""
        return self._shows_pill

    def set_shape_text(self, text: str, words: str = "") -> None:
        """Shows the shape of what flows, without the batch; while it is lit in words, with the names of the axes."""
        if (text, words) != (self._shape_text, self._shape_words):
            self._shape_text, self._shape_words = text, words
            self._place_pill()

    def set_hovered(self, hovered: bool) -> None:
        """Whether the pointer is over it, or something is about to be dropped on it."""
        if hovered != self._hovered:
            self._hovered = hovered
            self._place_pill()

    def set_selected(self, selected: bool) -> bool:
        """Selects it or not; whether that is a change."""
        changed = selected != self._selected
        if changed:
            self._selected = selected
            self._place_pill()
        return changed

    def set_faulty(self, faulty: bool) -> None:
        """Whether what flows does not suit its end."""
        if faulty != self._faulty:
            self._faulty = faulty
            self._board.repaint(self._bounds)

    def set_visible(self, visible: bool) -> None:
        """Shows it, or hides it while its end is taken elsewhere."""
        self._visible = visible
        self._board.repaint(self._bounds)

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._lay_out()

    # -- places ----------------------------------------------------------------------------------------------
    def path(self) -> QPainterPath:
        """Its course."""
        return self._path

    def middle(self) -> QPointF:
        """The point half way along."""
        if self._lane is not None:
            middle = QPointF((self._lane.begin + self._lane.end) / 2, self._lane.y)
            return geo.turned(middle) if self._style.downward else middle
        if self._path.elementCount() == geo.FORWARD_ELEMENTS:  # symmetric about it
            return (self._start + self._end) / 2
        if self._halfway is None:
            self._halfway = self._path.pointAtPercent(0.5)  # half of what a wire takes to lay out
        return QPointF(self._halfway)

    def pill(self) -> QRectF:
        """Where its pill is; empty where nothing is known of what flows."""
        return self._pill

    def bounds(self) -> QRectF:
        """The rectangle it paints in, on the canvas; not to be changed."""
        return self._bounds

    def reach(self) -> QPainterPath:
        """Where the pointer takes it."""
        if self._reach is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(_REACH)
            self._reach = stroker.createStroke(self._path)
        return self._reach

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Draws it between two points of the canvas."""
        if start == self._start and end == self._end:
            return
        step = start - self._start
        if step == end - self._end and not self._bounds.isNull():
            self._board.repaint(self._bounds)
            self.shift(step)
            self._board.placed(self)
        else:
            self._start, self._end = start, end
            self._lane = None
            self._trace()

    def ends(self) -> tuple[QPointF, QPointF]:
        """Where it starts and ends."""
        return self._start, self._end

    @property
    def lane(self) -> Lane | None:
        """The detour it takes around nodes, if it does."""
        return self._lane

    def set_lane(self, lane: Lane | None) -> None:
        """Lets it take a detour, or none."""
        if lane != self._lane:
            self._lane = lane
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
            self._lane = self._lane.moved(geo.turned(step) if self._style.downward else step)
        self._bounds.translate(step)
        self._pill.translate(step)
        self._reach = self._halfway = None

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
        self._reach = self._halfway = None
        self._place_pill()

    def _pill_place(self) -> QPointF:
        """Above the middle; on the straight part of a way around, near where it begins: there it is nobody else's."""
        downward = self._style.downward
        if self._path.elementCount() <= geo.FORWARD_ELEMENTS:
            return self.middle() if downward else self.middle() - QPointF(0, 13)
        if downward:
            return self._path.pointAtPercent(0.5)
        first, last = self._path.elementAt(3), self._path.elementAt(4)
        half = self._pill.width() / 2 + _PILL_SHIFT
        run = last.x - first.x
        return QPointF(first.x + (copysign(half, run) if abs(run) > 2 * half else run / 2), first.y)

    def _place_pill(self) -> None:
        self._board.repaint(self._bounds)
        self._pill = QRectF()
        if self._shape_text:
            self._pill = QRectF(0, 0, self._style.mono_width(self.pill_text) + 10, PILL_HEIGHT)
            self._pill.moveCenter(self._pill_place())
        start, end, length = self._start, self._end, self._pill.width()
        if self._style.downward:
            start, end, length = geo.turned(start), geo.turned(end), self._pill.height()
        self._shows_pill = bool(self._shape_text) and geo.fits_pill(start, end, length)
        around = self._path.controlPointRect().united(self._pill)
        self._bounds = around.adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM)
        self._board.placed(self)
