"""Machine code for the CPU device: every kernel against NumPy, edge cases of numbers, threads, kept code, closing."""

from __future__ import annotations

import functools
import gc
import math
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite")

from engine.devices.base import Interrupted
from engine.devices.cpu import device as cpu
from engine.devices.cpu.device import CpuDevice
from engine.devices.cpu.executable import CpuExecutable
from engine.devices.cpu.memory import CpuMemory
from engine.devices.cpu.native import blas, geometry, toolchain
from engine.devices.cpu.native.machine import Machine, cores
from engine.devices.cpu.native.vectors import EMITTERS
from engine.ops.elementwise import relu
from engine.ops.gather import take_rows
from engine.ops.matmul import matmul
from engine.ops.movement import cast, concat, one_hot, pad, slice_, transpose
from engine.ops.op import Op, Tensor
from engine.ops.pool import max_pool
from engine.ops.random import uniform
from engine.ops.reductions import argmax, sum_
from engine.ops.registry import ops
from engine.ops.softmax import log_softmax, softmax
from engine.paths import CACHE_DIR_VARIABLE
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.tensor.spec import Array, DType, TensorSpec

pytestmark = pytest.mark.skipif(blas.find_blas() is None, reason="NumPy's BLAS cannot be called from outside")

SPECIAL = np.array(
    [
        *(0.0, -0.0, 1.0, -1.0, 0.5, 0.4999, 2.5, -2.5, 20.0, math.inf, -math.inf, math.nan),
        *(1e-40, -1e-40, 1e-38, 1e-7, -1e-7, 3e38, -3e38, 88.7, 89.0, -87.4, -104.0, 7.99, -9.0),
    ],
    np.float32,
)


@functools.cache
def shared() -> CpuDevice:
    """One device for all tests that need no other; its threads end by themselves."""
    return CpuDevice()


def compiled(
    build: Callable[..., Tensor], arrays: list[Array], device: CpuDevice
) -> tuple[CpuExecutable, CpuMemory]:
    builder = ProgramBuilder("one")
    specs = [TensorSpec(a.shape, DType(str(a.dtype))) for a in arrays]
    builder.output("y", build(*(builder.data(f"x{i}", spec) for i, spec in enumerate(specs))))
    memory = device.memory()
    for i, array in enumerate(arrays):
        memory.write(f"x{i}", array)
    return device.compile(builder.finish(), memory), memory


def on_device(build: Callable[..., Tensor], *arrays: Array, device: CpuDevice | None = None) -> Array:
    """The result, of a step that is machine code from end to end."""
    executable, _ = compiled(build, list(arrays), device or shared())
    executable.run({}, 2)
    assert executable.is_native
    return executable.output("y")


def reference(op: Op, *arrays: Array, **attrs: object) -> Array:
    with np.errstate(all="ignore"):
        (found,) = op.evaluate(*arrays, **attrs)
    return found


def normal(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


# -- rows ----------------------------------------------------------------------------------------------------
@given(st.integers(1, 40), st.integers(1, 70), st.integers(0, 9))
@settings(max_examples=80)
def test_scores(rows: int, columns: int, seed: int) -> None:
    x = 5 * normal(seed, rows, columns)
    for op in (softmax, log_softmax):
        np.testing.assert_allclose(on_device(op, x), reference(op, x), rtol=3e-6, atol=3e-6)


@pytest.mark.parametrize("op", [softmax, log_softmax], ids=lambda op: op.name)
def test_scores_that_are_no_numbers(op: Op) -> None:
    x = np.zeros((7, 20), np.float32)
    x[0, 3], x[1, 17], x[2, 4] = np.nan, np.inf, -np.inf
    x[3], x[4], x[5, :19], x[6] = -np.inf, 3e38, -3e38, 1e-40
    np.testing.assert_allclose(on_device(op, x), reference(op, x), rtol=3e-6, atol=1e-7)


@given(st.integers(1, 9), st.integers(1, 50), st.integers(0, 99))
@settings(max_examples=80)
def test_the_first_of_equal_maxima(rows: int, columns: int, seed: int) -> None:
    values = np.array([0.0, 1.0, -1.0, -0.0, np.inf, -np.inf, np.nan], np.float32)
    x = np.random.default_rng(seed).choice(values, (rows, columns))
    np.testing.assert_array_equal(on_device(argmax, x), reference(argmax, x))


@pytest.mark.parametrize("depth", [1, 2, 10, 16, 33])
def test_classes(depth: int) -> None:
    numbers = np.random.default_rng(depth).integers(-2, depth + 2, (3, 7)).astype(np.int32)
    found = on_device(lambda x: one_hot(x, depth=depth), numbers)
    np.testing.assert_array_equal(found, reference(one_hot, numbers, depth=depth))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 100, 70_000])
