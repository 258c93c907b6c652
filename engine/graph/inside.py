"""The inside of a group as a graph of its own, and edits of it as edits of the document that the group is in.

An open group is shown as a `ModelGraph` whose ids are paths (`n5/n2`: the part n2 of the node n5), with its ports as
nodes (`engine.graph.boundary`). It is only a view: an edit inside is applied to a fresh unfolding, folded again, and
replaces the group in the document, so that undo, files and everything else know one document and nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from engine.graph.boundary import Boundary, GroupInput, GroupOutput
from engine.graph.document import Edge, ModelGraph, Node, Position, UnknownLayer, free_name
from engine.graph.edits import EditError, GraphEdit, SetSettings
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference
from engine.graph.links import redefine
from engine.graph.structure import topological_order
from engine.layers.base import Layer, Role
from engine.layers.content import Composite, Content, Holder, Outlet, Part, Wire
from engine.layers.group import Group
from engine.settings import problems
from engine.tensor.spec import Shape, ShapeError

BELOW = "/"
"""Stands between the ids of a path."""

COLUMN, ROW = 250.0, 100.0
"""Where ports stand that nobody has put anywhere: so far from the parts, and from each other."""

_IN, _OUT = ":in:", ":out:"


def unfold(layer: Holder, node_id: str) -> ModelGraph:
    """The inside of a group.

    Args:
        layer: the group.
        node_id: of its node; ids inside begin with it.
    """
    content, prefix = layer.content, node_id + BELOW
    names: set[str] = set()

    def named(wanted: str) -> str:
        name = free_name(wanted, names)
        names.add(name)
        return name

    inlets = [
        Node(prefix + _IN + port, GroupInput(port=port), named(port), place)
        for port, place in _inlet_places(content).items()
    ]
    parts = [
        Node(
            id=prefix + p.id,
            layer=p.layer,
            name=named(p.name or p.id),
            position=p.position,
            shares=prefix + p.shares if p.shares else None,
            bypassed=p.bypassed,
            tag=p.tag,
            muted=p.muted,
        )
        for p in content.parts
    ]
    outlets = [
        Node(prefix + _OUT + o.name, GroupOutput(port=o.name), named(o.name), place)
        for o, place in _outlet_places(content)
    ]
    return ModelGraph([*inlets, *parts, *outlets], _edges(content, prefix), prefix=prefix)


def _edges(content: Content, prefix: str) -> Iterator[Edge]:
    for source, port, target, end in content.wires:
        yield _edge(prefix, source, port, prefix + target, end)
    for o in content.outlets:
        if o.port:
            yield _edge(prefix, o.part, o.port, prefix + _OUT + o.name, "input")


def _edge(prefix: str, source: str, port: str, target: str, end: str) -> Edge:
    if source:
        return Edge(prefix + source, port, target, end)
    return Edge(prefix + _IN + port, "output", target, end)


def _inlet_places(content: Content) -> dict[str, Position]:
    """Where somebody put them, else at the left, on a level with what they lead to."""
    chosen = dict(content.places)
    left = min((p.position[0] for p in content.parts), default=0.0) - COLUMN
    levels = {p.id: p.position[1] for p in content.parts}
    first = {port: levels[target] for source, port, target, _ in reversed(content.wires) if not source}
    rows = _apart([first.get(name, 0.0) for name in content.inlets])
    return {name: chosen.get(name, (left, y)) for name, y in zip(content.inlets, rows, strict=True)}


def _outlet_places(content: Content) -> list[tuple[Outlet, Position]]:
    """Where somebody put them, else at the right, on a level with what leads to them."""
    right = max((p.position[0] for p in content.parts), default=0.0) + COLUMN
    levels = {p.id: p.position[1] for p in content.parts}
    rows = _apart([levels.get(o.part, 0.0) for o in content.outlets])
    return [(o, o.position or (right, y)) for o, y in zip(content.outlets, rows, strict=True)]


def _apart(rows: list[float]) -> list[float]:
    """The same heights, moved down where two would lie on each other."""
    placed: list[float] = []
    for wanted in rows:
        row = wanted
        while any(abs(row - other) < ROW for other in placed):
            row += ROW
        placed.append(row)
    return placed


def fold(inner: ModelGraph) -> Content:
    """The content that an unfolded and then changed graph is of.

    Raises:
        EditError: a group can't hold it; the sentence says what is in the way.
    """
    prefix = inner.prefix
    if inner.sections:
        raise EditError("Frames and comments are for the network as a whole; leave the group to make one.")
    order, cyclic = topological_order(inner)
    if cyclic or len(order) < len(inner.nodes):
        raise EditError("The layers of a group form no circle. Remove one of the wires.")
    nodes = [inner.nodes[i] for i in order]
    ports = {n.id: n.name for n in inner.nodes.values() if isinstance(n.layer, Boundary)}
    own = [n for n in inner.nodes.values() if isinstance(n.layer, Boundary)]
    if any(n.bypassed or n.muted for n in own):
        raise EditError("A port of a group can't be bypassed or muted; choose the layer behind it.")
    places = tuple((n.name, n.position) for n in own if isinstance(n.layer, GroupInput))
    try:
        return Content(
            parts=tuple(_part(n, prefix) for n in nodes if n.id not in ports),
            wires=tuple(_wires(inner, ports)),
            inlets=tuple(name for name, _ in places),
            outlets=tuple(_outlet(inner, n, ports) for n in own if isinstance(n.layer, GroupOutput)),
            places=places,
        )
    except ValidationError as error:
        raise EditError(next(iter(problems(Content, error).values()))) from None


def _part(node: Node, prefix: str) -> Part:
    if isinstance(node.layer, UnknownLayer):
        raise EditError(f"{node.name} is a layer this version does not know; leave it out of the group.")
    if node.role is not Role.HIDDEN:
        raise EditError(
            f"{node.layer.title()} is where the network meets its data; it stays outside of groups."
        )
    return Part(
        id=node.id.removeprefix(prefix),
        layer=node.layer,
        name=node.name,
        position=node.position,
        shares=node.shares.removeprefix(prefix) if node.shares else None,
        bypassed=node.bypassed,
        tag=node.tag,
        muted=node.muted,
    )


def _wires(inner: ModelGraph, ports: Mapping[str, str]) -> Iterator[Wire]:
    for e in inner.edges:
        if e.target in ports:
            continue
        source, port = _source(inner, e, ports)
        yield source, port, e.target.removeprefix(inner.prefix), e.target_port


def _source(inner: ModelGraph, e: Edge, ports: Mapping[str, str]) -> tuple[str, str]:
    if e.source in ports:
        return "", ports[e.source]
    return e.source.removeprefix(inner.prefix), e.source_port


def _outlet(inner: ModelGraph, node: Node, ports: Mapping[str, str]) -> Outlet:
    wire = next(iter(inner.edges_into(node.id)), None)
    part, port = _source(inner, wire, ports) if wire is not None else ("", "")
    return Outlet(name=node.name, part=part, port=port, position=node.position)


def port_node(graph: ModelGraph, node: Node) -> Node:
    """A new node as the inside of a group has it: of a port, id and name are those of the port."""
    if not isinstance(node.layer, Boundary):
        return node
    incoming = isinstance(node.layer, GroupInput)
    name = graph.free_name("input" if incoming else "output")
    layer = type(node.layer)(port=name)
    return replace(node, id=graph.prefix + (_IN if incoming else _OUT) + name, name=name, layer=layer)


@dataclass(frozen=True)
class Inside(GraphEdit):
    """An edit of what is inside a group. Groups that are linked with it change along.

    Attributes:
        node: id of the group.
        edit: of the graph that `unfold` gives.
    """

    node: str
    edit: GraphEdit

    @property
    def label(self) -> str:
        """That of the edit."""
        return self.edit.label

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Unfold, edit, fold; raises EditError where the edit is refused, or a group can't hold the result."""
        node = graph.nodes.get(self.node)
        if node is None or not isinstance(node.layer, Group):
            raise EditError("This group is no longer on the canvas.")
        inner = unfold(node.layer, node.id)
        self.edit.apply(inner)
        return redefine(graph, node.id, node.layer.with_content(fold(inner)), self.label)


