"""The rules a network must keep to be trained; each finds its own kind of problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.graph.advice import unusual
from engine.graph.boundary import Boundary
from engine.graph.completion import target_remedy
from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer, output_ports
from engine.graph.edits import SetSettings, SetShares
from engine.graph.facts import build_facts, no_such_feature
from engine.graph.features import FeatureSpec
from engine.graph.hosting import behind_device
from engine.graph.inference import Inference, NodeInference, Seen, Wiring
from engine.graph.splice import RemoveBranch
from engine.graph.targets import (
    CLASS_WEIGHT,
    FEATURE,
    LOSS,
    METRICS,
    changed,
    misfit,
    unsuited,
    width_remedy,
)
from engine.layers.base import Role
from engine.layers.host import HostLayer, misplaced
from engine.tensor.spec import TensorSpec, format_shape

LARGEST_TENSOR = 2**31 - 1  # elements: devices index with 32 bits
LARGEST_MODEL = 8 * 2**30  # bytes of parameters


def diagnose(
    graph: ModelGraph,
    features: Mapping[str, FeatureSpec],
    inference: Inference,
    before: Mapping[str, Seen],
) -> tuple[tuple[Diagnostic, ...], dict[str, Seen]]:
    """All problems: of the network, of circles, then node by node in topological order.

    Args:
        graph: in any state.
        features: of the data.
        inference: what is known of the graph so far.
        before: what was found at earlier looks with the same features.

    Returns:
        The problems, and what was found now for the next look.
    """
    found = [*_network(graph, inference), *_not_reached(graph, inference)]
    seen: dict[str, Seen] = {}
    for node_id, facts in inference.nodes.items():
        node, into, out = graph.nodes[node_id], graph.edges_into(node_id), graph.edges_from(node_id)
        old = before.get(node_id)
        if (
            old is not None
            and old.node is node
            and old.facts is facts
            and old.out == out
            and old.into == into
        ):
            problems = old.problems
        else:
            problems = tuple(_own(node, facts, out)) if _is_plain(node) else None
        seen[node_id] = Seen(node, into, out, facts, problems)
        found += _of_special(graph, node, facts, features, inference) if problems is None else problems
    return tuple(found), seen


def _not_reached(graph: ModelGraph, inference: Inference) -> Iterator[Diagnostic]:
    for node in graph.nodes.values():
        if isinstance(node.layer, UnknownLayer):
            yield _unknown(node, node.layer)
        elif node.id in inference.nodes:
            continue
        elif node.id in inference.cyclic:
            sentence = f"{node.name} is part of a circle; a network runs one way. Remove one of its wires."
            yield Diagnostic(Severity.ERROR, "cycle", sentence, node.id)
        else:
            yield from _missing_inputs(graph, node, inference)


def _is_plain(node: Node) -> bool:
    """Whether the problems of a node depend on nothing but itself, what arrives and where its wires lead."""
    return node.role is Role.HIDDEN and node.shares is None and not isinstance(node.layer, HostLayer)


def _own(node: Node, facts: NodeInference, out: tuple[Edge, ...]) -> Iterator[Diagnostic]:
    if facts.error:
        yield Diagnostic(Severity.ERROR, "shape", facts.error, node.id, inside=facts.culprit)
        return
    yield from _too_large(node, facts)
    yield from _dangling(node, out)
    yield from _on_processor(node, facts)
    yield from unusual(node)


def _of_special(
    graph: ModelGraph,
    node: Node,
    facts: NodeInference,
    features: Mapping[str, FeatureSpec],
    inference: Inference,
) -> Iterator[Diagnostic]:
    if facts.error:
        yield _not_built(graph, node, facts, features)
        return
    if behind_device(graph, node):
        yield Diagnostic(Severity.ERROR, "misplaced", misplaced(node.name), node.id)
    yield from _too_large(node, facts)
    yield from _sharing(graph, node, facts, inference)
    yield from _dangling(node, graph.edges_from(node.id))
    yield from _on_processor(node, facts)
    if node.role is Role.TARGET and not isinstance(node.layer, Boundary):
        yield from _target(graph, node, facts, features, inference.specs)


def _on_processor(node: Node, facts: NodeInference) -> Iterator[Diagnostic]:
    for reason in facts.host:
        sentence = f"A part of {node.name} runs on the processor on every device: {reason}."
        yield Diagnostic(Severity.INFO, "on-the-processor", sentence, node.id)


def _network(graph: ModelGraph, inference: Inference) -> Iterator[Diagnostic]:
    roles = {n.role for n in graph.nodes.values()}
    if not graph.nodes:
        sentence = "The canvas is empty. Drag an Input, some layers and a Target onto it, or open an example."
        yield Diagnostic(Severity.ERROR, "empty", sentence)
        return
    if Role.SOURCE not in roles:
        sentence = "A network needs a place where the data enters, and there is none. Add an Input."
        yield Diagnostic(Severity.ERROR, "no-input", sentence)
    if Role.TARGET not in roles:
        sentence = (
            "A network needs to be told what to predict, and it is not. Add a Target behind the last layer."
        )
        yield Diagnostic(Severity.ERROR, "no-target", sentence, remedy=target_remedy(graph))
    if 4 * inference.parameters > LARGEST_MODEL:
        sentence = (
            f"The weights of a network take at most {LARGEST_MODEL >> 30} GB, these take "
            f"{4 * inference.parameters / 2**30:,.1f} GB. Make the largest layers smaller."
        )
        yield Diagnostic(Severity.ERROR, "too-large", sentence)


def _unknown(node: Node, layer: UnknownLayer) -> Diagnostic:
    reason = layer.reason or f"This version has no layer {layer.type_name}."
    return Diagnostic(Severity.ERROR, "unknown-layer", f"{reason} Replace or delete {node.name}.", node.id)


def _missing_inputs(graph: ModelGraph, node: Node, inference: Inference) -> Iterator[Diagnostic]:
    severity = Severity.ERROR if node.id in inference.needed else Severity.WARNING
    for port in Wiring(graph).missing(node):
        count = len(graph.edges_into(node.id, port.name))
        if port.minimum > 1:
            sentence = f"{node.name} joins at least {port.minimum} inputs and has {count}. Connect more, or delete it."
        else:
            sentence = f"Nothing is connected to the {port.name} of {node.name}. Connect a layer to it, or delete it."
        yield Diagnostic(severity, "missing-input", sentence, node.id, port.name)


def _not_built(
    graph: ModelGraph, node: Node, facts: NodeInference, features: Mapping[str, FeatureSpec]
) -> Diagnostic:
    if node.role is not Role.SOURCE:
        return Diagnostic(Severity.ERROR, "shape", facts.error, node.id, inside=facts.culprit)
    remedy = _source_remedy(graph, node, features)
    return Diagnostic(Severity.ERROR, "unknown-feature", facts.error, node.id, remedy=remedy)


def _source_remedy(graph: ModelGraph, node: Node, features: Mapping[str, FeatureSpec]) -> Remedy | None:
    """The one feature that no target uses, put where the source names one that is not there."""
    answers = {getattr(n.layer, FEATURE, None) for n in graph.nodes.values() if n.role is Role.TARGET}
    left = [name for name in features if name not in answers]
    if len(left) != 1 or isinstance(node.layer, UnknownLayer):
        return None
    for setting, value in node.layer.model_dump().items():
        layer = changed(node.layer, setting, left[0]) if isinstance(value, str) else None
        if layer is not None and not build_facts(layer, (), features).error:
            return Remedy(f"Use {left[0]}", SetSettings(node.id, layer, setting))
    return None


def _too_large(node: Node, facts: NodeInference) -> Iterator[Diagnostic]:
    sizes = {"output": facts.outputs, "weight": tuple(TensorSpec(w.shape) for w in facts.weights.values())}
    for what, specs in sizes.items():
        largest = max((s.size for s in specs), default=0)
        if largest > LARGEST_TENSOR and max((s.size for s in facts.inputs), default=0) <= LARGEST_TENSOR:
            sentence = (
                f"A tensor has at most {LARGEST_TENSOR:,} numbers, and {node.name} has {largest:,} in its "
                f"{what}. Make the layer, or what it is given, smaller."
            )
            yield Diagnostic(Severity.ERROR, "too-large", sentence, node.id)
            return


def _sharing(
    graph: ModelGraph, node: Node, facts: NodeInference, inference: Inference
) -> Iterator[Diagnostic]:
    if node.shares is None:
        return
    owner = inference.nodes.get(node.shares)
    if owner is None or owner.error:
        return
    for name, weight in facts.weights.items():
        other = owner.weights.get(name)
        if other is not None and other.shape != weight.shape:
            sentence = (
                f"{node.name} uses the weights of {graph.nodes[node.shares].name}, so both need inputs of equal "
                f"shape: its {name} would be {format_shape(weight.shape)} instead of {format_shape(other.shape)}."
            )
            remedy = Remedy("Use own weights", SetShares(node.id, None))
            yield Diagnostic(Severity.ERROR, "sharing", sentence, node.id, remedy=remedy)
            return


def _dangling(node: Node, out: tuple[Edge, ...]) -> Iterator[Diagnostic]:
    used = {edge.source_port for edge in out}
    for port in output_ports(node.layer):
        if port.name not in used:
            sentence = f"Nothing uses the {port.name} of {node.name}. Connect it to a layer or a Target, or delete it."
            remedy = (
                Remedy("Delete it and what leads to nothing else", RemoveBranch(node.id))
                if not used
                else None
            )
            yield Diagnostic(Severity.WARNING, "dangling-output", sentence, node.id, port.name, remedy=remedy)


def _target(
    graph: ModelGraph,
    node: Node,
    facts: NodeInference,
    features: Mapping[str, FeatureSpec],
    specs: Mapping[tuple[str, str], TensorSpec],
) -> Iterator[Diagnostic]:
    wanted, loss = getattr(node.layer, FEATURE), getattr(node.layer, LOSS)
    if wanted not in features:
        yield Diagnostic(Severity.ERROR, "unknown-feature", no_such_feature(wanted, features), node.id)
        return
    feature = features[wanted]
    sentence = misfit(loss, feature, facts.inputs[0])
    if sentence:
        remedy = width_remedy(graph, node, loss, feature, specs)
        yield Diagnostic(Severity.ERROR, "target", sentence, node.id, remedy=remedy)
        return
    sentence = unsuited(getattr(node.layer, METRICS), getattr(node.layer, CLASS_WEIGHT), feature)
    if sentence:
        yield Diagnostic(Severity.ERROR, "target", sentence, node.id)