def test_changes_of_type(count: int) -> None:
    whole = np.random.default_rng(0).integers(-(2**31), 2**31, count).astype(np.int32)
    found = on_device(lambda x: cast(x, dtype=DType.FLOAT32), whole)
    np.testing.assert_array_equal(found, whole.astype(np.float32))
    floats = 1e4 * normal(1, count)
    np.testing.assert_array_equal(
        on_device(lambda x: cast(x, dtype=DType.INT32), floats), floats.astype(np.int32)
    )


@pytest.mark.parametrize("shape", [(3,), (5, 16), (2, 7, 7), (300, 33)])
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float32])
def test_rows_by_number(shape: tuple[int, ...], kind: type[np.generic]) -> None:
    table = np.random.default_rng(3).integers(0, 256, shape).astype(kind)
    index = (
        np.random.default_rng(4).integers(-3, shape[0] + 3, (6, 7)).astype(np.int32)
    )  # some beyond the table
    scale = 1.0 / 255.0 if kind is np.uint8 else 1.0
    found = on_device(lambda t, i: take_rows(t, i, scale=scale), table, index)
    np.testing.assert_array_equal(found, reference(take_rows, table, index, scale=scale))


@pytest.mark.parametrize("size", [1, 4, 63, 64, 65, 70_001])
def test_random_numbers_are_those_of_every_device(size: int) -> None:
    for seed, step, stream in ((0, 0, 0), (7, 123, 5), (-1, 2**31 - 1, 99)):
        words = [np.array(seed, np.int32), np.array(step, np.int32)]
        found = on_device(lambda a, b, s=stream: uniform(a, b, stream=s, shape=(size,)), *words)
        np.testing.assert_array_equal(found, reference(uniform, *words, stream=stream, shape=(size,)))


def test_elements_elsewhere() -> None:
    x, whole = normal(5, 3, 4, 5), np.arange(60, dtype=np.int32).reshape(3, 4, 5)
    for array in (x, whole):
        moved: list[tuple[Op, Mapping[str, object]]] = [
            (transpose, {"perm": (2, 0, 1)}),
            (slice_, {"starts": (0, 1, 2), "limits": (3, 3, 5)}),
        ]
        for op, attrs in moved:
            found = on_device(lambda t, op=op, attrs=attrs: op(t, **attrs), array)
            np.testing.assert_array_equal(found, reference(op, array, **attrs))
    widths = {"before": (1, 0, 2), "after": (0, 3, 0), "value": 1.5}
    np.testing.assert_array_equal(on_device(lambda t: pad(t, **widths), x), reference(pad, x, **widths))
    joined = on_device(lambda a, b: concat(a, b, axis=1), x, x[:, :2].copy())
    np.testing.assert_array_equal(joined, np.concatenate([x, x[:, :2]], axis=1))


# -- element by element --------------------------------------------------------------------------------------
ALONE = sorted(
    name for name in EMITTERS if not ops()[name].defaults and name not in ("broadcast_to", "where")
)


@pytest.mark.parametrize("name", ALONE)
def test_special_numbers(name: str) -> None:
    """Infinite numbers, numbers that are none, tiny and huge ones come out as NumPy's do."""
    op = ops()[name]
    count = len(op.samples[0].inputs)
    grid = np.meshgrid(*[SPECIAL] * count, indexing="ij")
    arrays = [np.ascontiguousarray(g, np.float32).reshape(-1) for g in grid]
    found, expected = on_device(op, *arrays), reference(op, *arrays)
    huge = np.abs(expected) > 1e38  # one unit in the last place may make the difference to infinity
    smallest = (
        6e-8 if name == "sigmoid" else 1e-37
    )  # NumPy's sigmoid is made from tanh, and coarser than ours
    np.testing.assert_allclose(found[~huge], expected[~huge], rtol=4e-6, atol=smallest)
    assert (np.abs(found[huge & ~np.isnan(expected)]) > 0.9e38).all()


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "expm1", "log1p", "softplus", "rsqrt"])
def test_functions_over_their_whole_range(name: str) -> None:
    op = ops()[name]
    x = np.linspace(-90, 90, 200_001, dtype=np.float32)
    x = np.abs(x) + np.float32(1e-6) if name in ("log", "rsqrt") else np.abs(x) if name == "log1p" else x
    exact = reference(op, x).astype(np.float64)
    smallest = 1e-7 if name in ("tanh", "sigmoid") else 2e-38
    np.testing.assert_allclose(on_device(op, x), exact, rtol=2e-6, atol=smallest)


