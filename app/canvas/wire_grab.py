"""A wire under the pointer: a click selects it, a drag takes its nearer end elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QPointF
from typing_extensions import override

from app.canvas.facts import Slot, target_slot
from app.canvas.gestures import Gesture, Pointer
from app.canvas.wire_gesture import WireGesture

if TYPE_CHECKING:
    from app.canvas.view import GraphView
    from app.canvas.wire_item import WireItem

_FIRST_MOVE: Final = 6


class WireGrabGesture(Gesture):
    """Selects the wire at once; once it is dragged, it is a `WireGesture` from the end that stays."""

    def __init__(self, view: GraphView, start: Pointer, wire: WireItem) -> None:
        super().__init__(view, start)
        self._wire = wire
        self._drawn: WireGesture | None = None
        edges = self.scene.selected_edges() if start.adding else []
        nodes = self.scene.selected_nodes() if start.adding else []
        self.scene.select(nodes, [*edges, wire.edge])

    @override
    def move(self, pointer: Pointer) -> None:
        if self._drawn is None:
            if QLineF(QPointF(pointer.view), QPointF(self.start.view)).length() < _FIRST_MOVE:
                return
            self._drawn = self._taken()
        self._drawn.move(pointer)

    @override
    def finish(self, pointer: Pointer) -> None:
        if self._drawn is not None:
            self._drawn.finish(pointer)

    @override
    def cancel(self) -> None:
        if self._drawn is not None:
            self._drawn.cancel()

    def _taken(self) -> WireGesture:
        """The gesture that draws the wire from the end farther from where it was taken."""
        edge = self._wire.edge
        begin, end = self._wire.ends()
        at = self.start.canvas
        from_source = QLineF(at, begin).length() > QLineF(at, end).length()
        node = edge.source if from_source else edge.target
        slot = Slot(edge.source_port) if from_source else target_slot(self.scene.graph, edge)
        item = self.scene.nodes[node]
        return WireGesture(self.view, self.start, item, slot, output=from_source, taken=edge)
