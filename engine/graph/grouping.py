"""Layers on the canvas made into one, and a group taken apart again: each is one edit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from pydantic import ValidationError

from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer, free_name, unwired
from engine.graph.edits import AddNode, Compound, EditError, GraphEdit, RemoveNode, SetWires
from engine.graph.structure import leads_to, topological_order
from engine.layers.base import Role
from engine.layers.content import Composite, Content, Holder, Outlet, Part
from engine.layers.group import Group
from engine.settings import problems
from engine.tensor.spec import Shape, ShapeError

INPUT, OUTPUT = "input", "output"


def group(graph: ModelGraph, ids: Collection[str], label: str = "Group") -> tuple[Compound, str]:
    """The edit that makes these layers one, and the id of the group. Wires with the outside become its ports.

    Raises:
        EditError: they can't be one layer; the sentence says why.
    """
    chosen = [graph.nodes[i] for i in topological_order(graph)[0] if i in ids]
    _check(graph, chosen, set(ids))
    content, inward, outward = _cut_out(graph, chosen)
    place = (min(n.position[0] for n in chosen), min(n.position[1] for n in chosen))
    try:
        layer = Group(label=label, content=content)
    except ValidationError as error:
        raise EditError(next(iter(problems(Group, error).values()))) from None
    node = graph.copy().new_node(layer, place)
    node = replace(node, name=graph.free_name("group"))
    edits: list[GraphEdit] = [RemoveNode(n.id) for n in chosen]
    edits.append(AddNode(node))
    leaving = dict(outward)
    inside = {n.id for n in chosen}
    wires = [Edge(*source, node.id, name) for name, source in inward.items()]
    wires += [
        Edge(node.id, leaving[e], e.target, e.target_port) if e in leaving else e
        for e in graph.edges
        if e.target not in inside
    ]
    edits.append(SetWires(tuple(wires)))
    return Compound(tuple(edits), f"Group {len(chosen)} layers"), node.id


def _check(graph: ModelGraph, chosen: Sequence[Node], ids: set[str]) -> None:
    if not chosen or len(chosen) < len(ids):
        raise EditError("Choose the layers that should be one, without circles between them.")
    for node in chosen:
        if isinstance(node.layer, UnknownLayer):
            raise EditError(f"{node.name} is a layer this version does not know; leave it out of the group.")
        if node.role is not Role.HIDDEN:
            raise EditError(f"{node.name} is where the network meets its data; leave it out of the group.")
        family = {n.id for n in graph.nodes.values() if n.weights == node.weights}
        if not family <= ids:
            raise EditError(
                f"{node.name} shares weights with a layer outside; choose both, or stop the sharing."
            )
    reached = {e.target for e in graph.edges if e.source in ids and e.target not in ids}
    if reached & leads_to(graph, ids) - ids:
        between = next(iter(sorted(reached & leads_to(graph, ids) - ids)))
        raise EditError(f"{graph.nodes[between].name} lies between the chosen layers; choose it, too.")


def _cut_out(
    graph: ModelGraph, chosen: Sequence[Node]
) -> tuple[Content, dict[str, tuple[str, str]], list[tuple[Edge, str]]]:
    """The content, the outer source of each inlet, and (wire that leaves, its outlet)."""
    ids = {n.id for n in chosen}

    def own(node_id: str) -> str:
        return node_id.removeprefix(graph.prefix)

    inlets: dict[tuple[str, str], str] = {}
    outlets: dict[tuple[str, str], str] = {}
    wires: list[tuple[str, str, str, str]] = []
    outward: list[tuple[Edge, str]] = []
    for e in graph.edges:
        source = (e.source, e.source_port)
        if e.target in ids and e.source in ids:
            wires.append((own(e.source), e.source_port, own(e.target), e.target_port))
        elif e.target in ids:
            name = inlets.setdefault(source, free_name(INPUT, set(inlets.values())))
            wires.append(("", name, own(e.target), e.target_port))
        elif e.source in ids:
            name = outlets.setdefault(source, free_name(OUTPUT, set(outlets.values())))
            outward.append((e, name))
    for node in chosen:  # an output that nothing reads is one of the group, too
        for port in node.layer.output_ports() if not isinstance(node.layer, UnknownLayer) else ():
            used = any((e.source, e.source_port) == (node.id, port.name) for e in graph.edges)
            if not used:
                outlets.setdefault((node.id, port.name), free_name(OUTPUT, set(outlets.values())))
    for node in chosen:  # an input that nothing feeds becomes a port
        if isinstance(node.layer, UnknownLayer):
            continue
        counts = {p.name: len(graph.edges_into(node.id, p.name)) for p in node.layer.input_ports()}
        for port in unwired(node.layer.input_ports(), counts.__getitem__):
            name = free_name(INPUT, set(inlets.values()))
            inlets["", name] = name
            wires.append(("", name, own(node.id), port.name))
    left = min(n.position[0] for n in chosen)
    top = min(n.position[1] for n in chosen)
    parts = tuple(
        Part(
            id=own(n.id),
            layer=n.layer,
            name=n.name,
            position=(n.position[0] - left, n.position[1] - top),
            shares=own(n.shares) if n.shares else None,
            bypassed=n.bypassed,
            tag=n.tag,
            muted=n.muted,
        )
        for n in chosen
        if not isinstance(n.layer, UnknownLayer)
    )
    content = Content(
        parts=parts,
        wires=tuple(wires),
        inlets=tuple(inlets.values()),
        outlets=tuple(Outlet(name=name, part=own(p), port=port) for (p, port), name in outlets.items()),
    )
    return content, {name: source for source, name in inlets.items() if source[0]}, outward


def dissolve(
    graph: ModelGraph, node_id: str, inputs: tuple[Shape, ...] | None = None
) -> tuple[Compound, tuple[str, ...]]:
    """The edit that puts the layers of a group or ready block on the canvas in its place, and their ids.

    Args:
        graph: the document.
        node_id: of the group.
        inputs: shapes of what arrives (without the batch), where they are known; a ready block needs them.

    Raises:
        EditError: the node is no group, others share its weights, or its inputs are not known.
    """
    node = graph.nodes.get(node_id)
    if node is None or not isinstance(node.layer, Composite):
        raise EditError("Only a group can be dissolved; choose one.")
    if node.shares is not None or graph.sharers(node_id):
        raise EditError(f"{node.name} shares its weights with another group; stop the sharing first.")
    content = _content(node, node.layer, inputs)
    scratch = graph.copy()
    names: set[str] = set()
    added: dict[str, Node] = {}
    taken = {graph.prefix + p.id for p in content.parts}
    for p in content.parts:
        made = scratch.new_node(p.layer)
        while made.id in taken:
            made = scratch.new_node(p.layer)
        kept = graph.prefix + p.id  # so that the weights are found again
        name = scratch.free_name(p.name or made.name, names)
        names.add(name)
        place = (node.position[0] + p.position[0], node.position[1] + p.position[1])
        node_of = replace(made, name=name, position=place, bypassed=p.bypassed, tag=p.tag, muted=p.muted)
        added[p.id] = node_of if kept in graph.nodes else replace(node_of, id=kept)
    nodes = [replace(added[p.id], shares=added[p.shares].id if p.shares else None) for p in content.parts]
    nodes.sort(key=lambda n: n.shares is not None)  # owners first, so that those who share find them
    edits: list[GraphEdit] = [RemoveNode(node_id), *(AddNode(n) for n in nodes)]
    edits.append(SetWires(tuple(_unfolded(graph, node, content, {k: n.id for k, n in added.items()}))))
    return Compound(tuple(edits), f"Dissolve {node.name}"), tuple(n.id for n in nodes)


def _content(node: Node, layer: Composite, inputs: tuple[Shape, ...] | None) -> Content:
    if isinstance(layer, Holder):
        return layer.content
    if inputs is None:
        raise EditError(f"What is inside {node.name} depends on what arrives there; connect its input first.")
    try:
        return layer.content_for(inputs)
    except ShapeError as error:
        raise EditError(f"{node.name}: {error}") from error


def _unfolded(graph: ModelGraph, node: Node, content: Content, ids: dict[str, str]) -> list[Edge]:
    """All wires of the document with the group's ports led on to its parts; the order at every port stays."""
    outer = {e.target_port: (e.source, e.source_port) for e in graph.edges_into(node.id)}
    places = {o.name: (ids[o.part], o.port) if o.part else outer.get(o.port) for o in content.outlets}
    wires = []
    for e in graph.edges:
        place = places.get(e.source_port) if e.source == node.id else (e.source, e.source_port)
        if e.target != node.id and place is not None:
            wires.append(Edge(*place, e.target, e.target_port))
    for source, port, target, end in content.wires:
        if source:
            wires.append(Edge(ids[source], port, ids[target], end))
        elif port in outer:
            wires.append(Edge(*outer[port], ids[target], end))
    return wires
