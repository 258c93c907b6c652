"""Recurrences on OpenGL: as on the CPU for any sizes, and few shaders for many time steps."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.fuse import FusionLimits
from engine.compiler.pipeline import finish
from engine.devices.registry import open_device
from engine.ops.cells import Cell, cell, gru, lstm, simple
from engine.ops.elementwise import sigmoid, tanh
from engine.ops.recurrent import recurrent, recurrent_grad
from gl_kernels.context import ALIGNMENT
from gl_kernels.device import GlDevice
from gl_kernels.executable import launches_of
from gl_kernels.launch import Launch
from tests.engine.devices.test_recurrent import arrays_of, grad_arrays
from tests.engine.training.networks import session
from tests.engine.training.sequences import reading, words
from tests.gl_kernels.running import program_of, run_op

SIMPLE = cell(simple(tanh), lanes=1, states=2, masked=True, held=True)
LSTM = cell(lstm(tanh, sigmoid), lanes=4, states=2, masked=True)
GRU = cell(gru(tanh, sigmoid, reset_after=True, use_bias=True), lanes=3, states=1, used=())
BEFORE = cell(gru(tanh, sigmoid, reset_after=False, use_bias=True), lanes=3, states=1, masked=True)


@pytest.mark.parametrize(
    ("kind", "time", "batch", "units", "backwards"),
    [
        pytest.param(SIMPLE, 1, 1, 1, False, id="one number"),
        pytest.param(SIMPLE, 3, 7, 13, True, id="primes"),
        pytest.param(LSTM, 5, 17, 11, False, id="more than a block"),
        pytest.param(LSTM, 2, 16, 8, True, id="whole blocks"),
        pytest.param(GRU, 4, 2, 5, True, id="odd"),
        pytest.param(BEFORE, 3, 5, 3, False, id="two products"),
    ],
)
def test_as_the_reference(
    gl: GlDevice, kind: Cell, time: int, batch: int, units: int, backwards: bool
) -> None:
    arrays = arrays_of(kind, time, batch, units, 3)
    attrs = {"cell": kind, "backwards": backwards, "zero_start": False, "keep": True}
    expected = recurrent.evaluate(*arrays, **attrs)
    for one, other in zip(run_op(gl, recurrent, arrays, attrs), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    back = grad_arrays(kind, arrays, expected, 4)
    for one, other in zip(
        run_op(gl, recurrent_grad, back, attrs), recurrent_grad.evaluate(*back, **attrs), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_thousand_steps(gl: GlDevice) -> None:
    arrays = arrays_of(GRU, 1000, 2, 3, 5)
    attrs = {"cell": GRU, "backwards": False, "zero_start": False, "keep": True}
    for one, other in zip(
        run_op(gl, recurrent, arrays, attrs), recurrent.evaluate(*arrays, **attrs), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("op", [recurrent, recurrent_grad])
def test_all_steps_are_the_same_shaders(device: GlDevice, op: object) -> None:
    arrays = arrays_of(LSTM, 50, 4, 8, 6)
    attrs = {"cell": LSTM, "backwards": False, "zero_start": False, "keep": True}
    if op is recurrent_grad:
        arrays = grad_arrays(LSTM, arrays, recurrent.evaluate(*arrays, **attrs), 7)
    program = program_of(recurrent_grad if op is recurrent_grad else recurrent, arrays, attrs)
    planned = finish(program, FusionLimits(operands=8), ALIGNMENT)
    launches, _ = launches_of(planned, device.tuning)
    on_device = [launch for launch in launches if isinstance(launch, Launch)]
    steps = [launch for launch in on_device if launch.number is not None]
    assert len({launch.number for launch in steps}) == 50
    assert len({launch.shader.text for launch in on_device}) <= 8
    assert len(steps) <= 51  # one for each step, and the beginning of the first


@pytest.mark.usefixtures("launches")
def test_words_are_read_as_on_the_cpu(gl: GlDevice) -> None:
    curves = []
    for device in (open_device("cpu"), gl):
        s = session(reading(), words(), device="cpu" if device is not gl else "gl")
        losses = []
        for _ in range(4):
            s.advance(5)
            losses.append(s.report()["loss"])
        s.close()
        curves.append(losses)
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-4)
    assert curves[0][-1] < curves[0][0]
