"""The document as JSON values and back: for project files, recovery files and the clipboard.

Reading is forgiving where something can be kept (an unknown layer stays as it is, marked; a broken wire is left out and
reported) and strict about everything else, because files come from anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.graph.document import (
    LONGEST_NAME,
    TAGS,
    Edge,
    ModelGraph,
    Node,
    UnknownLayer,
    free_name,
    input_ports,
    output_ports,
    snake_case,
)
from engine.graph.effective import can_be_bypassed, can_be_muted
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.settings import problems

Sections = Mapping[str, type[BaseModel]]

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_Port = Annotated[str, Field(min_length=1, max_length=200)]
_Coordinate = Annotated[float, Field(ge=-1e7, le=1e7)]


class _Strict(BaseModel):
    # unknown settings are kept as they came, and JSON as Python reads it has infinity
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, ser_json_inf_nan="constants")


class NodeRecord(_Strict):
    """A node as JSON."""

    id: _Id
    type: Annotated[str, Field(min_length=1, max_length=200)]
    settings: dict[str, Any] = {}
    name: Annotated[str, Field(max_length=1000)] = ""
    position: tuple[_Coordinate, _Coordinate] = (0.0, 0.0)
    shares: _Id | None = None
    bypassed: bool = False
    tag: Annotated[str, Field(max_length=40)] = ""
    muted: bool = False


class GraphRecord(_Strict):
    """Nodes, wires (source, port, target, port) and sections as JSON."""

    nodes: Annotated[list[NodeRecord], Field(max_length=5_000)]
    edges: Annotated[list[tuple[_Id, _Port, _Id, _Port]], Field(max_length=50_000)] = []
    sections: dict[str, dict[str, Any]] = {}


def node_record(node: Node) -> NodeRecord:
    """The node as JSON values."""
    layer = node.layer
    settings = dict(layer.settings) if isinstance(layer, UnknownLayer) else layer.model_dump(mode="json")
    return NodeRecord(
        id=node.id,
        type=layer.title(),
        settings=settings,
        name=node.name,
        position=node.position,
        shares=node.shares,
        bypassed=node.bypassed,
        tag=node.tag,
        muted=node.muted,
    )


def _written(node: Node) -> dict[str, Any]:
    """A node as JSON; what few nodes have is written for those only, so that other versions can read the rest."""
    rare = {name for name in ("bypassed", "tag", "muted") if not getattr(node, name)}
    return node_record(node).model_dump(mode="json", exclude=rare)


def graph_to_json(graph: ModelGraph) -> dict[str, Any]:
    """The whole document as values that `json.dumps` takes."""
    return {
        "nodes": [_written(n) for n in graph.nodes.values()],
        "edges": [[e.source, e.source_port, e.target, e.target_port] for e in graph.edges],
        "sections": {key: value.model_dump(mode="json") for key, value in graph.sections.items()},
    }


def graph_from_json(data: object, sections: Sections) -> tuple[ModelGraph, list[str]]:
    """The document and a sentence for each thing that could not be read as it stands.

    Args:
        data: what `graph_to_json` gave, from anywhere.
        sections: the model of each section by name; others are left out.

    Raises:
        ValueError: one sentence; it is not a document.
    """
    try:
        record = GraphRecord.model_validate(data)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the document"
        raise ValueError(
            f"This is not a network: {where} is not as it should be ({error.errors()[0]['msg']})."
        ) from None
    warnings: list[str] = []
    nodes = _nodes(record.nodes, warnings)
    edges = _edges(record.edges, nodes, warnings)
    return ModelGraph(nodes.values(), edges, _sections(record.sections, sections, warnings)), warnings


def layer_from(type_name: str, settings: Mapping[str, Any]) -> Layer | UnknownLayer:
    """The layer of that name with these settings, or a keeper of both that says why there is none."""
    kind = layers().get(type_name)
    if kind is None:
        return UnknownLayer(
            type_name, dict(settings), f"This version has no layer {type_name[:LONGEST_NAME]}."
        )
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        return UnknownLayer(type_name, dict(settings), next(iter(problems(kind, error).values())))


def _nodes(records: list[NodeRecord], warnings: list[str]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    names: set[str] = set()
    for record in records:
        if record.id in nodes:
            warnings.append(f"Two layers have the id {record.id}; the second is left out.")
            continue
        layer = layer_from(record.type, record.settings)
        name = free_name(_usable_name(record.name, layer), names)
        if name != record.name:
            warnings.append(
                f"The layer name {record.name[:LONGEST_NAME]!r} is taken or unusable; it is {name} now."
            )
        if isinstance(layer, UnknownLayer):
            warnings.append(f"{name}: {layer.reason} It is kept as it is, but can't be trained.")
        names.add(name)
        node = Node(record.id, layer, name, record.position, record.shares)
        bypassed = record.bypassed and can_be_bypassed(node)
        if record.bypassed and not bypassed:
            warnings.append(f"{name} has nothing to pass on, so it can't be bypassed; it is used now.")
        tag = record.tag if record.tag in TAGS else ""
        muted = record.muted and not bypassed and can_be_muted(node)
        if record.muted and not muted:
            warnings.append(f"{name} can't be muted; it is used now.")
        nodes[record.id] = replace(node, bypassed=bypassed, tag=tag, muted=muted)
    for node in list(nodes.values()):
        if node.shares is not None and not _can_share(node, nodes.get(node.shares)):
            warnings.append(f"{node.name} can't use the weights it names; it has weights of its own now.")
            nodes[node.id] = replace(node, shares=None)
    return nodes


def _usable_name(name: str, layer: Layer | UnknownLayer) -> str:
    name = name.strip()[:LONGEST_NAME].strip()
    return name if name and name.isprintable() else snake_case(layer.title())


def _can_share(node: Node, owner: Node | None) -> bool:
    return owner is not None and owner is not node and owner.shares is None and owner.layer == node.layer


def _edges(
    records: list[tuple[str, str, str, str]], nodes: Mapping[str, Node], warnings: list[str]
) -> list[Edge]:
    edges: list[Edge] = []
    occupied: Counter[tuple[str, str]] = Counter()
    for record in records:
        edge = Edge(*record)
        place = (edge.target, edge.target_port)
        reason = _fault(edge, nodes, occupied[place])
        if reason:
            warnings.append(f"A wire is left out: {reason}.")
        else:
            occupied[place] += 1
            edges.append(edge)
    return edges


def _fault(edge: Edge, nodes: Mapping[str, Node], wires_there: int) -> str:
    """Why a wire of a file can't be kept. Circles can: they are shown, so that they can be cut."""
    source, target = nodes.get(edge.source), nodes.get(edge.target)
    if source is None or target is None or source is target:
        return "it needs two layers that are there"
    if isinstance(source.layer, Layer) and edge.source_port not in [
        p.name for p in output_ports(source.layer)
    ]:
        return f"{source.name} has no output {edge.source_port!r}"
    if isinstance(target.layer, UnknownLayer):
        return ""
    port = next((p for p in input_ports(target.layer) if p.name == edge.target_port), None)
    if port is None:
        return f"{target.name} has no input {edge.target_port!r}"
    if wires_there and not port.variadic:
        return f"the {port.name} of {target.name} takes only one"
    return ""


def _sections(
    records: Mapping[str, dict[str, Any]], models: Sections, warnings: list[str]
) -> dict[str, BaseModel]:
    found: dict[str, BaseModel] = {}
    for key, value in records.items():
        model = models.get(key)
        if model is None:
            warnings.append(f"This version has no {key[:LONGEST_NAME]} settings; they are left out.")
            continue
        try:
            found[key] = model.model_validate(value)
        except ValidationError as error:
            reason = next(iter(problems(model, error).values()))
            warnings.append(f"The {key} settings can't be read, the usual ones are taken: {reason}")
    return found