def as_group(layer: Composite, inputs: tuple[Shape, ...] | None) -> Group:
    """A ready block as a group that can be changed: the same parts, with the same names of their weights.

    Raises:
        EditError: what is inside depends on what arrives, and that is not known or does not fit.
    """
    if isinstance(layer, Group):
        return layer
    title = layer.title()
    if inputs is None:
        raise EditError(f"What is inside {title} depends on what arrives there; connect its input first.")
    try:
        content = layer.content_for(inputs)
    except ShapeError as error:
        raise EditError(str(error)) from error
    return Group(
        label=title, content=content, trainable=not layer.freezes, learning_rate_factor=layer.rate_factor
    )


def opened(
    graph: ModelGraph, node_id: str, inputs: tuple[Shape, ...] | None
) -> tuple[Group, GraphEdit | None]:
    """What is shown when a node is opened, and the edit that an edit inside needs first; None where it needs none.

    Raises:
        EditError: it has no inside, or none that is known.
    """
    node = graph.nodes.get(node_id)
    if node is None or not isinstance(node.layer, Composite):
        raise EditError("Only a group has an inside; choose one.")
    group = as_group(node.layer, inputs)
    return group, None if group is node.layer else SetSettings(node_id, group)


def features_inside(graph: ModelGraph, inference: Inference, node_id: str) -> dict[str, FeatureSpec]:
    """What arrives at the inlets of a group, where that is known."""
    node = graph.nodes.get(node_id)
    if node is None or not isinstance(node.layer, Layer):
        return {}
    found: dict[str, FeatureSpec] = {}
    for port in node.layer.input_ports():
        for edge in graph.edges_into(node_id, port.name)[:1]:
            spec = inference.specs.get((edge.source, edge.source_port))
            if spec is not None:
                found[port.name] = FeatureSpec(spec.shape, spec.dtype)
    return found


