"""Whole training programs: the same curve as on the CPU, and the same bits in every run."""

from __future__ import annotations

import numpy as np
import pytest

from engine.cli.opened import open_project
from engine.data.load import load
from engine.devices.base import Device
from engine.devices.registry import open_device
from engine.tensor.spec import Array
from engine.training.session import Session
from gl_kernels.device import GlDevice


def train(device: Device, example: str, steps: int) -> tuple[list[float], dict[str, Array]]:
    """Losses of every tenth of the way, and the states at the end."""
    project = open_project(example)
    session = Session(project.graph, load(project.data), project.training, device)
    losses = []
    for _ in range(10):
        session.advance(steps // 10)
        losses.append(session.report()["loss"])
    states = session.states()
    session.close()
    return losses, states


@pytest.mark.parametrize("example", ["circle", "iris", "boston", "digits"])
def test_same_curve_as_on_the_cpu(either: GlDevice, example: str) -> None:
    cpu = open_device("cpu")
    expected, _ = train(cpu, example, 100)
    cpu.close()
    received, _ = train(either, example, 100)
    np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("example", ["circle", "digits"])
def test_same_bits_in_every_run(gl: GlDevice, example: str) -> None:
    losses, states = train(gl, example, 30)
    again, states_again = train(gl, example, 30)
    assert losses == again
    for name, array in states.items():
        np.testing.assert_array_equal(states_again[name], array)


@pytest.mark.parametrize("size", [1, 3, 10])
def test_steps_may_be_handed_over_in_any_portions(gl: GlDevice, size: int) -> None:
    project = open_project("circle")
    session = Session(project.graph, load(project.data), project.training, gl)
    for start in range(0, 30, size):
        session.advance(min(size, 30 - start))
    states = session.states()
    session.close()
    _, expected = train(gl, "circle", 30)
    for name, array in expected.items():
        np.testing.assert_array_equal(states[name], array)
