"""The graph that variants of different widths have in common: each whole number as large as the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.graph.document import ModelGraph, Node, UnknownLayer


def widest(graph: ModelGraph, graphs: Sequence[ModelGraph]) -> ModelGraph:
    """The graph with every whole number among the settings of its layers as large as in any of the graphs.

    The same object where nothing changes, and where the graphs do not have the same kinds of layers in the same order.
    """
    if any(len(g.nodes) != len(graph.nodes) for g in graphs):
        return graph
    columns = zip(graph.nodes.values(), *(g.nodes.values() for g in graphs), strict=True)
    nodes = [_widest(node, others) for node, *others in columns]
    if all(new is old for new, old in zip(nodes, graph.nodes.values(), strict=True)):
        return graph
    return graph.with_other(nodes, graph.edges)


def _widest(node: Node, column: Sequence[Node]) -> Node:
    layer = node.layer
    if isinstance(layer, UnknownLayer):
        return node
    others = [other.layer for other in column if type(other.layer) is type(layer)]
    larger = {}
    for name in type(layer).model_fields:
        own = getattr(layer, name)
        if type(own) is int:
            largest = max(n for n in (own, *(getattr(other, name) for other in others)) if type(n) is int)
            if largest > own:
                larger[name] = largest
    return replace(node, layer=layer.model_copy(update=larger)) if larger else node
