"""Every change of the document, each with its inverse, so that one undo command serves them all.

`apply` either changes the graph and returns the edit that takes the change back, or raises `EditError` and leaves the
graph as it was. Inverses hold for the state right after the edit, which is the state undo finds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from pydantic import BaseModel

from engine.graph.document import (
    LONGEST_NAME,
    TAGS,
    Edge,
    ModelGraph,
    Node,
    Position,
    UnknownLayer,
    input_ports,
    output_ports,
)
from engine.graph.effective import can_be_bypassed, can_be_muted
from engine.graph.structure import refusal
from engine.layers.base import Layer


class EditError(ValueError):
    """A change that the document can't take, as one sentence for the user."""


class GraphEdit(ABC):
    """A change of the document."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What it does, for the undo menu: "Connect dense to target"."""

    @abstractmethod
    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Change the graph; the inverse. Raises `EditError` without having changed anything."""


def _node(graph: ModelGraph, node_id: str) -> Node:
    try:
        return graph.nodes[node_id]
    except KeyError:
        raise EditError("This layer is no longer on the canvas.") from None


def _check_name(graph: ModelGraph, name: str, own: str) -> None:
    if not name or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise EditError(
            f"A name has 1 to {LONGEST_NAME} printable characters and no space around, received {name!r}."
        )
    other = graph.named(name)
    if other is not None and other.id != own:
        raise EditError(f"Names are unique, and there is a {name} already; choose another.")


@dataclass(frozen=True)
class Compound(GraphEdit):
    """Several edits as one: all of them, or none."""

    edits: Sequence[GraphEdit]
    text: str

    @property
    def label(self) -> str:
        """The given text."""
        return self.text

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Apply all in order; where one fails, those before are taken back."""
        inverses: list[GraphEdit] = []
        try:
            for edit in self.edits:
                inverses.append(edit.apply(graph))
        except EditError:
            for inverse in reversed(inverses):
                inverse.apply(graph)
            raise
        return Compound(tuple(reversed(inverses)), self.text)


@dataclass(frozen=True)
class AddNode(GraphEdit):
    """Put a node (see `ModelGraph.new_node`) on the canvas, on top or at a place in the painting order."""

    node: Node
    index: int | None = None

    @property
    def label(self) -> str:
        """Add and the layer's title."""
        return f"Add {self.node.layer.title()}"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Add it without wires."""
        if self.node.id in graph.nodes:
            raise EditError(f"{self.node.name} is on the canvas already.")
        _check_name(graph, self.node.name, self.node.id)
        if self.node.shares is not None:
            _check_sharing(self.node, _node(graph, self.node.shares))
        graph.insert_node(self.node, self.index)
        return RemoveNode(self.node.id)


@dataclass(frozen=True)
class RemoveNode(GraphEdit):
    """Take a node off the canvas with its wires. Where others share its weights, the first of them owns them then."""

    node: str

    @property
    def label(self) -> str:
        """The same for all nodes."""
        return "Delete layer"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Remove wires, sharing, node; the inverse puts all back in their old places."""
        node = _node(graph, self.node)
        wires = [e for e in graph.edges if node.id in (e.source, e.target)]
        family = graph.sharers(node.id)
        heirs = tuple(replace(n, shares=family[0].id if k else None) for k, n in enumerate(family))
        undo: list[GraphEdit] = [Disconnect(e).apply(graph) for e in reversed(wires)]
        undo.append(ReplaceNodes(heirs, self.label).apply(graph))
        undo.append(AddNode(node, graph.take_node(node.id)))
        return Compound(tuple(reversed(undo)), self.label)


@dataclass(frozen=True)
class Connect(GraphEdit):
    """Make a wire, as the last one or at a place in the order of all wires."""

    edge: Edge
    index: int | None = None

    @property
    def label(self) -> str:
        """The same for all wires."""
        return "Connect"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Make it unless the structure forbids it; shapes are not looked at (see `can_connect`)."""
        reason = refusal(graph, self.edge)
        if reason is not None:
            raise EditError(reason)
        graph.insert_edge(self.edge, self.index)
        return Disconnect(self.edge, len(graph.edges) - 1 if self.index is None else self.index)


@dataclass(frozen=True)
class Disconnect(GraphEdit):
    """Cut a wire; of several equal ones into a variadic port the first, or the one at `index` of all wires."""

    edge: Edge
    index: int | None = None

    @property
    def label(self) -> str:
        """The same for all wires."""
        return "Disconnect"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Cut it."""
        if self.edge not in graph.edges:
            raise EditError("This wire is no longer on the canvas.")
        return _Reconnect(self.edge, graph.take_edge(self.edge, self.index))


