"""What is refused, what is chosen, and that the choice is remembered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.optimizers.sgd import SGD
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from gl_kernels.executable import GlExecutable
from gl_kernels.whole.choice import FILE, ChosenExecutable, whole_step
from gl_kernels.whole.executable import WholeExecutable
from gl_kernels.whole.fused import Bounds
from gl_kernels.whole.sides import UnfitError
from tests.gl_kernels.whole.running import classes, layer, network, numbers

SETTINGS = TrainingSettings(optimizer=SGD(), batch_size=12)


def refusal(graph: ModelGraph, bounds: Bounds) -> str:
    cpu = open_device("cpu")
    session = Session(graph, classes(2), SETTINGS, cpu)
    with pytest.raises(UnfitError) as caught:
        whole_step(session.program, bounds)
    session.close()
    cpu.close()
    return str(caught.value)


def test_what_is_too_long_is_refused() -> None:
    graph = network(layer("Dense", units=20), layer("Dense", units=3))
    assert "statements" in refusal(graph, Bounds(8, 32768, 200))


def test_what_needs_too_much_shared_memory_is_refused() -> None:
    assert "shared memory" in refusal(network(layer("Dense", units=3)), Bounds(8, 64, 4000))


def test_losses_that_compare_examples_are_refused() -> None:
    for loss in ("triplet_hard", "hinge"):  # hinge looks at the whole batch for how classes are numbered
        assert "example" in refusal(network(layer("Dense", units=3), loss=loss), Bounds(8, 32768, 4000))


def test_a_step_in_which_nothing_is_learned_is_refused() -> None:
    assert "learned" in refusal(network(layer("Dense", units=3, trainable=False)), Bounds(8, 32768, 4000))


def test_the_faster_way_runs_and_is_remembered(cache: Path) -> None:
    graph, data = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1)), numbers(2)
    states = []
    for expected in (ChosenExecutable, WholeExecutable):
        device = GlDevice(cache)
        session = Session(graph, data, SETTINGS, device)
        assert isinstance(session._train, expected)
        session.advance(20)
        if isinstance(session._train, ChosenExecutable):
            assert session._train.explain() == "Steps run as one shader."
        states.append(session.states())
        session.close()
        device.close()
    assert (cache / FILE).exists()
    for name, array in states[0].items():
        np.testing.assert_array_equal(states[1][name], array)


def test_other_programs_are_ordinary_launches(gl: GlDevice) -> None:
    session = Session(network(layer("Dense", units=3)), classes(2), SETTINGS, gl)
    program = session.compiler.predict(96, 12)
    executable = gl.compile(program, session.memory)
    assert isinstance(executable, GlExecutable)
    executable.close()
    session.close()
