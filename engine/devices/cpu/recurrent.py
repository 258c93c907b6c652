"""Recurrences on the CPU: one product and a few calls on lanes for each time step, all prepared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from engine.devices.cpu.calls import Call, Prepared, Scratch, Task, assign, together
from engine.devices.cpu.lanes import REGISTERS, Home, Schedule, calls_of
from engine.devices.cpu.stretches import Stretch, Stretches
from engine.ops.cells import Cell
from engine.ops.recurrent import Backward, Operands, order
from engine.ops.tape import Product, Source, Step
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.devices.cpu.native.products import Packed

LANE_ROWS = 16  # examples; fewer are not worth a product
BLOCK_BYTES = 3 * 1024 * 1024  # of everything that the calls of a step touch; what they share is less


def _lanes(array: Array, units: int) -> Array:
    """(batch, n x units) as (n, batch, units)."""
    return array.reshape(array.shape[0], -1, units, copy=False).swapaxes(0, 1)


def _fixed(given: Operands[Array], units: int) -> dict[str, Array]:
    """Containers that are the same in all steps."""
    found = {f"bias{q}": bias.reshape(-1, 1, units) for q, bias in given.biases.items()}
    return found | {f"constant{j}": constant[np.newaxis] for j, constant in enumerate(given.constants)}


def _sources(step: Step) -> dict[int, Home | float]:
    """Where the values from outside are: containers of several lanes, and states, which have one each."""
    places: dict[int, Home | float] = {}
    for value, source in step.sources:
        if source.name == "literal":
            places[value] = source.number
        elif source.name in ("x", "saved") or source.name.startswith("bias"):
            places[value] = Home(source.name, source.index)
        elif source.name == "mask":
            places[value] = Home("mask")
        else:
            places[value] = Home(f"{source.name}{source.index}")
    return places


@dataclass(frozen=True)
class _Factor:
    """The weights of a product, which all time steps multiply with.

    Attributes:
        matrix: in the order in which it is multiplied.
        packed: the same for machine code, where that is faster.
    """

    matrix: Array
    packed: Packed | None = None

    @classmethod
    def of(
        cls, weight: Array, scratch: Scratch, rows: int, *, turned: bool, alone: bool
    ) -> tuple[_Factor, list[Call]]:
        """With the calls that have to come before.

        Args:
            weight: of the product.
            scratch: for what is made of it.
            rows: of what is multiplied with it.
            turned: whether its transpose is meant.
            alone: whether nothing else happens at the same time, so that all threads should share each product.
        """
        matrix, lowering = weight.T if turned else weight, scratch.lowering
        packed = None if lowering is None or alone else lowering.packed(matrix, rows, scratch)
        if packed is not None:
            return cls(matrix, packed), [Call(Prepared(packed.filling()), ())]
        if not turned:
            return cls(matrix), []
        copy = scratch.take(matrix.shape)  # multiplying with it is a fourth faster than with a view
        return cls(copy), [Call(assign, (matrix,), copy)]

    def times(self, left: Array, out: Array) -> Call:
        """The call of `out` = `left` @ matrix."""
        entries = None if self.packed is None else self.packed.times(left, out)
        return Call(np.matmul, (left, self.matrix), out) if entries is None else Call(Prepared(entries), ())


_Schedule = Schedule | Stretches


def _scheduled(step: Step, homes: Sequence[tuple[int, Home]], scratch: Scratch, like: Array) -> _Schedule:
    """The work of a step: by chains, where there is machine code for them, otherwise op by op."""
    sources = _sources(step)
    if scratch.lowering is not None:
        found = Stretches(step, sources, homes, like.shape)
        if all(scratch.lowering.supports(body) for body in found.bodies):
            return found
    return Schedule(step, sources, homes)


class _Runner:
    """Makes the calls of one time step after the other."""

    def __init__(
        self, schedule: _Schedule, weights: Sequence[Array], scratch: Scratch, like: Array, *, alone: bool
    ) -> None:
        self._items = schedule.items
        self._rows = _row_blocks(schedule, like)
        batch, self._units = like.shape
        self._products = [scratch.take((batch, len(p.outs) * self._units)) for p in schedule.products]
        self._own = {f"product{k}": _lanes(a, self._units) for k, a in enumerate(self._products)}
        self._own[REGISTERS] = scratch.take((schedule.registers, batch, self._units))
        self._factors: list[_Factor] = []
        self.before: list[Call] = []
        for product in schedule.products:
            factor, calls = _Factor.of(
                weights[product.weight], scratch, batch, turned=product.transposed, alone=alone
            )
            self._factors.append(factor)
            self.before += calls

    def calls(self, containers: Mapping[str, Array], lefts: Sequence[Array]) -> list[Call]:
        """One time step.

        Args:
            containers: (lanes, batch, units) by name; dimensions may be 1 where the values are the same.
            lefts: what each product multiplies, as a matrix.
        """
        known = {**self._own, **containers}
        blocks = [_part(known, rows) for rows in self._rows] if len(self._rows) > 1 else [known]
        found: list[Call] = []
        number = 0
        for are_products, items in groupby(self._items, lambda item: isinstance(item, Product)):
            for _ in items if are_products else ():
                found.append(self._factors[number].times(lefts[number], self._products[number]))
                number += 1
            work = [] if are_products else [item for item in items if not isinstance(item, Product)]
            found += [
                item.call(block) if isinstance(item, Stretch) else calls_of(item, block)
                for block in blocks
                for item in work
            ]
        return found


def _row_blocks(schedule: _Schedule, like: Array) -> list[slice]:
    """Examples to work on at a time, so that what the calls share stays in the second-level cache; chains share nothing."""
    batch, units = like.shape
    if isinstance(schedule, Stretches):
        return [slice(batch)]
    lanes = 2 * (schedule.registers + len(schedule.items))
    step = max(1, BLOCK_BYTES // max(1, 4 * lanes * units))
    return [slice(start, min(start + step, batch)) for start in range(0, batch, step)]


def _part(containers: Mapping[str, Array], rows: slice) -> dict[str, Array]:
    return {name: a[:, rows] if a.shape[1] != 1 else a for name, a in containers.items()}


def _left(source: Source, states: Sequence[Array], saved: Array) -> Array:
    return states[source.index] if source.name == "state" else saved[source.index]


def recurrent_calls(task: Task) -> list[Call]:
    """A cell applied step by step."""
    kind: Cell = task.attrs["cell"]
    inputs = [1, *_axes(kind)]
    outputs = [*[1] * kind.states, *[0] * kind.states, 2]
    return _by_examples(task, inputs, outputs, _forward_calls)


def recurrent_grad_calls(task: Task) -> list[Call]:
    """Its gradient, the last step first."""
    kind: Cell = task.attrs["cell"]
    finals = len(task.inputs) - len(_axes(kind)) - kind.states - 1 - len(kind.used)
    inputs = [*_axes(kind), *[1] * kind.states, 2, *[1] * len(kind.used), *[0] * finals]
    outputs = [1, *[0] * kind.states, *[1] * len(kind.packs)]
    return _by_examples(task, inputs, outputs, _backward_calls)


def _axes(kind: Cell) -> list[int | None]:
    """Where the examples are counted in each of the `Operands`."""
    shared = len(kind.products) + len(kind.biased)
    return [*[0] * kind.states, *[None] * shared, *[0] * kind.constants, *[1] * kind.masked]


def _by_examples(
    task: Task, inputs: Sequence[int | None], outputs: Sequence[int], make: Callable[[Task, bool], list[Call]]
) -> list[Call]:
    """The calls for a part of the examples in each lane: no step has to wait for the other lanes'."""
    batch = task.outputs[0].shape[1]
    lowering = task.scratch.lowering
    count = 1 if lowering is None else max(1, min(lowering.threads, batch // LANE_ROWS))
    if count == 1:
        return make(task, True)
    lists: list[list[Call]] = []
    for k in range(count):
        rows = slice(batch * k // count, batch * (k + 1) // count)
        ins = [_rows(a, axis, rows) for a, axis in zip(task.inputs, inputs, strict=True)]
        outs = [_rows(a, axis, rows) for a, axis in zip(task.outputs, outputs, strict=True)]
        lists.append(make(Task(task.node, ins, outs, task.scratch), False))
    return together(lists)


def _rows(array: Array, axis: int | None, rows: slice) -> Array:
    return array if axis is None else array[(slice(None),) * axis + (rows,)]


def _forward_calls(task: Task, alone: bool) -> list[Call]:
    kind: Cell = task.attrs["cell"]
    x, given, step = task.inputs[0], Operands.of(kind, task.inputs[1:]), kind.forward
    sequences, saved = task.outputs[: kind.states], task.outputs[-1]
    units = given.initial[0].shape[1]
    homes = [(v, Home(f"after{j}")) for j, v in enumerate(step.results)]
    homes += [(v, Home("saved", k)) for k, v in enumerate(kind.saved[: saved.shape[1]])]
    schedule = _scheduled(step, homes, task.scratch, given.initial[0])
    runner = _Runner(schedule, given.weights, task.scratch, given.initial[0], alone=alone)
    calls = list(runner.before)
    states: list[Array] = list(given.initial)
    for t in order(len(x), backwards=task.attrs["backwards"]):
        new = [s[t] for s in sequences]
        containers = _fixed(given, units)
        containers |= {"x": _lanes(x[t], units), "saved": saved[t]}
        containers |= {f"state{j}": s[np.newaxis] for j, s in enumerate(states)}
        containers |= {f"after{j}": s[np.newaxis] for j, s in enumerate(new)}
        if given.mask is not None:
            containers["mask"] = given.mask[t][np.newaxis, :, np.newaxis]
        lefts = [_left(kind.products[p.weight].left, states, saved[t]) for p in schedule.products]
        calls += runner.calls(containers, lefts)
        states = new
    calls += [
        Call(assign, (s,), out)
        for s, out in zip(states, task.outputs[kind.states : 2 * kind.states], strict=True)
    ]
    return calls


def _backward_calls(task: Task, alone: bool) -> list[Call]:
    kind: Cell = task.attrs["cell"]
    given, step = Operands.of(kind, task.inputs), kind.backward
    known = Backward.of(kind, given.rest)
    units = given.initial[0].shape[1]
    dx, packs = task.outputs[0], dict(zip(kind.packs, task.outputs[1 + kind.states :], strict=True))
    names = ["dx"] * kind.lanes + [f"pack{q}" for q in kind.packs for _ in range(kind.products[q].count)]
    lanes = [*range(kind.lanes), *(j for q in kind.packs for j in range(kind.products[q].count))]
    homes = [(v, Home(f"next{j}")) for j, v in enumerate(step.results[: kind.states])]
    homes += [(v, Home(n, k)) for v, n, k in zip(step.results[kind.states :], names, lanes, strict=True)]
    schedule = _scheduled(step, homes, task.scratch, given.initial[0])
    runner = _Runner(schedule, given.weights, task.scratch, given.initial[0], alone=alone)
    calls = list(runner.before)
    turns = [[task.scratch.take((1, *s.shape)) for s in given.initial] for _ in range(2)]
    carry = [g[np.newaxis] for g in known.finals]
    times = order(len(dx), backwards=task.attrs["backwards"])
    for k in reversed(range(len(times))):
        t = times[k]
        after = turns[k % 2] if k else [o[np.newaxis] for o in task.outputs[1 : 1 + kind.states]]
        before = [s[times[k - 1]] for s in known.sequences] if k else given.initial
        containers = _fixed(given, units)
        containers |= {"dx": _lanes(dx[t], units), "saved": known.saved[t]}
        containers |= {f"pack{q}": _lanes(pack[t], units) for q, pack in packs.items()}
        containers |= {f"carry{j}": a for j, a in enumerate(carry)}
        containers |= {f"next{j}": a for j, a in enumerate(after)}
        containers |= {f"before{j}": s[np.newaxis] for j, s in enumerate(before)}
        containers |= {f"after{j}": s[t][np.newaxis] for j, s in enumerate(known.sequences)}
        containers |= {f"grad{j}": g[t][np.newaxis] for j, g in known.grads.items()}
        if given.mask is not None:
            containers["mask"] = given.mask[t][np.newaxis, :, np.newaxis]
        slopes = {q: pack[t] for q, pack in packs.items()}
        for q, w in enumerate(kind.products):
            if w.place >= 0:
                slopes[q] = dx[t][:, w.place * units : (w.place + w.count) * units]
        calls += runner.calls(containers, [slopes[p.weight] for p in schedule.products])
        carry = after
    return calls
