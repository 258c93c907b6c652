"""What a checkup measures in a training step: a few numbers for each layer and weight, made on the device.

It is a step like that of training, with nothing updated and every large array folded into single numbers before it leaves
the device. What they mean is for `engine.training.doctor` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.compiler.differentiate import differentiate
from engine.compiler.lower import Forward
from engine.graph.document import ModelGraph
from engine.layers.base import Role
from engine.ops import elementwise as ew
from engine.ops.functions import largest, mean
from engine.ops.limits import Limits, limits_of
from engine.ops.op import OpKind, Tensor
from engine.program.builder import ProgramBuilder
from engine.program.program import Node
from engine.tensor.spec import Array, DType

AT_THE_END = 0.01  # of an activation's range: that near to a limit, hardly any gradient passes
SIZE, SLOPE, DEAD, FLAT, WEIGHT, GRADIENT = "size", "slope", "dead", "flat", "weight", "gradient"
Output = tuple[str, str]


@dataclass(frozen=True)
class Signs:
    """What was measured of one layer's output over a batch.

    Attributes:
        size: root mean square of its numbers.
        slope: root mean square of the loss's gradient with respect to them.
        units: numbers along its last axis, of which
        dead: gave 0 wherever they were looked at; None where the activation has no 0 to rest at.
        flat: share of its numbers at the ends of an activation that is flat there; None where it is not.
    """

    size: float
    slope: float
    units: int
    dead: int | None = None
    flat: float | None = None


def add_signs(builder: ProgramBuilder, graph: ModelGraph, forward: Forward, loss: Tensor) -> None:
    """Add the outputs that `read_signs` reads to a program with a forward pass and its loss."""
    watched = _watched(graph, forward)
    trained = {name: forward.handles[name] for name, weight in forward.weights.items() if weight.trainable}
    tensors = [forward.tensors[key] for key in watched]
    makers = {value: node for node in builder.nodes for value in node.outputs}
    ends = [end_of(makers, x) for x in tensors]
    gradients = differentiate(builder, loss, [*tensors, *trained.values()])
    for (node, port), x, end, slope in zip(watched, tensors, ends, gradients, strict=False):
        builder.output(f"{SIZE}/{node}/{port}", _size(x))
        builder.output(f"{SLOPE}/{node}/{port}", _size(slope))
        limits = limits_of(end)
        if limits is not None and limits.low == 0.0 and limits.high is None:
            builder.output(f"{DEAD}/{node}/{port}", _dead(x))
        elif limits is not None and limits.bounded:
            builder.output(f"{FLAT}/{node}/{port}", _at_the_ends(x, limits))
    for (name, weight), gradient in zip(trained.items(), gradients[len(watched) :], strict=True):
        builder.output(f"{WEIGHT}/{name}", _size(weight))
        builder.output(f"{GRADIENT}/{name}", _size(gradient))


def read_signs(values: Mapping[str, Array], units: Mapping[Output, int]) -> dict[Output, Signs]:
    """What the outputs of such a program say of each layer's outputs."""
    found: dict[Output, Signs] = {}
    for (node, port), count in units.items():
        key = f"{node}/{port}"
        number = {kind: float(values[f"{kind}/{key}"]) for kind in (SIZE, SLOPE)}
        dead, flat = values.get(f"{DEAD}/{key}"), values.get(f"{FLAT}/{key}")
        found[node, port] = Signs(
            number[SIZE],
            number[SLOPE],
            count,
            round(float(dead)) if dead is not None else None,
            float(flat) if flat is not None else None,
        )
    return found


def units_of(graph: ModelGraph, forward: Forward) -> dict[Output, int]:
    """The outputs that are measured, each with the numbers along its last axis."""
    return {key: forward.tensors[key].shape[-1] for key in _watched(graph, forward)}


def _watched(graph: ModelGraph, forward: Forward) -> list[Output]:
    """Outputs of the layers between data and target that are numbers with a batch."""
    return [
        (node, port)
        for (node, port), tensor in forward.tensors.items()
        if graph.nodes[node].role is Role.HIDDEN and tensor.dtype is DType.FLOAT32 and len(tensor.shape) > 1
    ]


def _size(x: Tensor) -> Tensor:
    return ew.sqrt(mean(ew.square(x)))


def _dead(x: Tensor) -> Tensor:
    """How many of the last axis were 0 everywhere."""
    greatest = largest(ew.absolute(x), axis=tuple(range(len(x.shape) - 1)))
    return mean(ew.equal(greatest, x.builder.constant(0.0, DType.FLOAT32))) * float(x.shape[-1])


def _at_the_ends(x: Tensor, limits: Limits) -> Tensor:
    assert limits.low is not None
    assert limits.high is not None
    near = AT_THE_END * (limits.high - limits.low)
    high, low = (x.builder.constant(v, DType.FLOAT32) for v in (limits.high - near, limits.low + near))
    return mean(ew.greater(x, high) + ew.greater(low, x))


def end_of(makers: Mapping[int, Node], x: Tensor) -> str:
    """The name of the op that a tensor comes from, by way of other shapes of the same numbers."""
    value = x.id
    while (node := makers.get(value)) is not None and node.op.kind is OpKind.VIEW:
        value = node.inputs[0]
    return node.op.name if node is not None else ""
