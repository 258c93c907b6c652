"""A network while it is being put together: layers one after another, shapes known at once, places from left to right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.graph.document import Edge, ModelGraph, Node, input_ports
from engine.graph.facts import build_facts, layer_facts
from engine.graph.features import FeatureSpec
from engine.graph.sequence import LONGEST_ROW, ROW_STEP, grid
from engine.layers.base import Layer, Role
from engine.proposals.proposal import Reason, Topic
from engine.tensor.spec import Shape, TensorSpec

WINDOW = 3  # pixels that a filter sees along each side
ONE_ROW = LONGEST_ROW + 2  # nodes of a chain that may stand in one row


@dataclass(frozen=True)
class Flow:
    """What leaves a node: where it stands, and the spec (without the batch) of its first output."""

    node: Node
    spec: TensorSpec
    column: int
    row: float

    @property
    def shape(self) -> Shape:
        """Of one example."""
        return self.spec.shape


class Draft:
    """A graph that grows, with the reasons for what is in it.

    Args:
        features: inputs and targets of the data.
    """

    def __init__(self, features: Mapping[str, FeatureSpec]) -> None:
        self.features = features
        self.reasons: list[Reason] = []
        self.multiply_adds = 0
        self._graph = ModelGraph()
        self._places: dict[str, tuple[int, float]] = {}

    def because(self, topic: Topic, choice: str, sentence: str) -> None:
        """Give the reason for a choice."""
        self.reasons.append(Reason(topic, choice, sentence))

    def source(self, layer: Layer, row: float = 0.0) -> Flow:
        """A node without inputs, in the first column."""
        return self._put(layer, (), row, 0)

    def add(self, layer: Layer, *flows: Flow, row: float | None = None) -> Flow:
        """A node right of all it reads; between the rows of those, unless another row is given.

        Raises:
            ValueError: the layer can't be built on what arrives, which is a fault of the proposer.
        """
        middle = sum(flow.row for flow in flows) / len(flows) if row is None else row
        return self._put(layer, flows, middle, max(flow.column for flow in flows) + 1)

    def chain(self, flow: Flow, *layers: Layer) -> Flow:
        """Layers one after the other."""
        for layer in layers:
            flow = self.add(layer, flow)
        return flow

    def finish(self) -> ModelGraph:
        """The graph, its nodes in their places."""
        rows = set(self._places.values())
        chain = len({row for _, row in rows}) == 1 and len(rows) == len(self._places)
        wrapped = -(-len(self._places) // -(-len(self._places) // LONGEST_ROW)) if chain else 0
        nodes, places = [], self._apart()
        for node in self._graph.nodes.values():
            column, row = places[node.id]
            if chain and len(self._places) > ONE_ROW:
                line, column = divmod(column, wrapped)
                row = ROW_STEP * line
            nodes.append(replace(node, position=grid(column, row)))
        return ModelGraph(nodes, self._graph.edges)

    def _apart(self) -> dict[str, tuple[int, float]]:
        """The places, lower ones moved down in each column until none covers another."""
        places: dict[str, tuple[int, float]] = {}
        lowest: dict[int, float] = {}
        for node in sorted(self._places, key=lambda name: self._places[name][1]):
            column, row = self._places[node]
            row = max(row, lowest.get(column, row - 1.0) + 1.0)
            places[node], lowest[column] = (column, row), row
        return places

    def _put(self, layer: Layer, flows: tuple[Flow, ...], row: float, column: int) -> Flow:
        inputs = tuple(flow.spec for flow in flows)
        role = type(layer).declaration.role
        facts = layer_facts(layer, inputs)
        if role is Role.SOURCE:
            facts = build_facts(layer, inputs, self.features)
        if facts.error:
            raise ValueError(f"{layer.title()} does not fit here: {facts.error}")
        self.multiply_adds += facts.multiply_adds
        node = self._graph.new_node(layer)
        self._graph.insert_node(node)
        self._places[node.id] = (column, row)
        for flow, port in zip(flows, self._ports(node, len(flows)), strict=True):
            wire = Edge.between(flow.node, node)
            self._graph.insert_edge(replace(wire, target_port=port))
        spec = facts.outputs[0] if facts.outputs else TensorSpec(())
        return Flow(node, spec, column, row)

    @staticmethod
    def _ports(node: Node, count: int) -> list[str]:
        """The input port of each wire; a variadic one takes all that are left."""
        ports = input_ports(node.layer)
        return [ports[min(k, len(ports) - 1)].name for k in range(count)]


def window(shape: Shape) -> tuple[int, ...]:
    """The window of filters on a picture or volume (.., channels): no larger than that is."""
    return tuple(min(WINDOW, length) for length in shape[:-1])
