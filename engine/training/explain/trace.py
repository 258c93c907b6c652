"""All numbers of one forward pass and all slopes of its loss, so that each of them can be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.compiler.differentiate import differentiate
from engine.ops.op import Tensor
from engine.program.builder import ProgramBuilder
from engine.program.program import Node, Program, Storage
from engine.tensor.spec import Array, DType, Shape


@dataclass(frozen=True, order=True)
class Place:
    """One number: the value it belongs to, and where it is in it, counted in one row."""

    value: int
    index: int


@dataclass(frozen=True, eq=False)
class Trace:
    """A forward pass.

    Attributes:
        program: with the reverse pass behind the forward one.
        nodes: of the forward pass that the loss depends on, in order.
        numbers: of every value, by id.
        gradients: of the loss with respect to values of the forward pass, by id.
        loss: the id of the value that is the loss.
        weights: id of the value, by `<node>/<weight>`.
        outputs: id of the value, by node and port.
    """

    program: Program
    nodes: tuple[Node, ...]
    numbers: Mapping[int, Array]
    gradients: Mapping[int, Array]
    loss: int
    weights: Mapping[str, int]
    outputs: Mapping[tuple[str, str], int]

    @cached_property
    def makers(self) -> dict[int, Node]:
        """The node that makes each value."""
        return {value: node for node in self.program.nodes for value in node.outputs}

    @cached_property
    def readers(self) -> dict[int, list[Node]]:
        """The nodes on the way to the loss that read each value."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            for value in dict.fromkeys(node.inputs):
                found.setdefault(value, []).append(node)
        return found

    @cached_property
    def weight_names(self) -> dict[int, str]:
        """Names of weights by value."""
        return {value: name for name, value in self.weights.items()}

    @cached_property
    def output_names(self) -> dict[int, tuple[str, str]]:
        """Node and port of values that layers give."""
        return {value: key for key, value in reversed(list(self.outputs.items()))}

    @cached_property
    def _order(self) -> dict[int, int]:
        return {value: k for k, node in enumerate(self.program.nodes) for value in node.outputs}

    def order(self, value: int) -> int:
        """When a value is made; -1 for what comes from outside."""
        return self._order.get(value, -1)

    def number(self, place: Place) -> float:
        """What a number is today."""
        return float(self.numbers[place.value].reshape(-1)[place.index])

    def gradient(self, place: Place) -> float | None:
        """The slope of the loss along a number; None where the loss has none along it."""
        gradient = self.gradients.get(place.value)
        return None if gradient is None else float(gradient.reshape(-1)[place.index])

    def shape(self, value: int) -> Shape:
        """Of a value."""
        return self.program.values[value].spec.shape

    def inputs(self, node: Node) -> list[Array]:
        """What a node read."""
        return [self.numbers[i] for i in node.inputs]


def traced(
    builder: ProgramBuilder,
    loss: Tensor,
    weights: Mapping[str, Tensor],
    outputs: Mapping[tuple[str, str], Tensor],
    outside: Mapping[tuple[Storage, str], Array],
) -> Trace:
    """Differentiate a forward pass by all of its values and run it, NumPy op by op.

    Args:
        builder: with the forward pass.
        loss: a single number.
        weights: by name.
        outputs: of layers.
        outside: feeds, data and states by storage and name.
    """
    nodes = _leading_to(builder.nodes, loss.id)
    # neither the data set as a whole nor an arena: their gradients would be as large as they are
    given = [i for node in nodes for i in node.inputs if builder.storage(i) is Storage.FEED]
    made = [i for node in nodes for i in node.outputs]
    handles = [builder.tensor(i) for i in dict.fromkeys((*given, *made))]
    wanted = [t for t in handles if t.dtype is DType.FLOAT32]
    slopes = differentiate(builder, loss, wanted)
    program = builder.finish()
    numbers = run(program, outside)
    gradients = {t.id: numbers[g.id] for t, g in zip(wanted, slopes, strict=True)}
    return Trace(
        program,
        tuple(nodes),
        numbers,
        gradients,
        loss.id,
        {name: tensor.id for name, tensor in weights.items()},
        {key: tensor.id for key, tensor in outputs.items()},
    )


def run(program: Program, outside: Mapping[tuple[Storage, str], Array]) -> dict[int, Array]:
    """Every value of a program, by id."""
    numbers: dict[int, Array] = dict(program.constants)
    for value in program.values.values():
        if (value.storage, value.name) in outside:
            numbers[value.id] = outside[value.storage, value.name]
    with np.errstate(all="ignore"):
        for node in program.nodes:
            specs = [program.values[i].spec for i in node.outputs]
            made = [np.empty(s.shape, s.dtype.numpy) for s in specs]
            node.op.compute([numbers[i] for i in node.inputs], made, node.attrs)
            numbers.update(zip(node.outputs, made, strict=True))
    return numbers


def _leading_to(nodes: list[Node], value: int) -> list[Node]:
    """The nodes that a value depends on, in order."""
    needed = {value}
    kept = []
    for node in reversed(nodes):
        if needed & set(node.outputs):
            kept.append(node)
            needed.update(node.inputs)
    return kept[::-1]
