"""The document: what the canvas shows, as plain data that changes only through edits and says what changed.

Nodes are layers with a place on the canvas, edges are wires between their ports, sections are the other settings of a
project (its data, its training) as pydantic models by name. Everything in it is immutable and replaced as a whole, so
an edit can return its inverse and a copy of the document costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from types import MappingProxyType
from typing import Any, ClassVar

from psygnal import Signal
from pydantic import BaseModel

from engine.layers.base import Layer, Port, Role
from engine.layers.base import unwired as unwired  # part of what a document says

Position = tuple[float, float]
LONGEST_NAME = 80
TAGS = ("red", "yellow", "green", "teal", "blue", "purple", "pink")
"""Colours that people mark nodes with."""


@dataclass(frozen=True)
class UnknownLayer:
    """The layer of a file that this version does not have, or whose settings it refuses; kept as it came.

    Attributes:
        type_name: as in the file.
        settings: raw JSON values; not changed by anything.
        reason: one sentence on why it is not a layer.
    """

    type_name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    def title(self) -> str:
        """The name it has in the file."""
        return self.type_name

    def subtitle(self) -> str:
        """What the node shows in place of its settings."""
        return "unknown layer"


@dataclass(frozen=True)
class Node:
    """A layer on the canvas.

    Attributes:
        id: never changes and is never used again in this document; weights are kept under it.
        layer: the settings.
        name: unique among the nodes; for people.
        position: of the top left corner, in canvas units (a node is 150 wide).
        shares: id of the node whose weights this one uses, which has the same layer; None for its own.
        bypassed: whether training leaves it out and passes its first input on (`engine.graph.effective`).
        tag: one of `TAGS`, or "" for none; it means what its owner wants it to mean.
        muted: whether it gives zeros in place of what it computes; its weights are kept.
    """

    id: str
    layer: Layer | UnknownLayer
    name: str
    position: Position = (0.0, 0.0)
    shares: str | None = None
    bypassed: bool = False
    tag: str = ""
    muted: bool = False

    @property
    def weights(self) -> str:
        """Id of the node that owns the weights of this one."""
        return self.shares or self.id

    @property
    def role(self) -> Role:
        """What the node is to the training program; an unknown layer is hidden."""
        return Role.HIDDEN if isinstance(self.layer, UnknownLayer) else type(self.layer).declaration.role


@dataclass(frozen=True, slots=True)
class Edge:
    """A wire from an output port to an input port, each by node id and port name."""

    source: str
    source_port: str
    target: str
    target_port: str

    @classmethod
    def between(cls, source: Node, target: Node) -> Edge:
        """The wire from the first output to the first input of two known layers that have them."""
        return cls(
            source.id, output_ports(source.layer)[0].name, target.id, input_ports(target.layer)[0].name
        )


def input_ports(layer: Layer | UnknownLayer) -> tuple[Port, ...]:
    """The input ports; none is known of an unknown layer."""
    return () if isinstance(layer, UnknownLayer) else layer.input_ports()


def output_ports(layer: Layer | UnknownLayer) -> tuple[Port, ...]:
    """The output ports; none is known of an unknown layer."""
    return () if isinstance(layer, UnknownLayer) else layer.output_ports()


class ModelGraph:
    """Nodes, edges and sections of one project.

    Only edits (`engine.graph.edits`) call the methods that change it. The order of nodes is the order they are painted
    in; the order of the edges into a variadic port is the order of that layer's inputs. New ids begin with `prefix`
    (`engine.graph.inside`).
    """

    # Each says what has happened; a node that moved is not reported as changed.
    node_added: ClassVar[Signal] = Signal(Node)
    node_removed: ClassVar[Signal] = Signal(Node)
    node_changed: ClassVar[Signal] = Signal(Node)
    nodes_moved: ClassVar[Signal] = Signal(tuple)  # ids
    edge_added: ClassVar[Signal] = Signal(Edge)
    edge_removed: ClassVar[Signal] = Signal(Edge)
    section_changed: ClassVar[Signal] = Signal(str)

    def __init__(
        self,
        nodes: Iterable[Node] = (),
        edges: Iterable[Edge] = (),
        sections: Mapping[str, BaseModel] | None = None,
        prefix: str = "",
    ) -> None:
        self.prefix = prefix
        self._nodes = {node.id: node for node in nodes}
        self._edges = list(edges)
        self._into: dict[str, tuple[Edge, ...]] | None = None  # by target; gathered when first asked for
        self._from: dict[str, tuple[Edge, ...]] | None = None  # by source
        self._names: set[str] | None = None  # of all nodes; gathered when first asked for
        self._sections = dict(sections or {})
        self._last_id = max(map(_number, self._nodes), default=0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelGraph):
            return NotImplemented
        return self.snapshot() == other.snapshot()

    __hash__ = None  # type: ignore[assignment]  # it changes; Python's way to say that it cannot be a key

    def __repr__(self) -> str:
        return f"ModelGraph({len(self._nodes)} nodes, {len(self._edges)} edges)"

    # -- reading -------------------------------------------------------------------------------------------------
    @property
    def nodes(self) -> Mapping[str, Node]:
        """Nodes by id, in painting order; a live, read-only view."""
        return MappingProxyType(self._nodes)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All wires, in the order they were made."""
        return tuple(self._edges)

    @property
    def sections(self) -> Mapping[str, BaseModel]:
        """The other settings of the project by name ("data", "training"); a live, read-only view."""
        return MappingProxyType(self._sections)

    def edges_into(self, node: str, port: str | None = None) -> tuple[Edge, ...]:
        """Wires that end at a node, or at one of its ports."""
        if self._into is None:
            self._into = _gathered(self._edges, attrgetter("target"))
        edges = self._into.get(node, ())
        return edges if port is None else tuple(e for e in edges if e.target_port == port)

    def edges_from(self, node: str, port: str | None = None) -> tuple[Edge, ...]:
        """Wires that start at a node, or at one of its ports."""
        if self._from is None:
            self._from = _gathered(self._edges, attrgetter("source"))
        edges = self._from.get(node, ())
        return edges if port is None else tuple(e for e in edges if e.source_port == port)

    def sharers(self, owner: str) -> tuple[Node, ...]:
        """Nodes that use the weights of `owner`, itself left out."""
        return tuple(n for n in self._nodes.values() if n.shares == owner)

    def named(self, name: str) -> Node | None:
        """The node of that name."""
        return next((n for n in self._nodes.values() if n.name == name), None)

    def snapshot(self) -> tuple[tuple[Node, ...], tuple[Edge, ...], dict[str, BaseModel]]:
        """Everything the document says, for comparing; holds values that never change."""
        return tuple(self._nodes.values()), tuple(self._edges), dict(self._sections)

    def copy(self) -> ModelGraph:
        """An independent document with the same content and no listeners."""
        return self.with_other(self._nodes.values(), self._edges)

    def with_other(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> ModelGraph:
        """A document with the same sections, whose new ids are new to this one, too."""
        result = ModelGraph(nodes, edges, self._sections, self.prefix)
        result._last_id = self._last_id
        return result

    # -- making nodes --------------------------------------------------------------------------------------------
    def new_node(self, layer: Layer | UnknownLayer, position: Position = (0.0, 0.0)) -> Node:
        """A node that can be added: its id is new, its name is made from the layer ("dense", "dense_1")."""
        self._last_id += 1
        return Node(
            f"{self.prefix}n{self._last_id}", layer, self.free_name(snake_case(layer.title())), position
        )

    def free_name(self, wanted: str, taken: Iterable[str] = ()) -> str:
        """`wanted`, or with the first of _1, _2 .. that neither a node nor `taken` has."""
        if self._names is None:
            self._names = {n.name for n in self._nodes.values()}
        others = set(taken)
        return free_name(wanted, self._names | others if others else self._names)

    # -- changing: for edits only --------------------------------------------------------------------------------
    def insert_node(self, node: Node, index: int | None = None) -> None:
        """Add a node at a place in the painting order (None: on top)."""
        self._last_id = max(self._last_id, _number(node.id))
        if self._names is not None:
            self._names.add(node.name)
        if index is None or index >= len(self._nodes):
            self._nodes[node.id] = node
        else:
            items = list(self._nodes.items())
            items.insert(index, (node.id, node))
            self._nodes = dict(items)
        self.node_added.emit(node)

    def take_node(self, node_id: str) -> int:
        """Remove a node without wires; the place it had."""
        index = list(self._nodes).index(node_id)
        self._names = None
        self.node_removed.emit(self._nodes.pop(node_id))
        return index

    def replace_node(self, node: Node) -> Node:
        """Exchange the node of the same id; the one before."""
        before = self._nodes[node.id]
        self._nodes[node.id] = node
        self._names = None
        self.node_changed.emit(node)
        return before

    def move_nodes(self, nodes: Iterable[Node]) -> None:
        """Exchange nodes for copies that differ in position alone."""
        moved = {n.id: n for n in nodes}
        self._nodes.update(moved)
        self.nodes_moved.emit(tuple(moved))

    def insert_edge(self, edge: Edge, index: int | None = None) -> None:
        """Add a wire at a place in the order of all wires (None: last)."""
        self._edges.insert(len(self._edges) if index is None else index, edge)
        self._regather(edge)
        self.edge_added.emit(edge)

    def take_edge(self, edge: Edge, index: int | None = None) -> int:
        """Remove a wire, of several equal ones that at `index` of all wires or the first; the place it had."""
        if index is None or self._edges[index] != edge:
            index = self._edges.index(edge)
        del self._edges[index]
        self._regather(edge)
        self.edge_removed.emit(edge)
        return index

    def _regather(self, edge: Edge) -> None:
        """A wire came or went: what is known of its two ends is gathered again, all else stays."""
        if self._into is not None:
            self._into[edge.target] = tuple(e for e in self._edges if e.target == edge.target)
        if self._from is not None:
            self._from[edge.source] = tuple(e for e in self._edges if e.source == edge.source)

    def put_section(self, key: str, value: BaseModel | None) -> None:
        """Set a section, or remove it."""
        if value is None:
            self._sections.pop(key, None)
        else:
            self._sections[key] = value
        self.section_changed.emit(key)


def _gathered(edges: Iterable[Edge], end: Callable[[Edge], str]) -> dict[str, tuple[Edge, ...]]:
    """Wires by one of their ends, in the order of all wires."""
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(end(edge), []).append(edge)
    return {node: tuple(group) for node, group in found.items()}


def _number(node_id: str) -> int:
    """The number in an id that `new_node` made; 0 for others, which only files have."""
    last = node_id.rpartition("/")[2]
    return int(last[1:]) if re.fullmatch(r"n\d{1,9}", last) else 0


def free_name(wanted: str, taken: Container[str]) -> str:
    """`wanted`, or with the first of _1, _2 .. that is not taken."""
    if wanted not in taken:
        return wanted
    stem = re.sub(r"_\d+$", "", wanted)
    return next(name for k in count(1) if (name := f"{stem}_{k}") not in taken)


def snake_case(title: str) -> str:
    """A class name as a node's name: `Dense` gives dense, `MaxPooling2D` max_pooling2d."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", title)
    return re.sub(r"\W+", "_", words).lower()[: LONGEST_NAME - 8] or "layer"
