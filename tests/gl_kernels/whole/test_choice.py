"""What is refused, what is chosen, and that the choice is remembered."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.devices.base import Interrupted
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.optimizers.sgd import SGD
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from gl_kernels.executable import GlExecutable
from gl_kernels.whole import choice, looped
from gl_kernels.whole.choice import FILE, TRIES, ChosenExecutable, whole_step
from gl_kernels.whole.executable import WholeExecutable
from gl_kernels.whole.fused import Bounds, Fused, UnfitError
from tests.gl_kernels.whole.running import classes, layer, network, numbers

SETTINGS = TrainingSettings(optimizer=SGD(), batch_size=12)


def made(graph: ModelGraph, bounds: Bounds, data: DataBundle | None = None) -> Fused:
    cpu = open_device("cpu")
    session = Session(graph, data or classes(2), SETTINGS, cpu)
    try:
        return whole_step(session.program, bounds)[1]
    finally:
        session.close()
        cpu.close()


def refusal(graph: ModelGraph, bounds: Bounds, data: DataBundle | None = None) -> str:
    with pytest.raises(UnfitError) as caught:
        made(graph, bounds, data)
    return str(caught.value)


def test_small_networks_are_written_out_and_others_are_loops() -> None:
    small = network(layer("Dense", units=3))
    assert not made(small, Bounds(8, 32768, 4000)).looped
    assert made(small, Bounds(8, 64, 4000)).looped  # too little shared memory
    wide = network(layer("Dense", units=20), layer("Dense", units=3))
    assert made(wide, Bounds(8, 32768, 200)).looped
    for loss in ("triplet_hard", "hinge"):  # which compare the examples of a batch
        assert made(network(layer("Dense", units=3), loss=loss), Bounds(8, 32768, 4000)).looped


def test_what_takes_one_work_group_too_long_is_refused() -> None:
    graph = network(
        layer("Conv2D", filters=64, kernel_size=3),
        layer("Conv2D", filters=64, kernel_size=3),
        layer("Flatten"),
    )
    assert "million times" in refusal(graph, Bounds(8, 32768, 4000), numbers(28, 28, 1, outputs=24 * 24 * 64))


def test_what_takes_too_long_is_not_even_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looped, "finish", lambda *_: pytest.fail("It was planned."))
    graph = network(layer("Dense", units=50), layer("Dense", units=3))
    assert "million times" in refusal(graph, Bounds(8, 32768, 200, multiply_adds=1000))


def test_what_a_driver_would_end_is_refused() -> None:
    graph = network(layer("Dense", units=50), layer("Dense", units=3))
    assert "iterations" in refusal(graph, Bounds(8, 32768, 200, iterations=100))


def test_loops_that_take_long_to_compile_are_refused() -> None:
    graph = network(layer("Dense", units=50), layer("Dense", units=3))
    assert "Written as loops" in refusal(graph, Bounds(8, 32768, 200, loop_statements=100))


def test_a_step_with_more_buffers_than_a_shader_may_use_is_refused() -> None:
    small = network(layer("Dense", units=3))
    used = made(small, Bounds(8, 32768, 4000)).blocks
    assert not made(small, Bounds(8, 32768, 4000, blocks=used)).looped
    assert f"{used} buffers" in refusal(small, Bounds(8, 32768, 4000, blocks=used - 1))


def test_the_device_says_how_many_buffers_and_statements_there_may_be(gl: GlDevice) -> None:
    bounds = choice.bounds_of(gl.context)
    assert bounds.blocks == gl.context.limits.storage_blocks
    assert bounds.loop_statements == choice.LOOP_STATEMENTS


def test_shared_memory_has_no_margin_where_it_limits_how_many_models_run() -> None:
    """Sums of all lanes and one column for their totals, nothing else: 3 groups of such a network fit where 1 did."""
    small = network(layer("Dense", units=8), layer("Dense", units=8), layer("Dense", units=1))
    fused = made(small, Bounds(32, 32768, 4000), numbers(2))
    assert fused.shared_bytes <= 16 * 1024
    quads = int(re.findall(r"shared vec4 r\[(\d+)\]", fused.sections["DECLARE"])[0]) // 33
    assert f"#define whole(q) r[min(q, {quads - 1}) * 33]" in fused.sections["DECLARE"]


def test_a_step_in_which_nothing_is_learned_is_refused() -> None:
    assert "learned" in refusal(network(layer("Dense", units=3, trainable=False)), Bounds(8, 32768, 4000))


@pytest.fixture
def one_shader_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is, but for a moment in which the machine is somebody else's."""
    monkeypatch.setattr(choice, "GAIN", 0.0)


@pytest.mark.usefixtures("one_shader_is_faster")
def test_the_faster_way_runs_and_is_remembered(cache: Path) -> None:
    graph, data = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1)), numbers(2)
    states = []
    for expected in (ChosenExecutable, WholeExecutable):
        device = GlDevice(cache)
        session = Session(graph, data, SETTINGS, device)
        assert isinstance(session._train, expected)
        session.advance(20)
        if isinstance(session._train, ChosenExecutable):
            assert session._train.chosen is session._train._whole
        assert "one shader" in session.how
        states.append(session.states())
        session.close()
        device.close()
    assert (cache / FILE).exists()
    for name, array in states[0].items():
        np.testing.assert_array_equal(states[1][name], array)


