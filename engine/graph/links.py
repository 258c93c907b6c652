"""Another inside for a group, with the wires outside led on, and for all groups that are linked with it.

A link is a word that several groups of a document have in common, at any depth: they have the same inside, except for
the values of the settings that they show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import Compound, EditError, GraphEdit, ReplaceNodes, SetWires
from engine.layers.base import Layer
from engine.layers.content import Content, Holder, Outlet
from engine.layers.group import Group

Names = Mapping[str, str]
"""Ports before, and what they are called now; one that is missing is gone."""


@dataclass(frozen=True)
class Redefine(GraphEdit):
    """Give a group other ports, shown settings or parts (see `redefine`)."""

    node: str
    layer: Group
    text: str

    @property
    def label(self) -> str:
        """The given text."""
        return self.text

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Exchange the group and lead its wires on; raises EditError where it is gone."""
        node = graph.nodes.get(self.node)
        if node is None or not isinstance(node.layer, Group):
            raise EditError("This group is no longer on the canvas.")
        return redefine(graph, self.node, self.layer, self.text)


def redefine(graph: ModelGraph, node_id: str, layer: Group, label: str) -> GraphEdit:
    """Give a group another inside; the inverse.

    Nodes that share its weights get it, too, and groups that are linked with one that changes, wherever they are.
    Wires at a port that has another name now are led on, those at one that is gone are cut.
    """
    before = graph.nodes[node_id].layer
    layer = _relinked_inside(layer, dict(_changed(before, layer)))
    changed = dict(_changed(before, layer))
    owner = graph.nodes[node_id].weights
    nodes: dict[str, Node] = {}
    for node in graph.nodes.values():
        new: Layer | None = layer if node.weights == owner else None
        if new is None and changed and isinstance(node.layer, Group):
            new = _relinked(node.layer, changed)
        if new is not None and new is not node.layer:
            nodes[node.id] = replace(node, layer=new)
    edges = tuple(_led_on(graph, nodes))
    undo: list[GraphEdit] = []
    if edges != graph.edges:
        undo.append(SetWires(edges, label).apply(graph))
    undo.append(ReplaceNodes(tuple(nodes.values()), label).apply(graph))
    return Compound(tuple(reversed(undo)), label)


def _changed(before: object, after: Group) -> Iterator[tuple[str, Group]]:
    """The links whose groups have another inside now, the innermost first."""
    if not isinstance(before, Group) or (before.content is after.content and before.exposed == after.exposed):
        return
    earlier = {p.id: p.layer for p in before.content.parts}
    for p in after.content.parts:
        if isinstance(p.layer, Group) and p.layer is not earlier.get(p.id):
            yield from _changed(earlier.get(p.id), p.layer)
    if after.link and before.link == after.link:
        yield after.link, after


def _relinked(layer: Layer, changed: Mapping[str, Group]) -> Layer:
    """The layer with what is new of its links, itself where nothing is."""
    if not isinstance(layer, Group):
        return layer
    model = changed.get(layer.link) if layer.link else None
    return instance(model, layer) if model is not None else _relinked_inside(layer, changed)


def _relinked_inside(layer: Group, changed: Mapping[str, Group]) -> Group:
    content = layer.content
    parts, renamed = [], {}
    for p in content.parts:
        new = _relinked(p.layer, changed)
        if new is not p.layer:
            renamed[p.id] = port_names(p.layer, new)
        parts.append(p if new is p.layer else p.model_copy(update={"layer": new}))
    if not renamed:
        return layer
    wires = []
    for source, port, target, end in content.wires:
        out = renamed[source][1].get(port) if source in renamed else port
        into = renamed[target][0].get(end) if target in renamed else end
        if out is not None and into is not None:
            wires.append((source, out, target, into))
    outlets = tuple(_outlet(o, renamed) for o in content.outlets)
    return layer.with_content(
        content.model_copy(update={"parts": tuple(parts), "wires": tuple(wires), "outlets": outlets})
    )


def _outlet(outlet: Outlet, renamed: Mapping[str, tuple[Names, Names]]) -> Outlet:
    if outlet.part not in renamed or not outlet.port:
        return outlet
    port = renamed[outlet.part][1].get(outlet.port)
    return outlet.model_copy(update={"port": port} if port is not None else {"part": "", "port": ""})


def instance(model: Group, of: Group) -> Group:
    """A linked group after its model: the same inside, with the values that it shows itself where they still fit."""
    if of.content is model.content and of.exposed == model.exposed:
        return of
    changed = of.model_copy(update={"content": model.content, "exposed": model.exposed})
    try:
        return changed.with_shown(of.shown_values())
    except ValidationError:
        return changed


def port_names(before: Layer, after: Layer) -> tuple[Names, Names]:
    """What the ports of a group, inputs and outputs, are called now. Where as many went as came, they were renamed."""
    inputs = [p.name for p in before.input_ports()], [p.name for p in after.input_ports()]
    outputs = [p.name for p in before.output_ports()], [p.name for p in after.output_ports()]
    return _names(*inputs), _names(*outputs)


def _names(before: list[str], after: list[str]) -> Names:
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    kept = {name: name for name in before if name in after}
    return kept | dict(zip(gone, come, strict=True)) if len(gone) == len(come) else kept


def _led_on(graph: ModelGraph, changed: Mapping[str, Node]) -> Iterator[Edge]:
    """All wires, those at changed nodes with the names that their ports have now."""
    names = {i: _names_of(graph.nodes[i].layer, n.layer) for i, n in changed.items()}
    for e in graph.edges:
        out = names[e.source][1].get(e.source_port) if e.source in names else e.source_port
        into = names[e.target][0].get(e.target_port) if e.target in names else e.target_port
        if out is not None and into is not None:
            same = (out, into) == (e.source_port, e.target_port)
            yield e if same else Edge(e.source, out, e.target, into)


def _names_of(before: object, after: object) -> tuple[Names, Names]:
    assert isinstance(before, Layer)
    assert isinstance(after, Layer)
    return port_names(before, after)


def groups_with(graph: ModelGraph, link: str) -> int:
    """How many groups have a link, at any depth."""
    return sum(_count(node.layer, link) for node in graph.nodes.values())


def _count(layer: object, link: str) -> int:
    if not isinstance(layer, Holder):
        return 0
    own = int(isinstance(layer, Group) and layer.link == link)
    return own + _inside(layer.content, link)


def _inside(content: Content, link: str) -> int:
    return sum(_count(p.layer, link) for p in content.parts)