# -- whole steps ---------------------------------------------------------------------------------------------
def classifier(rows: int = 64, width: int = 300, classes: int = 5) -> Program:
    """A step of gradient descent with everything in it that a classifier needs."""
    b = ProgramBuilder("train")
    x, y = b.data("x", TensorSpec((200, width))), b.data("y", TensorSpec((200,), DType.INT32))
    w, total = b.state("w", TensorSpec((width, classes))), b.state("total", TensorSpec(()))
    index, rate = b.feed("index", TensorSpec((rows,), DType.INT32)), b.feed("rate", TensorSpec(()))
    step, seed = b.feed("step", TensorSpec((), DType.INT32)), b.feed("seed", TensorSpec((), DType.INT32))
    kept = uniform(seed, step, stream=1, shape=(rows, width))
    batch = relu(take_rows(x, index)) * kept
    target = one_hot(take_rows(y, index), depth=classes)
    scores = matmul(batch, w)
    slope = (softmax(scores) - target) * (1.0 / rows)
    b.update(w, w - matmul(batch, slope, transpose_a=True) * rate)
    b.update(total, total - sum_(log_softmax(scores) * target, axes=(0, 1)))
    return b.finish()


def feeds(first: int, steps: int, rows: int = 64) -> dict[str, Array]:
    numbers = np.arange(first, first + steps, dtype=np.int32)
    return {
        "index": (numbers[:, None] * 7 + np.arange(rows, dtype=np.int32)) % 200,
        "rate": np.full(steps, 0.5, np.float32),
        "step": numbers,
        "seed": np.full(steps, 3, np.int32),
    }


def write(memory: CpuMemory) -> None:
    x = normal(6, 200, 300)
    memory.write("x", x)
    memory.write("y", np.argmax(x[:, :5], axis=1).astype(np.int32))
    memory.write("w", np.zeros((300, 5), np.float32))
    memory.write("total", np.zeros((), np.float32))


def trained(device: CpuDevice, chunks: list[int]) -> bytes:
    memory = device.memory()
    write(memory)
    executable = device.compile(classifier(), memory)
    first = 0
    for chunk in chunks:
        executable.run(feeds(first, chunk), chunk)
        first += chunk
    result = memory.read("w").tobytes() + memory.read("total").tobytes()
    executable.close()
    memory.close()
    return result


def trained_alone(steps: int) -> bytes:
    """By a device that is new and closed afterwards."""
    device = CpuDevice()
    result = trained(device, [steps])
    device.close()
    return result


@pytest.fixture
def own_device() -> Iterator[CpuDevice]:
    device = CpuDevice()
    yield device
    device.close()


def test_chunks_threads_and_devices_change_no_bit(
    own_device: CpuDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geometry, "SHARED_ELEMENTS", 500)  # everything is shared
    monkeypatch.setattr(geometry, "TASK_ELEMENTS", 100)
    monkeypatch.setattr(geometry, "SHARED_PRODUCT", 1000)
    expected = trained(own_device, [30])
    assert trained(own_device, [1] * 30) == expected
    assert trained(own_device, [7, 3, 19, 1]) == expected
    other = CpuDevice()
    assert trained(other, [15, 15]) == expected
    other.close()


def test_a_chunk_of_steps_allocates_nothing(own_device: CpuDevice) -> None:
    memory = own_device.memory()
    write(memory)
    executable = own_device.compile(classifier(), memory)
    given_feeds = feeds(0, 400)
    executable.run(given_feeds, 400)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        executable.run(given_feeds, 400)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - before < 4_000  # a few Python objects for the call itself; a step has megabytes of values


