"""Ports so near that a node dropped there is meant to be wired to them, and the wires shown before it is."""

from collections.abc import Collection, Iterable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app.canvas.facts import Slot
from app.canvas.geometry import turned_rect, wire_path
from app.canvas.scene import GraphScene

BESIDE: Final = 60.0
"""How far apart two nodes may be to be neighbours; ports of tidy ones are 100 apart."""

_LEVEL: Final = 30.0
_OVERLAP: Final = 20.0
_BELOW_NODES: Final = 5.0

NearPort = tuple[str, Slot]
"""A port by node id and slot."""


def free_port_near(
    scene: GraphScene, place: QPointF, *, output: bool, skip: Collection[str]
) -> NearPort | None:
    """The nearest free port beside a port of the other kind.

    Args:
        scene: the canvas.
        place: middle of that port.
        output: an output left of the place is looked for, or above it where wires lead down; else an input beyond it.
        skip: ids of nodes that don't count.
    """
    graph = scene.graph
    before = BESIDE if output else _OVERLAP
    near = QRectF(-before, -_LEVEL, BESIDE + _OVERLAP, 2 * _LEVEL)
    near = (turned_rect(near) if scene.look.downward else near).translated(place)
    best: tuple[float, NearPort] | None = None
    for item in scene.nodes_in(near.adjusted(-1, -1, 1, 1)):
        node_id = item.node.id
        if node_id in skip:
            continue
        for slot, offset in item.port_offsets(output=output).items():
            there = item.pos() + offset
            wires = graph.edges_from(node_id, slot.port) if output else graph.edges_into(node_id, slot.port)
            taken = len(wires) > (0 if output else slot.index)
            distance = (there - place).manhattanLength()
            if near.contains(there) and not taken and (best is None or distance < best[0]):
                best = distance, (node_id, slot)
    return best[1] if best is not None else None


class GhostWires:
    """Wires that would be made if the button went up now."""

    def __init__(self, scene: GraphScene) -> None:
        self._scene = scene
        self._items: list[QGraphicsPathItem] = []

    def show(self, ends: Iterable[tuple[QPointF, QPointF]]) -> None:
        """Shows exactly these, each from output to input."""
        self.clear()
        pen = QPen(self._scene.look.color("accent"), 2, Qt.PenStyle.DashLine)
        for start, end in ends:
            item = QGraphicsPathItem(wire_path(start, end, downward=self._scene.look.downward))
            item.setPen(pen)
            item.setZValue(_BELOW_NODES)
            self._scene.addItem(item)
            self._items.append(item)

    def __len__(self) -> int:
        return len(self._items)

    def clear(self) -> None:
        """Shows none."""
        for item in self._items:
            self._scene.removeItem(item)
        self._items.clear()
