"""From layers to ops: every node of a graph builds itself into a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.graph.document import Edge, ModelGraph, Node, unwired
from engine.graph.features import FeatureSpec
from engine.graph.structure import needed_nodes, topological_order
from engine.layers.base import Adapt, Layer, Role
from engine.layers.constraints import Constraint
from engine.layers.host import misplaced
from engine.layers.initializers import INITIALIZERS, Initializer
from engine.layers.regularizers import Regularizer
from engine.ops.gather import take_rows
from engine.ops.op import Builder, Tensor
from engine.ops.random import box_muller, uniform
from engine.program.builder import ProgramBuilder
from engine.program.program import Member
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec

PARAMS = "params"  # flat arena of what is trained
FROZEN = "frozen"  # flat arena of what would be trained if its layer were not frozen
STATS = "stats"  # flat arena of other weights, such as the moving averages of batch normalization


class LoweringError(ValueError):
    """A graph that cannot be trained as it is, as one sentence."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight of the model: where it lies, how it starts, and how it is changed.

    Attributes:
        member: its place.
        initializer: draws its start.
        constraint: applied after every step.
        rate_factor: of the learning rate.
    """

    member: Member
    initializer: Initializer
    constraint: Constraint | None = None
    rate_factor: float = 1.0

    @property
    def trainable(self) -> bool:
        """Whether the optimizer changes it."""
        return self.member.arena == PARAMS


@dataclass
class Forward:
    """A lowered network.

    Attributes:
        builder: the program it is part of.
        training: whether it is part of a training step.
        features: the batch of each feature of the data.
        tensors: by (node, output port).
        targets: what arrives at each target node.
        weights, handles: by `<node>/<weight>`.
        statistics: new values of weights that are not trained.
        masks: of tensors (by id) that have padding: float32 (batch, time).
        adapted: layers that are adapted to what arrives at them, by the beginning of their weights' names.
        penalties: scalars to add to the loss.
        streams: random streams used so far.
    """

    builder: ProgramBuilder
    training: bool
    features: Mapping[str, Tensor]
    tensors: dict[tuple[str, str], Tensor] = field(default_factory=dict)
    targets: dict[str, Tensor] = field(default_factory=dict)
    weights: dict[str, Weight] = field(default_factory=dict)
    handles: dict[str, Tensor] = field(default_factory=dict)
    statistics: dict[str, Tensor] = field(default_factory=dict)
    masks: dict[int, Tensor] = field(default_factory=dict)
    adapted: dict[str, tuple[Adapt, Tensor]] = field(default_factory=dict)
    penalties: list[Tensor] = field(default_factory=list)
    streams: int = 0


class NodeBuilder:
    """The `LayerBuilder` of one node."""

    def __init__(self, forward: Forward, owner: str, layer: Layer) -> None:
        self._forward = forward
        self._owner = owner  # the node whose weights are used: another one's if they are shared
        self._layer = layer
        self._masked: set[int] = set()  # outputs whose mask the layer decided on

    @property
    def training(self) -> bool:
        """True in a training step."""
        return self._forward.training

    @property
    def frozen(self) -> bool:
        """Whether the layer's weights stay as they are."""
        return self._layer.freezes

    @property
    def ops(self) -> Builder:
        """The program under construction."""
        return self._forward.builder

    def weight(
        self,
        name: str,
        shape: Shape,
        initializer: Initializer | str,
        *,
        trainable: bool = True,
        regularizer: Regularizer | None = None,
        constraint: Constraint | None = None,
        of: Layer | None = None,
    ) -> Tensor:
        """The weight as a view of its arena; made at its first use."""
        full = f"{self._owner}/{name}"
        forward = self._forward
        if full not in forward.handles:
            frozen = self.frozen or (of is not None and of.freezes)
            home = STATS if not trainable else FROZEN if frozen else PARAMS
            place = forward.builder.arena(home).place(full, TensorSpec(shape))
            start = INITIALIZERS.read(initializer)
            factor = self._layer.rate_factor * (of.rate_factor if of else 1.0)
            forward.weights[full] = Weight(place, start, constraint, factor)
            handle = forward.handles[full] = forward.builder.member(place)
            if regularizer is not None and trainable:
                forward.penalties.append(regularizer.penalty(handle))
        known = forward.handles[full].shape
        if known != shape:
            raise ShapeError(
                f"Layers that share weights need inputs of equal shape, received {shape} after {known}."
            )
        # a statistic that a layer in front with the same weights has changed goes on from there
        return forward.statistics.get(full, forward.handles[full])

    def update(self, name: str, value: Tensor) -> None:
        """Remember the new value of a statistic."""
        self._forward.statistics[f"{self._owner}/{name}"] = value

    def add_loss(self, penalty: Tensor) -> None:
        """Remember the penalty for the loss."""
        self._forward.penalties.append(penalty)

    def mask(self, x: Tensor) -> Tensor | None:
        """The mask that came with an input."""
        return self._forward.masks.get(x.id)

    def set_mask(self, y: Tensor, mask: Tensor | None) -> None:
        """Remember the mask for the layers that follow."""
        self._masked.add(y.id)
        if mask is not None:
            self._forward.masks[y.id] = mask

    def pass_mask(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        """The mask of the first input goes on with the first output, where the layer is of that kind."""
        if not (inputs and outputs) or outputs[0].id in self._masked:
            return
        mask = self._forward.masks.get(inputs[0].id)
        if mask is not None and type(self._layer).declaration.masking:
            self._forward.masks[outputs[0].id] = mask

    def uniform(self, shape: Shape) -> Tensor:
        """Random numbers from a stream of their own."""
        self._forward.streams += 1
        scalar = TensorSpec((), DType.INT32)
        seed = self._forward.builder.feed("seed", scalar)
        step = self._forward.builder.feed("step", scalar)
        return uniform(seed, step, stream=self._forward.streams, shape=shape)

    def normal(self, shape: Shape) -> Tensor:
        """Random numbers from two streams of their own."""
        return box_muller(self.uniform(shape), self.uniform(shape))

    def feature(self, name: str) -> Tensor:
        """The batch of a feature."""
        if name not in self._forward.features:
            known = ", ".join(sorted(self._forward.features)) or "none"
            raise LoweringError(f"The data has no feature named {name}; it has {known}.")
        return self._forward.features[name]

    def adapted(self, adapt: Adapt, x: Tensor, part: str = "") -> None:
        """Remembered with the place of its weights; layers that share weights are adapted to what the first sees."""
        self._forward.adapted.setdefault(f"{self._owner}/{part}", (adapt, x))

    def hosted(self, x: Tensor, spec: TensorSpec, compute: Callable[[Array], Array]) -> Tensor:
        """Refused: what runs on the host has become a feature of the data before a graph is lowered."""
        raise ShapeError(misplaced("This layer"))


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
            b = NodeBuilder(forward, node.weights, node.layer)
            try:
                outputs = node.layer.build(b, *inputs)
            except ShapeError as error:
                raise LoweringError(f"{node.name}: {error}") from error
            b.pass_mask(inputs, outputs)
        if node.role is Role.TARGET:
            forward.targets[node.id] = inputs[0]
        for port, tensor in zip(node.layer.output_ports(), outputs, strict=True):
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
    wires: dict[str, list[Edge]] = {}
    for edge in graph.edges_into(node.id):
        wires.setdefault(edge.target_port, []).append(edge)
    ports = layer.input_ports()
    for port in unwired(ports, lambda name: len(wires.get(name, ()))):
        raise LoweringError(
            f"{node.name} has nothing wired to its port {port.name}. Connect it or delete it."
        )
    edges = [e for port in ports for e in wires.get(port.name, ())]
    return [forward.tensors[e.source, e.source_port] for e in edges]


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
