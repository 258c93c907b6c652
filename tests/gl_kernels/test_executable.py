"""Programs with states, feeds and several steps: what is shared, what is planned, what is freed."""

from __future__ import annotations

import dataclasses
import gc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.compiler.pipeline import finish
from engine.compiler.plan_memory import Location
from engine.devices.base import DeviceError
from engine.ops.elementwise import relu
from engine.ops.gather import take_rows
from engine.ops.matmul import matmul
from engine.ops.reductions import sum_
from engine.ops.views import pack
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.buffers import PAGE, WORD, Buffer, allocated, texel_range
from gl_kernels.device import GlDevice
from gl_kernels.executable import launches_of
from gl_kernels.launch import READING, Launch
from gl_kernels.replay import barriers
from gl_kernels.shader import Access, Shader
from tests.engine.compiler.machines import interpret
from tests.engine.compiler.random_programs import given_arrays, programs
from tests.gl_kernels.running import compiled, normal, program_of, run_op, run_program


def counting_program() -> Program:
    """Adds rate * sum of the chosen rows to a total; the rows come from a data set of bytes."""
    builder = ProgramBuilder("count")
    index = builder.feed("index", TensorSpec((3,), DType.INT32))
    rate = builder.feed("rate", TensorSpec(()))
    table = builder.data("table", TensorSpec((5, 6), DType.UINT8))
    total = builder.state("total", TensorSpec((6,)))
    rows = sum_(take_rows(table, index, scale=1.0 / 255.0), axes=(0,))
    builder.update(total, total + rows * rate)
    builder.output("rows", rows)
    return builder.finish()


TABLE = np.arange(30, dtype=np.uint8).reshape(5, 6) * 8


def counted(index: Array, rate: Array) -> Array:
    total = np.zeros(6, np.float32)
    for i, r in zip(index, rate, strict=True):
        total += (TABLE[i] * np.float32(1 / 255)).sum(axis=0, dtype=np.float32) * r
    return total


@pytest.mark.parametrize("parts", [[7], [1] * 7, [3, 4], [4, 1, 2]])
def test_steps_in_one_run_or_in_many_give_the_same(gl: GlDevice, parts: list[int]) -> None:
    rng = np.random.default_rng(2)
    index = rng.integers(0, 5, (7, 3)).astype(np.int32)
    rate = rng.uniform(0.5, 1.0, 7).astype(np.float32)
    given_states: dict[str, Array] = {"table": TABLE, "total": np.zeros(6, np.float32)}
    with compiled(gl, counting_program(), given_states) as (executable, memory):
        start = 0
        for steps in parts:
            stop = start + steps
            executable.run({"index": index[start:stop], "rate": rate[start:stop]}, steps)
            start = stop
        np.testing.assert_allclose(memory.read("total"), counted(index, rate), rtol=1e-5)
        rows = (TABLE[index[-1]] / 255).sum(axis=0)
        np.testing.assert_allclose(executable.output("rows"), rows, rtol=1e-5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs(), st.integers(0, 3))
def test_random_programs_give_what_numpy_gives(either: GlDevice, program: Program, seed: int) -> None:
    arrays = given_arrays(seed)
    expected = interpret(program, arrays)
    outputs, states = run_program(either, program, arrays)
    for name, array in {**expected.outputs, **expected.states}.items():
        received = outputs[name] if name in outputs else states[name]
        np.testing.assert_allclose(received, array, rtol=1e-4, atol=1e-4)


def test_programs_share_states(gl: GlDevice) -> None:
    memory = gl.memory()
    memory.write("w", np.ones(4, np.float32))
    executables = []
    for factor in (2.0, 3.0):
        builder = ProgramBuilder("scale")
        state = builder.state("w", TensorSpec((4,)))
        builder.update(state, state * factor)
        executables.append(gl.compile(builder.finish(), memory))
    for executable in (*executables, executables[0]):
        executable.run({})
    np.testing.assert_array_equal(memory.read("w"), np.full(4, 12.0, np.float32))
    for executable in executables:
        executable.close()
    memory.close()


