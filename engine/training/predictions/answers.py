"""What a network answers: one prediction for each of its targets, and the part of the data that it is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.data.bundle import DataSpec, Feature
from engine.graph.document import ModelGraph, UnknownLayer
from engine.graph.effective import effective
from engine.graph.structure import topological_order
from engine.layers.base import Role

TARGET = "target"  # the setting of a layer that meets the data, as `engine.graph.targets` has it


@dataclass(frozen=True)
class Answer:
    """One prediction.

    Attributes:
        output: its name in what a run reports ("y0").
        feature: of the data, that it should be.
        node: id of the target's node, and `name` what people call it.
    """

    output: str
    feature: Feature
    node: str = ""
    name: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; none for numbers."""
        return self.feature.class_names

    @property
    def is_class(self) -> bool:
        """Whether it is a class for an example, or one for each of its positions."""
        return self.feature.kind == "category"


def answers_of(graph: ModelGraph, spec: DataSpec) -> tuple[Answer, ...]:
    """The predictions of a network in the order in which a run reports them; of a network without, those of the data."""
    found: list[Answer] = []
    for name, node, title in _targets(graph):
        if name in spec.features:
            found.append(Answer(f"y{len(found)}", spec.features[name], node, title))
        else:
            return answers_of_data(spec)  # such a network can't be trained before its target is another
    return tuple(found) or answers_of_data(spec)


def answers_of_data(spec: DataSpec) -> tuple[Answer, ...]:
    """The predictions that a network with a target for each of the data's would give."""
    return tuple(Answer(f"y{k}", spec.features[name]) for k, name in enumerate(spec.targets))


def _targets(graph: ModelGraph) -> Iterable[tuple[str, str, str]]:
    kept = effective(graph)
    for node_id in topological_order(kept)[0]:
        node = kept.nodes[node_id]
        if node.role is Role.TARGET and not isinstance(node.layer, UnknownLayer):
            yield str(getattr(node.layer, TARGET, "")), node.id, node.name
