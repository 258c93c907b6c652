"""Operands that kernels form while they read them, and what they do at their end: as if every step had its launch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from engine.ops.conv import conv_input_grad, conv_weight_grad
from engine.ops.elementwise import exp, relu, relu_grad, square, tanh
from engine.ops.matmul import matmul
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.ops.pool import avg_pool_grad, max_pool, max_pool_grad
from engine.ops.reductions import max_, mean, sum_
from engine.ops.softmax import log_softmax, softmax
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.device import GlDevice
from gl_kernels.kernels.registry import kernels, limits_of
from tests.gl_kernels.running import compiled, normal

Build = Callable[..., Tensor | tuple[Tensor, ...]]


def program_of(build: Build, arrays: Sequence[Array]) -> tuple[Program, dict[str, Array]]:
    """A program over states, since a device reads those as it reads everything else; outputs `y0`, `y1` .."""
    builder = ProgramBuilder("fronts")
    given = {f"x{k}": array for k, array in enumerate(arrays)}
    results = build(*(builder.state(name, TensorSpec(array.shape)) for name, array in given.items()))
    for k, result in enumerate((results,) if isinstance(results, Tensor) else results):
        builder.output(f"y{k}", result)
    return builder.finish(), given


def check(device: GlDevice, build: Build, arrays: Sequence[Array], nodes: int) -> None:
    """Outputs as the interpreter has them, in so many nodes (a sum that is cut into parts counts once)."""
    program, given = program_of(build, arrays)
    expected = interpret(program, {}, {}, given)[0]
    with compiled(device, program, given) as (executable, _):
        assert len(executable._planned.steps) == nodes
        executable.run({})
        for name, array in expected.items():
            scale = float(np.abs(array).max(initial=1.0))
            np.testing.assert_allclose(executable.output(name), array, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("columns", [8, 7])
@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
def test_a_fold_of_steps(either: GlDevice, columns: int, axes: tuple[int, ...]) -> None:
    arrays = [normal(40, columns), normal(columns, seed=5), normal(40, 1, seed=6)]
    check(either, lambda x, row, column: sum_(square(x - row) * column, axes=axes) * 0.5, arrays, 1)
    check(either, lambda x, row, column: max_(x * row + column, axes=axes) + 1.0, arrays, 1)


@pytest.mark.parametrize("shape", [(), (7, 8)])
def test_numbers_of_another_type_go_on_at_once(either: GlDevice, shape: tuple[int, ...]) -> None:
    def build(x: Tensor, row: Tensor) -> tuple[Tensor, ...]:
        number = cast(cast(x, dtype=DType.INT32), dtype=DType.FLOAT32)
        return exp(number * row), number

    check(either, build, [5.0 * normal(*shape), normal(*shape[1:], seed=5)], 2)


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
        expected = interpret(program, {}, {}, given)[0]["y0"]
        np.testing.assert_allclose(executable.output("y0"), expected, rtol=1e-4)


def test_every_kernel_that_says_so_can_form_its_operands() -> None:
    """What a kernel reads through `fetches` alone can be formed; these are all that say so."""
    known = {kernel.op for kernel in kernels().values() if kernel.forms}
    assert known >= {"sum", "max", "min", "prod", "softmax", "log_softmax"}
    assert set(limits_of(8).fronts) == known


def slope(output: Tensor, grad: Tensor) -> Tensor:
    """Of tanh, times the gradient behind it."""
    return grad * (1.0 - square(output))


@pytest.mark.parametrize("features", [8, 7])
def test_gradients_of_a_product_form_the_slope_of_the_activation(either: GlDevice, features: int) -> None:
    """Two launches: none computes the slope, and nobody writes it."""
    arrays = [normal(30, 12), normal(12, features), normal(30, features), normal(30, features, seed=8)]

    def gradients(x: Tensor, w: Tensor, output: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
        before = slope(output, grad)
        return matmul(x, before, transpose_a=True), matmul(before, w, transpose_b=True)

    check(either, gradients, arrays, 2)


@pytest.mark.parametrize(("channels", "filters"), [(4, 8), (3, 5)])
def test_gradients_of_a_convolution_form_the_slope(either: GlDevice, channels: int, filters: int) -> None:
    attrs = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    image, weights = (2, 6, 5, channels), (3, 3, channels, filters)
    grads = (2, 6, 5, filters)
    arrays = [normal(*image), normal(*weights), normal(*grads), normal(*grads, seed=8)]

    def gradients(x: Tensor, w: Tensor, output: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
        before = relu_grad(output, grad)
        to_weights = conv_weight_grad(x, before, weight_shape=weights, **attrs)
        return to_weights, conv_input_grad(before, w, input_shape=image, **attrs)

    check(either, gradients, arrays, 2)


@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
@pytest.mark.parametrize("channels", [4, 3])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_gradients_of_a_depthwise_convolution_form_the_slope(
    either: GlDevice, multiplier: int, channels: int, strides: tuple[int, int]
) -> None:
    filters = channels * multiplier
    attrs = {"strides": strides, "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": channels}
    image, weights = (2, 6, 8, channels), (3, 3, 1, filters)
    grads = (2, 6 // strides[0], 8 // strides[1], filters)
    arrays = [normal(*image), normal(*weights), normal(*grads), normal(*grads, seed=8)]

    def gradients(x: Tensor, w: Tensor, output: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
        before = relu_grad(output, grad)
        to_weights = conv_weight_grad(x, before, weight_shape=weights, **attrs)
        return to_weights, conv_input_grad(before, w, input_shape=image, **attrs)

    check(either, gradients, arrays, 2)


@pytest.mark.parametrize("filters", [1, 2])
def test_one_channel_sums_up_the_columns_it_reads(either: GlDevice, filters: int) -> None:
    attrs = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    arrays = [normal(3, 9, 7, 1), normal(3, 9, 7, filters)]

    def gradients(x: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
        weights = conv_weight_grad(x, grad, weight_shape=(3, 3, 1, filters), **attrs)
        return weights, sum_(grad, axes=(0, 1, 2))

    check(either, gradients, arrays, 1)


def test_three_readers_have_the_slope_written(gl: GlDevice) -> None:
    arrays = [normal(30, 12), normal(12, 8), normal(30, 8), normal(30, 8, seed=8)]

    def gradients(x: Tensor, w: Tensor, output: Tensor, grad: Tensor) -> tuple[Tensor, ...]:
        before = slope(output, grad)
        products = matmul(x, before, transpose_a=True), matmul(before, w, transpose_b=True)
        return *products, max_(before, axes=(0,))

    check(gl, gradients, arrays, 4)


def test_an_activation_stays_at_the_end_of_the_product_before(either: GlDevice) -> None:
    """There it is computed once for each number, in front of the next product many times."""
    arrays = [normal(30, 12), normal(12, 8), normal(8, 5), normal(8, seed=6)]
    check(either, lambda x, v, w, bias: matmul(relu(matmul(x, v) + bias), w), arrays, 2)
    program, given = program_of(lambda x, v, w, bias: matmul(relu(matmul(x, v) + bias), w), arrays)
    with compiled(either, program, given) as (executable, _):
        assert [step.op.name for step in executable._planned.steps] == ["matmul", "matmul"]


@pytest.mark.parametrize("channels", [4, 3])
def test_gradients_of_pooling_go_on_with_the_slope(either: GlDevice, channels: int) -> None:
    attrs = {"size": (2, 2), "strides": (2, 2), "padding": ((0, 0), (0, 0))}
    shape = (2, 6, 4, channels)
    arrays = [np.maximum(normal(*shape), 0), normal(2, 3, 2, channels, seed=9)]

    def of_maximum(y: Tensor, grad: Tensor) -> Tensor:
        return relu_grad(y, max_pool_grad(y, max_pool(y, **attrs), grad, **attrs))

    def of_mean(y: Tensor, grad: Tensor) -> Tensor:
        return relu_grad(y, avg_pool_grad(grad, input_shape=shape, **attrs)) * 0.5

    check(either, of_maximum, arrays, 2)
    check(either, of_mean, arrays, 1)


@pytest.mark.parametrize(
    ("rows", "inputs", "features"), [(30, 12, 8), (33, 7, 5), (4100, 6, 12), (70, 130, 140)]
)
def test_a_product_sums_up_the_columns_it_reads(
    either: GlDevice, rows: int, inputs: int, features: int
) -> None:
    """The gradients of weights and of the bias, also of long sums, which are cut into parts."""
    arrays = [normal(rows, inputs), normal(rows, features)]
    check(either, lambda x, g: (matmul(x, g, transpose_a=True), sum_(g, axes=(0,))), arrays, 1)


@pytest.mark.parametrize("filters", [8, 5])
def test_a_convolution_sums_up_the_columns_it_reads(either: GlDevice, filters: int) -> None:
    attrs = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    arrays = [normal(3, 9, 7, 4), normal(3, 9, 7, filters), normal(3, 9, 7, filters, seed=8)]

    def gradients(x: Tensor, output: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
        before = relu_grad(output, grad)
        weights = conv_weight_grad(x, before, weight_shape=(3, 3, 4, filters), **attrs)
        return weights, sum_(before, axes=(0, 1, 2), keepdims=True)

    check(either, gradients, arrays, 1)
