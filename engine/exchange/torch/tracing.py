"""One layer as operations that hold for any batch, with its masks, and as it is in training and in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.compiler.lower import Forward, NodeBuilder
from engine.compiler.simplify import simplify
from engine.exchange.batches import BATCHES, Rows, UnlikeError, common, compared
from engine.exchange.flat import FlatValue, Operation
from engine.formats.errors import FormatError
from engine.graph.facts import WeightSpec, layer_facts
from engine.layers.base import Layer
from engine.layers.constraints import Constraint
from engine.layers.initializers import Initializer
from engine.layers.regularizers import Regularizer
from engine.ops.op import Tensor
from engine.ops.reductions import broadcast_to
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec

MASK = "mask"


@dataclass(frozen=True)
class Rule:
    """What a weight obeys in training: a penalty, a constraint, and what its learning rate is multiplied by."""

    regularizer: Regularizer | None
    constraint: Constraint | None
    rate: float = 1.0


@dataclass(frozen=True, eq=False)
class Traced:
    """A layer on certain inputs.

    Attributes:
        values: all tensors by name; inputs are `input0`, `input1` .., their masks `mask0` .., weights `weight/<name>`.
        inputs, masks: names of those that are read; "" for others.
        outputs: names of the tensors that are its outputs.
        passed: for each output the name of its mask; "" where it has none.
        weights: as it asks for them.
        constants: arrays by name.
        shares: numbers that are divided by the number of examples, by name.
        operations: in order.
        updates: new values of weights after a step of training.
        penalties: scalars that are added to the loss.
        rules: what the weights that learn obey.
    """

    values: Mapping[str, FlatValue]
    inputs: tuple[str, ...]
    masks: tuple[str, ...]
    outputs: tuple[str, ...]
    passed: tuple[str, ...]
    weights: Mapping[str, WeightSpec]
    constants: Mapping[str, Array]
    shares: Mapping[str, float]
    operations: tuple[Operation, ...]
    updates: Mapping[str, str]
    penalties: tuple[str, ...]
    rules: Mapping[str, Rule]

    @property
    def alike(self) -> tuple[object, ...]:
        """Equal for layers that compute the same."""
        ops = tuple((o.op.name, o.inputs, o.outputs, repr(_kept(o.attrs))) for o in self.operations)
        constants = tuple((n, a.shape, a.tobytes()) for n, a in self.constants.items())
        return (
            ops,
            constants,
            tuple(self.shares.items()),
            self.outputs,
            self.passed,
            tuple(self.updates.items()),
            self.penalties,
        )


def traced(
    layer: Layer,
    inputs: Sequence[TensorSpec],
    masked: Sequence[bool],
    *,
    training: bool = False,
    frozen: bool = False,
) -> Traced:
    """The operations of a layer.

    Args:
        layer: the layer.
        inputs: what arrives, without the batch.
        masked: whether each has a mask.
        training: as in a step of training.
        frozen: whether something around it is.

    Raises:
        FormatError: it can't be built on these, or computes across the examples of a batch in a way that depends on
            their number.
    """
    facts = layer_facts(layer, tuple(inputs))
    if facts.error:
        raise FormatError(facts.error)
    try:
        one, other = (
            _Run(layer, inputs, masked, batch, training=training, frozen=frozen) for batch in BATCHES
        )
    except ShapeError as error:
        raise FormatError(str(error)) from error
    joined = Joined(layer.title(), one.program, other.program)
    if joined.apart:
        raise joined.refused()
    ends = joined.ends
    used = {n for o in joined.operations for n in o.inputs} | set(ends.values())
    return Traced(
        joined.values,
        tuple(n if (n := f"input{k}") in used else "" for k in range(len(inputs))),
        tuple(n if (n := f"{MASK}{k}") in used else "" for k in range(len(inputs))),
        tuple(ends[f"output{k}"] for k in range(one.count)),
        tuple(ends.get(f"passed{k}", "") for k in range(one.count)),
        facts.weights,
        joined.constants,
        joined.shares,
        tuple(joined.operations),
        {n.removeprefix("update/"): v for n, v in ends.items() if n.startswith("update/")},
        tuple(v for n, v in ends.items() if n.startswith("penalty")),
        one.rules,
    )


def _kept(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """What an op computes depends on, without what it keeps for its gradient."""
    return {name: value for name, value in attrs.items() if name != "keep"}


def unseen(inputs: int, outputs: int) -> Traced:
    """A layer of which only the outside is known: no masks, no weights that learn by rules of their own."""
    return Traced(
        {}, ("",) * inputs, ("",) * inputs, ("",) * outputs, ("",) * outputs, {}, {}, {}, (), {}, (), {}
    )


class _Builder(NodeBuilder):
    """The `LayerBuilder` of a layer by itself: weights are whole, what is learned from data is known."""

    def __init__(self, forward: Forward, layer: Layer, *, frozen: bool) -> None:
        super().__init__(forward, "weight", layer)
        self._own, self._frozen = forward, frozen
        self.rules: dict[str, Rule] = {}

    @property
    def frozen(self) -> bool:
        """Whether the layer or something around it is."""
        return self._frozen or super().frozen

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
        """The weight as it is; its penalty is the affair of the training script."""
        full = f"weight/{name}"
        still = not trainable or self.frozen or (of is not None and of.freezes)
        if not still and name not in self.rules:
            self.rules[name] = Rule(regularizer, constraint, of.rate_factor if of else 1.0)
        handle = self._own.builder.state(full, TensorSpec(tuple(shape)))
        return self._own.statistics.get(full, handle)


class _Run:
    """The layer built for one size of batch."""

    def __init__(
        self,
        layer: Layer,
        inputs: Sequence[TensorSpec],
        masked: Sequence[bool],
        batch: int,
        *,
        training: bool,
        frozen: bool,
    ) -> None:
        builder = ProgramBuilder("layer")
        forward = Forward(builder, training, {})
        tensors = []
        for k, (spec, has) in enumerate(zip(inputs, masked, strict=True)):
            x = builder.feed(f"input{k}", TensorSpec((batch, *spec.shape), spec.dtype))
            if has:
                forward.masks[x.id] = builder.feed(f"{MASK}{k}", TensorSpec((batch, *spec.shape[:1])))
            tensors.append(x)
        b = _Builder(forward, layer, frozen=frozen)
        outputs = layer.build(b, *tensors)
        b.pass_mask(tensors, outputs)
        for k, y in enumerate(outputs):
            builder.output(f"output{k}", y)
            if y.id in forward.masks:
                builder.output(f"passed{k}", forward.masks[y.id])
        for name, value in forward.statistics.items():
            builder.output(f"update/{name.removeprefix('weight/')}", value)
        for k, penalty in enumerate(forward.penalties):
            builder.output(f"penalty{k}", penalty)
        self.program: Program = simplify(builder.finish())
        self.count, self.rules = len(outputs), b.rules


class Joined:
    """Two programs that differ in the size of their batch, as one for any: goes through them side by side.

    Attributes:
        values, constants, shares, operations: as in `Traced`.
        apart: names of constants that are 1 for each pair of examples, and 0 for an example and itself.
        ends: names of the values that are its outputs.

    Raises:
        FormatError: they depend on the size in another way than by lengths that grow with it.
    """

    def __init__(self, what: str, one: Program, other: Program) -> None:
        self._what, self._one, self._other = what, one, other
        self.values: dict[str, FlatValue] = {}
        self.constants: dict[str, Array] = {}
        self.shares: dict[str, float] = {}
        self.apart: list[str] = []
        self.operations: list[Operation] = []
        self._names: dict[int, str] = {}
        self._join()
        self.ends = {n: self._read(i, self._other.outputs[n]) for n, i in self._one.outputs.items()}

    def _join(self) -> None:
        for storage in (Storage.FEED, Storage.STATE):
            others = self._other.named(storage)
            for name, value in self._one.named(storage).items():
                shape = self._compared(value.spec.shape, others[name].spec.shape)
                self._add(value.id, name, shape, value.spec.dtype)
        if len(self._one.nodes) != len(self._other.nodes):
            raise self.refused()
        for node, twin in zip(self._one.nodes, self._other.nodes, strict=True):
            if node.op is not twin.op:
                raise self.refused()
            reads = tuple(self._read(i, j) for i, j in zip(node.inputs, twin.inputs, strict=True))
            for i, j in zip(node.outputs, twin.outputs, strict=True):
                spec, shape = self._one.values[i].spec, self._other.values[j].spec.shape
                self._add(i, f"value{i}", self._compared(spec.shape, shape), spec.dtype)
            makes = tuple(self._names[i] for i in node.outputs)
            attrs = self._compared(node.attrs, twin.attrs)
            self.operations.append(Operation(node.op, reads, makes, attrs))

    def _add(self, value: int, name: str, shape: tuple[int | Rows, ...], dtype: DType) -> None:
        self._names[value] = name
        self.values[name] = FlatValue(name, shape, dtype)

    def _read(self, i: int, j: int) -> str:
        if i not in self._names:
            self._constant(i, self._one.constants[i], self._other.constants[j])
        return self._names[i]

    def _constant(self, i: int, one: Array, other: Array) -> None:
        shape = self._compared(one.shape, other.shape)
        if not shape and one.dtype.kind == "f" and one != other:
            value = float(one) * BATCHES[0]
            if abs(value - float(other) * BATCHES[1]) < 1e-5 * abs(value):
                name = f"share{len(self.shares)}"
                self.shares[name] = value
                self._add(i, name, (), DType(one.dtype.name))
                return
        if shape == (Rows(), Rows()) and all(np.array_equal(a, 1 - np.eye(len(a))) for a in (one, other)):
            self.apart.append(f"apart{len(self.apart)}")
            self._add(i, self.apart[-1], shape, DType(one.dtype.name))
            return
        try:
            small = common(one, other, shape)
        except UnlikeError:
            raise self.refused() from None
        name = f"constant{len(self.constants)}"
        self._add(i, name, small.shape, DType(small.dtype.name))
        self.constants[name] = small
        if small.shape != one.shape:
            self._add(i, f"spread{len(self.constants)}", shape, DType(small.dtype.name))
            made = (self._names[i],)
            self.operations.append(Operation(broadcast_to, (name,), made, {"shape": shape}))

    def _compared(self, one: Any, other: Any) -> Any:
        try:
            return compared(one, other)
        except UnlikeError:
            raise self.refused() from None

    def refused(self) -> FormatError:
        """What is said where it does not hold for any batch."""
        return FormatError(
            f"{self._what} computes across the examples of a batch in a way that depends on their number, which "
            "a file for any number of examples can't hold; take it out."
        )
