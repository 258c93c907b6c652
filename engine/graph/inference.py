"""Shapes, costs and problems of a whole network, found again after every edit without computing anything.

`infer` never raises and allocates no tensor: a network of any size and in any state of disrepair can be looked at.
Given what was known before an edit, it looks anew only at what the edit reaches.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.graph.diagnostics import Diagnostic, Severity
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer, input_ports, output_ports, unwired
from engine.graph.edits import EditError
from engine.graph.effective import effective, passed_on
from engine.graph.facts import LayerFacts, WeightSpec, Window, build_facts, layer_facts
from engine.graph.features import FeatureSpec
from engine.graph.structure import needed_nodes, refusal, topological_order
from engine.layers.base import Layer, Port, Role
from engine.tensor.spec import TensorSpec

_MOST_EARLIER: Final = 10_000  # nodes


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
        ends: for each output, the name of the op that it comes from; "" for an input as it is.
        windows: extent and stride of windows that are moved over its input, one after the other.
        error: why it can't be built; "" if it can.
        culprit: the part inside that the error is about, by ids joined by `/`; "" for the node as a whole.
    """

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    weights: Mapping[str, WeightSpec] = field(default_factory=dict)
    parameters: int = 0
    trainable: int = 0
    multiply_adds: int = 0
    activations: int = 0
    host: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    error: str = ""
    culprit: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A node as it was looked at, and what was found: while this stays, so does that.

    Attributes:
        node: with its settings; documents exchange nodes, they never change them.
        into, out: its wires.
        problems: its own, where they depend on nothing else; else None.
    """

    node: Node
    into: tuple[Edge, ...]
    out: tuple[Edge, ...]
    facts: NodeInference
    problems: tuple[Diagnostic, ...] | None = None

    def is_of(self, node: Node) -> bool:
        """Whether what was found follows from its inputs as it does for this node."""
        return self.node.layer is node.layer and self.node.shares == node.shares


@dataclass(frozen=True)
class Inference:
    """All that is known of a network.

    Attributes:
        nodes: what is known of those whose inputs are known, in topological order.
        specs: of (node, output port), without the batch.
        needed: ids of the nodes that a target depends on: what is trained.
        cyclic: ids of nodes on (or between) circles, which only a file can have.
        diagnostics: problems; those of the network as a whole first, then in topological order.
        seen: what it was found from, so that the next look can be short.
        earlier: what was seen of nodes that are gone or that nothing is known of now: undo brings them back as they were.
        features: of the data, likewise.
    """

    nodes: Mapping[str, NodeInference]
    specs: Mapping[tuple[str, str], TensorSpec]
    needed: frozenset[str]
    cyclic: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict, compare=False, repr=False)
    earlier: Mapping[str, Seen] = field(default_factory=dict, compare=False, repr=False)
    features: Mapping[str, FeatureSpec] = field(default_factory=dict, compare=False, repr=False)

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
    """The wires of a graph by where they end.

    Args:
        graph: as it is.
        extra: a wire that is thought of, and not made yet.
        without: a wire that is thought away.
    """

    def __init__(self, graph: ModelGraph, extra: Edge | None = None, without: Edge | None = None) -> None:
        self._graph = graph
        self._extra = extra
        self._without = without

    def into(self, node: Node, port: str) -> list[Edge]:
        """The wires into a port, in their order."""
        found = list(self._graph.edges_into(node.id, port))
        if self._without in found:
            found.remove(self._without)
        if self._extra is not None and (self._extra.target, self._extra.target_port) == (node.id, port):
            found.append(self._extra)
        return found

    def missing(self, node: Node) -> list[Port]:
        """Input ports with fewer wires than the layer needs."""
        return unwired(input_ports(node.layer), lambda name: len(self.into(node, name)))

    def inputs(
        self, node: Node, specs: Mapping[tuple[str, str], TensorSpec]
    ) -> tuple[TensorSpec, ...] | None:
        """Specs of all wires into a node, in the order that `build` gets them; None unless all are known."""
        ports = input_ports(node.layer)
        wires = {port.name: self.into(node, port.name) for port in ports}
        if unwired(ports, lambda name: len(wires[name])):
            return None
        found = [specs.get((edge.source, edge.source_port)) for port in ports for edge in wires[port.name]]
        return None if None in found else tuple(spec for spec in found if spec is not None)


def infer(
    graph: ModelGraph,
    features: Mapping[str, FeatureSpec],
    before: Inference | None = None,
    *,
    part: bool = False,
) -> Inference:
    """Look at every node in topological order.

    Args:
        graph: in any state; bypassed nodes are not looked at.
        features: inputs and targets of the data by name; empty where no data is chosen.
        before: what was found of an earlier state of this graph; saves looking at what is still the same.
        part: it is the inside of a group; what concerns a network as a whole is not asked of it.
    """
    from engine.graph.advice import advise  # both build on the records above
    from engine.graph.checks import diagnose

    whole, graph = graph, effective(graph)
    wiring = Wiring(graph)
    order, cyclic = topological_order(graph)
    kept = before is not None and before.features == features
    seen, earlier = (before.seen, before.earlier) if before is not None and kept else ({}, {})
    known = {**earlier, **seen}
    nodes: dict[str, NodeInference] = {}
    specs: dict[tuple[str, str], TensorSpec] = {}
    other: set[str] = set()  # what leaves these is not what left them before
    for node in (graph.nodes[i] for i in order):
        facts = _same(graph, node, seen, other)
        if facts is None:
            inputs = wiring.inputs(node, specs)
            facts = _as_before(node, inputs, known) or _look(node, inputs, features)
            if facts is None or node.id not in seen or facts.outputs != seen[node.id].facts.outputs:
                other.add(node.id)
        if facts is not None:
            nodes[node.id] = facts
            for port, spec in zip(output_ports(node.layer), facts.outputs, strict=False):
                specs[node.id, port.name] = spec
    if whole is not graph:
        specs |= {here: specs[there] for here, there in passed_on(whole).items() if there in specs}
    found = Inference(nodes, specs, needed_nodes(graph), tuple(cyclic))
    problems, now = diagnose(graph, features, found, known)
    if part:
        problems = tuple(problem for problem in problems if problem.node)
    elif not any(d.severity is Severity.ERROR for d in problems):
        problems += tuple(advise(graph, found, features))
    if whole is not graph:
        problems = tuple(_possible(whole, problem) for problem in problems)
    gone = [i for i in known if i not in now][-_MOST_EARLIER:]
    return replace(
        found,
        diagnostics=problems,
        seen=now,
        earlier={i: known[i] for i in gone},
        features=dict(features),
    )


def _possible(graph: ModelGraph, problem: Diagnostic) -> Diagnostic:
    """The problem without its remedy, if that was made for wires that lead past bypassed nodes."""
    if problem.remedy is not None:
        try:
            problem.remedy.edit.apply(graph.copy())
        except EditError:
            return replace(problem, remedy=None)
    return problem


def _same(
    graph: ModelGraph, node: Node, seen: Mapping[str, Seen], other: Container[str]
) -> NodeInference | None:
    """What was known of a node, if neither it nor what arrives at it has changed."""
    before = seen.get(node.id)
    if before is None or not before.is_of(node):
        return None
    into = graph.edges_into(node.id)
    if into != before.into or any(edge.source in other for edge in into):
        return None
    return before.facts


def _as_before(
    node: Node, inputs: tuple[TensorSpec, ...] | None, known: Mapping[str, Seen]
) -> NodeInference | None:
    """What was known of a node the last time anything was, if it is the same and has the same inputs now."""
    before = known.get(node.id)
    if before is None or not before.is_of(node):
        return None
    return before.facts if before.facts.inputs == inputs else None


def _look(
    node: Node, inputs: tuple[TensorSpec, ...] | None, features: Mapping[str, FeatureSpec]
) -> NodeInference | None:
    if inputs is None or isinstance(node.layer, UnknownLayer):
        return None
    return _node_inference(node, inputs, facts_of(node, inputs, features))


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
        ends=facts.ends,
        windows=facts.windows,
        error=facts.error,
        culprit=facts.culprit,
    )


def can_connect(
    graph: ModelGraph, edge: Edge, inference: Inference | None = None, without: Edge | None = None
) -> str | None:
    """Why a wire can't be made, in one sentence; None if it can.

    With the inference of the graph as it is, shapes count too: the wire is refused if the layer at its end could not
    be built. A target is not refused: what does not fit there can be mended by its diagnostic. A wire `without` would
    be cut first.
    """
    reason = refusal(graph, edge, without)
    if reason is not None or inference is None:
        return reason
    node = graph.nodes[edge.target]
    inputs = Wiring(graph, edge, without).inputs(node, inference.specs)
    if inputs is None or node.role is Role.TARGET:
        return None
    return facts_of(node, inputs, {}).error or None


def takes(layer: Layer, port: Port, spec: TensorSpec | None) -> bool:
    """Whether a layer that stands alone could be built with one wire into one of its ports.

    Args:
        layer: as it would be put on the canvas.
        port: one of its input ports.
        spec: what the wire carries, without the batch; None where that is not known.
    """
    if spec is None or type(layer).declaration.role is Role.TARGET:
        return True
    if unwired(layer.input_ports(), lambda name: int(name == port.name)):
        return True  # more wires will come
    return not layer_facts(layer, (spec,)).error
