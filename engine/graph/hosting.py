"""Takes out of a graph what runs on the host: the devices see its results as features of the data.

Layers on the host (`engine.layers.host`) stand where the data enters. Each of them that a layer on the device reads is
replaced by a source with the same id, so that the rest of the graph, its wires and its weights stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.graph.document import ModelGraph, Node
from engine.graph.features import FeatureSpec
from engine.graph.structure import topological_order
from engine.layers.base import Role
from engine.layers.host import HostLayer, Tables, misplaced
from engine.layers.input import Input
from engine.tensor.spec import Array, DType, ShapeError

PREFIX = "host/"  # of the features that stand for what the host computes
BLOCK_ROWS = 65_536  # that a layer on the host is given at a time
FEATURE = "feature"  # the setting that a layer of role SOURCE has


@dataclass(frozen=True)
class HostNode:
    """A layer that runs on the host.

    Attributes:
        id, name: of its node.
        owner: id of the node under which its tables are kept.
        layer: its settings.
        source: name of the feature it reads, of the data or of another such layer.
    """

    id: str
    name: str
    owner: str
    layer: HostLayer
    source: str

    @property
    def feature(self) -> str:
        """Name of what it gives."""
        return f"{PREFIX}{self.id}"


@dataclass(frozen=True)
class Hosting:
    """A graph in two parts.

    Attributes:
        nodes: what runs on the host, in order.
        graph: what runs on the device.
        features: what the device's part may read, targets included; no text.
    """

    nodes: tuple[HostNode, ...] = ()
    graph: ModelGraph = field(default_factory=ModelGraph)
    features: Mapping[str, FeatureSpec] = field(default_factory=dict)

    def compute(self, inputs: Mapping[str, Array], tables: Mapping[str, Tables]) -> dict[str, Array]:
        """The inputs of the device's part, from those of the data.

        Args:
            inputs: by feature, batch first.
            tables: by the id of their owner.

        Raises:
            ShapeError: a value that a layer can't work with, in one sentence that names the node.
        """
        known = self.values(inputs, tables)
        return {name: array for name, array in known.items() if name in self.features}

    def values(self, inputs: Mapping[str, Array], tables: Mapping[str, Tables]) -> dict[str, Array]:
        """The inputs of the data and what every layer on the host makes of them, by feature; else as `compute`."""
        known = dict(inputs)
        for node in self.nodes:
            known[node.feature] = run(node, known[node.source], tables.get(node.owner, {}))
        return known

    def value(self, feature: str, inputs: Mapping[str, Array], tables: Mapping[str, Tables]) -> Array:
        """One of these values, of some rows of the data; nothing else is computed."""
        if feature in inputs:
            return inputs[feature]
        (node,) = (n for n in self.nodes if n.feature == feature)
        return run(node, self.value(node.source, inputs, tables), tables.get(node.owner, {}))


def run(node: HostNode, values: Array, tables: Tables) -> Array:
    """What a node makes of values; raises ShapeError with its name.

    Block by block, because words of text take far more memory than the numbers that become of them.
    """
    try:
        first = node.layer.compute(values[:BLOCK_ROWS], tables)
        if len(values) <= BLOCK_ROWS:
            return first
        found = np.empty((len(values), *first.shape[1:]), first.dtype)
        found[:BLOCK_ROWS] = first
        for block in blocks(len(values), BLOCK_ROWS):
            found[block] = node.layer.compute(values[block], tables)
    except ShapeError as error:
        raise ShapeError(f"{node.name}: {error}") from error
    return found


def blocks(rows: int, start: int = 0) -> Iterator[slice]:
    """Stretches of so many rows, each short enough for the host's memory."""
    for first in range(start, rows, BLOCK_ROWS):
        yield slice(first, min(first + BLOCK_ROWS, rows))


def hosted(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> Hosting:
    """Divide a graph without errors.

    Raises:
        ShapeError: a layer on the host stands behind one on the device, or can't be built; the sentence names it.
    """
    texts = {name for name, spec in features.items() if spec.dtype is DType.STRING}
    on_host = [n for n in graph.nodes.values() if isinstance(n.layer, HostLayer)]
    if not on_host and not texts:
        return Hosting((), graph, features)
    nodes: dict[str, HostNode] = {}
    known = dict(features)
    order, _ = topological_order(graph)
    for node in (graph.nodes[i] for i in order):
        if isinstance(node.layer, HostLayer) and graph.edges_into(node.id):
            made = nodes[node.id] = _host_node(graph, node, node.layer, nodes)
            known[made.feature] = _spec(made, known)
    part = _device_part(graph, nodes, texts)
    inside = {nodes[id_].feature for id_ in nodes if id_ not in part.nodes}  # read on the host only
    seen = {n: spec for n, spec in known.items() if spec.dtype is not DType.STRING and n not in inside}
    return Hosting(tuple(nodes.values()), part, seen)


def behind_device(graph: ModelGraph, node: Node) -> bool:
    """Whether a layer that runs on the host stands where it can't: behind a layer that runs on the device."""
    if not isinstance(node.layer, HostLayer):
        return False
    before = (graph.nodes[e.source] for e in graph.edges_into(node.id))
    return any(n.role is not Role.SOURCE and not isinstance(n.layer, HostLayer) for n in before)


def _host_node(graph: ModelGraph, node: Node, layer: HostLayer, nodes: Mapping[str, HostNode]) -> HostNode:
    if behind_device(graph, node):
        raise ShapeError(misplaced(node.name))
    before = graph.nodes[graph.edges_into(node.id)[0].source]
    source = nodes[before.id].feature if before.id in nodes else getattr(before.layer, FEATURE)
    return HostNode(node.id, node.name, node.weights, layer, source)


def _spec(node: HostNode, known: Mapping[str, FeatureSpec]) -> FeatureSpec:
    if node.source not in known:
        raise ShapeError(
            f"{node.name}: the data has no feature named {node.source}; it has {', '.join(known)}."
        )
    try:
        spec = node.layer.output_spec(known[node.source].batch(1))
    except ShapeError as error:
        raise ShapeError(f"{node.name}: {error}") from error
    return FeatureSpec(spec.shape[1:], spec.dtype)


def _device_part(graph: ModelGraph, nodes: Mapping[str, HostNode], texts: set[str]) -> ModelGraph:
    """The graph with sources in place of host nodes; what only they read is left out."""
    edges = [e for e in graph.edges if e.target not in nodes]
    read = {e.source for e in edges}
    kept: list[Node] = []
    for node in graph.nodes.values():
        if node.id in nodes:
            if node.id in read:
                source = Input(feature=nodes[node.id].feature)
                kept.append(Node(node.id, source, node.name, node.position))
        elif node.id in read or not (graph.edges_from(node.id) or _gives_text(node, texts)):
            kept.append(node)
    return ModelGraph(kept, edges, graph.sections)


def _gives_text(node: Node, texts: set[str]) -> bool:
    return node.role is Role.SOURCE and getattr(node.layer, FEATURE, "") in texts