def test_a_tensor_of_another_size_is_bound_anew(gl: GlDevice) -> None:
    x = normal(4)
    with compiled(gl, program_of(relu, [x], {}), {"x0": x}) as (executable, memory):
        executable.run({})
        memory.write("x0", normal(9))
        with pytest.raises(DeviceError, match="data:x0"):
            executable.run({})
        memory.write("x0", -x)
        executable.run({})
        np.testing.assert_array_equal(executable.output("y0"), np.maximum(-x, 0))


def test_all_dtypes_and_odd_sizes_go_through_memory(gl: GlDevice) -> None:
    memory = gl.memory()
    arrays: tuple[Array, ...] = (
        np.arange(7, dtype=np.uint8),
        np.arange(5, dtype=np.int32) - 2,
        normal(3, 3),
        np.array(2.5, np.float32),
        np.zeros((0, 4), np.float32),
        np.asfortranarray(normal(4, 5)),
    )
    for array in arrays:
        memory.write("x", array)
        back = memory.read("x")
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)
    memory.close()


# -- memory ----------------------------------------------------------------------------------------------------------
def test_memory_is_the_plan(gl: GlDevice) -> None:
    """What the driver says it allocated is what the plan says, and what the executable reports."""
    program = counting_program()
    planned = gl._planned(program)
    launches, scratch = launches_of(planned, gl.tuning)
    before = set(gl.live_buffers)
    with compiled(gl, program, {"table": TABLE, "total": np.zeros(6, np.float32)}) as (executable, memory):
        executable.run({"index": np.zeros((1, 3), np.int32), "rate": np.zeros(1, np.float32)})
        feeds = sum(256 for name in planned.sizes if name.startswith("feed:"))
        own = planned.sizes["temp"] + planned.sizes["const"] + scratch + feeds
        assert executable.nbytes == own
        assert memory.nbytes == 32 + 24  # 30 bytes in whole words, and six floats
        module = gl.context.gl
        sizes = []
        for name in set(gl.live_buffers) - before:
            module.glBindBuffer(module.GL_COPY_READ_BUFFER, name)
            size = module.glGetBufferParameteriv(module.GL_COPY_READ_BUFFER, module.GL_BUFFER_SIZE)
            sizes.append(int(size))
        wanted = executable.nbytes + memory.nbytes
        assert (
            wanted < sum(sizes) <= wanted + len(sizes) * (2 * PAGE + WORD)
        )  # behind each, room for views as textures
        assert len(executable.launches) == len(launches)


def test_nothing_is_allocated_in_the_step_loop(gl: GlDevice) -> None:
    with compiled(gl, counting_program(), {"table": TABLE, "total": np.zeros(6, np.float32)}) as (
        executable,
        _,
    ):
        feeds = {"index": np.zeros((50, 3), np.int32), "rate": np.zeros(50, np.float32)}
        executable.run(feeds, 50)
        buffers, nbytes = set(gl.live_buffers), executable.nbytes
        gc.collect()
        objects = len(gc.get_objects())
        for _ in range(40):
            executable.run(feeds, 50)
        gc.collect()
        assert len(gc.get_objects()) - objects < 100
        assert set(gl.live_buffers) == buffers
        assert executable.nbytes == nbytes


def test_closing_twice_frees_once(gl: GlDevice) -> None:
    before = set(gl.live_buffers)
    memory = gl.memory()
    memory.write("x0", normal(3))
    executable = gl.compile(program_of(relu, [normal(3)], {}), memory)
    executable.run({})
    for _ in range(2):
        executable.close()
        memory.close()
    assert set(gl.live_buffers) == before


