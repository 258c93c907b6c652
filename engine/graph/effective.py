"""The network as training sees it: without the nodes that are bypassed, and with zeros where one is muted.

A bypassed node stays on the canvas and in the file; what arrives at its first input is passed on to whatever reads it.
A muted one stays in the network, with its weights, but gives zeros: it shows what the others do without it.
Inference, compiler and everything behind them look at the graph that `effective` gives, and need not know of this.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

from pydantic import SkipValidation

from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, Port, Role
from engine.layers.host import HostLayer
from engine.layers.muted import silenced
from engine.ops.op import Tensor

Origin = tuple[str, str]
"""A node's id and one of its output ports."""


def can_be_bypassed(node: Node) -> bool:
    """Whether a node has an input to pass on: not where the network meets its data."""
    return node.role is Role.HIDDEN and (
        isinstance(node.layer, UnknownLayer) or bool(node.layer.input_ports())
    )


def can_be_muted(node: Node) -> bool:
    """Whether a node computes something on the device that zeros can stand for."""
    return (
        node.role is Role.HIDDEN
        and isinstance(node.layer, Layer)
        and not isinstance(node.layer, HostLayer)
        and bool(node.layer.output_ports())
    )


class Muted(Layer):
    """A layer that gives zeros; it is in no file and no palette, only in what training sees."""

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CORE, summary="Gives zeros in place of what it computes", listed=False
    )
    layer: SkipValidation[Layer]

    def input_ports(self) -> tuple[Port, ...]:
        """Those of the layer."""
        return self.layer.input_ports()

    def output_ports(self) -> tuple[Port, ...]:
        """Those of the layer."""
        return self.layer.output_ports()

    @property
    def freezes(self) -> bool:
        """As the layer."""
        return self.layer.freezes

    @property
    def rate_factor(self) -> float:
        """As the layer."""
        return self.layer.rate_factor

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Zeros; the layer is built for its weights and the shapes of what it gives."""
        return silenced(self.layer.build(b, *inputs))


def effective(graph: ModelGraph) -> ModelGraph:
    """The graph without bypassed nodes, muted ones giving zeros; the same object where there are none.

    Wires that left one leave what stands before its first input; where nothing does, they are gone. Weights that others
    share with a bypassed node belong to the first of those.
    """
    gone = {n.id for n in graph.nodes.values() if n.bypassed}
    if not gone and not any(n.muted for n in graph.nodes.values()):
        return graph
    heirs: dict[str, str] = {}
    nodes = [_silent(_inherited(n, gone, heirs)) for n in graph.nodes.values() if n.id not in gone]
    edges = []
    for edge in graph.edges:
        origin = _origin(graph, (edge.source, edge.source_port))
        if edge.target not in gone and origin is not None:
            edges.append(Edge(*origin, edge.target, edge.target_port))
    return graph.with_other(nodes, edges)


def passed_on(graph: ModelGraph) -> dict[Origin, Origin]:
    """For each output of a bypassed node that a wire leaves, the output whose value it passes on."""
    found: dict[Origin, Origin] = {}
    for edge in graph.edges:
        start = (edge.source, edge.source_port)
        origin = _origin(graph, start)
        if origin is not None and origin != start:
            found[start] = origin
    return found


def _origin(graph: ModelGraph, output: Origin) -> Origin | None:
    """Where the value of an output is made; None where nothing arrives at a bypassed node, or only itself."""
    seen: set[str] = set()
    while (node := graph.nodes[output[0]]).bypassed:
        before = _first_wire(graph, node)
        if before is None or node.id in seen:
            return None
        seen.add(node.id)
        output = before.source, before.source_port
    return output


def _first_wire(graph: ModelGraph, node: Node) -> Edge | None:
    """The wire into the first port that has one; ports of an unknown layer are in no order but that of its wires."""
    if isinstance(node.layer, UnknownLayer):
        return next(iter(graph.edges_into(node.id)), None)
    wires = (edge for port in node.layer.input_ports() for edge in graph.edges_into(node.id, port.name))
    return next(wires, None)


def _silent(node: Node) -> Node:
    """The node, its layer one that gives zeros where it is muted."""
    if not node.muted or not isinstance(node.layer, Layer):
        return node
    return replace(node, layer=_muted(node.layer))


@lru_cache(256)
def _muted(layer: Layer) -> Muted:
    """One object for one layer, so that what was found of it stays known."""
    return Muted(layer=layer)


def _inherited(node: Node, gone: set[str], heirs: dict[str, str]) -> Node:
    """The node with weights that are still there: its own, where it is the first of those that shared them."""
    if node.shares not in gone or node.shares is None:
        return node
    heir = heirs.setdefault(node.shares, node.id)
    return replace(node, shares=None if heir == node.id else heir)
