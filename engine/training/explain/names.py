"""What numbers are called: by the layer or weight they belong to, and their place in it, counted from 1."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.ops.op import OpKind
from engine.program.program import Storage
from engine.training.explain.trace import Place, Trace


class Kind(StrEnum):
    """What a number is."""

    OUTPUT = "output"  # of a layer
    WEIGHT = "weight"
    DATA = "data"  # an input, a target, a random number
    BETWEEN = "between"  # inside a layer, or inside the loss
    LOSS = "loss"


@dataclass(frozen=True)
class Symbol:
    """A name with indices.

    Attributes:
        kind: what it is.
        name: of the weight, the port, the op or the data.
        index: its place, from 1; the batch, which is one example, does not count.
        node: the canvas node it belongs to; "" for none.
        number: tells values of one name in one node apart, from 1.
    """

    kind: Kind
    name: str
    index: tuple[int, ...] = ()
    node: str = ""
    number: int = 1


def symbol_of(trace: Trace, place: Place) -> Symbol:
    """What a number is called."""
    value = place.value
    if value == trace.loss:
        return Symbol(Kind.LOSS, "loss")
    if value in trace.weight_names:
        node, _, name = trace.weight_names[value].partition("/")
        return Symbol(Kind.WEIGHT, name, _index(trace, place, batch=False), node)
    index = _index(trace, place, batch=True)
    if value in trace.output_names:
        node, port = trace.output_names[value]
        return Symbol(Kind.OUTPUT, port, index, node)
    data = _data_behind(trace, value)
    if data:
        return Symbol(Kind.DATA, data.rpartition("/")[2], index)
    made = trace.makers[value]
    alike = [n for n in trace.nodes if n.op.name == made.op.name and n.origin == made.origin]
    number = next((k for k, n in enumerate(alike, 1) if value in n.outputs), 1)
    return Symbol(Kind.BETWEEN, made.op.name, index, made.origin, number)


def _data_behind(trace: Trace, value: int) -> str:
    """The name of what comes from outside and is here as it is, by way of a batch, other shapes or types."""
    while (made := trace.makers.get(value)) is not None:
        outside = [i for i in made.inputs if trace.program.values[i].storage is Storage.DATA]
        if outside:
            value = outside[0]
        elif len(made.inputs) == 1 and (made.op.kind is OpKind.VIEW or made.op.gradient is None):
            value = made.inputs[0]
        else:
            return ""
    found = trace.program.values[value]
    return found.name if found.storage in (Storage.DATA, Storage.FEED) else ""


def _index(trace: Trace, place: Place, *, batch: bool) -> tuple[int, ...]:
    shape = trace.shape(place.value)
    whole = tuple(int(i) + 1 for i in np.unravel_index(place.index, shape)) if shape else ()
    return whole[1:] if batch and shape and shape[0] == 1 else whole
