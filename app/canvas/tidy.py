"""A left-to-right layout: columns by distance from the data, rows that cross as few wires as a few sweeps find.

The same document always gets the same layout, and rows keep the order they had where wires do not ask otherwise.
"""

from collections.abc import Mapping
from typing import Final

from app.canvas.geometry import GRID, NODE_HEIGHT
from engine.graph.document import ModelGraph, Position
from engine.graph.structure import topological_order

COLUMN: Final = 10 * GRID
_GAP: Final = 2 * GRID
_SWEEPS: Final = 4


def tidy_positions(graph: ModelGraph, heights: Mapping[str, float], origin: Position) -> dict[str, Position]:
    """Places for all nodes from `origin` on, those without a wire below; `heights` in canvas units by node id."""
    wired = {end for edge in graph.edges for end in (edge.source, edge.target)}
    columns = [[node for node in column if node in wired] for column in _columns(graph)]
    columns = [column for column in columns if column]
    _order(graph, columns)
    tallest = max((_height(column, heights) for column in columns), default=0.0)
    places: dict[str, Position] = {}
    for index, column in enumerate(columns):
        y = origin[1] + (tallest - _height(column, heights)) / 2
        for node in column:
            places[node] = (origin[0] + index * COLUMN, origin[1] + round((y - origin[1]) / GRID) * GRID)
            y += _room(heights[node])
    below = origin[1] + (_room(tallest) if columns else 0.0)
    alone = [node for node in graph.nodes if node not in wired]
    return places | {node: (origin[0] + index * COLUMN, below) for index, node in enumerate(alone)}


def _columns(graph: ModelGraph) -> list[list[str]]:
    """Each node one column right of its farthest source; a node without one stands left of what it feeds."""
    order, _ = topological_order(graph)
    order += [node for node in graph.nodes if node not in set(order)]
    rank: dict[str, int] = {}
    for node in order:
        sources = [rank[e.source] for e in graph.edges_into(node) if e.source in rank]
        rank[node] = max(sources, default=-1) + 1
    for node in order:
        fed = [rank[e.target] for e in graph.edges_from(node)]
        if fed and not graph.edges_into(node):
            rank[node] = max(0, min(fed) - 1)
    columns: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node in sorted(rank, key=lambda n: graph.nodes[n].position[1]):
        columns[rank[node]].append(node)
    return columns


def _order(graph: ModelGraph, columns: list[list[str]]) -> None:
    """Sorts each column by the mean row of its neighbours, forth and back."""
    for sweep in range(_SWEEPS):
        for index in range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns))):
            rows = {node: row - len(c) / 2 for c in columns for row, node in enumerate(c)}
            forward = sweep % 2 == 0
            columns[index].sort(key=lambda node: _mean_row(graph, node, rows, forward=forward))


def _mean_row(graph: ModelGraph, node: str, rows: Mapping[str, float], *, forward: bool) -> float:
    near = (
        [e.source for e in graph.edges_into(node)] if forward else [e.target for e in graph.edges_from(node)]
    )
    return sum(rows[n] for n in near) / len(near) if near else rows[node]


def _height(column: list[str], heights: Mapping[str, float]) -> float:
    """Of a column; its last node counts as one without pictures, so that ports along a row are level."""
    return sum(_room(heights[node]) for node in column[:-1]) + NODE_HEIGHT


def _room(height: float) -> float:
    return -(-height // GRID) * GRID + _GAP
