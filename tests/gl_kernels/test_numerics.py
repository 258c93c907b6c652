"""Element-wise functions near their limits: drivers are free to be rough there, the device is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ops import elementwise as ew
from engine.ops.op import Op
from engine.program.builder import ProgramBuilder
from engine.program.program import Storage
from engine.tensor.spec import Array, TensorSpec
from gl_kernels.device import GlDevice
from tests.gl_kernels.running import normal, run_op, run_program

SPECIAL = np.array(
    [
        0.0,
        -0.0,
        np.inf,
        -np.inf,
        np.nan,
        1e-30,
        -1e-30,
        1e-7,
        3e38,
        -3e38,
        1.0,
        -1.0,
        88.7,
        88.8,
        -87.3,
        -103.0,
    ],
    np.float32,
)
UNARY = (ew.exp, ew.log, ew.tanh, ew.relu, ew.sqrt, ew.absolute, ew.floor, ew.reciprocal, ew.expm1, ew.erf)
BINARY = (ew.maximum, ew.minimum, ew.add, ew.mul, ew.greater, ew.greater_equal, ew.equal)


def agree(received: Array, expected: Array, rtol: float) -> None:
    # numbers too small for float32's full precision may come out as zero
    np.testing.assert_allclose(received, expected, rtol=rtol, atol=2e-38)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_special_numbers(gl: GlDevice, op: Op) -> None:
    agree(run_op(gl, op, [SPECIAL], {})[0], op.evaluate(SPECIAL)[0], 1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.name)
def test_special_pairs(gl: GlDevice, op: Op) -> None:
    a, b = (np.ascontiguousarray(g.reshape(-1)) for g in np.meshgrid(SPECIAL, SPECIAL))
    agree(run_op(gl, op, [a, b], {})[0], op.evaluate(a, b)[0], 1e-6)


@pytest.mark.parametrize("op", [ew.exp, ew.log, ew.tanh, ew.sigmoid, ew.log1p, ew.expm1, ew.softplus])
def test_full_precision_over_many_magnitudes(gl: GlDevice, op: Op) -> None:
    rng = np.random.default_rng(5)
    x = (10.0 ** rng.uniform(-8, 1.9, 4096)).astype(np.float32)
    if op not in (ew.log, ew.log1p):
        x[::2] *= -1.0
    np.testing.assert_allclose(run_op(gl, op, [x], {})[0], op.evaluate(x)[0], rtol=1e-6, atol=1e-7)


def test_an_optimizer_step_is_not_contracted_or_reordered(gl: GlDevice) -> None:
    """(a + b) - a for a much greater than b: a driver that reassociates would give b."""
    a = np.full(8, 1e8, np.float32)
    b = np.full(8, 1.0, np.float32)
    builder = ProgramBuilder("sum")
    x, y = builder.data("a", TensorSpec((8,))), builder.data("b", TensorSpec((8,)))
    builder.output("y", (x + y) - x)
    outputs, _ = run_program(gl, builder.finish(), {(Storage.DATA, "a"): a, (Storage.DATA, "b"): b})
    np.testing.assert_array_equal(outputs["y"], (a + b) - a)


LENGTHS = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 31, 36])


@st.composite
def shapes(draw: st.DrawFn) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    target = tuple(draw(st.lists(LENGTHS, min_size=1, max_size=3)))
    operands = []
    for _ in range(3):
        kept = draw(st.integers(0, len(target)))
        operands.append(tuple(draw(st.sampled_from([1, n])) for n in target[len(target) - kept :]))
    return target, operands


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shapes())
def test_fused_chains_over_any_broadcast(
    gl: GlDevice, given_shapes: tuple[tuple[int, ...], list[tuple[int, ...]]]
) -> None:
    target, operands = given_shapes
    arrays = [normal(*s, seed=i) for i, s in enumerate([target, *operands])]

    def formula(x: Any, a: Any, b: Any, c: Any) -> list[Any]:
        s = (x + a) * 0.3 - b
        return [s, s * s + c * -1.75e-3]

    builder = ProgramBuilder("chain")
    inputs = [builder.data(f"x{i}", TensorSpec(a.shape)) for i, a in enumerate(arrays)]
    for i, tensor in enumerate(formula(*inputs)):
        builder.output(f"y{i}", tensor)
    outputs, _ = run_program(gl, builder.finish(), {(Storage.DATA, f"x{i}"): a for i, a in enumerate(arrays)})
    for i, expected in enumerate(formula(*arrays)):
        np.testing.assert_allclose(outputs[f"y{i}"], np.asarray(expected, np.float32), rtol=1e-5, atol=1e-6)
