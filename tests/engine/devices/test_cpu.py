"""The CPU device against the interpreter: on every op sample, with epilogues, on random programs, in small pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.devices.base import DeviceError
from engine.devices.cpu import convolution, elementwise, pooling, rows
from engine.devices.cpu.device import CpuDevice, open_device
from engine.devices.cpu.memory import CpuMemory
from engine.ops.conv import conv
from engine.ops.elementwise import maximum, mul, relu, sigmoid, sub, tanh
from engine.ops.matmul import matmul
from engine.ops.op import Op, Sample, Tensor
from engine.ops.reductions import sum_
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec
from tests.engine.compiler.random_programs import given_arrays, programs
from tests.engine.ops.samples import CASES, arrays, case_id, feeds, one_node

pytestmark = pytest.mark.usefixtures("way")
WITH_EPILOGUE = [
    (op, s) for op, s in CASES if op.name in ("matmul", "conv", "conv_input_grad", "conv_weight_grad")
]


@pytest.fixture
def device() -> Iterator[CpuDevice]:
    opened = open_device()
    yield opened
    opened.close()


@pytest.fixture
def tiny_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and pieces of a few elements, so that small tensors take many, with a remainder."""
    monkeypatch.setattr(elementwise, "BLOCK", 6)
    monkeypatch.setattr(convolution, "PIECE_BYTES", 150)
    monkeypatch.setattr(convolution, "FOLD_BYTES", 150)
    monkeypatch.setattr(pooling, "PIECE_BYTES", 100)
    monkeypatch.setattr(rows, "GATHER_BYTES", 8)
    monkeypatch.setattr(rows, "SUM_ROWS", 4)


