"""Chains of a recurrent step: what is one chain, what is kept for later, and the same numbers as op by op."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from engine.devices.cpu.lanes import REGISTERS, Home, Schedule, Work, calls_of
from engine.devices.cpu.stretches import Stretch, Stretches
from engine.ops.cells import Cell, cell, gru, lstm, simple
from engine.ops.elementwise import sigmoid, tanh
from engine.ops.tape import Product, Step, Tape
from engine.tensor.spec import Array

CELLS = {
    "simple": cell(simple(tanh), lanes=1, states=2, constants=1, masked=True, held=True),
    "lstm": cell(lstm(tanh, sigmoid), lanes=4, states=2),
    "gru": cell(gru(tanh, sigmoid, reset_after=False, use_bias=True), lanes=3, states=1),
}
SHAPE = (3, 5)


def sources_of(step: Step) -> dict[int, Home | float]:
    return {v: s.number if s.name == "literal" else Home(f"from {s.name}", s.index) for v, s in step.sources}


def scheduled(step: Step) -> Stretches:
    return Stretches(step, sources_of(step), [(v, Home("to", k)) for k, v in enumerate(step.results)], SHAPE)


def ran(schedule: Schedule | Stretches, given: Mapping[str, Array]) -> Array:
    """The results; products give the numbers that lie ready for them."""
    containers = {name: a.copy() for name, a in given.items()}
    containers[REGISTERS] = np.zeros((max(1, schedule.registers), *SHAPE), np.float32)
    for item in schedule.items:
        if isinstance(item, Stretch):
            function, inputs, out = item.call(containers)
            function(*inputs, out=out)
        elif isinstance(item, Work):
            function, inputs, out = calls_of(item, containers)
            function(*inputs, out=out)
    return containers["to"]


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_same_numbers_as_op_by_op(name: str, direction: str) -> None:
    step: Step = getattr(CELLS[name], direction)
    sources = sources_of(step)
    one = scheduled(step)
    other = Schedule(step, sources, [(v, Home("to", k)) for k, v in enumerate(step.results)])
    rng = np.random.default_rng(7)
    names = {home.container for home in sources.values() if isinstance(home, Home)} | {"to"}
    containers = {n: rng.normal(size=(8, *SHAPE)).astype(np.float32) for n in names}
    for k, product in enumerate(one.products):
        containers[f"product{k}"] = rng.normal(size=(len(product.outs), *SHAPE)).astype(np.float32)
    expected = ran(other, containers)
    assert not np.array_equal(expected[: len(step.results)], containers["to"][: len(step.results)])
    np.testing.assert_array_equal(ran(one, containers), expected)


def test_all_between_two_products_is_one_chain() -> None:
    kinds: dict[str, Cell] = CELLS
    assert [type(i) for i in scheduled(kinds["lstm"].forward).items] == [Product, Stretch]
    assert scheduled(kinds["lstm"].forward).registers == 0
    reset = scheduled(kinds["gru"].forward)
    assert [type(i) for i in reset.items] == [Product, Stretch, Product, Stretch]
    assert reset.registers > 0  # what the second product multiplies, and the update gate


def test_what_passes_through_gets_home_before_a_product_reads_it() -> None:
    tape = Tape()
    x = tape.source("x")
    (y,) = tape.product((x,), 0, 1)
    step = tape.step(tape.actions, [x.id, y.id, y.id], {})
    homes = [Home("pack"), Home("to"), Home("also")]
    schedule = Stretches(step, {x.id: Home("x")}, list(zip(step.results, homes, strict=True)), SHAPE)
    assert [type(i) for i in schedule.items] == [Stretch, Product, Stretch]
    first, last = schedule.items[0], schedule.items[2]
    assert isinstance(first, Stretch)
    assert isinstance(last, Stretch)
    assert (first.operands, first.targets) == ((Home("x"),), (Home("pack"),))
    assert (last.operands, last.targets) == ((Home("product0"),), (Home("to"), Home("also")))