def test_two_runs_side_by_side_take_the_same_way(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, data = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1)), numbers(2)
    devices = [GlDevice(cache), GlDevice(cache)]
    sessions = [Session(graph, data, SETTINGS, device) for device in devices]
    first, second = (session._train for session in sessions)
    assert isinstance(first, ChosenExecutable)
    assert isinstance(second, ChosenExecutable)
    monkeypatch.setattr(choice, "GAIN", 1e9)  # the first is too slow as one shader
    sessions[0].advance(1)
    monkeypatch.setattr(choice, "GAIN", 0.0)  # the second would not be
    sessions[1].advance(1)
    assert first.chosen is first._ordinary
    assert second.chosen is second._ordinary
    for session, device in zip(sessions, devices, strict=True):
        session.close()
        device.close()


@pytest.mark.parametrize(("whole", "chosen"), [(1.0, True), (1.5, True), (1.8, False), (5.0, False)])
def test_one_shader_is_chosen_where_it_gains_a_fifth(
    cache: Path, whole: float, chosen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, data = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1)), numbers(2)
    device = GlDevice(cache)
    session = Session(graph, data, SETTINGS, device)
    trial = session._train
    assert isinstance(trial, ChosenExecutable)
    times = [2.0, whole]  # of ordinary launches, of one shader
    monkeypatch.setattr(choice, "_shortest", lambda *arguments: times.pop(0))
    assert trial._try(session.feeds(1), choice._unwatched) is chosen
    session.close()
    device.close()


@pytest.mark.usefixtures("one_shader_is_faster")
def test_a_trial_can_be_watched_and_ended(cache: Path) -> None:
    graph, data = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1)), numbers(2)
    device = GlDevice(cache)
    session = Session(graph, data, SETTINGS, device)
    trial = session._train
    assert isinstance(trial, ChosenExecutable)
    before = session.states()
    feeds = session.feeds(1)
    for last in range(2 * TRIES):
        seen: list[int] = []

        def end(done: int, total: int, seen: list[int] = seen, last: int = last) -> None:
            seen.append(done)
            assert 0 <= done < total
            if len(seen) > last:
                raise Interrupted

        with pytest.raises(Interrupted):
            trial.try_out(feeds, end)
        assert trial.chosen is None
        for name, array in session.states().items():
            np.testing.assert_array_equal(before[name], array)
    trial.try_out(feeds, lambda done, total: None)
    for name, array in session.states().items():
        np.testing.assert_array_equal(before[name], array)
    session.close()
    session = Session(graph, data, SETTINGS, device, watch=lambda done, total: None)
    assert "one shader" in session.how  # as was found out before
    session.close()
    device.close()


def test_a_session_that_is_watched_is_tried_out_before_its_first_step(cache: Path) -> None:
    graph, data = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1)), numbers(2)
    device = GlDevice(cache)
    session = Session(graph, data, SETTINGS, device, watch=lambda done, total: None)
    assert isinstance(session._train, ChosenExecutable)
    assert session._train.chosen is not None
    session.close()
    device.close()


@pytest.mark.parametrize(("seconds", "most"), [(1e-5, 20), (0.02, 2), (1.0, 1)])
def test_large_networks_are_tried_with_fewer_steps(
    seconds: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, ran = [0.0], []

    def run(steps: int) -> None:
        ran.append(steps)
        now[0] += seconds * steps

    monkeypatch.setattr("gl_kernels.whole.choice.time.perf_counter", lambda: now[0])
    watch: list[int] = []
    found = choice._shortest(run, lambda: None, lambda done, total: watch.append(done))
    assert found == pytest.approx(seconds)
    assert max(ran) == most
    assert len(watch) == TRIES
    ran.clear()
    choice._shortest(run, lambda: None, lambda done, total: None, hopeless=seconds / 2)
    assert ran == [1, 1, most]


def test_one_slow_moment_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    now, moments = [0.0], [0.01, 5.0, 0.01, 0.01, 0.01]

    def run(steps: int) -> None:
        now[0] += moments.pop(0) * steps

    monkeypatch.setattr("gl_kernels.whole.choice.time.perf_counter", lambda: now[0])
    assert choice._shortest(run, lambda: None, choice._unwatched, hopeless=0.1) == pytest.approx(0.01)


def test_why_a_step_is_not_one_shader_is_said(gl: GlDevice) -> None:
    graph = network(
        layer("Conv2D", filters=64, kernel_size=3),
        layer("Conv2D", filters=64, kernel_size=3),
        layer("Flatten"),
    )
    session = Session(graph, numbers(28, 28, 1, outputs=24 * 24 * 64), SETTINGS, gl)
    assert "launches" in session.how
    assert "million times" in session.how
    session.close()


def test_other_programs_are_ordinary_launches(gl: GlDevice) -> None:
    session = Session(network(layer("Dense", units=3)), classes(2), SETTINGS, gl)
    program = session.compiler.predict(96, 12)
    executable = gl.compile(program, session.memory)
    assert isinstance(executable, GlExecutable)
    executable.close()
    session.close()
