"""A network on its way between a file of another program and a document: layers by the names the file gives them.

It is what all formats have in common, so that a format says how its own text is read and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer, free_name
from engine.layers.base import Layer
from engine.layers.content import MOST_PARTS, Content, Outlet
from engine.layers.content import Part as ContentPart
from engine.layers.group import Group
from engine.layers.input import Input
from engine.tensor.spec import DType, Shape, ShapeError

COLUMN, ROW = 250.0, 150.0  # of the canvas; a tidy arranges what is opened in the window
End = tuple[str, int]  # an output: the id of an inlet or a part, and which of its outputs


@dataclass(frozen=True)
class Inlet:
    """Where values come in: shape of one example, without the batch."""

    id: str
    shape: Shape
    dtype: DType = DType.FLOAT32


@dataclass(frozen=True, eq=False)
class Part:
    """A layer, or a network that is used as one.

    Attributes:
        id: unique in its network.
        what: a layer of ours, one that we do not have, or a network.
        inputs: in the order of the layer's inputs.
        shares: id of the part whose weights it uses.
        kept: where its weights are in the file, as the format has it.
    """

    id: str
    what: Layer | UnknownLayer | Net
    inputs: tuple[End, ...]
    shares: str | None = None
    kept: str = ""


@dataclass(frozen=True, eq=False)
class Net:
    """Parts in an order in which each comes after those it reads."""

    inlets: tuple[Inlet, ...]
    parts: tuple[Part, ...]
    outputs: tuple[End, ...]
    name: str = "model"
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Placed:
    """A network as a document.

    Attributes:
        graph: sources, layers and wires; no targets yet.
        ends: node and port of each output.
        parts: the part that each node was made from, by node id; of a network that is used as one, that of the network.
    """

    graph: ModelGraph
    ends: tuple[tuple[str, str], ...]
    parts: Mapping[str, Part]


def placed(net: Net) -> Placed:
    """The network as a document; networks inside it become groups where a group can hold them."""
    net = _inlined(net)
    graph = ModelGraph()
    values: dict[End, tuple[str, str]] = {}
    for row, inlet in enumerate(net.inlets):
        node = _named(graph, graph.new_node(Input(feature=inlet.id), (0.0, ROW * row)), inlet.id)
        graph.insert_node(node)
        values[inlet.id, 0] = (node.id, "output")
    made: dict[str, Node] = {}
    parts: dict[str, Part] = {}
    for column, part in enumerate(net.parts, start=1):
        what = group_of(part.what) if isinstance(part.what, Net) else part.what
        node = _named(graph, graph.new_node(what, (COLUMN * column, 0.0)), part.id)
        owner = made.get(part.shares or "")
        if owner is not None and owner.layer == what:
            node = replace(node, shares=owner.id)
        graph.insert_node(node)
        made[part.id], parts[node.id] = node, part
        for end, port in zip(part.inputs, _inputs(what, len(part.inputs)), strict=True):
            graph.insert_edge(Edge(*values[end], node.id, port))
        for k, port in enumerate(_outputs(what)):
            values[part.id, k] = (node.id, port)
    return Placed(graph, tuple(values[end] for end in net.outputs), parts)


def group_of(net: Net) -> Group:
    """A network as one layer.

    Raises:
        ValueError: a group can't hold it.
    """
    ids = {p.id: _safe(k, p.id) for k, p in enumerate(net.parts)}
    values: dict[End, tuple[str, str]] = {(inlet.id, 0): ("", inlet.id) for inlet in net.inlets}
    parts: list[ContentPart] = []
    wires: list[tuple[str, str, str, str]] = []
    for p in net.parts:
        what = group_of(p.what) if isinstance(p.what, Net) else p.what
        if isinstance(what, UnknownLayer):
            raise ValueError(f"{p.id} is unknown.")
        shares = ids.get(p.shares or "")
        parts.append(ContentPart(id=ids[p.id], layer=what, name=p.id[:80], shares=shares))
        for end, port in zip(p.inputs, _inputs(what, len(p.inputs)), strict=True):
            wires.append((*values[end], ids[p.id], port))
        for k, port in enumerate(_outputs(what)):
            values[p.id, k] = (ids[p.id], port)
    outlets = tuple(
        Outlet(name="output" if len(net.outputs) == 1 else f"output_{k}", part=part, port=port)
        for k, (part, port) in enumerate(values[end] for end in net.outputs)
    )
    content = Content(
        parts=tuple(parts), wires=tuple(wires), inlets=tuple(i.id for i in net.inlets), outlets=outlets
    )
    return Group(label=net.name[:80], content=content)


def flattened(net: Net) -> Net:
    """The network as `placed` takes it: those inside it that no group can hold are taken apart."""
    return _inlined(net)


def part_ids(net: Net) -> Mapping[str, Part]:
    """The parts of a network by their ids in its group."""
    return {_safe(k, p.id): p for k, p in enumerate(net.parts)}


def _inlined(net: Net) -> Net:
    """The network with those inside it taken apart that no group can hold."""
    parts: list[Part] = []
    values: dict[End, End] = {}
    taken: dict[str, Mapping[str, str]] = {}
    for p in net.parts:
        inputs = tuple(values.get(end, end) for end in p.inputs)
        if not isinstance(p.what, Net) or _groupable(p.what):
            parts.append(replace(p, inputs=inputs))
            continue
        inside = _inlined(p.what)
        starts: dict[End, End] = {
            (inlet.id, 0): end for inlet, end in zip(inside.inlets, inputs, strict=True)
        }
        owners = taken.get(p.shares or "", {})
        ids = {q.id: f"{p.id}/{q.id}" for q in inside.parts}
        taken[p.id] = ids
        for q in inside.parts:
            shares = ids[q.shares] if q.shares else owners.get(q.id)
            own = tuple(starts.get(end) or (ids[end[0]], end[1]) for end in q.inputs)
            kept = f"{p.kept}/{q.kept}" if p.kept else q.kept
            parts.append(Part(ids[q.id], q.what, own, shares, kept))
        for k, end in enumerate(inside.outputs):
            values[p.id, k] = starts.get(end) or (ids[end[0]], end[1])
    return replace(net, parts=tuple(parts), outputs=tuple(values.get(end, end) for end in net.outputs))


def _groupable(net: Net) -> bool:
    if not 0 < len(net.parts) <= MOST_PARTS or any(isinstance(p.what, UnknownLayer) for p in net.parts):
        return False
    try:
        group_of(net)
    except ValueError:
        return False
    return True


def _inputs(what: Layer | UnknownLayer, wires: int) -> Sequence[str]:
    """The port that each of so many wires ends at; raises ShapeError where there are too few."""
    if isinstance(what, UnknownLayer):
        return ["input"] * wires
    names: list[str] = []
    for port in what.input_ports():
        names += [port.name] * (wires - len(names) if port.variadic else int(len(names) < wires))
    if len(names) < wires:
        raise ShapeError(f"{what.title()} takes {len(names)} inputs, and the file gives it {wires}.")
    return names[:wires]


def _outputs(what: Layer | UnknownLayer) -> Iterable[str]:
    if isinstance(what, UnknownLayer):
        return ["output", *(f"output_{k}" for k in range(1, 16))]
    return [port.name for port in what.output_ports()]


def _named(graph: ModelGraph, node: Node, name: str) -> Node:
    tidy = re.sub(r"\s+", " ", name).strip()[:72]
    return replace(node, name=graph.free_name(tidy)) if tidy else node


def _safe(k: int, part_id: str) -> str:
    """The id of a part in a group: letters that every format takes, unique by its number."""
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', part_id)[:48]}-{k}"


def unique(wanted: str, taken: set[str]) -> str:
    """A name like `wanted` that is not taken; from now on it is."""
    name = free_name(wanted, taken)
    taken.add(name)
    return name