def test_more_memory_than_there_is_gives_a_sentence(gl: GlDevice) -> None:
    with pytest.raises(DeviceError, match="could not give"):
        Buffer(gl.context, 2**46)
    while gl.context.gl.glGetError():
        pass


def test_a_tensor_that_no_shader_can_address_is_refused(gl: GlDevice) -> None:
    x = normal(300)
    planned = finish(program_of(relu, [x], {}))
    with pytest.raises(DeviceError, match="can address"):
        launches_of(planned, dataclasses.replace(gl.tuning, block_bytes=1024))


def test_writes_beyond_a_buffer_are_refused(gl: GlDevice) -> None:
    buffer = Buffer(gl.context, 16)
    with pytest.raises(ValueError, match="do not fit"):
        buffer.write(np.zeros(4, np.float32), 4)
    with pytest.raises(ValueError, match="do not fit"):
        buffer.read(np.zeros(5, np.float32))
    buffer.close()


# -- wrong use -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("feeds", "words"),
    [
        ({"rate": np.zeros(1, np.float32)}, "needs the feed index"),
        ({"index": np.zeros((2, 3), np.int32), "rate": np.zeros(1, np.float32)}, "received 2 × 3"),
        ({"index": np.zeros((1, 4), np.int32), "rate": np.zeros(1, np.float32)}, "received 1 × 4"),
    ],
)
def test_wrong_feeds_are_one_sentence(gl: GlDevice, feeds: dict[str, Array], words: str) -> None:
    with (
        compiled(gl, counting_program(), {"table": TABLE, "total": np.zeros(6, np.float32)}) as (
            executable,
            _,
        ),
        pytest.raises(DeviceError, match=words),
    ):
        executable.run(feeds)


def test_missing_states_are_named(gl: GlDevice) -> None:
    with (
        compiled(gl, counting_program(), {"table": TABLE}) as (executable, _),
        pytest.raises(DeviceError, match="no tensor total"),
    ):
        executable.run({"index": np.zeros((1, 3), np.int32), "rate": np.zeros(1, np.float32)})


def test_memory_of_another_device_is_refused(gl: GlDevice) -> None:
    class Other:
        nbytes = 0

        def write(self, name: str, array: Array) -> None: ...

        def read(self, name: str) -> Array:
            return np.zeros(1)

        def close(self) -> None: ...

    with pytest.raises(DeviceError, match=r"device\.memory\(\)"):
        gl.compile(counting_program(), Other())


# -- packs of more inputs than can be bound --------------------------------------------------------------------------
def test_packs_of_many_parts(either: GlDevice) -> None:
    builder = ProgramBuilder("pack")
    parts = [normal(k % 5 + 1, seed=k) for k in range(23)]
    tensors = [builder.data(f"p{k}", TensorSpec(p.shape)) for k, p in enumerate(parts)]
    offsets = tuple(8 * k + 3 for k in range(23))
    builder.output("y", pack(*tensors, offsets=offsets, size=200) * 2.0)
    outputs, _ = run_program(
        either, builder.finish(), {(Storage.DATA, f"p{k}"): p for k, p in enumerate(parts)}
    )
    expected = np.zeros(200, np.float32)
    for offset, part in zip(offsets, parts, strict=True):
        expected[offset : offset + part.size] = part * 2
    np.testing.assert_array_equal(outputs["y"], expected)


# -- texels ----------------------------------------------------------------------------------------------------------
def test_a_result_in_the_place_of_an_operand_is_not_read_through_texels(gl: GlDevice) -> None:
    """The state is replaced where it lies; the other operand comes through texels."""
    builder = ProgramBuilder("add")
    state, x = builder.state("w", TensorSpec((8,))), builder.data("x", TensorSpec((8,)))
    builder.update(state, state + x)
    launches, _ = launches_of(finish(builder.finish()), dataclasses.replace(gl.tuning, texels=64))
    (only,) = [found for found in launches if isinstance(found, Launch)]
    access = {place.buffer: a for place, a in zip(only.places, only.access, strict=True) if a in READING}
    assert access == {"state:w": Access.READ, "data:x": Access.FETCH}


