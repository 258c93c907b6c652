"""Convolution and pooling of one to three lengths on the OpenGL device against the references, in both ways to run them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from engine.ops.conv import conv, conv_input_grad, conv_weight_grad, output_shape
from engine.ops.elementwise import relu
from engine.ops.op import Op
from engine.ops.pool import avg_pool, avg_pool_grad, max_pool, max_pool_grad
from engine.ops.pool import output_shape as pooled_shape
from engine.program.builder import ProgramBuilder
from engine.program.program import Storage
from engine.tensor.spec import Array, Shape, TensorSpec
from gl_kernels.device import GlDevice
from tests.engine.layers.golden import GoldenFile, check_on
from tests.engine.ops.window_cases import Attrs, convolutions, poolings
from tests.gl_kernels.running import normal, run_op, run_program

relaxed = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(device: GlDevice, op: Op, arrays: Sequence[Array], attrs: Attrs, rtol: float = 1e-4) -> None:
    (expected,) = op.evaluate(*arrays, **attrs)
    scale = float(np.abs(expected).max(initial=1e-3))
    received = run_op(device, op, list(arrays), attrs)[0]
    np.testing.assert_allclose(received, expected, rtol=rtol, atol=rtol * scale / 10)


@relaxed
@given(convolutions())
def test_convolutions(either: GlDevice, case: tuple[Shape, Shape, Attrs]) -> None:
    image, weight, attrs = case
    x, w, g = normal(*image), normal(*weight), normal(*output_shape(image, weight, attrs))
    check(either, conv, [x, w], attrs)
    check(either, conv_input_grad, [g, w], {**attrs, "input_shape": image})
    check(either, conv_weight_grad, [x, g], {**attrs, "weight_shape": weight})


@relaxed
@given(poolings())
def test_poolings(gl: GlDevice, case: tuple[Shape, Attrs]) -> None:
    shape, attrs = case
    x, g = np.round(normal(*shape) * 2.0), normal(*pooled_shape(shape, attrs))  # with equal maxima
    check(gl, max_pool, [x], attrs, rtol=1e-6)
    check(gl, avg_pool, [x], attrs, rtol=1e-5)
    check(gl, max_pool_grad, [x, max_pool.evaluate(x, **attrs)[0], g], attrs, rtol=1e-5)
    check(gl, avg_pool_grad, [g], {**attrs, "input_shape": shape}, rtol=1e-5)


@pytest.mark.parametrize("channels", [8, 7])
def test_long_sums_of_depthwise_filters(either: GlDevice, channels: int) -> None:
    """More window positions than one invocation adds up: parts, and a second launch."""
    attrs = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": channels}
    x, g = normal(6, 30, 31, channels), normal(6, 30, 31, channels, seed=4)
    check(either, conv_weight_grad, [x, g], {**attrs, "weight_shape": (3, 3, 1, channels)})


@pytest.mark.parametrize("channels", [8, 7])
def test_epilogue_of_a_depthwise_convolution(either: GlDevice, channels: int) -> None:
    given_arrays = {"x": normal(3, 6, 5, channels), "w": normal(3, 3, 1, channels), "b": normal(channels)}
    builder = ProgramBuilder("depthwise")
    x, w, b = (builder.data(n, TensorSpec(a.shape)) for n, a in given_arrays.items())
    builder.output("y", relu(conv(x, w, groups=channels) + b))
    outputs, _ = run_program(
        either, builder.finish(), {(Storage.DATA, n): a for n, a in given_arrays.items()}
    )
    plain = conv.evaluate(given_arrays["x"], given_arrays["w"], groups=channels)[0]
    expected = np.maximum(plain + given_arrays["b"], 0.0)
    np.testing.assert_allclose(outputs["y"], expected, rtol=1e-4, atol=1e-5)


def test_layers_as_keras(gl: GlDevice) -> None:
    """The last case of each layer; all of them take minutes to compile."""
    file = GoldenFile("convolution")
    check_on(gl, file, list({case["layer"]: n for n, case in enumerate(file.cases)}.values()))
    check_on(gl, GoldenFile("convolution_jax"), [3])
