"""Operands that kernels form while they read them, and what they do at their end: as if every step had its launch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from engine.ops.elementwise import exp, relu, square, tanh
from engine.ops.op import Tensor
from engine.ops.reductions import max_, mean, sum_
from engine.ops.softmax import log_softmax, softmax
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.device import GlDevice
from gl_kernels.kernels.registry import kernels, limits_of
from tests.gl_kernels.running import compiled, normal

Build = Callable[..., Tensor]


def program_of(build: Build, arrays: Sequence[Array]) -> tuple[Program, dict[str, Array]]:
    """A program over states, since a device reads those as it reads everything else."""
    builder = ProgramBuilder("fronts")
    given = {f"x{k}": array for k, array in enumerate(arrays)}
    tensors = [builder.state(n, TensorSpec(a.shape, DType(a.dtype.name))) for n, a in given.items()]
    builder.output("y", build(*tensors))
    return builder.finish(), given


def check(device: GlDevice, build: Build, arrays: Sequence[Array], launches: int) -> None:
    """One output as the interpreter has it, in so many launches (a sum that is cut into parts counts once)."""
    program, given = program_of(build, arrays)
    expected = interpret(program, {}, {}, given)[0]["y"]
    with compiled(device, program, given) as (executable, _):
        assert len(executable._planned.steps) == launches
        executable.run({})
        received = executable.output("y")
    scale = float(np.abs(expected).max(initial=1.0))
    np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("columns", [8, 7])
@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
def test_a_fold_of_steps(either: GlDevice, columns: int, axes: tuple[int, ...]) -> None:
    arrays = [normal(40, columns), normal(columns, seed=5), normal(40, 1, seed=6)]
    check(either, lambda x, row, column: sum_(square(x - row) * column, axes=axes) * 0.5, arrays, 1)
    check(either, lambda x, row, column: max_(x * row + column, axes=axes) + 1.0, arrays, 1)


def test_a_long_fold_in_parts(either: GlDevice) -> None:
    arrays = [normal(30_000, 4), normal(4, seed=5)]
    check(either, lambda x, row: relu(mean(tanh(x * row), axes=(0,)) + row), arrays, 1)


@pytest.mark.parametrize("rows", [softmax, log_softmax])
def test_rows_of_steps(either: GlDevice, rows: Build) -> None:
    check(either, lambda x, row: rows(x * 2.0 + row), [normal(33, 70), normal(70, seed=4)], 1)


def test_statistics_without_an_array_of_their_own(either: GlDevice) -> None:
    def normalized(x: Tensor, gain: Tensor) -> Tensor:
        centred = x - mean(x, axes=(0, 1, 2))
        return relu(centred * gain * (mean(square(centred), axes=(0, 1, 2)) + 1e-3) ** -0.5)

    check(either, normalized, [normal(6, 5, 5, 12), normal(12, seed=2)], 3)


def test_factors_in_fronts_are_handed_over(gl: GlDevice) -> None:
    """A factor is a size of the launch, in a front as elsewhere."""

    def both(x: Tensor) -> Tensor:
        return sum_(square(x) * 0.5, axes=(0,)) + exp(sum_(square(x) * 0.25, axes=(0,)))

    program, given = program_of(both, [normal(16, 8)])
    with compiled(gl, program, given) as (executable, _):
        assert len({launch.shader.key for launch in executable.launches}) == 2
        executable.run({})
        expected = interpret(program, {}, {}, given)[0]["y"]
        np.testing.assert_allclose(executable.output("y"), expected, rtol=1e-4)


def test_every_kernel_that_says_so_can_form_its_operands() -> None:
    """What a kernel reads through `fetches` alone can be formed; these are all that say so."""
    known = {kernel.op for kernel in kernels().values() if kernel.forms}
    assert known >= {"sum", "max", "min", "prod", "softmax", "log_softmax"}
    assert set(limits_of(8).fronts) == known
