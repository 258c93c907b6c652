"""What is missing from a network that is nearly one: a target behind its open end."""

from __future__ import annotations

from engine.graph.diagnostics import Remedy
from engine.graph.document import Edge, ModelGraph, input_ports, output_ports
from engine.graph.edits import AddNode, Compound, Connect
from engine.graph.sequence import grid
from engine.layers.base import Role
from engine.layers.registry import layers


def target_remedy(graph: ModelGraph) -> Remedy | None:
    """A target wired to the one open output of a network that has none; None where it is not clear which."""
    if any(node.role is Role.TARGET for node in graph.nodes.values()):
        return None
    used = {(edge.source, edge.source_port) for edge in graph.edges}
    wired = {edge.target for edge in graph.edges}
    free = [
        (node, port)
        for node in graph.nodes.values()
        for port in output_ports(node.layer)
        if (node.id, port.name) not in used and node.id in wired
    ]
    kind = next((c for c in layers().values() if c.declaration.role is Role.TARGET), None)
    if len(free) != 1 or kind is None:
        return None
    node, port = free[0]
    step = grid(1)[0] - grid(0)[0]
    target = graph.copy().new_node(kind(), (node.position[0] + step, node.position[1]))
    edge = Edge(node.id, port.name, target.id, input_ports(target.layer)[0].name)
    return Remedy("Add a target", Compound((AddNode(target), Connect(edge)), "Add a target"))
