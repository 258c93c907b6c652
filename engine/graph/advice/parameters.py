"""One layer with most of the parameters of a network."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.advice.remedies import first_layer
from engine.graph.advice.view import View
from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.graph.document import Node, UnknownLayer
from engine.graph.edits import SetSettings
from engine.graph.facts import layer_facts
from engine.graph.targets import changed
from engine.layers.base import Category, Role
from engine.tensor.spec import TensorSpec

MOST_OF_ALL = 0.5  # of all parameters in one layer
WORTH_A_WORD, A_BURDEN = 1_000_000, 10_000_000  # parameters
NARROWER = 4  # times, what a layer with most of the parameters is made where nothing else helps
FEW_CHANNELS = 16  # fewer say too little when each becomes one number


def largest(view: View) -> Iterator[Diagnostic]:
    """A layer that has most of the parameters, where one change makes it much smaller."""
    total = view.inference.parameters
    for node in view.nodes:
        own = view.facts(node).parameters
        if own < WORTH_A_WORD or own <= MOST_OF_ALL * total:
            continue
        unrolled = view.only_before(node)
        remedy = _pooled_before(view, node, unrolled) if unrolled is not None else None
        if remedy is not None:
            share = 100 * own / total
            sentence = f"{share:.0f} % of all parameters are in {node.name}, because it sees every place of a picture."
            severity = Severity.WARNING if own >= A_BURDEN else Severity.INFO
            yield Diagnostic(severity, "most-parameters", sentence, node.id, remedy=remedy)
        elif own >= A_BURDEN and (narrower := _narrower(view, node)) is not None:
            sentence = f"{100 * own / total:.0f} % of all parameters are in {node.name}."
            yield Diagnostic(Severity.WARNING, "most-parameters", sentence, node.id, remedy=narrower)


def _narrower(view: View, node: Node) -> Remedy | None:
    """The one whole number that makes a layer smaller, where what follows goes on as before."""
    if isinstance(node.layer, UnknownLayer) or node.shares or view.graph.sharers(node.id):
        return None
    facts = view.facts(node)
    followers = [view.graph.nodes[e.target] for e in view.graph.edges_from(node.id)]
    for name, value in node.layer:
        if type(value) is not int or value < NARROWER * FEW_CHANNELS:
            continue
        smaller = value // NARROWER
        layer = changed(node.layer, name, smaller)
        made = layer_facts(layer, facts.inputs) if layer is not None else None
        if layer is None or made is None or made.error:
            continue
        fewer = sum(w.size for w in made.weights.values())
        if (
            2 * fewer < facts.parameters
            and followers
            and all(_goes_on(view, f, made.outputs) for f in followers)
        ):
            title = type(node.layer).model_fields[name].title or name
            label = (
                f"Set {title.lower()} to {smaller:,}: {fewer:,} parameters instead of {facts.parameters:,}"
            )
            return Remedy(label, SetSettings(node.id, layer, name))
    return None


def _goes_on(view: View, follower: Node, inputs: tuple[TensorSpec, ...]) -> bool:
    """Whether a layer gives the same shapes for other inputs."""
    if isinstance(follower.layer, UnknownLayer) or follower.role is not Role.HIDDEN:
        return False
    return layer_facts(follower.layer, inputs).outputs == view.facts(follower).outputs


def _pooled_before(view: View, node: Node, unrolled: Node) -> Remedy | None:
    """One number for each channel in place of all places in a row, where that is what stands before a layer."""
    facts = view.facts(unrolled)
    if (
        len(facts.inputs) != 1
        or facts.parameters
        or facts.ends != ("",)
        or isinstance(node.layer, UnknownLayer)
    ):
        return None
    spec = facts.inputs[0]
    if len(spec.shape) < 2 or spec.shape[-1] < FEW_CHANNELS or facts.outputs != (TensorSpec((spec.size,)),):
        return None
    pooling = first_layer(Category.POOLING, spec, TensorSpec(spec.shape[-1:]))
    if pooling is None:
        return None
    fewer = sum(w.size for w in layer_facts(node.layer, (TensorSpec(spec.shape[-1:]),)).weights.values())
    own = view.facts(node).parameters
    if not 0 < 4 * fewer < own:
        return None
    label = f"Pool globally before it: {fewer:,} parameters instead of {own:,}"
    return Remedy(label, SetSettings(unrolled.id, pooling))
