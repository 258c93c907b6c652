"""From layers to ops: every node of a graph builds itself into a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.graph.document import ModelGraph, Node
from engine.graph.features import FeatureSpec
from engine.graph.structure import needed_nodes, topological_order
from engine.layers.base import Layer, Role
from engine.ops.gather import take_rows
from engine.ops.op import Builder, Tensor
from engine.ops.random import uniform
from engine.program.builder import ProgramBuilder
from engine.program.program import Member
from engine.tensor.spec import DType, Shape, ShapeError, TensorSpec

PARAMS = "params"  # flat arena of what is trained
STATS = "stats"  # flat arena of other weights, such as the moving averages of batch normalization


class LoweringError(ValueError):
    """A graph that cannot be trained as it is, as one sentence."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight of the model and how it starts."""

    member: Member
    initializer: str

    @property
    def trainable(self) -> bool:
        """Whether the optimizer changes it."""
        return self.member.arena == PARAMS


@dataclass
class Forward:
    """A lowered network: tensors by (node, output port), inputs of the target nodes, weights by name."""

    builder: ProgramBuilder
    training: bool
    features: Mapping[str, Tensor]
    tensors: dict[tuple[str, str], Tensor] = field(default_factory=dict)
    targets: dict[str, Tensor] = field(default_factory=dict)
    weights: dict[str, Weight] = field(default_factory=dict)
    handles: dict[str, Tensor] = field(default_factory=dict)
    statistics: dict[str, Tensor] = field(default_factory=dict)
    streams: int = 0


class NodeBuilder:
    """The `LayerBuilder` of one node."""

    def __init__(self, forward: Forward, owner: str) -> None:
        self._forward = forward
        self._owner = owner  # the node whose weights are used: another one's if they are shared

    @property
    def training(self) -> bool:
        """True in a training step."""
        return self._forward.training

    @property
    def ops(self) -> Builder:
        """The program under construction."""
        return self._forward.builder

    def weight(self, name: str, shape: Shape, initializer: str, *, trainable: bool = True) -> Tensor:
        """The weight as a view of its arena; made at its first use."""
        full = f"{self._owner}/{name}"
        forward = self._forward
        if full not in forward.handles:
            arena = forward.builder.arena(PARAMS if trainable else STATS)
            forward.weights[full] = Weight(arena.place(full, TensorSpec(shape)), initializer)
            forward.handles[full] = forward.builder.member(forward.weights[full].member)
        known = forward.handles[full].shape
        if known != shape:
            raise ShapeError(
                f"Layers that share weights need inputs of equal shape, received {shape} after {known}."
            )
        return forward.handles[full]

    def update(self, name: str, value: Tensor) -> None:
        """Remember the new value of a statistic."""
        self._forward.statistics[f"{self._owner}/{name}"] = value

    def uniform(self, shape: Shape) -> Tensor:
        """Random numbers from a stream of their own."""
        self._forward.streams += 1
        scalar = TensorSpec((), DType.INT32)
        seed = self._forward.builder.feed("seed", scalar)
        step = self._forward.builder.feed("step", scalar)
        return uniform(seed, step, stream=self._forward.streams, shape=shape)

    def feature(self, name: str) -> Tensor:
        """The batch of a feature."""
        if name not in self._forward.features:
            known = ", ".join(sorted(self._forward.features)) or "none"
            raise LoweringError(f"The data has no feature named {name}; it has {known}.")
        return self._forward.features[name]


def lower(
    graph: ModelGraph, builder: ProgramBuilder, features: Mapping[str, Tensor], *, training: bool
) -> Forward:
    """Build every node that a target depends on (every node where there is no target), sources first.

    Raises:
        LoweringError: the graph has an unknown layer or a port without a wire; the sentence names the node.
    """
    forward = Forward(builder, training, features)
    for node in nodes_in_order(graph):
        if not isinstance(node.layer, Layer):
            raise LoweringError(f"{node.name} is a layer this version does not know. Replace or delete it.")
        inputs = _inputs(graph, node, node.layer, forward)
        with builder.origin(node.id):
            try:
                outputs = node.layer.build(NodeBuilder(forward, node.weights), *inputs)
            except ShapeError as error:
                raise LoweringError(f"{node.name}: {error}") from error
        if node.role is Role.TARGET:
            forward.targets[node.id] = inputs[0]
        for port, tensor in zip(type(node.layer).declaration.outputs, outputs, strict=True):
            forward.tensors[node.id, port.name] = tensor
    return forward


def nodes_in_order(graph: ModelGraph) -> list[Node]:
    """The nodes that are computed, each after those it reads.

    Raises:
        LoweringError: some of them form a cycle.
    """
    order, cyclic = topological_order(graph)
    needed = needed_nodes(graph) or frozenset(graph.nodes)
    stuck = [graph.nodes[i].name for i in cyclic if i in needed]
    if stuck:
        raise LoweringError(f"{', '.join(stuck)} form a circle. Remove one of the wires between them.")
    return [graph.nodes[i] for i in order if i in needed]


def _inputs(graph: ModelGraph, node: Node, layer: Layer, forward: Forward) -> list[Tensor]:
    inputs: list[Tensor] = []
    for port in type(layer).declaration.inputs:
        edges = graph.edges_into(node.id, port.name)
        if len(edges) < port.minimum:
            raise LoweringError(
                f"{node.name} has nothing wired to its port {port.name}. Connect it or delete it."
            )
        inputs += [forward.tensors[e.source, e.source_port] for e in edges]
    return inputs


def gather(
    builder: ProgramBuilder, features: Mapping[str, FeatureSpec], prefix: str, rows: int, index: Tensor
) -> dict[str, Tensor]:
    """The batch of every feature, taken from the data set on the device at the rows `index`."""
    batch: dict[str, Tensor] = {}
    for name, stored in features.items():
        table = builder.data(f"{prefix}/{name}", TensorSpec((rows, *stored.shape), stored.dtype))
        batch[name] = take_rows(table, index, scale=stored.scale)
    return batch


def pack_sequence(tensors: Sequence[Tensor]) -> tuple[tuple[int, ...], int]:
    """Offsets that put flat tensors one after the other, and the total length."""
    offsets: list[int] = []
    size = 0
    for tensor in tensors:
        offsets.append(size)
        size += tensor.spec.size
    return tuple(offsets), size
