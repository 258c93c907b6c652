"""A document on its way into a file: its layers in order, groups as networks in the network, shapes of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.data.bundle import DataBundle
from engine.exchange.meaning import Meaning
from engine.exchange.net import End, Inlet, Net, Part
from engine.formats.errors import FormatError
from engine.graph.diagnostics import Severity
from engine.graph.document import ModelGraph, UnknownLayer
from engine.graph.effective import effective
from engine.graph.facts import layer_facts
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.layers.base import Layer, Role
from engine.layers.content import Composite, Content
from engine.layers.host import HostLayer
from engine.layers.input import Input
from engine.layers.target import Target
from engine.objectives.loss import Loss
from engine.objectives.metric import Metric
from engine.optimizers.base import Optimizer
from engine.tensor.spec import Array, ShapeError, TensorSpec
from engine.training.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Outgoing:
    """A network with what belongs to it.

    Attributes:
        net: parts by node id; their names for people in `net.names`.
        weights: by `<node>/<weight>`.
        losses: of each output; `auto` is what a file can't say.
        targets: name of each output.
        training: how it is trained.
        slots: the optimizer's, by `<slot>/<node>/<weight>`.
        step: updates so far.
        meaning: what its numbers stand for: for formats that hold preprocessing, and for words about the file.
        loss_weights: of each output.
        metrics: of each output.
        aims: the target of each output, with all of its settings.
        data: what it is trained on, if that may be read.
    """

    net: Net
    weights: Mapping[str, Array]
    losses: tuple[Loss, ...] = ()
    targets: tuple[str, ...] = ()
    training: TrainingSettings = field(default_factory=TrainingSettings)
    slots: Mapping[str, Array] = field(default_factory=dict)
    step: int = 0
    meaning: Meaning = field(default_factory=Meaning)
    loss_weights: tuple[float, ...] = ()
    metrics: tuple[tuple[Metric, ...], ...] = ()
    aims: tuple[Target, ...] = ()
    data: DataBundle | None = None

    @property
    def optimizer(self) -> Optimizer:
        """Of the training settings."""
        return self.training.optimizer


def outgoing(
    graph: ModelGraph,
    features: Mapping[str, FeatureSpec],
    weights: Mapping[str, Array],
    slots: Mapping[str, Array] | None = None,
    step: int = 0,
    meaning: Meaning | None = None,
) -> Outgoing:
    """The part of a document that its targets depend on.

    Raises:
        FormatError: one sentence: it has no target, no weights, or a fault.
    """
    graph = effective(graph)
    found = infer(graph, features)
    for problem in found.diagnostics:
        node = graph.nodes.get(problem.node)
        if (
            problem.severity is Severity.ERROR
            and node
            and node.id in found.needed
            and node.role is not Role.TARGET
        ):
            raise FormatError(f"{node.name}: {problem.sentence}")
    targets = [n for n in graph.nodes.values() if isinstance(n.layer, Target)]
    ends = [wire for n in targets for wire in graph.edges_into(n.id)[:1]]
    if not ends:
        raise FormatError("The network has no output: wire its last layer to a Target.")
    missing = [
        f"{graph.nodes[node].name}/{name}"
        for node, facts in found.nodes.items()
        if node in found.needed and graph.nodes[node].shares is None
        for name in facts.weights
        if f"{node}/{name}" not in weights
    ]
    if missing:
        raise FormatError(f"The network has no weights yet ({missing[0]} is missing); train it first.")
    inlets: list[Inlet] = []
    parts: list[Part] = []
    values: dict[tuple[str, str], End] = {}
    names: dict[str, str] = {}
    for node_id in found.nodes:
        node = graph.nodes[node_id]
        if node_id not in found.needed or node.role is Role.TARGET or isinstance(node.layer, UnknownLayer):
            continue
        if isinstance(node.layer, Input):
            spec = found.specs[node_id, "output"]
            names[node_id] = node.layer.feature
            inlets.append(Inlet(node_id, spec.shape, spec.dtype))
            values[node_id, "output"] = (node_id, 0)
            continue
        reads = tuple(
            values[e.source, e.source_port]
            for port in node.layer.input_ports()
            for e in graph.edges_into(node_id, port.name)
        )
        names[node_id] = node.name
        parts.append(Part(node_id, _learned(node_id, node.shares, node.layer, weights), reads, node.shares))
        for k, out in enumerate(node.layer.output_ports()):
            values[node_id, out.name] = (node_id, k)
    section = graph.sections.get("training")
    return Outgoing(
        Net(
            tuple(inlets), tuple(parts), tuple(values[e.source, e.source_port] for e in ends), "model", names
        ),
        weights,
        tuple(t.layer.loss for t in targets if isinstance(t.layer, Target)),
        tuple(t.layer.target for t in targets if isinstance(t.layer, Target)),
        section if isinstance(section, TrainingSettings) else TrainingSettings(),
        slots or {},
        step,
        meaning or Meaning(),
        tuple(t.layer.weight for t in targets if isinstance(t.layer, Target)),
        tuple(t.layer.metrics for t in targets if isinstance(t.layer, Target)),
        tuple(t.layer for t in targets if isinstance(t.layer, Target)),
    )


def _learned(node_id: str, shares: str | None, layer: Layer, weights: Mapping[str, Array]) -> Layer:
    """A layer that reads text has its vocabulary in the file as a setting, as other programs keep it."""
    if not isinstance(layer, HostLayer):
        return layer
    prefix = f"{shares or node_id}/"
    return layer.with_tables({n.removeprefix(prefix): a for n, a in weights.items() if n.startswith(prefix)})


def inside(layer: Composite, inputs: tuple[TensorSpec, ...]) -> Net:
    """What a layer that consists of layers has inside, on these inputs."""
    return _net_of(layer.content_for(tuple(spec.shape for spec in inputs)), inputs, layer.title())


def _net_of(content: Content, inputs: tuple[TensorSpec, ...], name: str) -> Net:
    values: dict[tuple[str, str], End] = {("", inlet): (inlet, 0) for inlet in content.inlets}
    inlets = tuple(
        Inlet(inlet, spec.shape, spec.dtype) for inlet, spec in zip(content.inlets, inputs, strict=True)
    )
    parts: list[Part] = []
    for p in content.parts:
        reads = tuple(
            values[w[0], w[1]]
            for port in p.layer.input_ports()
            for w in content.wires
            if w[2:] == (p.id, port.name)
        )
        if p.bypassed or p.muted:
            raise FormatError(
                f"{p.name or p.id} in {name} is {'bypassed' if p.bypassed else 'muted'}, which other programs can't say; "
                "take it out."
            )
        parts.append(Part(p.id, p.layer, reads, p.shares))
        for k, port in enumerate(p.layer.output_ports()):
            values[p.id, port.name] = (p.id, k)
    outputs = tuple(values[o.part, o.port] for o in content.outlets if o.port)
    return Net(inlets, tuple(parts), outputs, name, {p.id: p.name or p.id for p in content.parts})


def specs_of(net: Net) -> dict[End, TensorSpec]:
    """Shape and type, without the batch, of every value of a network.

    Raises:
        FormatError: a layer can't be built.
    """
    specs: dict[End, TensorSpec] = {(i.id, 0): TensorSpec(i.shape, i.dtype) for i in net.inlets}
    for part in net.parts:
        if isinstance(part.what, Net | UnknownLayer):
            raise FormatError(f"{part.id} can't be written.")
        try:
            facts = layer_facts(part.what, tuple(specs[end] for end in part.inputs))
        except ShapeError as error:
            raise FormatError(str(error)) from error
        if facts.error:
            raise FormatError(facts.error)
        specs |= {(part.id, k): spec for k, spec in enumerate(facts.outputs)}
    return specs
