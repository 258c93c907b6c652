"""Putting a layer into wires and taking it out again, so that what was connected stays connected.

The canvas does it where a node is dropped on a wire, the preparation of pictures where an augmentation is switched on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.graph.document import Edge, ModelGraph, Node, Position, input_ports, output_ports
from engine.graph.drawing import is_downward
from engine.graph.edits import (
    AddNode,
    Compound,
    Connect,
    Disconnect,
    EditError,
    GraphEdit,
    MoveNodes,
    RemoveNode,
)
from engine.layers.base import Role


def into_wire(graph: ModelGraph, node: Node, wire: Edge) -> list[GraphEdit]:
    """Puts a node that has no wires yet into one; the second half keeps the wire's place among the others."""
    into, out = _ends(node)
    index = graph.edges.index(wire)
    return [
        Disconnect(wire),
        Connect(Edge(node.id, out, wire.target, wire.target_port), index),
        Connect(Edge(wire.source, wire.source_port, node.id, into)),
    ]


def with_room(graph: ModelGraph, node: Node, wire: Edge, width: float) -> list[GraphEdit]:
    """Puts a node that has no wires yet into one, and moves it and what follows on where there is no room.

    On means to the right, or down where the network is drawn from top to bottom.

    Args:
        graph: the document with the node, at the place where it was dropped.
        node: the node.
        wire: the wire.
        width: the least distance between the left, or upper, edges of neighbours.
    """
    edits = into_wire(graph, node, wire)
    along = int(is_downward(graph))
    left, right = graph.nodes[wire.source].position[along], graph.nodes[wire.target].position[along]
    if right <= left:
        return edits  # it leads back, or aside: there are no columns to keep apart
    x = max(node.position[along], left + width)
    if x != node.position[along]:
        edits.append(MoveNodes({node.id: _further(node.position, x - node.position[along], along)}))
    missing = x + width - right
    if missing > 0:
        behind = (_after(graph, wire.target) | {wire.target}) - {node.id}
        edits += _moved(graph, behind, left, missing)
    return edits


def heal(graph: ModelGraph, node_id: str) -> list[GraphEdit]:
    """Cuts all wires of a node and lets what followed it follow what stands before it; the node stays.

    Raises:
        EditError: several things stand before it, so that it is not known which should go on.
    """
    node = graph.nodes[node_id]
    arriving, leaving = graph.edges_into(node_id), graph.edges_from(node_id)
    if len(arriving) > 1 and leaving:
        raise EditError(
            f"Only a layer with one wire at its input can be taken out of it, {node.name} has {len(arriving)}. "
            "Cut its wires first."
        )
    edits: list[GraphEdit] = []
    if arriving and leaving:
        edits += _led_past(graph, node_id, arriving[0])
    else:
        edits += [Disconnect(edge) for edge in leaving]
    return [*edits, *(Disconnect(edge) for edge in arriving)]


def healed_wires(graph: ModelGraph, node_id: str) -> list[Edge]:
    """The wires there would be after `heal`."""
    arriving = graph.edges_into(node_id)
    if len(arriving) != 1:
        return []
    (before,) = arriving
    return [
        Edge(before.source, before.source_port, after.target, after.target_port)
        for after in graph.edges_from(node_id)
    ]


def _led_past(graph: ModelGraph, node_id: str, before: Edge) -> list[GraphEdit]:
    """Lets the wires that leave a node leave what stands before it, each in its place among all wires."""
    edits: list[GraphEdit] = []
    for index, wire in enumerate(graph.edges):
        if wire.source == node_id:
            healed = Edge(before.source, before.source_port, wire.target, wire.target_port)
            edits += [Disconnect(wire, index), Connect(healed, index)]
    return edits


