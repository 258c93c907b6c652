"""Changes of a network that more than one rule of advice offers."""

from __future__ import annotations

from functools import cache

from engine.graph.advice.view import View
from engine.graph.diagnostics import Remedy
from engine.graph.document import Node, UnknownLayer
from engine.graph.edits import EditError, GraphEdit, SetSettings
from engine.graph.facts import layer_facts
from engine.graph.sequence import grid
from engine.graph.splice import put_behind, take_out
from engine.graph.targets import changed
from engine.layers.base import Category, Layer
from engine.layers.registry import layers
from engine.tensor.spec import TensorSpec


@cache
def first_layer(category: Category, received: TensorSpec, given: TensorSpec) -> Layer | None:
    """A common layer of a category, as it comes, that makes the one of the other."""
    for kind in layers().values():
        if kind.declaration.category is category and kind.declaration.common:
            layer = kind()
            if layer_facts(layer, (received,)).outputs == (given,):
                return layer
    return None


def with_activation(view: View, node: Node, name: str) -> GraphEdit | None:
    """The one setting that lets a layer end in another activation."""
    if isinstance(node.layer, UnknownLayer):
        return None
    facts = view.facts(node)
    for setting, value in node.layer:
        other = changed(node.layer, setting, name) if isinstance(value, str) and value != name else None
        if other is not None and layer_facts(other, facts.inputs).ends != facts.ends:
            return SetSettings(node.id, other, setting)
    return None


def layer_behind(view: View, source: Node, layer: Layer | None) -> Remedy | None:
    """Put a layer between another and all that it feeds; None where there is none, or no place for it."""
    if layer is None or len(view.facts(source).outputs) != 1 or isinstance(source.layer, UnknownLayer):
        return None
    node = view.graph.copy().new_node(layer, source.position)
    edit = put_behind(
        view.graph, node, source.id, source.layer.output_ports()[0].name, grid(1)[0] - grid(0)[0]
    )
    return Remedy(f"Put a {layer.title()} behind {source.name}", edit)


def without(view: View, node: Node) -> GraphEdit | None:
    """The network without a layer that has no weights."""
    if view.facts(node).weights:
        return None
    try:
        return take_out(view.graph, node.id, grid(1)[0] - grid(0)[0])
    except EditError:
        return None
