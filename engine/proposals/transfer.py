"""A trained network as the beginning of another: its last layers cut, new ones for the data at hand, the rest frozen.

Source of the recipe: Yosinski et al., How transferable are features in deep neural networks?, 2014; first the new head
learns on frozen features, then, if need be, all of it with a small learning rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.graph.document import Edge, ModelGraph, Node, Position, UnknownLayer, output_ports
from engine.graph.edits import (
    AddNode,
    Compound,
    Connect,
    Disconnect,
    EditError,
    GraphEdit,
    RemoveNode,
    SetSection,
    SetSettings,
)
from engine.graph.facts import layer_facts
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference
from engine.graph.targets import changed, wanted_shapes
from engine.layers.base import Layer, Role
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.global_average_pooling1d import GlobalAveragePooling1D
from engine.layers.global_average_pooling2d import GlobalAveragePooling2D
from engine.layers.global_average_pooling3d import GlobalAveragePooling3D
from engine.layers.target import Target
from engine.objectives.auto import Auto
from engine.tensor.spec import TensorSpec
from engine.training.settings import TrainingSettings

TRAINABLE = "trainable"  # the setting of layers with weights that says whether these learn
GENTLER = 10.0  # times, what the learning rate is divided by where pretrained weights learn, too
STEP = 250.0  # between two columns
_POOLING: Mapping[int, type[Layer]] = {
    2: GlobalAveragePooling1D,
    3: GlobalAveragePooling2D,
    4: GlobalAveragePooling3D,
}


@dataclass(frozen=True)
class Start:
    """How a network begins as another.

    Attributes:
        edit: makes it so, as one step of undo.
        behind: the node that the new head stands behind.
        frozen: how many layers are frozen.
        answers: numbers that the new head gives.
    """

    edit: Compound
    behind: str
    frozen: int
    answers: int


def starting_point(
    graph: ModelGraph, inference: Inference, features: Mapping[str, FeatureSpec], behind: str = ""
) -> Start:
    """A new head for the target, behind the last layers that know what the old one told apart.

    Args:
        graph: not changed.
        inference: of it.
        features: of the data at hand.
        behind: the node to put the head behind; "": what feeds the last layer with weights.

    Raises:
        EditError: one sentence: there is nothing to begin from.
    """
    target = _target(graph, features)
    wire = _cut(graph, inference, target) if not behind else _out_of(graph, behind)
    spec = inference.specs.get((wire.source, wire.source_port))
    if spec is None:
        name = graph.nodes[wire.source].name
        raise EditError(f"It is not known what leaves {name}. Mend what is wrong before it first.")
    assert isinstance(target.layer, Target)  # it was chosen for that
    feature = features[target.layer.target]
    head = _head(spec, feature)
    scratch = graph.copy()
    edits: list[GraphEdit] = []
    doomed = _without_use(graph, wire.source, target.id)
    edits += [Disconnect(edge) for edge in graph.edges_into(target.id) if edge.source not in doomed]
    edits += [RemoveNode(node) for node in doomed]
    frozen = freezing(graph, inference, [wire.source])
    edits += frozen
    edits += _placed(scratch, head, graph.nodes[wire.source].position, wire, target)
    plain = target.layer.model_copy(update={"loss": Auto(), "metrics": (), "class_weight": "none"})
    edits.append(SetSettings(target.id, plain))
    edit = Compound(tuple(edits), "Use as a starting point")
    edit.apply(scratch)
    (dense,) = (layer for layer in head if isinstance(layer, Dense))
    return Start(edit, wire.source, len(frozen), dense.units)


def _target(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> Node:
    for node in graph.nodes.values():
        wired = isinstance(node.layer, Target) and graph.edges_into(node.id)
        if wired and getattr(node.layer, "target", "") in features:
            return node
    raise EditError(
        "A new head is made for what the data has to predict, and no Target that a layer is wired to names it. "
        "Choose data first."
    )


def _cut(graph: ModelGraph, inference: Inference, target: Node) -> Edge:
    """The wire into the last layer with weights; layers are gone back through as long as there is one wire."""
    wire = graph.edges_into(target.id)[0]
    while True:
        node, into = graph.nodes[wire.source], graph.edges_into(wire.source)
        facts = inference.nodes.get(node.id)
        if len(into) != 1 or facts is None:
            return wire
        if facts.parameters:
            if graph.nodes[into[0].source].role is Role.SOURCE:
                return wire  # the only layer with weights: all of it is what was learned
            return into[0]
        wire = into[0]


def _out_of(graph: ModelGraph, node: str) -> Edge:
    ports = output_ports(graph.nodes[node].layer)
    if not ports:
        raise EditError(f"Nothing leaves {graph.nodes[node].name}. Choose a layer before it.")
    return Edge(node, ports[0].name, node, "")


def _without_use(graph: ModelGraph, source: str, target: str) -> list[str]:
    """What led to a target and leads to none once that hangs behind `source`; sharers of weights before their owners."""
    others = [n.id for n in graph.nodes.values() if n.role is Role.TARGET and n.id != target]
    kept = {source}.union(_reaching(graph, source), *(_reaching(graph, other) for other in others))
    doomed = _reaching(graph, target) - kept
    return sorted(doomed, key=lambda n: graph.nodes[n].shares is None)


def _reaching(graph: ModelGraph, target: str) -> set[str]:
    found, waiting = set[str](), [target]
    while waiting:
        for edge in graph.edges_into(waiting.pop()):
            if edge.source not in found:
                found.add(edge.source)
                waiting.append(edge.source)
    return found


def _head(spec: TensorSpec, feature: FeatureSpec) -> list[Layer]:
    """Pooling to one list of numbers, and one layer of as many units as the answer has."""
    shapes = wanted_shapes(Auto(), feature)
    wanted = next(iter(shapes), feature.shape)
    if len(wanted) > 1 and len(wanted) == len(spec.shape) and wanted[:-1] == spec.shape[:-1]:
        return [Dense(units=wanted[-1])]  # an answer at each place
    if len(wanted) > 1:
        raise EditError(
            "A new head gives one answer an example, and this data has one at each of many places. "
            "Draw the end of the network by hand."
        )
    layers: list[Layer] = []
    if len(spec.shape) > 1:
        pooling = _POOLING.get(len(spec.shape), Flatten)
        layers.append(pooling())
    return [*layers, Dense(units=wanted[-1] if wanted else 1)]


def _placed(
    graph: ModelGraph, head: Sequence[Layer], start: Position, wire: Edge, target: Node
) -> list[GraphEdit]:
    """Nodes for the head in a row behind the cut, and their wires."""
    edits: list[GraphEdit] = []
    before, port = wire.source, wire.source_port
    for place, layer in enumerate(head, 1):
        node = graph.new_node(layer, (start[0] + STEP * place, start[1]))
        graph.insert_node(node)  # so that the next one gets another name
        edits.append(AddNode(node))
        edits.append(Connect(Edge(before, port, node.id, "input")))
        before, port = node.id, output_ports(layer)[0].name
    for node in list(graph.nodes.values())[-len(head) :]:
        graph.take_node(node.id)
    edits.append(Connect(Edge(before, port, target.id, "input")))
    return edits


# -- what learns ----------------------------------------------------------------------------------
def freezing(graph: ModelGraph, inference: Inference, nodes: Sequence[str]) -> list[GraphEdit]:
    """Edits that freeze these layers and all before them; layers without weights have nothing to freeze."""
    wanted = set(nodes).union(*(_reaching(graph, node) for node in nodes))
    return [
        SetSettings(node.id, layer, "learns")
        for node in graph.nodes.values()
        if node.id in wanted and node.shares is None and _has_weights(inference, node)
        if (layer := _learning(node, learns=False)) is not None
    ]


def fine_tuning(
    graph: ModelGraph, inference: Inference, training: TrainingSettings, section: str
) -> Compound:
    """The edit that lets all layers learn, gently; those that keep averages of what they saw stay as they are.

    A batch of few new examples would spoil these averages. Source: Chollet, Transfer learning and fine-tuning, keras.io.

    Raises:
        EditError: nothing is frozen.
    """
    edits: list[GraphEdit] = []
    for node in graph.nodes.values():
        layer = _learning(node, learns=True) if node.shares is None else None
        facts = inference.nodes.get(node.id)
        if layer is None or facts is None:
            continue
        if all(weight.trainable for weight in layer_facts(layer, facts.inputs).weights.values()):
            edits.append(SetSettings(node.id, layer, "learns"))
    if not edits:
        raise EditError("No layer is frozen: all of them learn already.")
    rate = training.optimizer.learning_rate / GENTLER
    optimizer = training.optimizer.model_copy(update={"learning_rate": rate})
    edits.append(SetSection(section, training.model_copy(update={"optimizer": optimizer})))
    return Compound(tuple(edits), "Fine-tune all layers")


def _has_weights(inference: Inference, node: Node) -> bool:
    facts = inference.nodes.get(node.id)
    return facts is not None and bool(facts.parameters)


def _learning(node: Node, *, learns: bool) -> Layer | None:
    """The layer that learns or does not; None where it is so already, or can't be otherwise."""
    if isinstance(node.layer, UnknownLayer) or TRAINABLE not in type(node.layer).model_fields:
        return None
    return None if node.layer.freezes is not learns else changed(node.layer, TRAINABLE, learns)
