"""A left-to-right layout of the document: columns by distance from the data, few crossings, straight wires, on the grid.

The same document always gets the same layout, and rows keep the order they had where wires do not ask otherwise.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from app.canvas.facts import Slot
from app.canvas.geometry import GRID
from app.canvas.node_item import NodeItem
from engine.graph.document import Edge, ModelGraph, Position
from engine.graph.layered import Box, Link, layered

COLUMN: Final = 10 * GRID
_GAP: Final = 2 * GRID


def tidy_positions(
    graph: ModelGraph, items: Mapping[str, NodeItem], origin: Position, chosen: Collection[str]
) -> dict[str, Position]:
    """Places for the chosen nodes from `origin` on, those without a wire to another of them in a row below."""
    edges = [edge for edge in _each(graph) if edge.source in chosen and edge.target in chosen]
    wired = {end for edge in edges for end in (edge.source, edge.target)}
    boxes = {node: _box(items[node]) for node in graph.nodes if node in wired}
    drawn = layered(boxes, [_link(graph, edge, items) for edge in edges], column=COLUMN, gap=_GAP)
    places = {node: (origin[0] + x, origin[1] + round(y / GRID) * GRID) for node, (x, y) in drawn.items()}
    top = min((y for _, y in places.values()), default=origin[1])
    places = {node: (x, y - top + origin[1]) for node, (x, y) in places.items()}
    below = max((places[node][1] + _room(boxes[node].height) + _GAP for node in places), default=origin[1])
    alone = [node for node in graph.nodes if node in chosen and node not in wired]
    return places | {node: (origin[0] + index * COLUMN, below) for index, node in enumerate(alone)}


def _box(item: NodeItem) -> Box:
    inputs, outputs = (
        tuple(offset.y() for offset in item.port_offsets(output=output).values()) for output in (False, True)
    )
    return Box(_room(item.body().height()), inputs or (0.0,), outputs or (0.0,), item.node.position)


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
