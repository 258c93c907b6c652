"""What wires mean together: order, cycles, and why a wire can't be made."""

from __future__ import annotations

from collections.abc import Iterable

from engine.graph.document import Edge, ModelGraph, input_ports, output_ports
from engine.layers.base import Port, Role


def topological_order(graph: ModelGraph) -> tuple[list[str], list[str]]:
    """Node ids in an order that respects the wires, and the ids on or between cycles; what hangs behind them is in neither.

    The order is the same for the same document: nodes that could come at once keep their painting order.
    """
    order = _peel(graph.nodes, [(e.source, e.target) for e in graph.edges])
    done = set(order)
    left = [n for n in graph.nodes if n not in done]
    if not left:
        return order, []
    backwards = [(e.target, e.source) for e in graph.edges if e.source not in done and e.target not in done]
    behind = set(_peel(left, backwards))
    return order, [n for n in left if n not in behind]


def _peel(nodes: Iterable[str], arrows: list[tuple[str, str]]) -> list[str]:
    followers: dict[str, list[str]] = {n: [] for n in nodes}
    waiting = dict.fromkeys(followers, 0)
    for source, target in arrows:
        followers[source].append(target)
        waiting[target] += 1
    order = [n for n, count in waiting.items() if count == 0]
    for node in order:  # grows while it is read
        for follower in followers[node]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                order.append(follower)
    return order


def leads_to(graph: ModelGraph, wanted: Iterable[str], without: Edge | None = None) -> frozenset[str]:
    """The nodes from which one of `wanted` can be reached along wires (but `without`), those included."""
    found = set(wanted)
    stack = list(found)
    while stack:
        for edge in graph.edges_into(stack.pop()):
            if edge.source not in found and edge != without:
                found.add(edge.source)
                stack.append(edge.source)
    return frozenset(found)


def needed_nodes(graph: ModelGraph) -> frozenset[str]:
    """The nodes that a target depends on, targets included: what training computes."""
    return leads_to(graph, (n.id for n in graph.nodes.values() if n.role is Role.TARGET))


def refusal(graph: ModelGraph, edge: Edge, without: Edge | None = None) -> str | None:
    """Why a wire can't be made, whatever the shapes, in one sentence; None if it can.

    A wire `without` would be cut first.
    """
    source, target = graph.nodes.get(edge.source), graph.nodes.get(edge.target)
    if source is None or target is None:
        return "A wire needs a layer at both ends; one of them is not on the canvas."
    if source is target:
        return "A layer can't feed itself; connect it to another layer."
    if _port(output_ports(source.layer), edge.source_port) is None:
        return f"{source.name} has no output {edge.source_port!r}; a wire runs from an output to an input."
    port = _port(input_ports(target.layer), edge.target_port)
    if port is None:
        return f"{target.name} has no input {edge.target_port!r}; a wire runs from an output to an input."
    if not port.variadic:
        taken = [e for e in graph.edges_into(target.id, port.name) if e != without]
        if edge in taken:
            return "These two are connected already."
        if taken:
            other = graph.nodes[taken[0].source].name
            return (
                f"{target.name} takes one wire here and has one from {other}; remove that first, "
                "or join both with a merge layer."
            )
    if target.id in leads_to(graph, [source.id], without):
        return f"This wire would close a circle: {target.name} already leads to {source.name}."
    return None


def _port(ports: tuple[Port, ...], name: str) -> Port | None:
    return next((p for p in ports if p.name == name), None)
