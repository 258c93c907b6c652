"""Convolution and pooling on the CPU device against the references: random shapes, in pieces of any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.devices.cpu import convolution, depthwise, pooling
from engine.devices.cpu.device import open_device
from engine.ops.conv import conv, conv_input_grad, conv_weight_grad, output_shape
from engine.ops.op import Op
from engine.ops.pool import avg_pool, avg_pool_grad, max_pool, max_pool_grad
from engine.ops.pool import output_shape as pooled_shape
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, Shape, TensorSpec
from tests.engine.ops.window_cases import Attrs, convolutions, poolings

pytestmark = pytest.mark.usefixtures("way")
many = settings(max_examples=120, deadline=None)
limits = st.sampled_from([150, 1000, 3_000_000])


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The sizes of pieces, which the tests change."""
    modules = (convolution, depthwise, pooling)
    before = [(m, n, getattr(m, n)) for m in modules for n in vars(m) if n.endswith("_BYTES")]
    yield
    for module, name, value in before:
        setattr(module, name, value)


def use_pieces_of(limit: int) -> None:
    for module in (convolution, depthwise, pooling):
        for name in vars(module):
            if name.endswith("_BYTES"):
                setattr(module, name, limit)


def numbers(seed: int, shape: Shape) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def check(op: Op, arrays: Sequence[Array], attrs: Attrs) -> None:
    builder = ProgramBuilder("one")
    inputs = [builder.data(f"x{i}", TensorSpec(a.shape)) for i, a in enumerate(arrays)]
    builder.output("y", op(*inputs, **attrs))
    device = open_device()
    memory = device.memory()
    for i, array in enumerate(arrays):
        memory.write(f"x{i}", array)
    executable = device.compile(builder.finish(), memory)
    (expected,) = op.evaluate(*arrays, **attrs)
    for _ in range(2):  # nothing of the first step may show in the second
        executable.run({})
        scale = float(np.abs(expected).max(initial=1e-3))
        np.testing.assert_allclose(executable.output("y"), expected, rtol=1e-5, atol=1e-5 * scale)
    device.close()


@given(convolutions(), limits)
@many
def test_convolutions(case: tuple[Shape, Shape, Attrs], limit: int) -> None:
    use_pieces_of(limit)
    image, weight, attrs = case
    x, w = numbers(1, image), numbers(2, weight)
    g = numbers(3, output_shape(image, weight, attrs))
    check(conv, [x, w], attrs)
    check(conv_input_grad, [g, w], {**attrs, "input_shape": image})
    check(conv_weight_grad, [x, g], {**attrs, "weight_shape": weight})


@given(poolings(), limits)
@many
def test_poolings(case: tuple[Shape, Attrs], limit: int) -> None:
    use_pieces_of(limit)
    shape, attrs = case
    x, g = np.round(numbers(1, shape) * 2.0), numbers(3, pooled_shape(shape, attrs))  # with equal maxima
    check(max_pool, [x], attrs)
    check(avg_pool, [x], attrs)
    check(max_pool_grad, [x, max_pool.evaluate(x, **attrs)[0], g], attrs)
    check(avg_pool_grad, [g], {**attrs, "input_shape": shape})
