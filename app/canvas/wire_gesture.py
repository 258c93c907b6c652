"""Drawing a wire: ports that suit light up, a wire that can't be says why, one dropped on nothing offers layers.

A wire that was there is cut by that; Escape leaves it so, a layer chosen then takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsPathItem
from typing_extensions import override

from app.canvas.facts import Slot
from app.canvas.geometry import wire_path
from app.canvas.gestures import Gesture, Pointer
from app.canvas.hint import HintItem
from app.slices import Slices
from engine.graph.document import Edge

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.view import GraphView

_BELOW_NODES = 5.0
_SNAP = 36.0  # pixels of the screen from a port that suits, where its wire is taken


class WireGesture(Gesture):
    """Draws a wire from a port; from an input that has one it takes the end of that wire along.

    With `taken` it is the other end of that wire that is taken along, and this one stays.
    """

    def __init__(
        self,
        view: GraphView,
        start: Pointer,
        item: NodeItem,
        slot: Slot,
        *,
        output: bool,
        taken: Edge | None = None,
    ) -> None:
        super().__init__(view, start)
        self._editor = view.editor
        self._old = taken
        if taken is None and not output:
            self._old = self._editor.wire_to_take(item.node.id, slot)
            if self._old is not None:
                item, slot, output = self.scene.nodes[self._old.source], Slot(self._old.source_port), True
        if self._old is not None:
            self.scene.wire(self._old).set_visible(False)
        self._item, self._slot, self._output = item, slot, output
        self._fixed = item.port_position(slot, output=output)
        self._curve = QGraphicsPathItem()
        self._curve.setZValue(_BELOW_NODES)
        self._hint = HintItem(self.scene.look)
        self.scene.addItem(self._curve)
        self.scene.addItem(self._hint)
        self._candidate: Edge | None = None
        self._refusal: str | None = None
        self._slices = Slices()
        self._slices.start(self._light_ports())
        self._draw(start.canvas, self.scene.look.wire_lit)

    @override
    def move(self, pointer: Pointer) -> None:
        self._look_for_target(pointer.canvas)
        look = self.scene.look
        if self._refusal is not None:
            self._hint.show_at(pointer.canvas + QPointF(14, 14) / self.view.zoom(), self._refusal)
            self._hint.keep_inside(self.view, self.view.covered_above)
        else:
            self._hint.hide()
        pen = look.wire_bad if self._refusal is not None else look.wire_lit
        self._draw(self._loose_end(pointer.canvas), pen)

    @override
    def finish(self, pointer: Pointer) -> None:
        self._look_for_target(pointer.canvas)
        self._tidy_up()
        if self._candidate is not None and self._refusal is None:
            if self._candidate != self._old:
                self._editor.connect_nodes(self._candidate, instead_of=self._old)
        elif self._refusal is not None:
            self.view.refused.emit(self._refusal)
        elif self.scene.node_at(pointer.canvas) is None and (
            self._old is not None or self._was_dragged(pointer)
        ):
            if self._old is not None:
                self._editor.disconnect_wire(self._old)
            self.view.open_search(pointer.canvas, (self._item.node.id, self._slot, self._output))

    @override
    def cancel(self) -> None:
        self._tidy_up()

    def _was_dragged(self, pointer: Pointer) -> bool:
        return (pointer.view - self.start.view).manhattanLength() > 8

    def _look_for_target(self, position: QPointF) -> None:
        """Finds the wire that a release at `position` would make, and why it can't be."""
        self._candidate = self._refusal = None
        reasons: list[str] = []
        for edge in self._edges_at(position):
            reason = None if edge == self._old else self._editor.why_not(edge, without=self._old)
            if reason is None:
                self._candidate = edge
                return
            reasons.append(reason)
        if reasons:
            self._refusal = reasons[0]

    def _edges_at(self, position: QPointF) -> Iterator[Edge]:
        """Wires to the port there, or to each port of the node there."""
        item = self.scene.node_at(position)
        if item is None:
            yield from self._edges_near(position)
            return
        if item is self._item:
            return
        port = item.port_at(position)
        slots = item.inputs if self._output else item.outputs
        if port is not None and port[1] != self._output:
            slots = (port[0],)
        for name in dict.fromkeys(slot.port for slot in slots):
            yield self._edge_to(item.node.id, name)

    def _edges_near(self, position: QPointF) -> Iterator[Edge]:
        """Of the wires to the ports within reach those that can be, the nearest port first: the end snaps to it."""
        reach = _SNAP / self.view.zoom()
        near = QRectF(position - QPointF(reach, reach), position + QPointF(reach, reach))
        ports = [
            (QLineF(item.pos() + offset, position).length(), item.node.id, slot.port)
            for item in self.scene.nodes_in(near)
            if item is not self._item
            for slot, offset in item.port_offsets(output=not self._output).items()
        ]
        for distance, node_id, port in sorted(ports):
            edge = self._edge_to(node_id, port)
            if distance <= reach and self._may_be(edge):
                yield edge

    def _edge_to(self, node_id: str, port: str) -> Edge:
        if self._output:
            return Edge(self._item.node.id, self._slot.port, node_id, port)
        return Edge(node_id, port, self._item.node.id, self._slot.port)

    def _light_ports(self) -> Iterator[None]:
        """Lights the ports that suit, those in view first: for some of them their layer has to be tried."""
        near = {item.node.id: item for item in self.scene.nodes_in(self.view.visible_rect())}
        for node_id, item in (near | dict(self.scene.nodes)).items():
            if item is not self._item:
                slots = item.inputs if self._output else item.outputs
                lit = [s for s in slots if self._may_be(self._edge_to(node_id, s.port))]
                item.set_lit(lit, output=not self._output)
                yield

    def _may_be(self, edge: Edge) -> bool:
        return edge == self._old or self._editor.why_not(edge, without=self._old) is None

    def _loose_end(self, position: QPointF) -> QPointF:
        """Where the wire's end is drawn: in the port it would go to, else under the pointer."""
        edge = self._candidate
        if edge is None:
            return position
        if not self._output:
            return self.scene.end_of(edge.source, Slot(edge.source_port), output=True)
        item = self.scene.nodes[edge.target]
        port = item.port_at(position)
        slot = port[0] if port is not None and not port[1] else Slot(edge.target_port)
        return item.port_position(slot, output=False)

    def _draw(self, end: QPointF, pen: QPen) -> None:
        self._curve.setPen(pen)
        first, last = (self._fixed, end) if self._output else (end, self._fixed)
        self._curve.setPath(wire_path(first, last, downward=self.scene.look.downward))

    def _tidy_up(self) -> None:
        self._slices.stop()
        for item in self.scene.nodes.values():
            item.set_lit(None)
        if self._old is not None:
            self.scene.wire(self._old).set_visible(True)
        self.scene.removeItem(self._curve)
        self.scene.removeItem(self._hint)
