"""Moving nodes with the pointer, into wires, out of them, and beside others that they are then wired to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, Qt
from typing_extensions import override

from app.canvas.facts import Slot
from app.canvas.geometry import snapped
from app.canvas.gestures import Gesture, Pointer
from app.canvas.nearby import GhostWires, free_port_near
from engine.graph.document import Edge
from engine.graph.splice import healed_wires

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.view import GraphView
    from app.canvas.wire_item import WireItem

_PULL = Qt.KeyboardModifier.AltModifier
_FIRST_MOVE = 4


class MoveGesture(Gesture):
    """Moves the selected nodes from dot to dot of the grid; a click without a move selects.

    A node without wires that is dropped on a wire is put into it; beside a free port it is wired to that. With Alt a
    node leaves its wires, which are healed.
    """

    def __init__(self, view: GraphView, start: Pointer, item: NodeItem) -> None:
        super().__init__(view, start)
        self._item = item
        self._was_selected = item.selected
        self._started = False
        self._pulls = bool(start.modifiers & _PULL)
        if self._pulls:
            self.scene.select([item.node.id])
        elif not self._was_selected:
            before = self.scene.selected_nodes() if start.adding else []
            self.scene.select([*before, item.node.id])
        self._places = {node_id: self.scene.nodes[node_id].pos() for node_id in self.scene.selected_nodes()}
        self._step = QPointF()
        self._alone = list(self._places) == [item.node.id]
        self._wired: list[Edge] = []
        self._ghosts = GhostWires(self.scene)

    @override
    def move(self, pointer: Pointer) -> None:
        if not self._started:
            if QLineF(QPointF(pointer.view), QPointF(self.start.view)).length() < _FIRST_MOVE:
                return
            self._started = True
            self._show_wires(not self._pulls)
        origin = self._places.get(self._item.node.id, self._item.pos())
        step = snapped(origin + pointer.canvas - self.start.canvas) - origin
        wire = self._wire_below(pointer)
        self.view.light_wire(wire)
        if self._place(step) or wire is not None:
            self._look_beside(wire)

    @override
    def finish(self, pointer: Pointer) -> None:
        wire, wired = self._wire_below(pointer), self._wired
        self._end()
        if not self._started:
            self._click(pointer)
            return
        places = {i: self.scene.nodes[i].pos() for i in self._places}
        self._place(QPointF())
        self.scene.lay_down()
        into = wire.edge if wire is not None else None
        self.view.editor.move(places, into=into, connect=wired, pulled=self._pulls)

    @override
    def cancel(self) -> None:
        self._end()
        self._place(QPointF())
        self.scene.lay_down()

    def _end(self) -> None:
        self.view.light_wire(None)
        self._ghosts.clear()
        self._show_wires(True)

    def _show_wires(self, shown: bool) -> None:
        if self._pulls:
            for wire in self.scene.wires_of(self._item.node.id):
                wire.set_visible(shown)

    def _click(self, pointer: Pointer) -> None:
        """A click on one of several selected nodes leaves it alone; with Shift or Ctrl it leaves the selection."""
        node_id = self._item.node.id
        if pointer.adding and self._was_selected:
            self.scene.select(i for i in self.scene.selected_nodes() if i != node_id)
        elif not pointer.adding:
            self.scene.select([node_id])

    def _place(self, step: QPointF) -> bool:
        """Shows the nodes a step away from where they are; whether they were elsewhere."""
        if step == self._step:
            return False
        self._step = step
        self.scene.carry(self._places, step)
        return True

    def _wire_below(self, pointer: Pointer) -> WireItem | None:
        if not self._alone or not self.view.editor.can_insert(self._item.node, pulled=self._pulls):
            return None
        return self.view.wire_under_node(pointer.canvas)

    def _look_beside(self, wire: WireItem | None) -> None:
        """Finds and shows the wires that a release would make."""
        if not self._alone:
            return
        if self._pulls:
            self._ghosts.show(self._ends(edge) for edge in healed_wires(self.scene.graph, self._item.node.id))
            return
        self._wired = [] if wire is not None else list(self._edges_beside())
        self._ghosts.show(self._ends(edge) for edge in self._wired)

    def _ends(self, edge: Edge) -> tuple[QPointF, QPointF]:
        scene, into = self.scene, self.scene.graph.edges_into(edge.target, edge.target_port)
        slot = Slot(edge.target_port, len(into))
        if slot not in scene.nodes[edge.target].inputs:
            slot = Slot(edge.target_port)
        return (
            scene.end_of(edge.source, Slot(edge.source_port), output=True),
            scene.end_of(edge.target, slot, output=False),
        )

    def _edges_beside(self) -> list[Edge]:
        """From a free output at the left and to a free input at the right, where that can be."""
        graph, item = self.scene.graph, self._item
        own, edges = item.node.id, []
        if item.inputs and not graph.edges_into(own):
            port = item.inputs[0]
            found = free_port_near(
                self.scene, item.port_position(port, output=False), output=True, skip=[own]
            )
            if found is not None:
                edges.append(Edge(found[0], found[1].port, own, port.port))
        if item.outputs and not graph.edges_from(own):
            port = item.outputs[0]
            found = free_port_near(
                self.scene, item.port_position(port, output=True), output=False, skip=[own]
            )
            if found is not None:
                edges.append(Edge(own, port.port, found[0], found[1].port))
        return [edge for edge in edges if self.view.editor.why_not(edge) is None]
