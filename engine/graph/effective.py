"""The network as training sees it: without the nodes that are bypassed.

A bypassed node stays on the canvas and in the file; what arrives at its first input is passed on to whatever reads it.
Inference, compiler and everything behind them look at the graph that `effective` gives, and need not know of this.
"""

from __future__ import annotations

from dataclasses import replace

from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.layers.base import Role

Origin = tuple[str, str]
"""A node's id and one of its output ports."""


def can_be_bypassed(node: Node) -> bool:
    """Whether a node has an input to pass on: not where the network meets its data."""
    return node.role is Role.HIDDEN and (
        isinstance(node.layer, UnknownLayer) or bool(node.layer.input_ports())
    )


def effective(graph: ModelGraph) -> ModelGraph:
    """The graph without bypassed nodes; the same object where none is.

    Wires that left one leave what stands before its first input; where nothing does, they are gone. Weights that others
    share with a bypassed node belong to the first of those.
    """
    gone = {n.id for n in graph.nodes.values() if n.bypassed}
    if not gone:
        return graph
    heirs: dict[str, str] = {}
    nodes = [_inherited(n, gone, heirs) for n in graph.nodes.values() if n.id not in gone]
    edges = []
    for edge in graph.edges:
        origin = _origin(graph, (edge.source, edge.source_port))
        if edge.target not in gone and origin is not None:
            edges.append(Edge(*origin, edge.target, edge.target_port))
    return graph.with_other(nodes, edges)


def passed_on(graph: ModelGraph) -> dict[Origin, Origin]:
    """For each output of a bypassed node that a wire leaves, the output whose value it passes on."""
    found: dict[Origin, Origin] = {}
    for edge in graph.edges:
        start = (edge.source, edge.source_port)
        origin = _origin(graph, start)
        if origin is not None and origin != start:
            found[start] = origin
    return found


def _origin(graph: ModelGraph, output: Origin) -> Origin | None:
    """Where the value of an output is made; None where nothing arrives at a bypassed node, or only itself."""
    seen: set[str] = set()
    while (node := graph.nodes[output[0]]).bypassed:
        before = _first_wire(graph, node)
        if before is None or node.id in seen:
            return None
        seen.add(node.id)
        output = before.source, before.source_port
    return output


def _first_wire(graph: ModelGraph, node: Node) -> Edge | None:
    """The wire into the first port that has one; ports of an unknown layer are in no order but that of its wires."""
    if isinstance(node.layer, UnknownLayer):
        return next(iter(graph.edges_into(node.id)), None)
    wires = (edge for port in node.layer.input_ports() for edge in graph.edges_into(node.id, port.name))
    return next(wires, None)


def _inherited(node: Node, gone: set[str], heirs: dict[str, str]) -> Node:
    """The node with weights that are still there: its own, where it is the first of those that shared them."""
    if node.shares not in gone or node.shares is None:
        return node
    heir = heirs.setdefault(node.shares, node.id)
    return replace(node, shares=None if heir == node.id else heir)
