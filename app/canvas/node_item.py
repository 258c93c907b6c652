"""A node on the canvas: what it shows and where it lies. Neither a widget nor an item of Qt's own: one pass paints all.

`NodePainter` draws it; an item of Qt's each would cost Python a call for every node and frame, whatever it shows.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPen

from app.canvas import geometry as geo
from app.canvas.facts import Badge, Caption, Slot, have_names, node_category, node_title
from app.canvas.letters import Letters
from app.canvas.spatial import Board, Carry
from app.canvas.style import CanvasStyle
from engine.graph.document import Node

LEFT: Final = 23.0
THUMBNAILS: Final = 5
MARGIN: Final = 12.0
"""How far what it paints reaches beyond its body."""

_RIGHT: Final = 10.0
_NAME_GAP: Final = 4.0
_NAME_ROW: Final = 16.0

_ROW_HEIGHT: Final = 14.0

_Offsets = Mapping[Slot, QPointF]

Text = tuple[QPointF, Letters, QPen]
"""Words with their top left corner in the node."""


class NodeItem:
    """One `Node` as it is shown; everything it shows is handed to it, and it tells its board when that changes.

    `sequence` is its place in the order of painting.
    """

    def __init__(self, node: Node, style: CanvasStyle, board: Board["NodeItem"], sequence: int) -> None:
        self.sequence = sequence
        self._style = style
        self._board = board
        self._node = node
        self._category = node_category(node)
        self._inputs: tuple[Slot, ...] = ()
        self._outputs: tuple[Slot, ...] = ()
        self._caption = Caption()
        self._cost = ""
        self._title: str | None = None
        self._thumbnails: list[QImage] = []
        self._badge: Badge | None = None
        self._hovered = self._selected = self._dimmed = self._pale = False
        self._lit: frozenset[Slot] = frozenset()
        self._lit_side_is_output = False
        self._height = geo.NODE_HEIGHT
        self._x, self._y = node.position
        self._carry: Carry | None = None
        self._bounds = QRectF()
        self._offsets: Sequence[_Offsets] = ({}, {})
        self._texts: list[Text] | None = None
        self._names: list[Text] | None = None
        self._look: int | None = None
        self._far_look: int | None = None
        self._lay_out()

    # -- what it shows -------------------------------------------------------------------------------------
    @property
    def node(self) -> Node:
        """The node as last shown."""
        return self._node

    @property
    def badge(self) -> Badge | None:
        """What is wrong with it."""
        return self._badge

    def tip(self) -> str:
        """What is to be told beside the pointer: what is wrong with it."""
        return "" if self._badge is None else self._badge.sentence

    @property
    def inputs(self) -> tuple[Slot, ...]:
        """Places for wires at the left."""
        return self._inputs

    @property
    def outputs(self) -> tuple[Slot, ...]:
        """Places for wires at the right."""
        return self._outputs

    @property
    def thumbnails(self) -> Sequence[QImage]:
        """The pictures shown."""
        return self._thumbnails

    @property
    def selected(self) -> bool:
        """Whether it is selected."""
        return self._selected

    @property
    def hovered(self) -> bool:
        """Whether the pointer is over it."""
        return self._hovered

    @property
    def dimmed(self) -> bool:
        """Whether it is dimmed, because the wire that is drawn can't end at it."""
        return self._dimmed

    @property
    def bypassed(self) -> bool:
        """Whether training leaves it out."""
        return self._node.bypassed

    @property
    def muted(self) -> bool:
        """Whether it gives zeros."""
        return self._node.muted

    @property
    def faded(self) -> bool:
        """Whether it is painted pale: no wire can end here, another is searched, or training leaves it out."""
        return self._dimmed or self._pale or self._node.bypassed or self._node.muted

    @property
    def tag(self) -> str:
        """The colour it is marked with, or ""."""
        return self._node.tag

    def is_marked(self) -> bool:
        """Whether something was done with it or is wrong with it, which signs on it say."""
        node = self._node
        return bool(node.bypassed or node.muted or node.tag or self._badge is not None)

    def title(self) -> str:
        """The name it shows."""
        if self._title is None:
            self._title = self._caption.title or node_title(self._node)
        return self._title

    def subtitle(self) -> str:
        """The dim line it shows."""
        return self._caption.subtitle or self._node.layer.subtitle()

    def footer(self) -> str:
        """The faint line it shows."""
        return self._caption.footer or self._cost

    def category(self) -> str:
        """The role of its colour."""
        return self._category

    def set_node(self, node: Node, inputs: tuple[Slot, ...], outputs: tuple[Slot, ...]) -> None:
        """Shows another state of the node and its ports."""
        before = (self._node.layer, self._node.name, self._inputs, self._outputs)
        marks = (self._node.bypassed, self._node.muted, self._node.tag)
        self._node, self._inputs, self._outputs = node, inputs, outputs
        self._category = node_category(node)
        if before != (node.layer, node.name, inputs, outputs):
            self._lay_out()
        elif marks != (node.bypassed, node.muted, node.tag):
            self._repaint()

    def set_caption(self, caption: Caption) -> None:
        """Replaces the words of the layer."""
        if caption != self._caption:
            self._caption = caption
            self._reword()

    def set_cost(self, text: str) -> None:
        """Shows parameters and multiply-adds."""
        if text != self._cost:
            self._cost = text
            self._texts = None
            self._board.repaint(self.bounds())

    def set_thumbnails(self, images: Sequence[QImage]) -> None:
        """Shows up to five small pictures; with the first ones the node grows."""
        grows = bool(images) != bool(self._thumbnails)
        self._thumbnails = list(images[:THUMBNAILS])
        if grows:
            self._lay_out()
        self._repaint()

    def set_badge(self, badge: Badge | None) -> None:
        """Shows that something is wrong, or that nothing is."""
        if badge != self._badge:
            self._badge = badge
            self._repaint()

    def set_hovered(self, hovered: bool) -> None:
        """Whether the pointer is over it."""
        if hovered != self._hovered:
            self._hovered = hovered
            self._repaint()

    def set_selected(self, selected: bool) -> bool:
        """Selects it or not; whether that is a change."""
        changed = selected != self._selected
        if changed:
            self._selected = selected
            self._repaint()
        return changed

    def set_pale(self, pale: bool) -> None:
        """Paints it pale, because something else is searched."""
        if pale != self._pale:
            self._pale = pale
            self._repaint()

    def set_lit(self, slots: Collection[Slot] | None, *, output: bool = False) -> None:
        """While a wire is drawn: lights the ports it may end at, dims a node without one; `None` ends that."""
        lit, dimmed = frozenset(slots or ()), slots is not None and not slots
        if (lit, dimmed, output) != (self._lit, self._dimmed, self._lit_side_is_output):
            self._lit, self._dimmed, self._lit_side_is_output = lit, dimmed, output
            self._repaint()

    def is_lit(self) -> bool | None:
        """While a wire is drawn, whether it may end here; else `None`."""
        return False if self._dimmed else True if self._lit else None

    def lit_ports(self, *, output: bool) -> frozenset[Slot]:
        """The ports of a side that are lit."""
        return self._lit if output == self._lit_side_is_output else frozenset()

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._lay_out()

    def port_names(self) -> list[str]:
        """The names written beside ports, inputs first."""
        return [letters.text for _, letters, _ in self.name_texts()]

    # -- places ----------------------------------------------------------------------------------------------
    def pos(self) -> QPointF:
        """Its top left corner on the canvas."""
        return QPointF(*self.corner())

    def corner(self) -> tuple[float, float]:
        """Its left and top on the canvas, for those who ask of many nodes."""
        carry = self._carry
        return (self._x, self._y) if carry is None else (self._x + carry.x, self._y + carry.y)

    def move_to(self, place: QPointF) -> None:
        """Puts its top left corner at a place on the canvas."""
        before = self.pos()
        if place != before:
            self._board.repaint(self.bounds())
            self._bounds.translate(place - before)
            carried = self._carry.step() if self._carry is not None else QPointF()
            self._x, self._y = (place - carried).toTuple()
            self._board.placed(self)

    def shift(self, step: QPointF) -> None:
        """Moves it without telling its board, which has asked for it."""
        self._x += step.x()
        self._y += step.y()
        self._bounds.translate(step)

    def lift(self, carry: Carry | None) -> None:
        """It is carried from now on; with None it lies where it is shown."""
        if self._carry is not None:
            self.shift(self._carry.step())
        self._carry = carry

    def body(self) -> QRectF:
        """The node's rectangle in its own coordinates."""
        return QRectF(0, 0, geo.NODE_WIDTH, self._height)

    def place(self) -> tuple[float, float, float, float]:
        """Its body on the canvas: left, top, right, bottom."""
        left, top = self.corner()
        return left, top, left + geo.NODE_WIDTH, top + self._height

    def bounds(self) -> QRectF:
        """The rectangle it paints in, on the canvas; not to be changed."""
        carry = self._carry
        return self._bounds if carry is None else self._bounds.translated(carry.x, carry.y)

    def port_offsets(self, *, output: bool) -> Mapping[Slot, QPointF]:
        """The ports of a side with their middles in the node, from top to bottom."""
        return self._offsets[output]

    def port_position(self, slot: Slot, *, output: bool) -> QPointF:
        """Middle of a port on the canvas; of the side's first if the node does not have it."""
        offsets = self._offsets[output]
        offset = offsets.get(slot)
        if offset is None:
            place = geo.downward_port_offset if self._style.downward else geo.port_offset
            offset = next(iter(offsets.values()), None) or place(0, 1, self._height, output=output)
        return self.pos() + offset

    def port_at(self, position: QPointF) -> tuple[Slot, bool] | None:
        """The port whose target holds a position on the canvas, and whether it is an output."""
        place = position - self.pos()
        for output in (True, False):
            for slot, middle in self._offsets[output].items():
                offset = place - middle
                if max(abs(offset.x()), abs(offset.y())) <= geo.PORT_REACH:
                    return slot, output
        return None

    # -- for its painter ---------------------------------------------------------------------------------------
    def look(self) -> int:
        """Stands for all that its picture without words and thumbnails depends on: nodes of one look are painted alike."""
        if self._look is None:
            ports = tuple(
                (offset.x(), offset.y(), slot in self.lit_ports(output=output))
                for output in (False, True)
                for slot, offset in self._offsets[output].items()
            )
            severity = self._badge.severity if self._badge is not None else ""
            marks = (self.bypassed, self.muted, self.tag)
            state = (self._selected, self._hovered, self._dimmed, self._pale, severity, *marks)
            look = (self.category(), self._height, len(self._inputs), ports, *state)
            self._look = self._style.number_of(look)
        return self._look

    def far_look(self) -> int:
        """The same with its name, which from afar is part of the picture."""
        if self._far_look is None:
            self._far_look = self._style.number_of(("far", self.look(), self.title()))
        return self._far_look

    def body_look(self) -> tuple[object, ...]:
        """All that its body depends on, which nodes of many looks have in common."""
        return ("body", self._height, self._selected, self._hovered, self.faded, self.bypassed)

    def texts(self) -> list[Text]:
        """Title, subtitle and footer."""
        if self._texts is None:
            style = self._style
            top, bottom = self._name_rows()
            rows = (
                (top + 11.0, self.title(), style.name_font, style.text),
                (top + 27.0, self.subtitle(), style.small_font, style.dim),
                (self._height - bottom - 21.0, self.footer(), style.mono_font, style.dim),
            )
            width = geo.NODE_WIDTH - LEFT - _RIGHT
            self._texts = [
                (QPointF(LEFT, top), style.letters(style.elided(text, font, width), font), pen)
                for top, text, font, pen in rows
            ]
        return self._texts

    def name_texts(self) -> list[Text]:
        """The names beside ports, inputs first; none where there is nothing to tell apart."""
        if self._names is None:
            self._names = [*self._side_names(output=False), *self._side_names(output=True)]
        return self._names

    # -- layout ----------------------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        self._repaint()
        self._height, *self._offsets = self.measured(downward=self._style.downward)
        self._names = None
        self._bounds = self.body().translated(self._x, self._y).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        self._board.placed(self)
        self._reword()

    def measured(self, *, downward: bool) -> tuple[float, _Offsets, _Offsets]:
        """Its height and the middles of its inputs and outputs, where wires lead to the right or down."""
        named = [len(slots) for slots in (self._inputs, self._outputs) if have_names(slots)]
        thumbnails = bool(self._thumbnails)
        if downward:
            height = geo.downward_height(thumbnails=thumbnails, rows=len(named))
        else:
            ports = max(len(self._inputs), len(self._outputs), 1)
            height = geo.node_height(ports, thumbnails=thumbnails, named=max(named, default=0))
        side = partial(self._side, height=height, downward=downward)
        return height, side(self._inputs, output=False), side(self._outputs, output=True)

    def _name_rows(self) -> tuple[float, float]:
        """How much room names of ports take above its title and below its footer."""
        if not self._style.downward:
            return 0.0, 0.0
        above, below = (
            geo.NAMED_ROW if have_names(slots) else 0.0 for slots in (self._inputs, self._outputs)
        )
        return above, below

    def _reword(self) -> None:
        self._texts = self._title = None
        self._repaint()

    def _repaint(self) -> None:
        self._look = self._far_look = None
        self._board.repaint(self.bounds())

    def _side(self, slots: Sequence[Slot], *, output: bool, height: float, downward: bool) -> _Offsets:
        if downward:
            places = (
                geo.downward_port_offset(k, len(slots), height, output=output) for k in range(len(slots))
            )
            return dict(zip(slots, places, strict=True))
        thumbnails = bool(self._thumbnails)
        if have_names(slots):
            return {
                slot: geo.named_port_offset(k, output=output, thumbnails=thumbnails)
                for k, slot in enumerate(slots)
            }
        count = max(len(slots), 1)
        return {slot: geo.port_offset(k, count, height, output=output) for k, slot in enumerate(slots)}

    def _side_names(self, *, output: bool) -> list[Text]:
        if not have_names(self._outputs if output else self._inputs):
            return []
        if self._style.downward:
            return self._row_names(output=output)
        style = self._style
        font, metrics = style.small_font, style.metrics(style.small_font)
        shared = have_names(self._inputs) and have_names(self._outputs)
        width = (geo.NODE_WIDTH / 2 if shared else geo.NODE_WIDTH) - geo.PORT_REACH - _NAME_GAP
        found = []
        for slot, middle in self._offsets[output].items():
            name = style.elided(slot.port.replace("_", " "), font, width)
            shift = geo.NODE_WIDTH - geo.PORT_REACH - metrics.horizontalAdvance(name)
            left = shift if output else geo.PORT_REACH
            top = middle.y() - metrics.height() / 2
            found.append((QPointF(left, top), style.letters(name, font), style.dim))
        return found

    def _row_names(self, *, output: bool) -> list[Text]:
        """The names at the top or bottom, each in the middle of its port."""
        style, offsets = self._style, self._offsets[output]
        font, metrics = style.small_font, style.metrics(style.small_font)
        room = geo.downward_distance(len(offsets)) - _NAME_GAP
        found = []
        for slot, middle in offsets.items():
            name = style.elided(slot.port.replace("_", " "), font, room)
            left = middle.x() - metrics.horizontalAdvance(name) / 2
            top = middle.y() - geo.PORT_RADIUS - _ROW_HEIGHT if output else middle.y() + geo.PORT_RADIUS
            found.append((QPointF(left, top), style.letters(name, font), style.dim))
        return found