def run_once(
    program: Program, given: dict[tuple[Storage, str], Array]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Outputs and states after one step on the device."""
    device = CpuDevice()
    memory = device.memory()
    for (storage, name), array in given.items():
        if storage is not Storage.FEED:
            memory.write(name, array)
    executable = device.compile(program, memory)
    executable.run({name: array[np.newaxis] for (s, name), array in given.items() if s is Storage.FEED})
    states = {name: memory.read(name) for (s, name) in given if s is Storage.STATE}
    return {name: executable.output(name) for name in program.outputs}, states


def assert_equal_to_interpreter(program: Program, given: dict[tuple[Storage, str], Array]) -> None:
    def named(storage: Storage) -> dict[str, Array]:
        return {name: array.copy() for (s, name), array in given.items() if s is storage}

    expected = interpret(program, named(Storage.FEED), named(Storage.DATA), named(Storage.STATE))
    for received, truth in zip(run_once(program, given), expected, strict=True):
        assert received.keys() == truth.keys()
        for name, array in truth.items():
            assert received[name].dtype == array.dtype
            np.testing.assert_allclose(received[name], array, rtol=2e-5, atol=2e-5, err_msg=name)


def as_feeds(inputs: list[Array]) -> dict[tuple[Storage, str], Array]:
    return {(Storage.FEED, name): array for name, array in feeds(inputs).items()}


@pytest.mark.parametrize(("op", "sample"), CASES, ids=case_id)
def test_op_equals_the_reference(op: Op, sample: Sample) -> None:
    assert_equal_to_interpreter(one_node(op, sample), as_feeds(arrays(op, sample)))


@pytest.mark.usefixtures("tiny_pieces")
@pytest.mark.parametrize(("op", "sample"), CASES, ids=case_id)
def test_op_equals_the_reference_in_pieces(op: Op, sample: Sample) -> None:
    assert_equal_to_interpreter(one_node(op, sample), as_feeds(arrays(op, sample)))


def _activated(x: Tensor, builder: ProgramBuilder) -> None:
    """What a layer does after its product: bias, activation, and a value that something else reads."""
    bias = builder.constant(np.linspace(-1, 1, x.shape[-1], dtype=np.float32), DType.FLOAT32)
    per_row = builder.constant(
        np.linspace(0.5, 1, x.shape[0], dtype=np.float32).reshape(-1, *[1] * (x.spec.rank - 1)), DType.FLOAT32
    )
    shifted = x + bias
    builder.output("activation", relu(shifted) * per_row)
    builder.output("gate", sigmoid(sub(shifted, x)))
    builder.output("plain", x)


@pytest.mark.parametrize("pieces", ["whole", "tiny"])
@pytest.mark.parametrize(("op", "sample"), WITH_EPILOGUE, ids=case_id)
def test_epilogue(op: Op, sample: Sample, pieces: str, request: pytest.FixtureRequest) -> None:
    if pieces == "tiny":
        request.getfixturevalue("tiny_pieces")
    builder = ProgramBuilder("epilogue")
    inputs = [builder.feed(f"x{i}", spec) for i, spec in enumerate(sample.inputs)]
    _activated(op(*inputs, **sample.attrs), builder)
    assert_equal_to_interpreter(builder.finish(), as_feeds(arrays(op, sample)))


@given(programs(), st.integers(0, 99), st.sampled_from([5, 16384]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_programs(monkeypatch: pytest.MonkeyPatch, program: Program, seed: int, block: int) -> None:
    monkeypatch.setattr(elementwise, "BLOCK", block)
    assert_equal_to_interpreter(program, given_arrays(seed))


shapes = st.sampled_from(
    [(), (1,), (5,), (3, 1), (3, 5), (2, 1, 5), (2, 3, 1), (2, 3, 5), (2, 1, 1), (1, 3, 5)]
)


@given(st.lists(shapes, min_size=2, max_size=5), st.sampled_from([1, 4, 7, 16384]), st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_broadcast_chains(
    monkeypatch: pytest.MonkeyPatch, operands: list[tuple[int, ...]], block: int, data: st.DataObject
) -> None:
    monkeypatch.setattr(elementwise, "BLOCK", block)
    builder = ProgramBuilder("chain")
    values = [builder.feed(f"x{i}", TensorSpec(shape)) for i, shape in enumerate(operands)]
    full = builder.feed("full", TensorSpec((2, 3, 5)))
    for _ in range(data.draw(st.integers(1, 8))):
        op = data.draw(st.sampled_from([mul, sub, maximum]))
        full = op(full, values[data.draw(st.integers(0, len(values) - 1))])
        values.append(tanh(full))
    builder.output("chain", full)
    builder.output("last", values[-1])
    rng = np.random.default_rng(2)
    given_feeds = {(Storage.FEED, f"x{i}"): _normal(rng, shape) for i, shape in enumerate(operands)}
    assert_equal_to_interpreter(
        builder.finish(), {**given_feeds, (Storage.FEED, "full"): _normal(rng, (2, 3, 5))}
    )


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.normal(size=shape), np.float32)


# -- a whole step ----------------------------------------------------------------------------------------------
def _descent() -> Program:
    """Least squares by gradient descent, with the sum of the losses kept."""
    b = ProgramBuilder("train")
    x, y = b.data("x", TensorSpec((8, 3))), b.data("y", TensorSpec((8, 1)))
    w, total = b.state("w", TensorSpec((3, 1))), b.state("total", TensorSpec(()))
    rate = b.feed("rate", TensorSpec(()))
    error = matmul(x, w) - y
    b.update(w, w - matmul(x, error, transpose_a=True) * rate)
    b.update(total, total + sum_(error * error, axes=(0, 1)))
    b.output("error", error)
    return b.finish()


def _write_descent(memory: CpuMemory) -> None:
    rng = np.random.default_rng(4)
    x = _normal(rng, (8, 3))
    memory.write("x", x)
    memory.write("y", x @ np.array([[1], [2], [3]], np.float32))
    memory.write("w", np.zeros((3, 1), np.float32))
    memory.write("total", np.zeros((), np.float32))


def test_steps_change_states_in_place(device: CpuDevice) -> None:
    memory = device.memory()
    executable = device.compile(_descent(), memory)  # before anything is written
    _write_descent(memory)
    executable.run({"rate": np.full(300, 0.05, np.float32)}, steps=300)
    np.testing.assert_allclose(memory.read("w"), [[1], [2], [3]], atol=1e-3)
    assert np.abs(executable.output("error")).max() < 1e-2
    assert memory.read("total") > 1


def test_the_same_run_twice_gives_the_same_bits(device: CpuDevice) -> None:
    results = []
    for chunk in (10, 5):
        memory = device.memory()
        _write_descent(memory)
        executable = device.compile(_descent(), memory)
        for _ in range(10 // chunk):
            executable.run({"rate": np.full(chunk, 0.05, np.float32)}, steps=chunk)
        results.append(memory.read("w"))
    np.testing.assert_array_equal(results[0], results[1])


def test_programs_share_memory_and_notice_another_data_set(device: CpuDevice) -> None:
    memory = device.memory()
    _write_descent(memory)
    train = device.compile(_descent(), memory)
    b = ProgramBuilder("read")
    b.output("doubled", b.state("w", TensorSpec((3, 1))) * 2.0)
    read = device.compile(b.finish(), memory)
    train.run({"rate": np.full(5, 0.05, np.float32)}, steps=5)
    read.run({})
    np.testing.assert_array_equal(read.output("doubled"), 2 * memory.read("w"))
    stored = np.ones((8, 3), np.float32)
    stored.setflags(write=False)
    memory.write("x", stored)  # another array under the name
    memory.write("w", np.zeros((3, 1), np.float32))
    memory.write("y", np.zeros((8, 1), np.float32))
    train.run({"rate": np.zeros(1, np.float32)})
    assert not train.output("error").any()


def test_a_read_only_array_is_not_copied_and_never_written(device: CpuDevice) -> None:
    memory = device.memory()
    table = np.zeros((1000, 10), np.float32)
    table.setflags(write=False)
    memory.write("w", table)
    assert np.shares_memory(memory.bind("w", TensorSpec((1000, 10)), writable=False), table)
    b = ProgramBuilder("fill")
    w = b.state("w", TensorSpec((1000, 10)))
    b.update(w, w + 1.0)
    device.compile(b.finish(), memory).run({})
    assert not table.any()
    assert memory.read("w").all()


def test_bytes_are_known_before_the_first_step(device: CpuDevice) -> None:
    memory = device.memory()
    executable = device.compile(_descent(), memory)
    before = executable.nbytes
    _write_descent(memory)
    executable.run({"rate": np.zeros(1, np.float32)})
    assert executable.nbytes == before > 0
    assert memory.nbytes == 4 * (24 + 8 + 3 + 1)


def test_numbers_that_overflow_make_no_noise(device: CpuDevice) -> None:
    memory = device.memory()
    _write_descent(memory)
    executable = device.compile(_descent(), memory)
    executable.run({"rate": np.full(60, 1e9, np.float32)}, steps=60)
    assert not np.isfinite(memory.read("w")).any()


@pytest.mark.parametrize(
    ("given_feeds", "message"),
    [({}, "needs the feed rate"), ({"rate": np.zeros(2, np.float32)}, r"shape \(1,\), received \(2,\)")],
)
def test_wrong_feeds_are_named(device: CpuDevice, given_feeds: dict[str, Array], message: str) -> None:
    memory = device.memory()
    _write_descent(memory)
    executable = device.compile(_descent(), memory)
    with pytest.raises(DeviceError, match=message):
        executable.run(given_feeds)


def test_missing_and_wrong_tensors_are_named(device: CpuDevice) -> None:
    memory = device.memory()
    executable = device.compile(_descent(), memory)
    with pytest.raises(DeviceError, match="no tensor named"):
        executable.run({"rate": np.zeros(1, np.float32)})
    _write_descent(memory)
    memory.write("w", np.zeros((4, 1), np.float32))
    with pytest.raises(DeviceError, match="needs w as 3 × 1 float32"):
        executable.run({"rate": np.zeros(1, np.float32)})


def test_a_picture_larger_than_a_piece_is_split(device: CpuDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "PIECE_BYTES", 4000)
    sample = Sample(
        (TensorSpec((2, 23, 19, 5)), TensorSpec((3, 3, 5, 7))),
        {"strides": (2, 1), "padding": ((1, 1), (2, 0)), "dilation": (1, 2)},
    )
    assert_equal_to_interpreter(one_node(conv, sample), as_feeds(arrays(conv, sample)))
