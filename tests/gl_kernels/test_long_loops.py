"""Long sums, lines and lists: some drivers end all loops of an invocation after 65,535 rounds and say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from engine.devices.base import DeviceError
from engine.ops.affine import affine_sample, affine_sample_grad
from engine.ops.conv import conv_weight_grad
from engine.ops.gather import scatter_add_rows
from engine.ops.matmul import matmul
from engine.ops.op import Op
from engine.ops.pool import max_pool
from engine.ops.reductions import argmax, max_, sum_
from engine.ops.registry import ops
from engine.ops.scans import cumsum, linear_recurrence
from engine.ops.softmax import log_softmax, softmax
from engine.tensor.spec import Array
from gl_kernels.device import GlDevice
from gl_kernels.tuning import Tuning
from tests.gl_kernels.running import normal, run_op

LONG = 70_001
LINES = 67  # so many that no line needs to be cut to keep the device busy


def check(device: GlDevice, op: Op, arrays: Sequence[Array], atol: float, **attrs: object) -> None:
    """The same as the reference in float64."""
    received = run_op(device, op, arrays, attrs)
    whole = {**op.defaults, **attrs}
    expected = [np.empty(r.shape, np.float64 if r.dtype == np.float32 else r.dtype) for r in received]
    op.compute([a.astype(np.float64) if a.dtype == np.float32 else a for a in arrays], expected, whole)
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=atol, rtol=1e-4)


def steps(*shape: int) -> Array:
    """Whole numbers from -3 to 3, whose sums are exact."""
    return np.random.default_rng(4).integers(-3, 4, shape).astype(np.float32)


def test_sums_and_maxima(either: GlDevice) -> None:
    x = steps(3, 2 * LONG)
    x[:, -1] = 9.0
    for op in (sum_, max_):
        check(either, op, [x], 0.0, axes=(1,), keepdims=False)
        check(either, op, [np.ascontiguousarray(x.T)], 0.0, axes=(0,), keepdims=False)


def test_soft_max(either: GlDevice) -> None:
    x = normal(3, LONG)
    x[:, -1] = 11.0  # what is cut off would be missed
    check(either, softmax, [x], 1e-6)
    check(either, log_softmax, [x], 1e-4)


@pytest.mark.parametrize("last", [8.0, np.nan])
def test_position_of_the_largest(gl: GlDevice, last: float) -> None:
    x = steps(3, LONG)
    x[0, -1], x[1, 4096], x[1, LONG - 2] = last, last, last
    check(gl, argmax, [x], 0.0)


def test_running_sums(gl: GlDevice) -> None:
    x = steps(LINES, LONG)
    check(gl, cumsum, [x], 0.0, axis=1, reverse=False)
    decay = np.full((LINES, LONG), 0.5, np.float32)
    check(gl, linear_recurrence, [decay, x], 1e-5, axis=1, reverse=False)


def test_order(gl: GlDevice) -> None:
    check(gl, ops()["sort"], [normal(2, LONG)], 0.0, descending=False)


@pytest.mark.parametrize("rows", [1, 5])
def test_gradients_of_one_row(gl: GlDevice, rows: int) -> None:
    index = np.random.default_rng(1).integers(0, rows, LONG).astype(np.int32)
    check(gl, scatter_add_rows, [index, steps(LONG, 3)], 0.0, rows=7)


def test_long_products(gl: GlDevice) -> None:
    """Four terms a round: as many results as keep the device busy without cutting sums."""
    terms = 4 * LONG
    a = np.broadcast_to(steps(64, 1), (64, terms)).astype(np.float32)
    b = np.ones((terms, 64), np.float32)
    check(gl, matmul, [a, b], 0.0, transpose_a=False, transpose_b=False)


def test_long_products_where_there_are_tiles(tiled: GlDevice) -> None:
    busy = GlDevice(None, replace(tiled.tuning, parallel=1, rounds=gl_rounds(tiled)))
    check(busy, matmul, [steps(16, LONG), steps(LONG, 16)], 0.0, transpose_a=False, transpose_b=False)
    busy.close()
    tiled.context.make_current()


def gl_rounds(device: GlDevice) -> int:
    """Of the driver, whatever the device is tuned for."""
    return Tuning.of(device.context.limits, software=device.context.software).rounds


@pytest.mark.parametrize(("channels", "groups"), [(4, 4), (1, 1)])
def test_filters_seen_at_many_places(gl: GlDevice, channels: int, groups: int) -> None:
    x, grad = steps(1, 300, 300, channels), steps(1, 300, 300, 4)
    attrs: Mapping[str, object] = {
        "weight_shape": (1, 1, channels // groups, 4),
        "strides": (1, 1),
        "padding": ((0, 0), (0, 0)),
        "dilation": (1, 1),
        "groups": groups,
    }
    check(gl, conv_weight_grad, [x, grad], 0.0, **attrs)


def test_pixels_of_large_pictures(gl: GlDevice) -> None:
    turned = np.array([[1, 0, 0.5, 0, 1, 0.25]], np.float32)
    attrs = {**affine_sample.defaults, **affine_sample.samples[0].attrs, "size": (300, 290)}
    grad = steps(1, 300, 290, 1)
    shape = {k: v for k, v in attrs.items() if k in affine_sample_grad.samples[0].attrs}
    check(gl, affine_sample_grad, [turned, grad], 1e-4, **{**shape, "input_shape": (1, 300, 290, 1)})


def test_what_cannot_be_cut_is_refused(gl: GlDevice) -> None:
    x = np.zeros((1, 270, 270, 1), np.float32)
    attrs = {"size": (270, 270), "strides": (1, 1), "padding": ((0, 0), (0, 0))}
    if gl.context.software:
        with pytest.raises(DeviceError, match="ends a loop"):
            run_op(gl, max_pool, [x], attrs)
