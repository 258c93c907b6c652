"""Two slow, obvious ways to run a program, which the compiler's rewrites and plans are compared with.

`interpret` gives every value an array of its own. `execute_plan` has only the bytes that `plan_memory` gave out, filled
with NaN at first, and looks at every read: it must find what the interpreter knows the value to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.compiler.plan_memory import Planned
from engine.ops.op import OpKind
from engine.program.program import Node, Program, Storage
from engine.tensor.spec import Array

Given = Mapping[tuple[Storage, str], Array]


@dataclass(frozen=True, eq=False)
class Result:
    """Outputs and states after one step by name, and every value by id."""

    outputs: dict[str, Array]
    states: dict[str, Array]
    values: dict[int, Array]


def interpret(program: Program, given: Given) -> Result:
    """One step, every value in memory of its own."""
    values: dict[int, Array] = dict(program.constants)
    for value in program.values.values():
        if (value.storage, value.name) in given:
            values[value.id] = given[value.storage, value.name]
    for node in program.nodes:
        outputs = _empty(program, node)
        node.op.compute([values[v] for v in node.inputs], outputs, node.attrs)
        values.update(zip(node.outputs, outputs, strict=True))
    states = {name: given[Storage.STATE, name] for name in program.named(Storage.STATE)}
    for state, value_id in program.updates:
        name = program.values[state].name
        states[name] = values[value_id].reshape(states[name].shape)
    return Result({name: values[v] for name, v in program.outputs.items()}, states, values)


def execute_plan(planned: Planned, given: Given) -> Result:
    """One step in the planned memory.

    Raises:
        AssertionError: a step reads something else than the value it is meant to read.
    """
    program = planned.program
    truth = dict(interpret(program, given).values)
    buffers = {name: np.full(size, 0xFF, np.uint8) for name, size in planned.sizes.items()}  # NaN as float32

    def view(value: int) -> Array:
        place, spec = planned.locations[value], program.values[value].spec
        raw = buffers[place.buffer][place.offset : place.offset + place.nbytes]
        return raw.view(spec.dtype.numpy).reshape(spec.shape)

    for value in program.values.values():
        if value.id in program.constants or (value.storage, value.name) in given:
            view(value.id)[...] = truth[value.id]
    for node in planned.steps:
        inputs = [view(v).copy() for v in node.inputs]  # an in-place node reads before it writes
        for v, array in zip(node.inputs, inputs, strict=True):
            np.testing.assert_array_equal(array, truth[v], f"{node.op.name} reads value {v} after its time")
        outputs = _empty(program, node)
        node.op.compute(inputs, outputs, node.attrs)
        for v, array in zip(node.outputs, outputs, strict=True):
            view(v)[...] = array
    states = {name: view(v.id) for name, v in program.named(Storage.STATE).items()}
    return Result({name: view(v) for name, v in program.outputs.items()}, states, {})


def _empty(program: Program, node: Node) -> list[Array]:
    specs = [program.values[v].spec for v in node.outputs]
    return [np.full(s.shape, np.nan if s.dtype.numpy.kind == "f" else 77, s.dtype.numpy) for s in specs]


def overlaps(planned: Planned) -> list[tuple[int, int]]:
    """Pairs of temporaries that lie on the same bytes while both are needed."""
    alias = {n.outputs[0]: n.inputs[0] for n in planned.program.nodes if n.op.kind is OpKind.VIEW}

    def root(v: int) -> int:
        while v in alias:
            v = alias[v]
        return v

    born = {v: k for k, n in enumerate(planned.steps) for v in n.outputs}
    dead = dict(born)
    for k, node in enumerate(planned.steps):
        dead.update({root(v): k for v in node.inputs})
    dead.update({root(v): len(planned.steps) for v in planned.program.outputs.values()})
    places = [(v, planned.locations[v]) for v in born if planned.locations[v].buffer == "temp"]
    return [
        (a, b)
        for a, at in places
        for b, bt in places
        if a < b
        and at.offset < bt.offset + bt.nbytes
        and bt.offset < at.offset + at.nbytes
        and born[a] < dead[b]
        and born[b] < dead[a]
    ]
