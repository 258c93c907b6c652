"""Networks that are one chain, made in one line: examples, tests, scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from engine.graph.document import Edge, ModelGraph, Node
from engine.layers.base import Layer

NODE_WIDTH = 150.0
NODE_GAP = 100.0  # room for the shape above a wire
LONGEST_ROW = 6  # nodes
ROW_STEP = 2.0  # rows of the grid from one row of a chain to the next: its wire runs back between them


def build_sequential(layers: Iterable[Layer], sections: Mapping[str, BaseModel] | None = None) -> ModelGraph:
    """A graph of the layers from left to right, each wired (first output to first input) to the next.

    A long chain goes on in a second row, and so on, so that it can be read when all of it is in view.
    """
    layers = list(layers)
    rows = -(-len(layers) // LONGEST_ROW)
    columns = max(1, -(-len(layers) // max(1, rows)))
    graph = ModelGraph(sections=sections)
    before: Node | None = None
    for layer in layers:
        row, column = divmod(len(graph.nodes), columns)
        node = graph.new_node(layer, grid(column, ROW_STEP * row))
        graph.insert_node(node)
        if before is not None:
            graph.insert_edge(Edge.between(before, node))
        before = node
    return graph


def grid(column: int, row: float = 0.0) -> tuple[float, float]:
    """The place of a node in a column and row of a tidy canvas."""
    return column * (NODE_WIDTH + NODE_GAP), row * NODE_GAP