@given(st.integers(1, 2**31))
def test_textures_are_of_one_kind(nbytes: int) -> None:
    """A driver that tells them apart by the bits of their length compiles each shader once."""
    viewed = texel_range(nbytes)
    assert nbytes <= viewed <= nbytes + PAGE
    assert viewed & 0xFF00
    size = allocated(nbytes)
    assert size & (size - 1)
    assert texel_range(-(-nbytes // PAGE) * PAGE) <= size
    assert size <= nbytes + 2 * PAGE + 2 * WORD


def test_views_as_textures_are_deleted(gl: GlDevice) -> None:
    device = GlDevice(None, dataclasses.replace(gl.tuning, texels=2**20))  # whatever suits this driver
    module = device.context.gl
    x = normal(64)
    with compiled(device, program_of(relu, [x], {}), {"x0": x}) as (executable, memory):
        for _ in range(3):
            executable.run({})
            memory.write("x0", normal(64))
        names = {k for k in range(1, 1000) if module.glIsTexture(k)}
    assert {k for k in names if module.glIsTexture(k)} == device.programs.textures < names
    device.close()
    gl.context.make_current()


@pytest.mark.parametrize("size", [1, 3, 4, 5, 7, 30])
def test_texels_of_odd_sizes(gl: GlDevice, size: int) -> None:
    x, table = normal(size), (np.arange(2 * size) % 251).astype(np.uint8).reshape(2, size)
    device = GlDevice(None, dataclasses.replace(gl.tuning, texels=2**20))
    np.testing.assert_array_equal(run_op(device, relu, [x], {})[0], np.maximum(x, 0))
    rows = run_op(device, take_rows, [table, np.array([1, 0], np.int32)], {"scale": 1.0})[0]
    np.testing.assert_array_equal(rows, table[::-1])
    device.close()
    gl.context.make_current()


# -- barriers --------------------------------------------------------------------------------------------------------
def launch(reads: list[Location], writes: list[Location]) -> Launch:
    access = (Access.READ,) * len(reads) + (Access.WRITE,) * len(writes)
    return Launch(Shader("s", ""), (*reads, *writes), access, (1, 1))


def at(offset: int, buffer: str = "temp") -> Location:
    return Location(buffer, offset, 256)


@pytest.mark.parametrize(
    ("second", "waits"),
    [
        (launch([at(512)], [at(1024)]), False),  # nothing in common
        (launch([at(0)], [at(1024)]), False),  # both read the same
        (launch([at(256)], [at(1024)]), True),  # reads what was written
        (launch([at(256, "state:w")], [at(1024)]), False),  # the same place in another buffer
        (launch([at(512)], [at(256)]), True),  # overwrites what was written
        (launch([at(512)], [at(0)]), True),  # overwrites what was read
        (launch([at(300)], [at(1024)]), True),  # overlaps in part
    ],
)
def test_barriers_only_where_data_meets(second: Launch, waits: bool) -> None:
    assert barriers([launch([at(0)], [at(256)]), second]) == [True, waits]


def test_a_barrier_covers_everything_before_it() -> None:
    first, second = launch([at(0)], [at(256)]), launch([at(256)], [at(512)])
    third = launch([at(256)], [at(1024)])
    assert barriers([first, second, third]) == [True, True, False]


def test_independent_products_need_no_barrier_between_them(gl: GlDevice) -> None:
    builder = ProgramBuilder("two")
    a, b = builder.data("a", TensorSpec((8, 8))), builder.data("b", TensorSpec((8, 8)))
    builder.output("y", matmul(a, b))
    builder.output("z", matmul(b, a))
    launches, _ = launches_of(finish(builder.finish()), gl.tuning)
    assert barriers(launches) == [True, False]
