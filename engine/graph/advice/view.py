"""A network, as the rules of advice read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.graph.document import ModelGraph, Node, UnknownLayer
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference, NodeInference
from engine.layers.activations import activations
from engine.layers.base import Category
from engine.ops.limits import limits_of

LINEAR = "linear"  # the name that settings of activations have for none
FLAT = (True, True)  # the behaviour of an activation that saturates


@dataclass(frozen=True)
class View:
    """A network, as the rules read it."""

    graph: ModelGraph
    inference: Inference
    features: Mapping[str, FeatureSpec]
    nodes: list[Node]  # what is trained, in topological order

    def facts(self, node: Node) -> NodeInference:
        """What inference found of a layer."""
        return self.inference.nodes[node.id]

    def before(self, node: Node) -> list[Node]:
        """The layers that feed it, one for each wire."""
        return [self.graph.nodes[e.source] for e in self.graph.edges_into(node.id)]

    def only_before(self, node: Node) -> Node | None:
        """The layer that alone feeds it; None if there are more, or that one has an error."""
        before = self.before(node)
        return before[0] if len(before) == 1 and not self.facts(before[0]).error else None

    def end(self, node: Node) -> tuple[str, Node]:
        """The op that a layer's first output comes from, and the layer that has it: others only change the shape."""
        while True:
            ends = self.facts(node).ends
            earlier = self.only_before(node)
            if not ends or ends[0] or earlier is None:
                return (ends[0] if ends else ""), node
            node = earlier


def category_of(node: Node) -> Category | None:
    """Where a layer stands in the palette; None for a layer that nobody knows."""
    return None if isinstance(node.layer, UnknownLayer) else type(node.layer).declaration.category


def activates(node: Node) -> bool:
    """Whether a layer is an activation, or has one as a setting."""
    if isinstance(node.layer, UnknownLayer):
        return False
    named = {value for _, value in node.layer if isinstance(value, str)} & activations().keys()
    return category_of(node) is Category.ACTIVATION or bool(named - {LINEAR})


def behaviour(name: str) -> tuple[bool, bool] | None:
    """Whether an activation (by the name of its op) is flat for very small and for very large numbers.

    None for what is no activation.
    """
    limits = limits_of(name)
    return (limits.low is not None, limits.high is not None) if limits is not None else None