@dataclass(frozen=True)
class _Reconnect(GraphEdit):
    """Take back a cut, even of a wire that could not be made anew (files may have such)."""

    edge: Edge
    index: int
    label = "Connect"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        graph.insert_edge(self.edge, self.index)
        return Disconnect(self.edge, self.index)


@dataclass(frozen=True)
class SetWires(GraphEdit):
    """Give the document exactly these wires, in this order."""

    edges: tuple[Edge, ...]
    text: str = "Rewire"

    @property
    def label(self) -> str:
        """The given text."""
        return self.text

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Exchange all wires from the first that differs on; the ends must be on the canvas."""
        before = graph.edges
        if any(i not in graph.nodes for e in self.edges for i in (e.source, e.target)):
            raise EditError("A wire needs a layer at both ends; one of them is not on the canvas.")
        pairs = zip(before, self.edges, strict=False)
        same = next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(before), len(self.edges)))
        for edge in reversed(before[same:]):
            graph.take_edge(edge, len(graph.edges) - 1)
        for edge in self.edges[same:]:
            graph.insert_edge(edge)
        return SetWires(before, self.text)


@dataclass(frozen=True)
class ReplaceNodes(GraphEdit):
    """Exchange nodes for changed copies of themselves."""

    nodes: tuple[Node, ...]
    text: str

    @property
    def label(self) -> str:
        """The given text."""
        return self.text

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Exchange them; the wires stay as they are."""
        before = tuple(_node(graph, n.id) for n in self.nodes)
        for node in self.nodes:
            graph.replace_node(node)
        return ReplaceNodes(before, self.text)


@dataclass(frozen=True)
class SetSettings(GraphEdit):
    """Give a node, and all that share weights with it, other settings; wires at ports that go with it are cut."""

    node: str
    layer: Layer
    what: str = ""

    @property
    def label(self) -> str:
        """Change and what, or the layer's title."""
        return f"Change {self.what or self.layer.title()}"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Change the settings; another type of layer is possible where it has the ports that wires are on."""
        node = _node(graph, self.node)
        family = [n for n in graph.nodes.values() if n.weights == node.weights]
        changed = tuple(_with_layer(n, self.layer) for n in family)
        lost = [edge for member in changed for edge in _lost_wires(graph, member)]
        if lost and type(self.layer) is not type(node.layer):
            raise EditError(
                f"{self.layer.title()} lacks a port of {node.layer.title()}, and {node.name} has a wire there; "
                "remove it first."
            )
        undo = [Disconnect(edge).apply(graph) for edge in reversed(dict.fromkeys(lost))]
        undo.append(ReplaceNodes(changed, self.label).apply(graph))
        return Compound(tuple(reversed(undo)), self.label) if lost else undo[0]


def _with_layer(node: Node, layer: Layer) -> Node:
    """The node with another layer; bypassed or muted no longer where that layer can't be."""
    changed = replace(node, layer=layer)
    return replace(
        changed,
        bypassed=changed.bypassed and can_be_bypassed(changed),
        muted=changed.muted and can_be_muted(changed),
    )


def _lost_wires(graph: ModelGraph, node: Node) -> list[Edge]:
    """Wires at ports that the changed node lacks, in the order of all wires."""
    inputs = {p.name for p in input_ports(node.layer)}
    outputs = {p.name for p in output_ports(node.layer)}
    into = {e for e in graph.edges_into(node.id) if e.target_port not in inputs}
    out = {e for e in graph.edges_from(node.id) if e.source_port not in outputs}
    return [e for e in graph.edges if e in into or e in out]


@dataclass(frozen=True)
class MoveNodes(GraphEdit):
    """Give nodes other places."""

    positions: Mapping[str, Position]

    @property
    def label(self) -> str:
        """The same for all moves."""
        return "Move"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Move all; coordinates must be finite."""
        before = {i: _node(graph, i).position for i in self.positions}
        if not all(isfinite(c) for position in self.positions.values() for c in position):
            raise EditError("A place on the canvas has finite coordinates.")
        graph.move_nodes([replace(graph.nodes[i], position=p) for i, p in self.positions.items()])
        return MoveNodes(before)


@dataclass(frozen=True)
class RenameNode(GraphEdit):
    """Give a node another name."""

    node: str
    name: str

    @property
    def label(self) -> str:
        """The new name."""
        return f"Rename to {self.name}"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Rename it; names are unique."""
        node = _node(graph, self.node)
        _check_name(graph, self.name, node.id)
        return ReplaceNodes((replace(node, name=self.name),), self.label).apply(graph)


