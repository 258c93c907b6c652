"""A layer dragged from the palette over the canvas: into a wire, beside a free port, or where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, snapped
from app.canvas.nearby import GhostWires, NearPort, free_port_near

if TYPE_CHECKING:
    from app.canvas.view import GraphView


class LayerDrop:
    """Shows where a dragged layer would go, and puts it there."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self._ghosts = GhostWires(view.graph_scene)
        self._shown: tuple[NearPort | None, NearPort | None] = (None, None)

    def move(self, name: str, place: QPointF) -> None:
        """The layer is over a place of the canvas."""
        wire = self._view.wire_under_node(place)
        self._view.light_wire(wire)
        left, right = (None, None) if wire is not None else self._beside(name, place)
        if (left, right) != self._shown or left is not None or right is not None:
            self._show(place, left, right)

    def leave(self) -> None:
        """The layer is elsewhere."""
        self._view.light_wire(None)
        self._ghosts.clear()
        self._shown = (None, None)

    def drop(self, name: str, place: QPointF) -> None:
        """The layer is let go."""
        wire = self._view.wire_under_node(place)
        left, right = (None, None) if wire is not None else self._beside(name, place)
        self.leave()
        into = wire.edge if wire is not None else None
        self._view.editor.add_layer(name, place, into=into, left=left, right=right)

    def _beside(self, name: str, place: QPointF) -> tuple[NearPort | None, NearPort | None]:
        into, out = self._ports(place)
        scene, editor = self._view.graph_scene, self._view.editor
        left = free_port_near(scene, into, output=True, skip=())
        if left is not None and not editor.fits(name, *left, output=True):
            left = None
        right = free_port_near(scene, out, output=False, skip=())
        if right is not None and not editor.fits(name, *right, output=False):
            right = None
        return left, right

    def _show(self, place: QPointF, left: NearPort | None, right: NearPort | None) -> None:
        self._shown = (left, right)
        scene, (into, out) = self._view.graph_scene, self._ports(place)
        ends = [(scene.end_of(*left, output=True), into)] if left is not None else []
        ends += [(out, scene.end_of(*right, output=False))] if right is not None else []
        self._ghosts.show(ends)

    def _ports(self, place: QPointF) -> tuple[QPointF, QPointF]:
        """Where the first ports of a node with its middle at `place` would be."""
        corner = snapped(place - QPointF(NODE_WIDTH / 2, NODE_HEIGHT / 2))
        if self._view.graph_scene.look.downward:
            return corner + QPointF(NODE_WIDTH / 2, 0), corner + QPointF(NODE_WIDTH / 2, NODE_HEIGHT)
        return corner + QPointF(0, NODE_HEIGHT / 2), corner + QPointF(NODE_WIDTH, NODE_HEIGHT / 2)
