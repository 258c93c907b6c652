"""What helps a run that is not well, as edits that a button can make."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from engine.graph.document import ModelGraph, Node, UnknownLayer, input_ports, output_ports
from engine.graph.edits import (
    AddNode,
    Compound,
    Connect,
    Disconnect,
    GraphEdit,
    MoveNodes,
    SetSection,
    SetSettings,
)
from engine.graph.sequence import grid
from engine.graph.targets import changed
from engine.layers.base import Layer, Role
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.initializers import GlorotUniform, HeNormal, Initializer
from engine.training.doctor.observation import BACK, Cure
from engine.training.settings import TrainingSettings

SECTION = "training"
FLAT_AT_ZERO = "relu"


def rate_times(settings: TrainingSettings, factor: float) -> TrainingSettings | None:
    """The settings with so many times the learning rate; None where that is out of bounds."""
    rate = settings.optimizer.learning_rate * factor
    return with_optimizer(settings, learning_rate=float(f"{rate:.6g}"))


def clipped(settings: TrainingSettings) -> TrainingSettings | None:
    """The settings with gradients clipped together at 1; None where they are clipped already."""
    if getattr(settings.optimizer, "global_clipnorm", 1.0) is not None:
        return None
    return with_optimizer(settings, global_clipnorm=1.0)


def with_optimizer(settings: TrainingSettings, **changes: float) -> TrainingSettings | None:
    """The settings with these of the optimizer; None where they are out of bounds or exclude another."""
    before = settings.optimizer
    try:
        optimizer = type(before).model_validate({**before.model_dump(), **changes})
    except ValidationError:
        return None
    return settings.model_copy(update={"optimizer": optimizer})


def normalized(graph: ModelGraph, node: str) -> GraphEdit | None:
    """Put a normalization before a layer; None where nothing learned comes before it."""
    wires = graph.edges_into(node)
    if len(wires) != 1 or graph.nodes[wires[0].source].role is not Role.HIDDEN:
        return None
    (wire,) = wires
    source = graph.nodes[wire.source].layer
    if isinstance(source, BatchNormalization):
        return None
    at = graph.nodes[node].position
    column = grid(1)[0]
    new: Node = graph.copy().new_node(BatchNormalization(), at)
    moved = {
        n.id: (n.position[0] + column, n.position[1]) for n in graph.nodes.values() if n.position[0] >= at[0]
    }
    (inner,), (outer,) = input_ports(new.layer), output_ports(new.layer)
    first = replace(wire, target=new.id, target_port=inner.name)
    second = replace(wire, source=new.id, source_port=outer.name)
    edits = (MoveNodes(moved), Disconnect(wire), AddNode(new), Connect(first), Connect(second))
    return Compound(edits, "Add normalization")


def started_otherwise(graph: ModelGraph, node: str) -> GraphEdit | None:
    """Let a layer start from other weights: He's, or Glorot's where it has those; None where it has no such setting."""
    layer = graph.nodes[node].layer
    if isinstance(layer, UnknownLayer):
        return None
    for setting, value in layer:
        if isinstance(value, Initializer):
            other = GlorotUniform() if isinstance(value, HeNormal) else HeNormal()
            new = changed(layer, setting, other.model_dump())
            return SetSettings(node, new, setting) if new is not None else None
    return None


def activated_otherwise(layer: Layer | UnknownLayer, activation: str) -> tuple[Layer, str] | None:
    """The layer with another activation where its own can die, and the name of that setting."""
    if isinstance(layer, UnknownLayer):
        return None
    for setting, value in layer:
        other = changed(layer, setting, activation) if value == FLAT_AT_ZERO else None
        if other is not None:
            return other, setting
    return None


def cures(graph: ModelGraph, settings: TrainingSettings, node: str) -> tuple[Cure, ...]:
    """What to try after a step broke the run, the most likely first.

    Args:
        graph: of the run.
        settings: of the run.
        node: that broke first, as far as known.
    """
    found: list[Cure] = []
    slower, short = rate_times(settings, 0.1), clipped(settings)
    if slower is not None:
        found.append(Cure(f"Lower the rate, {BACK} steps back", SetSection(SECTION, slower)))
    if short is not None:
        found.append(Cure(f"Clip gradients, {BACK} steps back", SetSection(SECTION, short)))
    place = _layer_of(graph, node)
    if place is not None:
        calm, start = normalized(graph, place), started_otherwise(graph, place)
        if calm is not None:
            found.append(Cure(f"Add normalization, {BACK} steps back", calm))
        if start is not None:
            found.append(Cure("Other first weights, begin anew", start, None))
    return tuple(found)


def _layer_of(graph: ModelGraph, node: str) -> str | None:
    """The node, or where that is a target the layer before it."""
    known = graph.nodes.get(node)
    if known is not None and known.role is Role.TARGET:
        wires = graph.edges_into(node)
        known = graph.nodes[wires[0].source] if wires else None
    return known.id if known is not None and known.role is Role.HIDDEN else None
