"""Local derivatives: how one number that an op makes depends on each number that it reads.

They come from the op's own gradient rule, which is asked about one number of its output at a time. So whatever is declared
as an op can be explained, and nothing here knows what an op is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.ops.eager import EagerBuilder
from engine.ops.op import Call, OpKind, Tensor
from engine.program.program import Node
from engine.tensor.spec import Array, DType
from engine.training.explain.trace import Place, Trace

NUDGE = 1e-5  # for derivatives that only choose what is looked at; what is shown comes from the rule
CODES = 1 << 24  # whole numbers that float32 tells apart
NOTHING = 1e-12


@dataclass(frozen=True)
class Operand:
    """A number that another one is made of.

    Attributes:
        position: of the operand of the op.
        place: the number.
        derivative: of the number made with respect to it.
        factor: the number of another operand that the derivative is, where it is one.
    """

    position: int
    place: Place
    derivative: float
    factor: Place | None = None


def operands_of(trace: Trace, place: Place) -> list[Operand]:
    """The numbers that a number is made of and that it changes with, the first operand's first."""
    node = trace.makers[place.value]
    found = []
    factors = _factors(trace, node, place)
    for position, slopes in enumerate(_asked(node, trace, trace.inputs(node), place)):
        if slopes is None:
            continue
        flat = slopes.reshape(-1)
        for index in np.flatnonzero(flat):
            derivative = float(flat[index])
            factor = factors.get((position, int(index)))
            if factor is not None and not np.isclose(trace.number(factor), derivative, rtol=1e-6, atol=0.0):
                factor = None
            found.append(Operand(position, Place(node.inputs[position], int(index)), derivative, factor))
    return found


def derivative(trace: Trace, node: Node, position: int, index: int, of: Place) -> float:
    """Of a number that a node makes with respect to number `index` of its operand at a position."""
    slopes = _asked(node, trace, trace.inputs(node), of)[position]
    return 0.0 if slopes is None else float(slopes.reshape(-1)[index])


def reached(trace: Trace, node: Node, position: int, index: int) -> list[tuple[Array, int]]:
    """About how each number that a node makes changes with one that it reads: an array for each output, and its id.

    By differences in double precision, since the rules tell the other direction only.
    """
    if node.op.gradient is None:
        return []
    inputs = [a.astype(np.float64) if a.dtype == np.float32 else a for a in trace.inputs(node)]
    middle = inputs[position]
    step = NUDGE * max(1.0, abs(float(middle.reshape(-1)[index])))
    ends = []
    for sign in (1.0, -1.0):
        moved = np.array(middle)
        moved.reshape(-1)[index] += sign * step
        outputs = [
            np.empty(trace.shape(i), np.float64 if _is_float(trace, i) else np.int32) for i in node.outputs
        ]
        with np.errstate(all="ignore"):
            node.op.compute(
                [moved if k == position else a for k, a in enumerate(inputs)], outputs, node.attrs
            )
        ends.append(outputs)
    found = []
    for up, down, value in zip(*ends, node.outputs, strict=True):
        if _is_float(trace, value) and value in trace.gradients:
            change = (up - down) / (2.0 * step)
            found.append((np.where(np.abs(change) < NOTHING, 0.0, change), value))
    return found


def _is_float(trace: Trace, value: int) -> bool:
    return trace.program.values[value].spec.dtype is DType.FLOAT32


def _asked(node: Node, trace: Trace, inputs: Sequence[Array], place: Place) -> list[Array | None]:
    """The derivatives of one number that a node makes, by each of its operands; None where the rule has none."""
    if node.op.gradient is None:
        return [None] * len(node.inputs)
    builder = EagerBuilder()
    handles = tuple(builder.constant(a, DType(a.dtype.name)) for a in inputs)
    outputs = tuple(
        builder.constant(trace.numbers[i], DType(trace.numbers[i].dtype.name)) for i in node.outputs
    )
    grads = []
    for value in node.outputs:
        one = np.zeros(trace.shape(value), np.float32)
        if value == place.value:
            one.reshape(-1)[place.index] = 1.0
        grads.append(builder.constant(one))
    rule = node.op.gradient(Call(handles, outputs, tuple(grads), node.attrs))
    return [_array(builder, g, h) for g, h in zip(rule, handles, strict=True)]


def _array(builder: EagerBuilder, gradient: Tensor | None, like: Tensor) -> Array | None:
    if gradient is None or like.dtype is not DType.FLOAT32:
        return None
    return np.broadcast_to(builder.value(gradient), like.shape)


def _factors(trace: Trace, node: Node, place: Place) -> dict[tuple[int, int], Place]:
    """Where a derivative is a number of another operand: which one, by operand and place in it.

    A product of two operands has the one as derivative by the other. With that one's numbers replaced by their places, the
    derivative tells which of them stands there.
    """
    floats = [k for k, i in enumerate(node.inputs) if _is_float(trace, i)]
    if node.op.kind is OpKind.ELEMENTWISE or len(floats) != 2 or len(node.inputs) != 2:
        return {}
    found: dict[tuple[int, int], Place] = {}
    for position, other in (floats, floats[::-1]):
        inputs = trace.inputs(node)
        size = inputs[other].size
        if size >= CODES:
            continue
        inputs[other] = np.arange(1, size + 1, dtype=np.float32).reshape(inputs[other].shape)
        slopes = _asked(node, trace, inputs, place)[position]
        if slopes is None:
            continue
        flat = slopes.reshape(-1)
        for index in np.flatnonzero(flat):
            code = float(flat[index])
            if code.is_integer() and 1 <= code <= size:
                found[position, int(index)] = Place(node.inputs[other], int(code) - 1)
    return found
