"""The augmentation layers behind the pictures' input on the canvas: found there, put there, taken away.

The canvas is the only place where they are kept. The preparation of pictures shows those layers and edits them; it has no
list of its own that could say something else.
"""

from collections.abc import Sequence
from typing import Final

from app.canvas.tidy import COLUMN
from app.document import Document
from engine.graph.document import ModelGraph, Node, output_ports
from engine.graph.edits import GraphEdit
from engine.graph.splice import put_behind, take_out
from engine.layers.base import Layer, Role
from engine.training.augmented import augmentations, suited

_PICTURE_RANK: Final = 3  # height, width, channels


def picture_input(document: Document) -> Node | None:
    """The first node on the canvas through which pictures enter; None where there is none."""
    spec = document.data_spec
    if spec is None:
        return None
    for node in document.graph.nodes.values():
        feature = spec.features.get(str(getattr(node.layer, "feature", "")))
        if node.role is Role.SOURCE and feature is not None and feature.kind == "image":
            return node if len(feature.shape) == _PICTURE_RANK else None
    return None


def chain_behind(graph: ModelGraph, source: Node) -> list[Node]:
    """The augmentation layers that follow a node one after the other, nothing else between them."""
    found: list[Node] = []
    at = source
    while True:
        targets = {edge.target for edge in graph.edges_from(at.id)}
        if len(targets) != 1:
            return found
        at = graph.nodes[targets.pop()]
        if not is_augmentation(at) or len(graph.edges_into(at.id)) != 1:
            return found
        found.append(at)


def is_augmentation(node: Node) -> bool:
    """Whether a node's layer changes pictures at random."""
    return isinstance(node.layer, Layer) and type(node.layer).title() in augmentations()


def switch_on(document: Document, source: Node, kind: type[Layer]) -> GraphEdit:
    """Puts a layer that suits the pictures behind those that are there."""
    graph, spec = document.graph, document.data_spec
    last = [source, *chain_behind(graph, source)][-1]
    feature = spec.features.get(str(getattr(source.layer, "feature", ""))) if spec is not None else None
    layer = suited(kind, feature.shape[0], feature.shape[1]) if feature is not None else kind()
    return put_behind(graph, graph.new_node(layer), last.id, output_ports(last.layer)[0].name, COLUMN)


def switch_off(graph: ModelGraph, node: Node) -> GraphEdit:
    """Takes a layer out and heals the wire."""
    return take_out(graph, node.id, COLUMN)


def layers_of(chain: Sequence[Node]) -> tuple[Layer, ...]:
    """The layers of nodes."""
    return tuple(node.layer for node in chain if isinstance(node.layer, Layer))
