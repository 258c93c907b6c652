"""Copied layers as text on the clipboard, so that they go from one window to another.

What is pasted comes from outside: it is checked like a file, and what is not known is left out.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QMimeData

from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.layers.base import Layer
from engine.layers.registry import layers

NODES_MIME: Final = "application/x-layerloom-nodes"

_MOST_BYTES: Final = 4_000_000
_Text = Annotated[str, Field(max_length=200)]
_Place = Annotated[float, Field(ge=-1e6, le=1e6)]


class _CopiedNode(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    layer: _Text
    settings: dict[str, Any]
    name: _Text
    position: tuple[_Place, _Place]


class _Copied(BaseModel):
    model_config = ConfigDict(extra="forbid")
    nodes: Annotated[list[_CopiedNode], Field(max_length=5000)]
    wires: Annotated[list[tuple[int, _Text, int, _Text]], Field(max_length=50_000)]


@dataclass(frozen=True)
class CopiedLayer:
    """A layer with the name and place it had where it was copied."""

    layer: Layer
    name: str
    position: tuple[float, float]


@dataclass(frozen=True)
class Copied:
    """Layers, and the wires among them by index."""

    layers: tuple[CopiedLayer, ...]
    wires: tuple[tuple[int, str, int, str], ...]


def copied_nodes(graph: ModelGraph, ids: Iterable[str]) -> Copied:
    """These nodes and the wires between them; unknown layers are left out."""
    nodes = [graph.nodes[i] for i in ids]
    kept: list[tuple[Node, Layer]] = [(n, n.layer) for n in nodes if not isinstance(n.layer, UnknownLayer)]
    index = {node.id: i for i, (node, _) in enumerate(kept)}
    wires = [_indexed(edge, index) for edge in graph.edges if {edge.source, edge.target} <= index.keys()]
    return Copied(tuple(CopiedLayer(layer, n.name, n.position) for n, layer in kept), tuple(wires))


def to_mime(copied: Copied) -> QMimeData:
    """What goes on the clipboard."""
    nodes = [
        _CopiedNode(
            layer=each.layer.title(),
            settings=each.layer.model_dump(mode="json"),
            name=each.name,
            position=each.position,
        )
        for each in copied.layers
    ]
    text = _Copied(nodes=nodes, wires=list(copied.wires)).model_dump_json()
    data = QMimeData()
    data.setData(NODES_MIME, text.encode())
    return data


def from_mime(data: QMimeData) -> Copied | None:
    """The layers on the clipboard; `None` if there are none or what is there can't be read."""
    raw = bytes(data.data(NODES_MIME).data())
    if not raw or len(raw) > _MOST_BYTES:
        return None
    try:
        copied = _Copied.model_validate(json.loads(raw))
        found = [CopiedLayer(_layer(node), node.name, node.position) for node in copied.nodes]
    except (ValidationError, ValueError, KeyError, RecursionError):
        return None
    wires = [
        wire for wire in copied.wires if max(wire[0], wire[2]) < len(found) and min(wire[0], wire[2]) >= 0
    ]
    return Copied(tuple(found), tuple(wires))


def _layer(node: _CopiedNode) -> Layer:
    return layers()[node.layer].model_validate(node.settings)


def _indexed(edge: Edge, index: Mapping[str, int]) -> tuple[int, str, int, str]:
    return index[edge.source], edge.source_port, index[edge.target], edge.target_port
