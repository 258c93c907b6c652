"""Recurrences on the CPU device against the op's own reference: any sizes, in blocks of few examples, long sequences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.devices.cpu import recurrent as kernels
from engine.devices.cpu.device import CpuDevice
from engine.devices.cpu.lanes import Home, Schedule, Work, calls_of
from engine.devices.cpu.memory import CpuMemory
from engine.ops.cells import Cell, cell, gru, lstm, simple
from engine.ops.elementwise import sigmoid, tanh
from engine.ops.op import Attrs, Op
from engine.ops.recurrent import recurrent, recurrent_grad, specs_of
from engine.ops.tape import Tape
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, TensorSpec

pytestmark = pytest.mark.usefixtures("way")
CELLS = (
    cell(simple(tanh), lanes=1, states=2, constants=1, masked=True, held=True),
    cell(lstm(tanh, sigmoid), lanes=4, states=2, used=()),
    cell(lstm(tanh, sigmoid), lanes=4, states=2, masked=True),
    cell(gru(tanh, sigmoid, reset_after=True, use_bias=True), lanes=3, states=1),
    cell(gru(tanh, sigmoid, reset_after=False, use_bias=True), lanes=3, states=1, constants=1, masked=True),
)
kinds = st.sampled_from(CELLS)
steps, sizes = st.sampled_from([1, 2, 5]), st.sampled_from([1, 2, 3, 7, 16, 17])


def arrays_of(kind: Cell, time: int, batch: int, units: int, seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    arrays = [rng.uniform(-1, 1, s.shape).astype(np.float32) for s in specs_of(kind, time, batch, units)]
    if kind.masked:
        arrays[-1] = rng.integers(0, 2, (time, batch)).astype(np.float32)
    return arrays


def grad_arrays(kind: Cell, arrays: list[Array], outputs: tuple[Array, ...], seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    n = kind.states
    shapes = [outputs[j].shape for j in (*kind.used, *range(n, 2 * n))]
    return [*arrays[1:], *outputs[:n], outputs[-1], *(rng.normal(size=s).astype(np.float32) for s in shapes)]


def on_cpu(op: Op, arrays: list[Array], attrs: Attrs) -> list[Array]:
    builder = ProgramBuilder(op.name)
    inputs = [builder.data(f"x{i}", TensorSpec(a.shape)) for i, a in enumerate(arrays)]
    count = len(op.outputs(*inputs, **attrs))
    for i in range(count):
        builder.output(f"y{i}", builder.tensor(builder.nodes[0].outputs[i]))
    memory = CpuMemory()
    for i, array in enumerate(arrays):
        memory.write(f"x{i}", array)
    executable = CpuDevice().compile(builder.finish(), memory)
    executable.run({})
    executable.run({})  # nothing of the first run may remain
    return [executable.output(f"y{i}") for i in range(count)]


def compare(kind: Cell, arrays: list[Array], seed: int, *, backwards: bool) -> None:
    attrs = {"cell": kind, "backwards": backwards, "zero_start": False, "keep": True}
    expected = recurrent.evaluate(*arrays, **attrs)
    for one, other in zip(on_cpu(recurrent, arrays, attrs), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    lean = on_cpu(recurrent, arrays, {**attrs, "keep": kind.multiplies_saved})
    for one, other in zip(lean[: 2 * kind.states], expected, strict=False):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    back = grad_arrays(kind, arrays, expected, seed)
    for one, other in zip(
        on_cpu(recurrent_grad, back, attrs), recurrent_grad.evaluate(*back, **attrs), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@given(kind=kinds, time=steps, batch=sizes, units=sizes, backwards=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_as_the_reference(kind: Cell, time: int, batch: int, units: int, backwards: bool, seed: int) -> None:
    compare(kind, arrays_of(kind, time, batch, units, seed), seed, backwards=backwards)


@pytest.mark.parametrize("kind", CELLS)
def test_in_blocks_of_few_examples(kind: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "BLOCK_BYTES", 2000)
    compare(kind, arrays_of(kind, 3, 11, 5, 1), 1, backwards=False)


def test_a_thousand_steps() -> None:
    kind = CELLS[1]
    arrays = arrays_of(kind, 1000, 2, 3, 4)
    attrs = {"cell": kind, "backwards": False, "zero_start": False, "keep": True}
    expected = recurrent.evaluate(*arrays, **attrs)
    for one, other in zip(on_cpu(recurrent, arrays, attrs), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_neighbouring_gates_are_one_call() -> None:
    step = CELLS[1].forward
    sources: dict[int, Home | float] = {}
    for value, source in step.sources:
        sources[value] = Home("x", source.index) if source.name == "x" else Home(f"state{source.index}")
    saved = [(v, Home("saved", k)) for k, v in enumerate(CELLS[1].saved)]
    schedule = Schedule(step, sources, [*saved, *zip(step.results, map(Home, "hc"), strict=True)])
    work = [item for item in schedule.items if isinstance(item, Work) and item.op is not None]
    counts = [(item.op.name, item.out.count) for item in work if item.op]
    assert counts[0] == ("add", 4)
    assert ("sigmoid", 2) in counts  # input and forget gate
    assert schedule.registers == 2  # f · c and i · g; the sums take over the memory of the product


def test_nothing_that_is_read_again_is_overwritten() -> None:
    tape = Tape()
    x = tape.source("x")
    a = tanh(x)
    b = a * 2.0  # reads a, which is read once more
    result = a * b
    step = tape.step(tape.actions, [result.id], {})
    schedule = Schedule(
        step,
        {v: s.number if s.name == "literal" else Home("x") for v, s in step.sources},
        [(step.results[0], Home("y"))],
    )
    homes = [item.out.home for item in schedule.items if isinstance(item, Work)]
    assert len(set(homes)) == 3


def test_a_value_read_twice_is_not_taken_for_its_neighbour() -> None:
    tape = Tape()
    x = [tape.source("x", j) for j in range(3)]
    results = [tanh(x[j]) for j in (0, 0, 2, 1, 2)]
    step = tape.step(tape.actions, [r.id for r in results], {})
    sources: dict[int, Home | float] = {v: Home("x", s.index) for v, s in step.sources}
    schedule = Schedule(step, sources, [(v, Home("y", k)) for k, v in enumerate(step.results)])
    given_lanes = np.random.default_rng(0).normal(size=(3, 2, 4)).astype(np.float32)
    containers = {"x": given_lanes, "y": np.zeros((5, 2, 4), np.float32)}
    for item in schedule.items:
        assert isinstance(item, Work)
        function, args, out = calls_of(item, containers)
        function(*args, out=out)
    np.testing.assert_array_equal(containers["y"], np.tanh(given_lanes[[0, 0, 2, 1, 2]]))