def put_behind(graph: ModelGraph, node: Node, source: str, port: str, step: float) -> GraphEdit:
    """Adds a new node right of `source` and lets all wires that left the port leave the node instead.

    Args:
        graph: the document.
        node: the new node (see `ModelGraph.new_node`); its place is found here.
        source: id of the node before it.
        port: output of `source`.
        step: distance of two columns; what follows is moved by it where there is no room.
    """
    into, out = _ends(node)
    along, place = int(is_downward(graph)), graph.nodes[source].position
    wires = [(k, e) for k, e in enumerate(graph.edges) if e.source == source and e.source_port == port]
    edits: list[GraphEdit] = []
    if any(graph.nodes[e.target].position[along] < place[along] + 2 * step for _, e in wires):
        edits += _moved(graph, _after(graph, source), place[along], step)
    edits.append(AddNode(replace(node, position=_further(place, step, along))))
    for index, wire in wires:
        edits += [Disconnect(wire, index), Connect(Edge(node.id, out, wire.target, wire.target_port), index)]
    edits.append(Connect(Edge(source, port, node.id, into)))
    return Compound(tuple(edits), AddNode(node).label)


def take_out(graph: ModelGraph, node_id: str, step: float) -> GraphEdit:
    """Removes a node with one input wire and lets what followed it follow what stands before it.

    Raises:
        EditError: nothing stands before it, or several things do.
    """
    node = graph.nodes[node_id]
    arriving = graph.edges_into(node_id)
    if len(arriving) != 1:
        raise EditError(
            f"Only a layer with one wire at its input can be taken out of it, {node.name} has {len(arriving)}. "
            "Delete it on the canvas."
        )
    (before,) = arriving
    edits = _led_past(graph, node_id, before)
    edits.append(RemoveNode(node_id))
    edits += _moved(graph, _after(graph, node_id), node.position[int(is_downward(graph))], -step)
    return Compound(tuple(edits), f"Remove {node.layer.title()}")


@dataclass(frozen=True)
class RemoveBranch(GraphEdit):
    """Take a layer off the canvas that nothing uses, and all before it that leads to nothing else."""

    node: str

    @property
    def label(self) -> str:
        """The same for all branches."""
        return "Delete branch"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Remove them; the data's nodes stay. Raises `EditError` where something uses the layer."""
        if graph.edges_from(self.node):
            raise EditError("Something uses this layer by now; only what leads nowhere is deleted.")
        gone = dead_branch(graph, self.node)
        return Compound(tuple(RemoveNode(i) for i in gone), self.label).apply(graph)


def dead_branch(graph: ModelGraph, node_id: str) -> list[str]:
    """A layer and those before it whose every wire leads to it, the last first; nodes of the data are left out."""
    gone, waiting = [node_id], [node_id]
    while waiting:
        for edge in graph.edges_into(waiting.pop()):
            only = all(e.target in gone for e in graph.edges_from(edge.source))
            if only and edge.source not in gone and graph.nodes[edge.source].role is Role.HIDDEN:
                gone.append(edge.source)
                waiting.append(edge.source)
    return gone


def _ends(node: Node) -> tuple[str, str]:
    return input_ports(node.layer)[0].name, output_ports(node.layer)[0].name


def _after(graph: ModelGraph, source: str) -> set[str]:
    """All nodes that something of `source` reaches."""
    found: set[str] = set()
    open_ends = [source]
    while open_ends:
        fed = {edge.target for edge in graph.edges_from(open_ends.pop())} - found
        found |= fed
        open_ends += fed
    return found - {source}


def _moved(graph: ModelGraph, nodes: set[str], beyond: float, step: float) -> list[GraphEdit]:
    """Moves those of the nodes that lie beyond a place; back only where nothing lies already."""
    along = int(is_downward(graph))
    places = {i: graph.nodes[i].position for i in nodes if graph.nodes[i].position[along] > beyond}
    nearest = min((place[along] for place in places.values()), default=beyond)
    if not places or (step < 0 and nearest + step < beyond):
        return []
    return [MoveNodes({i: _further(place, step, along) for i, place in places.items()})]


def _further(place: Position, step: float, along: int) -> Position:
    x, y = place
    return (x, y + step) if along else (x + step, y)
