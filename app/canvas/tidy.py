"""A layered layout of the document: columns by distance from the data, few crossings, straight wires, on the grid.

The same document always gets the same layout, and rows keep the order they had where wires do not ask otherwise. From top
to bottom the same is drawn with rows for columns: all places are mirrored at the diagonal before and after.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from PySide6.QtCore import QPointF

from app.canvas.facts import Slot
from app.canvas.geometry import GRID, NODE_WIDTH
from app.canvas.node_item import NodeItem
from engine.graph.document import Edge, ModelGraph, Position
from engine.graph.layered import Box, Link, layered

COLUMN: Final = 10 * GRID
_GAP: Final = 2 * GRID
_BETWEEN_ROWS: Final = 3 * GRID


def tidy_positions(
    graph: ModelGraph,
    items: Mapping[str, NodeItem],
    origin: Position,
    chosen: Collection[str],
    *,
    downward: bool = False,
) -> dict[str, Position]:
    """Places for the chosen nodes from `origin` on, those without a wire to another of them beside the others."""
    edges = [edge for edge in _each(graph) if edge.source in chosen and edge.target in chosen]
    wired = {end for edge in edges for end in (edge.source, edge.target)}
    boxes = {node: _box(items[node], downward=downward) for node in graph.nodes if node in wired}
    column = _step(items, chosen, downward=downward)
    drawn = layered(boxes, [_link(graph, edge, items) for edge in edges], column=column, gap=_GAP)
    left, first = _mirrored(origin, downward)
    places = {node: (left + x, first + round(y / GRID) * GRID) for node, (x, y) in drawn.items()}
    top = min((y for _, y in places.values()), default=first)
    places = {node: (x, y - top + first) for node, (x, y) in places.items()}
    below = max((places[node][1] + _room(boxes[node].height) + _GAP for node in places), default=first)
    alone = [node for node in graph.nodes if node in chosen and node not in wired]
    places |= {node: (left + index * column, below) for index, node in enumerate(alone)}
    return {node: _mirrored(place, downward) for node, place in places.items()}


def _mirrored(place: Position, downward: bool) -> Position:
    return (place[1], place[0]) if downward else place


def _step(items: Mapping[str, NodeItem], chosen: Collection[str], *, downward: bool) -> float:
    """The distance of two columns, or of two rows."""
    if not downward:
        return COLUMN
    return max((_room(items[i].measured(downward=True)[0]) for i in chosen), default=0.0) + _BETWEEN_ROWS


def _box(item: NodeItem, *, downward: bool) -> Box:
    height, inputs, outputs = item.measured(downward=downward)
    into, out = (tuple(_across(o, downward) for o in side.values()) or (0.0,) for side in (inputs, outputs))
    size = NODE_WIDTH if downward else height
    return Box(_room(size), into, out, _mirrored(item.node.position, downward))


def _across(offset: QPointF, downward: bool) -> float:
    return offset.x() if downward else offset.y()


def _each(graph: ModelGraph) -> Iterable[Edge]:
    return (edge for edge in graph.edges if edge.source != edge.target)


def _link(graph: ModelGraph, edge: Edge, items: Mapping[str, NodeItem]) -> Link:
    inputs, outputs = items[edge.target].inputs, items[edge.source].outputs
    into = list(graph.edges_into(edge.target, edge.target_port))
    slot = Slot(edge.target_port, into.index(edge))
    return Link(
        edge.source,
        edge.target,
        _number(outputs, Slot(edge.source_port)),
        _number(inputs, slot if slot in inputs else Slot(edge.target_port)),
    )


def _number(slots: tuple[Slot, ...], slot: Slot) -> int:
    return slots.index(slot) if slot in slots else 0


def _room(height: float) -> float:
    return -(-height // GRID) * GRID
