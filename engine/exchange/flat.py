"""A network on its way into a file that knows operations and not our layers: its inference program, in order.

Every layer says in `build` what it computes; this runs it once for two batch sizes and compares, so that a length that
grows with the batch is known from one that only happens to be as large. What writes operations therefore needs no line
for a layer, and a new layer is exported with the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.compiler.lower import Forward, NodeBuilder
from engine.compiler.simplify import simplify
from engine.exchange.batches import BATCHES, Rows, Size, UnlikeError, common, compared, grows, sized
from engine.exchange.net import Net
from engine.exchange.outgoing import Outgoing
from engine.formats.errors import FormatError
from engine.graph.document import free_name
from engine.layers.base import Layer
from engine.layers.constraints import Constraint
from engine.layers.host import HostLayer
from engine.layers.initializers import Initializer
from engine.layers.regularizers import Regularizer
from engine.ops.indexing import number_along
from engine.ops.op import Attrs, Op, Tensor
from engine.ops.reductions import broadcast_to
from engine.ops.views import reshape
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec


@dataclass(frozen=True)
class FlatValue:
    """A tensor of the flat network."""

    name: str
    shape: tuple[Size, ...]
    dtype: DType = DType.FLOAT32

    def for_batch(self, batch: int) -> TensorSpec:
        """Its spec for so many examples."""
        return TensorSpec(sized(self.shape, batch), self.dtype)


@dataclass(frozen=True, eq=False)
class Operation:
    """One op: names of what it reads and makes; an attribute that grows with the batch is a `Rows`."""

    op: Op
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Attrs = field(default_factory=dict)
    node: str = ""  # id of the part that it belongs to


@dataclass(frozen=True, eq=False)
class Flat:
    """A network as operations, each after those it reads.

    Attributes:
        values: all tensors by name.
        inputs: names of what is given, in order: inlets that are numbers, then what hosts give.
        outputs: for each output its name and the tensor that it is.
        weights: arrays by the name of their tensor, `<node's name>/<weight>`.
        constants: arrays that are no weights.
        operations: in order; those of one part lie together.
        names: of the parts, for people, by id.
    """

    values: Mapping[str, FlatValue]
    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]
    weights: Mapping[str, Array]
    constants: Mapping[str, Array]
    operations: tuple[Operation, ...]
    names: Mapping[str, str]

    def grouped(self) -> Iterator[tuple[str, tuple[Operation, ...]]]:
        """The operations of each part, by its id."""
        nodes = list(dict.fromkeys(o.node for o in self.operations))
        for node in nodes:
            yield node, tuple(o for o in self.operations if o.node == node)


def flat(out: Outgoing) -> Flat:
    """The inference program of a network.

    Raises:
        FormatError: one sentence: a layer can't be expressed in operations that hold for any batch.
    """
    return flattened(out.net, out.weights, out.targets)


def flattened(net: Net, weights: Mapping[str, Array], targets: Sequence[str] = ()) -> Flat:
    """The same of a network with weights by `<part>/<weight>`; outputs are named by `targets` where there are some.

    Raises:
        FormatError: as `flat`.
    """
    one, other = (_program(net, batch) for batch in BATCHES)
    return _Joined(net, one, other).result(weights, _output_names(net, targets))


def folded(network: Flat) -> Flat:
    """The same with everything computed that depends on no input, such as the factor of a normalization."""
    known: dict[str, Array] = {**network.weights, **network.constants}
    kept: list[Operation] = []
    for o in network.operations:
        fixed = all(name in known for name in o.inputs)
        if not fixed or any(grows(network.values[n].shape) for n in o.outputs):
            kept.append(o)
            continue
        with np.errstate(all="ignore"):
            found = o.op.evaluate(*(known[name] for name in o.inputs), **o.attrs)
        known.update(zip(o.outputs, found, strict=True))
    used = {name for o in kept for name in o.inputs} | {value for _, value in network.outputs}
    weights = {n: a for n, a in network.weights.items() if n in used}
    constants = {n: a for n, a in known.items() if n in used and n not in weights}
    return replace(network, operations=tuple(kept), weights=weights, constants=constants)


def run(network: Flat, inputs: Sequence[Array]) -> list[Array]:
    """The outputs by the NumPy references of the ops: what every written file must give."""
    batch = len(inputs[0])
    known: dict[str, Array] = {**network.weights, **network.constants}
    known.update(zip(network.inputs, inputs, strict=True))
    with np.errstate(all="ignore"):
        for o in network.operations:
            specs = [network.values[n].for_batch(batch) for n in o.outputs]
            results = [np.empty(s.shape, s.dtype.numpy) for s in specs]
            o.op.compute([known[n] for n in o.inputs], results, sized(o.attrs, batch))
            known.update(zip(o.outputs, results, strict=True))
    return [known[value] for _, value in network.outputs]


def _output_names(net: Net, targets: Sequence[str]) -> tuple[str, ...]:
    """A name for each output, none of them twice and none that of an input."""
    taken = {net.names.get(i.id, i.id) for i in net.inlets}
    found: list[str] = []
    for k in range(len(net.outputs)):
        wanted = (targets[k] if k < len(targets) else "") or f"output_{k}"
        found.append(free_name(wanted, taken))
        taken.add(found[-1])
    return tuple(found)


def _numbers_rows(array: Array) -> bool:
    """Whether each example has the numbers of the first one, moved by as many as there are in the blocks before it."""
    if array.dtype != np.int32 or not array.ndim or len(array) not in BATCHES or not array[0].size:
        return False
    block = int((array[1] - array[0]).flat[0])
    steps = np.arange(len(array)).reshape(-1, *[1] * (array.ndim - 1)) * block
    inside = int(array[0].min()) >= 0 and int(array[0].max()) < block
    return inside and np.array_equal(array, array[0] + steps)


# -- one program for one batch size ------------------------------------------------------------------------
class _Parts(NodeBuilder):
    """The `LayerBuilder` of one part; weights are whole states, not parts of an arena."""

    def __init__(self, forward: Forward, owner: str, layer: Layer) -> None:
        super().__init__(forward, owner, layer)
        self._flat, self._home = forward, owner

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
        """The weight as it was learned."""
        return self._flat.builder.state(f"{self._home}/{name}", TensorSpec(tuple(shape)))


def _program(net: Net, batch: int) -> Program:
    builder = ProgramBuilder("flat")
    values: dict[tuple[str, int], Tensor] = {}
    for inlet in net.inlets:
        values[inlet.id, 0] = builder.feed(inlet.id, TensorSpec((batch, *inlet.shape), inlet.dtype))
    forward = Forward(builder, training=False, features={})
    for part in net.parts:
        layer = part.what
        name = net.names.get(part.id, part.id)
        if not isinstance(layer, Layer):
            raise FormatError(f"{name} is a layer that this version does not know; replace or delete it.")
        inputs = [values[end] for end in part.inputs]
        if isinstance(layer, HostLayer):
            values[part.id, 0] = builder.feed(part.id, layer.output_spec(inputs[0].spec))
            continue
        with builder.origin(part.id):
            b = _Parts(forward, part.shares or part.id, layer)
            try:
                outputs = layer.build(b, *inputs)
            except ShapeError as error:
                raise FormatError(f"{name}: {error}") from error
            b.pass_mask(inputs, outputs)
        values.update({(part.id, k): tensor for k, tensor in enumerate(outputs)})
    for k, end in enumerate(net.outputs):
        builder.output(str(k), values[end])
    return simplify(builder.finish())


# -- two programs as one -----------------------------------------------------------------------------------
class _Joined:
    """Goes through the programs for two batch sizes side by side."""

    def __init__(self, net: Net, one: Program, other: Program) -> None:
        self._net, self._one, self._other = net, one, other
        self._names: dict[int, str] = {}
        self._taken: set[str] = set()
        self._values: dict[str, FlatValue] = {}
        self._constants: dict[str, Array] = {}
        self._operations: list[Operation] = []

    def result(self, weights: Mapping[str, Array], outputs: tuple[str, ...]) -> Flat:
        """The flat network."""
        self._taken.update(outputs)
        inputs = tuple(self._input(i) for i in self._given())
        found = {
            self._weight(v.id, v.name): np.asarray(weights[v.name], np.float32)
            for v in self._one.named(Storage.STATE).values()
        }
        if len(self._one.nodes) != len(self._other.nodes):
            raise self._refused("")
        for node, twin in zip(self._one.nodes, self._other.nodes, strict=True):
            if node.op is not twin.op or node.origin != twin.origin:
                raise self._refused(node.origin)
            reads = tuple(
                self._read(i, j, node.origin) for i, j in zip(node.inputs, twin.inputs, strict=True)
            )
            makes = tuple(
                self._made(i, j, node.op.name, node.origin)
                for i, j in zip(node.outputs, twin.outputs, strict=True)
            )
            attrs = self._compared(node.attrs, twin.attrs, node.origin)
            self._operations.append(Operation(node.op, reads, makes, attrs, node.origin))
        ends = [
            self._read(self._one.outputs[k], self._other.outputs[k], "")
            for k in map(str, range(len(outputs)))
        ]
        used = {n for o in self._operations for n in o.inputs} | set(ends)
        return Flat(
            self._values,
            inputs,
            tuple(zip(outputs, ends, strict=True)),
            {n: a for n, a in found.items() if n in used},
            self._constants,
            tuple(self._operations),
            {p.id: self._net.names.get(p.id, p.id) for p in self._net.parts},
        )

    def _given(self) -> list[str]:
        """Ids of inlets and hosts that give numbers."""
        read = {i for node in self._one.nodes for i in node.inputs} | set(self._one.outputs.values())
        feeds = self._one.named(Storage.FEED)
        hosts = {p.id: p for p in self._net.parts if isinstance(p.what, HostLayer)}
        only_hosts = {p.inputs[0][0] for p in hosts.values()}
        ids = [i.id for i in self._net.inlets] + list(hosts)
        return [i for i in ids if i not in only_hosts or (i in feeds and feeds[i].id in read)]

    def _name(self, wanted: str) -> str:
        name = free_name(wanted or "value", self._taken)
        self._taken.add(name)
        return name

    def _add(self, wanted: str, shape: tuple[Size, ...], dtype: DType) -> str:
        name = self._name(wanted)
        self._values[name] = FlatValue(name, shape, dtype)
        return name

    def _input(self, inlet: str) -> str:
        found = {i.id: TensorSpec((1, *i.shape), i.dtype) for i in self._net.inlets}
        feed = self._one.named(Storage.FEED).get(inlet)
        spec = feed.spec if feed is not None else found[inlet]
        name = self._add(self._net.names.get(inlet, inlet), (Rows(), *spec.shape[1:]), spec.dtype)
        if feed is not None:
            self._names[feed.id] = name
        return name

    def _weight(self, value: int, full: str) -> str:
        node, _, weight = full.partition("/")
        spec = self._one.values[value].spec
        name = self._names[value] = self._add(
            f"{self._net.names.get(node, node)}/{weight}", spec.shape, spec.dtype
        )
        return name

    def _made(self, i: int, j: int, op: str, origin: str) -> str:
        one, other = self._one.values[i].spec, self._other.values[j].spec
        shape = self._compared(one.shape, other.shape, origin)
        name = self._names[i] = self._add(f"{self._net.names.get(origin, origin)}/{op}", shape, one.dtype)
        return name

    def _read(self, i: int, j: int, origin: str) -> str:
        if i not in self._names and i not in self._one.constants:
            name = self._net.names.get(origin, origin)
            raise FormatError(
                f"{name} draws random numbers when it is used, which no file can hold; take it out."
            )
        if i not in self._names:
            self._names[i] = self._constant(self._one.constants[i], self._other.constants[j], origin)
        return self._names[i]

    def _constant(self, one: Array, other: Array, origin: str) -> str:
        owner = self._net.names.get(origin, origin)
        shape = self._compared(one.shape, other.shape, origin)
        if _numbers_rows(one) and _numbers_rows(other) and np.array_equal(one[:2], other[:2]):
            return self._row_numbers(one, shape, origin)
        try:
            small = common(one, other, shape)
        except UnlikeError:
            raise self._refused(origin) from None
        name = self._add(f"{owner}/constant", small.shape, DType(small.dtype.name))
        self._constants[name] = small
        if not grows(shape):
            return name
        spread = self._add(f"{owner}/spread", shape, DType(small.dtype.name))
        self._operations.append(Operation(broadcast_to, (name,), (spread,), {"shape": shape}, origin))
        return spread

    def _row_numbers(self, array: Array, shape: tuple[Size, ...], origin: str) -> str:
        """Numbers of elements that each example has its own block of, as operations on those of the first."""
        owner = self._net.names.get(origin, origin)
        first = array[0].reshape(1, -1)
        block, width = int(array.flat[first.size] - first[0, 0]), first.size
        name = self._add(f"{owner}/constant", first.shape, DType.INT32)
        self._constants[name] = first
        for op, attrs, made in (
            (broadcast_to, {"shape": (Rows(), width)}, (Rows(), width)),
            (number_along, {"length": block}, (Rows(), width)),
            (reshape, {"shape": shape}, shape),
        ):
            before, name = name, self._add(f"{owner}/{op.name}", made, DType.INT32)
            self._operations.append(Operation(op, (before,), (name,), attrs, origin))
        return name

    def _compared(self, one: Any, other: Any, origin: str) -> Any:
        try:
            return compared(one, other)
        except UnlikeError:
            raise self._refused(origin) from None

    def _refused(self, origin: str) -> FormatError:
        name = self._net.names.get(origin, origin) or "The network"
        return FormatError(
            f"{name} computes across the examples of a batch, which a file for any number of examples can't hold; "
            "take it out."
        )
