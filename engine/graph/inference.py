"""Shapes, costs and problems of a whole network, found again after every edit without computing anything.

`infer` never raises and allocates no tensor: a network of any size and in any state of disrepair can be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.graph.diagnostics import Diagnostic, Severity
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer, input_ports, output_ports, unwired
from engine.graph.facts import LayerFacts, WeightSpec, build_facts, layer_facts
from engine.graph.features import FeatureSpec
from engine.graph.structure import needed_nodes, refusal, topological_order
from engine.layers.base import Port, Role
from engine.tensor.spec import TensorSpec


@dataclass(frozen=True)
class NodeInference:
    """What is known of one node whose inputs are known.

    Attributes:
        inputs: specs of its wires, without the batch, in the order that `build` gets them.
        outputs: one spec per output port, without the batch.
        weights: by name; those of the owner where weights are shared.
        parameters: numbers in the weights that are its own, those that are not trained included.
        trainable: those of them that training changes.
        multiply_adds: of the forward pass for one example.
        activations: numbers in its outputs for one example.
        host: why parts of it run on the processor, whatever the device.
        error: why it can't be built; "" if it can.
    """

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    weights: Mapping[str, WeightSpec] = field(default_factory=dict)
    parameters: int = 0
    trainable: int = 0
    multiply_adds: int = 0
    activations: int = 0
    host: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Inference:
    """All that is known of a network.

    Attributes:
        nodes: what is known of those whose inputs are known, in topological order.
        specs: of (node, output port), without the batch.
        needed: ids of the nodes that a target depends on: what is trained.
        cyclic: ids of nodes on (or between) circles, which only a file can have.
        diagnostics: problems; those of the network as a whole first, then in topological order.
    """

    nodes: Mapping[str, NodeInference]
    specs: Mapping[tuple[str, str], TensorSpec]
    needed: frozenset[str]
    cyclic: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def parameters(self) -> int:
        """Numbers in all weights; shared ones count once."""
        return sum(n.parameters for n in self.nodes.values())

    @property
    def trainable(self) -> int:
        """Numbers that training changes."""
        return sum(n.trainable for n in self.nodes.values())

    @property
    def multiply_adds(self) -> int:
        """Of one forward pass for one example."""
        return sum(n.multiply_adds for n in self.nodes.values())

    @property
    def activations(self) -> int:
        """Numbers in all outputs for one example."""
        return sum(n.activations for n in self.nodes.values())

    @property
    def ok(self) -> bool:
        """Whether nothing keeps the network from training."""
        return all(d.severity is not Severity.ERROR for d in self.diagnostics)

    def at(self, node: str) -> tuple[Diagnostic, ...]:
        """The problems of one node; of the network as a whole for ""."""
        return tuple(d for d in self.diagnostics if d.node == node)


class Wiring:
    """The wires of a graph by where they end, gathered once."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.into: dict[tuple[str, str], list[Edge]] = {}
        self.used: set[tuple[str, str]] = set()
        for edge in edges:
            self.into.setdefault((edge.target, edge.target_port), []).append(edge)
            self.used.add((edge.source, edge.source_port))

    def missing(self, node: Node) -> list[Port]:
        """Input ports with fewer wires than the layer needs."""
        return unwired(input_ports(node.layer), lambda name: len(self.into.get((node.id, name), ())))

    def inputs(
        self, node: Node, specs: Mapping[tuple[str, str], TensorSpec]
    ) -> tuple[TensorSpec, ...] | None:
        """Specs of all wires into a node, in the order that `build` gets them; None unless all are known."""
        if self.missing(node):
            return None
        found = []
        for port in input_ports(node.layer):
            for edge in self.into.get((node.id, port.name), ()):
                spec = specs.get((edge.source, edge.source_port))
                if spec is None:
                    return None
                found.append(spec)
        return tuple(found)


def infer(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> Inference:
    """Look at every node in topological order.

    Args:
        graph: in any state.
        features: inputs and targets of the data by name; empty where no data is chosen.
    """
    from engine.graph.checks import diagnose  # it builds on the records above

    wiring = Wiring(graph.edges)
    order, cyclic = topological_order(graph)
    nodes: dict[str, NodeInference] = {}
    specs: dict[tuple[str, str], TensorSpec] = {}
    for node in (graph.nodes[i] for i in order):
        inputs = wiring.inputs(node, specs)
        if inputs is None or isinstance(node.layer, UnknownLayer):
            continue
        facts = facts_of(node, inputs, features)
        nodes[node.id] = _node_inference(node, inputs, facts)
        for port, spec in zip(output_ports(node.layer), facts.outputs, strict=False):
            specs[node.id, port.name] = spec
    found = Inference(nodes, specs, needed_nodes(graph), tuple(cyclic))
    problems = tuple(diagnose(graph, features, found, wiring))
    return Inference(nodes, specs, found.needed, found.cyclic, problems)


def facts_of(node: Node, inputs: tuple[TensorSpec, ...], features: Mapping[str, FeatureSpec]) -> LayerFacts:
    """The facts of a known layer on given inputs (without the batch)."""
    if isinstance(node.layer, UnknownLayer):
        return LayerFacts(error=node.layer.reason)
    if node.role is Role.SOURCE:
        return build_facts(node.layer, inputs, features)
    return layer_facts(node.layer, inputs)


def _node_inference(node: Node, inputs: tuple[TensorSpec, ...], facts: LayerFacts) -> NodeInference:
    own = () if node.shares else tuple(facts.weights.values())
    return NodeInference(
        inputs,
        facts.outputs,
        facts.weights,
        parameters=sum(w.size for w in own),
        trainable=sum(w.size for w in own if w.trainable),
        multiply_adds=facts.multiply_adds,
        activations=sum(s.size for s in facts.outputs),
        host=facts.host,
        error=facts.error,
    )


def can_connect(graph: ModelGraph, edge: Edge, inference: Inference | None = None) -> str | None:
    """Why a wire can't be made, in one sentence; None if it can.

    With the inference of the graph as it is, shapes count too: the wire is refused if the layer at its end could not
    be built. A target is not refused: what does not fit there can be mended by its diagnostic.
    """
    reason = refusal(graph, edge)
    if reason is not None or inference is None:
        return reason
    node = graph.nodes[edge.target]
    inputs = Wiring((*graph.edges, edge)).inputs(node, inference.specs)
    if inputs is None or node.role is Role.TARGET:
        return None
    return facts_of(node, inputs, {}).error or None
