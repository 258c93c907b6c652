"""Products, convolutions and reductions at sizes that fit no tile, in both ways to run them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ops.conv import conv
from engine.ops.elementwise import relu
from engine.ops.matmul import matmul
from engine.ops.op import Attrs, Op
from engine.ops.reductions import argmax, max_, sum_
from engine.ops.softmax import log_softmax, softmax
from engine.program.builder import ProgramBuilder
from engine.program.program import Storage
from engine.tensor.spec import TensorSpec
from gl_kernels.device import GlDevice
from tests.gl_kernels.running import compiled, normal, program_of, run_op, run_program

LENGTHS = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 32, 33, 64, 67, 100])
relaxed = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(device: GlDevice, op: Op, shapes: list[tuple[int, ...]], attrs: Attrs, rtol: float = 1e-4) -> None:
    arrays = [normal(*s, seed=i) for i, s in enumerate(shapes)]
    expected = op.evaluate(*arrays, **{**op.defaults, **attrs})[0]
    scale = float(np.abs(expected).max(initial=1.0))
    received = run_op(device, op, arrays, attrs)[0]
    np.testing.assert_allclose(received, expected, rtol=rtol, atol=rtol * scale / 10)


@relaxed
@given(
    m=LENGTHS,
    n=LENGTHS,
    k=LENGTHS,
    batch=st.sampled_from([(), (1,), (3,), (2, 2)]),
    ta=st.booleans(),
    tb=st.booleans(),
)
def test_matmul(either: GlDevice, m: int, n: int, k: int, batch: tuple[int, ...], ta: bool, tb: bool) -> None:
    a = (*batch, k, m) if ta else (*batch, m, k)
    b = (*batch, n, k) if tb else (*batch, k, n)
    check(either, matmul, [a, b], {"transpose_a": ta, "transpose_b": tb})


@pytest.mark.parametrize("shape", [(130, 140, 20), (256, 128, 64), (97, 260, 33), (8, 8, 3000), (1, 1, 5000)])
@pytest.mark.parametrize("ta", [False, True])
@pytest.mark.parametrize("tb", [False, True])
def test_large_tiles_and_split_sums(
    either: GlDevice, shape: tuple[int, int, int], ta: bool, tb: bool
) -> None:
    m, n, k = shape
    check(
        either,
        matmul,
        [(k, m) if ta else (m, k), (n, k) if tb else (k, n)],
        {"transpose_a": ta, "transpose_b": tb},
    )


def test_a_long_sum_is_split_in_two_launches(gl: GlDevice) -> None:
    arrays = [normal(8, 4096), normal(4096, 8)]
    program = program_of(matmul, arrays, {})
    with compiled(gl, program, {f"x{i}": a for i, a in enumerate(arrays)}) as (executable, _):
        assert len(executable.launches) == 2


@pytest.mark.parametrize("features", [8, 7])
def test_epilogue_of_a_convolution(either: GlDevice, features: int) -> None:
    """Bias, activation and a second output leave with the product in one launch."""
    x, weight, bias = normal(3, 6, 5, 4), normal(3, 3, 4, features), normal(features, seed=9)
    builder = ProgramBuilder("conv")
    tensors = [builder.data(n, TensorSpec(a.shape)) for n, a in (("x", x), ("w", weight), ("b", bias))]
    plain = conv(tensors[0], tensors[1], strides=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1)
    before = plain + tensors[2]
    builder.output("before", before)
    builder.output("after", relu(before * 0.5))
    given_arrays = {"x": x, "w": weight, "b": bias}
    program = builder.finish()
    expected = conv.evaluate(x, weight, **conv.defaults)[0] + bias
    with compiled(either, program, given_arrays) as (executable, _):
        assert len(executable.launches) == 1
        executable.run({})
        np.testing.assert_allclose(executable.output("before"), expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(
            executable.output("after"), np.maximum(expected * 0.5, 0), rtol=1e-4, atol=1e-4
        )


def test_epilogue_of_a_split_sum(either: GlDevice) -> None:
    a, b, bias = normal(5, 4100), normal(4100, 7), normal(7)
    builder = ProgramBuilder("dense")
    tensors = [builder.data(n, TensorSpec(x.shape)) for n, x in (("a", a), ("b", b), ("c", bias))]
    builder.output("y", relu(matmul(tensors[0], tensors[1]) + tensors[2]))
    given_arrays = {(Storage.DATA, n): x for n, x in (("a", a), ("b", b), ("c", bias))}
    outputs, _ = run_program(either, builder.finish(), given_arrays)
    np.testing.assert_allclose(outputs["y"], np.maximum(a @ b + bias, 0), rtol=1e-4, atol=1e-3)


@relaxed
@given(shape=st.lists(LENGTHS, min_size=1, max_size=3), data=st.data())
def test_reductions(either: GlDevice, shape: list[int], data: st.DataObject) -> None:
    axes = tuple(data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1)))
    attrs = {"axes": axes, "keepdims": data.draw(st.booleans())}
    check(either, sum_, [tuple(shape)], attrs)
    check(either, max_, [tuple(shape)], attrs, rtol=1e-6)


@pytest.mark.parametrize("shape", [(100_003,), (5, 20_001), (20_001, 5), (300, 300)])
def test_long_reductions(either: GlDevice, shape: tuple[int, ...]) -> None:
    every = tuple(range(len(shape)))
    for axes in {every, (0,), (len(shape) - 1,)}:
        check(either, sum_, [shape], {"axes": axes, "keepdims": False})
        check(either, max_, [shape], {"axes": axes, "keepdims": False}, rtol=1e-6)


@relaxed
@given(rows=LENGTHS, columns=LENGTHS)
def test_rows(either: GlDevice, rows: int, columns: int) -> None:
    check(either, softmax, [(rows, columns)], {}, rtol=1e-5)
    check(either, log_softmax, [(rows, columns)], {}, rtol=1e-5)
    x = np.round(normal(rows, columns))  # with equal maxima: the first one counts
    np.testing.assert_array_equal(run_op(either, argmax, [x], {})[0], np.argmax(x, axis=-1))


def test_argmax_and_max_of_nan(gl: GlDevice) -> None:
    x = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, np.nan], [-np.inf, -np.inf, -np.inf]], np.float32)
    np.testing.assert_array_equal(run_op(gl, argmax, [x], {})[0], np.argmax(x, axis=-1))
    np.testing.assert_array_equal(run_op(gl, max_, [x], {"axes": (1,)})[0], np.max(x, axis=1))


@pytest.mark.parametrize("op", [matmul, sum_])
def test_same_bits_in_every_run(either: GlDevice, op: Op) -> None:
    arrays = [normal(65, 3001), normal(3001, 9)] if op is matmul else [normal(3001, 65)]
    attrs = {} if op is matmul else {"axes": (0, 1)}
    first = run_op(either, op, arrays, attrs)[0]
    for _ in range(3):
        np.testing.assert_array_equal(run_op(either, op, arrays, attrs)[0], first)


def test_more_groups_than_one_dimension_holds(gl: GlDevice) -> None:
    """65,536 groups and more are folded into the second dimension."""
    size = gl.tuning.group * 4 * 65_600
    builder = ProgramBuilder("wide")
    builder.output(
        "y", sum_(builder.feed("x", TensorSpec(())) + builder.data("z", TensorSpec((size,))), axes=(0,))
    )
    zeros = np.zeros(size, np.float32)
    outputs, _ = run_program(
        gl, builder.finish(), {(Storage.FEED, "x"): np.array(1.0, np.float32), (Storage.DATA, "z"): zeros}
    )
    assert float(outputs["y"]) == size