@dataclass(frozen=True)
class SetShares(GraphEdit):
    """Let a node use the weights (and with them the settings) of another, or with None weights of its own again."""

    node: str
    owner: str | None

    @property
    def label(self) -> str:
        """Share or unshare."""
        return "Share weights" if self.owner else "Use own weights"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Change the sharing. A node whose weights others use can't use another's."""
        node = _node(graph, self.node)
        if self.owner is None:
            changed = replace(node, shares=None)
        else:
            owner = graph.nodes[_node(graph, self.owner).weights]
            if graph.sharers(node.id):
                raise EditError(
                    f"Other layers use the weights of {node.name}; let those use {owner.name} instead."
                )
            changed = replace(node, shares=owner.id, layer=owner.layer)
            _check_sharing(node, owner)
        return ReplaceNodes((changed,), self.label).apply(graph)


@dataclass(frozen=True)
class SetBypass(GraphEdit):
    """Let training leave nodes out, or use them again; they are no longer muted."""

    nodes: Sequence[str]
    bypassed: bool

    @property
    def label(self) -> str:
        """Bypass or use."""
        return "Bypass" if self.bypassed else "Use again"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Change them; only what has an input to pass on can be bypassed."""
        changed = [_node(graph, i) for i in self.nodes]
        for node in changed:
            if self.bypassed and not can_be_bypassed(node):
                raise EditError(
                    f"A bypassed layer passes its input on, and {node.name} is where the network meets its data; "
                    "cut its wires instead."
                )
        edit = ReplaceNodes(
            tuple(replace(n, bypassed=self.bypassed, muted=False) for n in changed), self.label
        )
        return edit.apply(graph)


@dataclass(frozen=True)
class SetMute(GraphEdit):
    """Let nodes give zeros, or what they compute again; they are no longer bypassed."""

    nodes: Sequence[str]
    muted: bool

    @property
    def label(self) -> str:
        """Mute or use."""
        return "Mute" if self.muted else "Use again"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Change them; only what computes something on the device can be muted."""
        changed = [_node(graph, i) for i in self.nodes]
        for node in changed:
            if self.muted and not can_be_muted(node):
                raise EditError(
                    f"A muted layer gives zeros in place of what it computes, and {node.name} stands where the data "
                    "enters or is compared; choose a layer between them."
                )
        edit = ReplaceNodes(tuple(replace(n, muted=self.muted, bypassed=False) for n in changed), self.label)
        return edit.apply(graph)


@dataclass(frozen=True)
class SetTag(GraphEdit):
    """Mark nodes with a colour, or with "" no longer."""

    nodes: Sequence[str]
    tag: str

    @property
    def label(self) -> str:
        """The same for all colours."""
        return "Colour" if self.tag else "Remove colour"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Mark them."""
        if self.tag and self.tag not in TAGS:
            raise EditError(f"Colours are {', '.join(TAGS)}, received {self.tag!r}.")
        changed = tuple(replace(_node(graph, i), tag=self.tag) for i in self.nodes)
        return ReplaceNodes(changed, self.label).apply(graph)


def _check_sharing(node: Node, owner: Node) -> None:
    if owner.id == node.id or owner.shares is not None:
        raise EditError("A layer shares the weights of another layer that has its own.")
    if type(owner.layer) is not type(node.layer) or isinstance(owner.layer, UnknownLayer):
        raise EditError(
            f"Only layers of one kind share weights, received {node.layer.title()} and {owner.layer.title()}."
        )


@dataclass(frozen=True)
class SetSection(GraphEdit):
    """Set a section of the project ("data", "training"); None removes it."""

    key: str
    value: BaseModel | None

    @property
    def label(self) -> str:
        """Change and the section's name."""
        return f"Change {self.key} settings"

    def apply(self, graph: ModelGraph) -> GraphEdit:
        """Set it."""
        before = graph.sections.get(self.key)
        graph.put_section(self.key, self.value)
        return SetSection(self.key, before)