def sync(shown: ModelGraph, target: ModelGraph) -> None:
    """Change a shown graph, with signals for what changes and for nothing else, until it equals another one.

    The order of nodes, which only says what lies on top, may stay another one.
    """
    wanted = Counter(target.edges)
    for index, edge in reversed(list(enumerate(shown.edges))):
        if wanted[edge] > 0 and not _changes_ends(shown, target, edge):
            wanted[edge] -= 1
        else:
            shown.take_edge(edge, index)
    _sync_nodes(shown, target)
    edges = list(shown.edges)
    for index, edge in enumerate(target.edges):
        if index < len(edges) and edges[index] == edge:
            continue
        if edge in edges[index:]:  # it is there, further back
            later = edges.index(edge, index)
            shown.take_edge(edge, later)
            del edges[later]
        shown.insert_edge(edge, index)
        edges.insert(index, edge)


def _changes_ends(shown: ModelGraph, target: ModelGraph, edge: Edge) -> bool:
    """Whether a wire ends at a node that is another kind of layer now."""
    return any(
        type(shown.nodes[i].layer) is not type(target.nodes[i].layer) for i in (edge.source, edge.target)
    )


def _sync_nodes(shown: ModelGraph, target: ModelGraph) -> None:
    for node_id in [i for i in shown.nodes if i not in target.nodes]:
        shown.take_node(node_id)
    moved = []
    for node in target.nodes.values():
        before = shown.nodes.get(node.id)
        if before is None:
            shown.insert_node(node)
        elif before != node and replace(before, position=node.position) == node:
            moved.append(node)
        elif before != node:
            shown.replace_node(node)
    if moved:
        shown.move_nodes(moved)
