"""Ops with kernels of their own against NumPy on random shapes: 1, primes, and lengths that no tile or stretch divides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ops.fourier import fourier
from engine.ops.gather import scatter_add_rows
from engine.ops.indexing import scatter_set_rows
from engine.ops.linear_algebra import inverse
from engine.ops.op import Op
from engine.ops.reductions import max_, sum_
from engine.ops.scans import cumsum, linear_recurrence
from engine.ops.sorting import sort_last
from engine.ops.statistics import min_, prod
from engine.program.builder import ProgramBuilder
from engine.program.program import Storage
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.device import GlDevice
from gl_kernels.kernels.fourier import radices
from gl_kernels.kernels.sorting import RANKED
from tests.gl_kernels.running import compiled, normal, program_of, run_op, run_program

# a shader is compiled for every shape, so examples are few and lengths chosen
few = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
lengths = st.sampled_from([1, 2, 3, 5, 7, 13, 17, 31, 67, 131, 257])
LONG = RANKED + 263  # keys; more than are compared in pairs


def compare(device: GlDevice, op: Op, arrays: list[Array], tolerance: float = 1e-5, **attrs: object) -> None:
    expected = op.evaluate(*arrays, **attrs)
    received = run_op(device, op, arrays, {**op.defaults, **attrs})
    for one, other in zip(received, expected, strict=True):
        floor = tolerance * max(1.0, float(np.abs(other).max(initial=0.0)))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=floor)


# -- order -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("descending", [False, True])
def test_long_lines_are_sorted(either: GlDevice, rows: int, descending: bool) -> None:
    x = np.random.default_rng(2).integers(-50, 50, (rows, LONG)).astype(np.float32)
    x[:, ::97] = np.nan
    x[:, 5], x[:, 6], x[:, 7], x[:, 8] = np.inf, -np.inf, 0.0, -0.0
    values, places = run_op(either, sort_last, [x], {"descending": descending})
    expected, order = sort_last.evaluate(x, descending=descending)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(places, order)


@few
@given(rows=lengths, length=lengths, descending=st.booleans())
def test_sort(gl: GlDevice, rows: int, length: int, descending: bool) -> None:
    compare(gl, sort_last, [np.round(normal(rows, length) * 4.0)], descending=descending)


# -- running results -------------------------------------------------------------------------------------------
@few
@given(shape=st.tuples(lengths, lengths), axis=st.sampled_from([0, 1]), reverse=st.booleans())
def test_running_sums(either: GlDevice, shape: tuple[int, int], axis: int, reverse: bool) -> None:
    compare(either, cumsum, [normal(*shape)], 1e-4, axis=axis, reverse=reverse)


@few
@given(shape=st.tuples(lengths, lengths), axis=st.sampled_from([0, 1]), reverse=st.booleans())
def test_recurrences(either: GlDevice, shape: tuple[int, int], axis: int, reverse: bool) -> None:
    factors = np.tanh(normal(*shape, seed=4))
    compare(either, linear_recurrence, [factors, normal(*shape)], 1e-4, axis=axis, reverse=reverse)


def test_a_single_long_line_is_cut_into_pieces(either: GlDevice) -> None:
    x = normal(5003)
    launches = _launches(either, cumsum, [x])
    assert launches == 2
    compare(either, cumsum, [x], 1e-4)


# -- folds -----------------------------------------------------------------------------------------------------
@few
@given(
    op=st.sampled_from([min_, max_, prod, sum_]),
    shape=st.tuples(lengths, lengths),
    axis=st.sampled_from([0, 1]),
)
def test_folds(either: GlDevice, op: Op, shape: tuple[int, int], axis: int) -> None:
    compare(either, op, [np.float32(1.0) + normal(*shape) * np.float32(0.1)], 1e-4, axes=(axis,))


# -- rows by number --------------------------------------------------------------------------------------------
@few
@given(count=st.sampled_from([1, 7, 131, LONG]), rows=lengths, width=st.sampled_from([1, 3, 17]))
def test_sums_of_equally_numbered_rows(gl: GlDevice, count: int, rows: int, width: int) -> None:
    numbers = np.random.default_rng(count).integers(-1, rows + 1, count).astype(np.int32)
    compare(gl, scatter_add_rows, [numbers, normal(count, width)], 1e-4, rows=rows)


def test_sums_are_the_same_in_every_run(either: GlDevice) -> None:
    numbers = np.random.default_rng(1).integers(0, 5, LONG).astype(np.int32)
    grads = normal(LONG, 3)
    first, second = (run_op(either, scatter_add_rows, [numbers, grads], {"rows": 5})[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


@few
@given(count=lengths, rows=lengths, width=st.sampled_from([1, 5]))
def test_the_last_row_stays(gl: GlDevice, count: int, rows: int, width: int) -> None:
    numbers = np.random.default_rng(count).integers(0, rows, count).astype(np.int32)
    compare(gl, scatter_set_rows, [normal(rows, width), numbers, normal(count, width, seed=8)])


# -- Fourier ---------------------------------------------------------------------------------------------------
@few
@given(
    rows=st.integers(1, 3),
    length=st.sampled_from([1, 2, 8, 12, 30, 97, 128, 343, 1000]),
    inverse=st.booleans(),
)
def test_fourier(either: GlDevice, rows: int, length: int, inverse: bool) -> None:
    compare(either, fourier, [normal(rows, length, 2)], inverse=inverse)


@given(st.integers(1, 5000))
def test_radices_are_factors(length: int) -> None:
    assert np.prod([1, *radices(length)]) == length


# -- on the host -----------------------------------------------------------------------------------------------
def _launches(device: GlDevice, op: Op, arrays: list[Array]) -> int:
    given = {f"x{i}": a for i, a in enumerate(arrays)}
    with compiled(device, program_of(op, arrays, op.defaults), given) as (executable, _):
        return len(executable.launches)


def test_the_host_takes_part_in_every_step(gl: GlDevice) -> None:
    """Reads a feed that moves on with every step and what a shader just made; a shader and a state read the result."""
    builder = ProgramBuilder("host")
    fed = builder.feed("x", TensorSpec((2, 3, 3)))
    state = builder.state("sum", TensorSpec((2, 3, 3)))
    found = inverse(fed + 0.0) + inverse(fed)
    builder.update(state, state + found * 0.5)
    builder.output("y", found)
    program = builder.finish()
    x = normal(5, 2, 3, 3) + 4.0 * np.eye(3, dtype=np.float32)
    with compiled(gl, program, {"sum": np.zeros((2, 3, 3), np.float32)}) as (executable, memory):
        executable.run({"x": x}, 5)
        assert [call.op.name for call in executable.host_calls] == ["inverse"] * len(executable.host_calls)
        assert executable.host_calls
        np.testing.assert_allclose(executable.output("y"), 2.0 * np.linalg.inv(x[-1]), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(memory.read("sum"), np.linalg.inv(x).sum(0), rtol=1e-4, atol=1e-5)


def test_a_singular_matrix_becomes_nan(gl: GlDevice) -> None:
    program = program_of(inverse, [np.ones((2, 2), np.float32)], {})
    outputs, _ = run_program(gl, program, {(Storage.DATA, "x0"): np.ones((2, 2), np.float32)})
    assert np.isnan(outputs["y0"]).all()
    assert inverse.host
    assert DType(outputs["y0"].dtype.name) is DType.FLOAT32