def test_many_threads_with_devices_of_their_own_and_one_together() -> None:
    """Every run ends, and nobody disturbs anybody, with far more threads than cores."""
    together = CpuDevice()
    expected = trained(together, [12])
    wrong: list[str] = []

    def work(number: int) -> None:
        own = CpuDevice()
        for turn in range(6):
            chosen = own if (turn + number) % 2 else together
            if trained(chosen, [1 + turn, 11 - turn]) != expected:
                wrong.append(f"thread {number}, turn {turn}")
        own.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4 * cores())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120.0)
        assert not thread.is_alive()
    together.close()
    assert wrong == []


# -- life ----------------------------------------------------------------------------------------------------
def helpers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("cpu-")]


def test_closing_ends_the_threads_and_programs_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry, "SHARED_ELEMENTS", 500)
    monkeypatch.setattr("engine.devices.cpu.native.machine.cores", lambda: 3)
    before = len(helpers())
    device = CpuDevice()
    memory = device.memory()
    write(memory)
    executable = device.compile(classifier(), memory)
    executable.run(feeds(0, 5), 5)
    assert len(helpers()) > before
    device.close()
    assert len(helpers()) <= before
    executable.run(feeds(5, 5), 5)
    assert np.isfinite(memory.read("total"))
    assert len(helpers()) <= before


def test_a_forgotten_device_gives_its_threads_back() -> None:
    trained(CpuDevice(), [2])
    gc.collect()
    deadline = time.monotonic() + 60.0
    while helpers() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert helpers() == []


def test_who_watches_sees_progress_and_may_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    device = CpuDevice()
    memory = device.memory()
    write(memory)
    seen: list[tuple[int, int]] = []

    def until_three(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        device.compile(classifier(), memory, until_three)
    assert [done for done, _ in seen] == [0, 1, 2, 3]
    assert seen[0][1] > 5
    again: list[int] = []
    executable = device.compile(classifier(), memory, lambda done, total: again.append(total))
    assert again[0] == seen[0][1] - 3  # what was made stays
    executable.run(feeds(0, 1), 1)
    device.close()


def test_code_is_kept_and_what_is_broken_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    expected = trained_alone(3)
    files = sorted((tmp_path / toolchain.FOLDER).glob("*.o"))
    assert len(files) > 5
    stamps = {path: path.stat().st_mtime_ns for path in files}
    assert trained_alone(3) == expected
    assert {path: path.stat().st_mtime_ns for path in files} == stamps
    for number, path in enumerate(files):
        path.write_bytes(path.read_bytes()[: 40 * number] + b"\0" * 16 if number % 2 else b"")
    assert trained_alone(3) == expected


def test_a_folder_that_cannot_be_written_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / toolchain.FOLDER).write_text("not a folder")
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    assert trained_alone(2)


# -- without -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("missing", ["llvmlite", "BLAS"])
def test_numpy_does_the_work_where_something_is_missing(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = np.frombuffer(trained(shared(), [10]), np.float32)
    if missing == "BLAS":
        monkeypatch.setattr("engine.devices.cpu.native.machine.find_blas", lambda: None)
    else:
        monkeypatch.setattr(cpu, "find_spec", lambda name: None)
    device = CpuDevice()
    memory = device.memory()
    write(memory)
    executable = device.compile(classifier(), memory)
    executable.run(feeds(0, 1), 1)
    assert not executable.is_native
    found = np.frombuffer(trained(device, [10]), np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    device.close()


def test_no_library_of_that_name_is_no_blas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(np, "__file__", str(tmp_path / "numpy" / "__init__.py"))
    assert blas.find_blas.__wrapped__() is None
    (tmp_path / "numpy.libs").mkdir()
    (tmp_path / "numpy.libs" / "libscipy_openblas.so").write_bytes(b"not a library")
    assert blas.find_blas.__wrapped__() is None


def test_a_team_of_one() -> None:
    found = blas.find_blas()
    assert found is not None
    machine = Machine(found, 1)
    assert machine.threads == 1
    machine.close()


@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((1, 1), (0, 1))])
def test_pooling_passes_on_what_is_no_number(padding: tuple[tuple[int, int], ...]) -> None:
    x = normal(8, 2, 6, 6, 3)
    x[0, 2, 2, 1], x[1, 0, 0, 0], x[1, 5, 5, 2] = np.nan, np.inf, -np.inf
    attrs = {"size": (2, 2), "strides": (2, 2), "padding": padding}
    executable, _ = compiled(lambda t: max_pool(t, **attrs), [x], shared())
    executable.run({})
    np.testing.assert_array_equal(executable.output("y"), reference(max_pool, x, **attrs))
