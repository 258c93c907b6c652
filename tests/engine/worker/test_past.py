"""The past of a run in a real worker: looked at, gone back to, changed, and taken up after the worker was killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from engine.data.load import load
from engine.formats.project import Project, load_project, save_project
from engine.optimizers.adam import Adam
from engine.tensor.spec import Array
from engine.training.memory import MEMORY
from engine.training.moments import (
    Branched,
    Change,
    Changed,
    Look,
    Moment,
    Remembered,
    Rewind,
    Shown,
    Travel,
)
from engine.training.named import NamedStates
from engine.training.reports import Ended, Pictured, Probe, Progress, Snapshot, Started
from engine.training.states import named_states, snapshot_of
from engine.worker.messages import Ask, Pause, Resume, SetProbes
from tests.engine.training.networks import XOR, session, settings, with_everything
from tests.engine.worker.conftest import Watched, job

PROBE = Probe("here", {"x": np.array([[0.4, -0.6]], np.float32)})


def moments(worker: Watched, number: int = 1) -> dict[int, Moment]:
    """What the worker has said that it keeps."""
    known: dict[int, Moment] = {}
    for news in worker.reports(Remembered, number):
        known |= {m.id: m for m in news.added}
        for gone in news.dropped:
            known.pop(gone, None)
    return known


def after(steps: int) -> dict[str, Array]:
    s = session(with_everything())
    if steps:
        s.advance(steps)
    return s.states()


def assert_same(states: dict[str, Array], other: dict[str, Array]) -> None:
    for name, array in other.items():
        assert states[name].tobytes() == array.tobytes(), name


def test_the_past_of_a_run_that_has_ended_can_be_looked_at_and_gone_back_to(worker: Watched) -> None:
    worker.client.send(job(training=settings(epochs=40), probes=(PROBE,)))
    worker.report(Ended)
    known = moments(worker)
    steps = [m.step for m in known.values()]
    assert (steps[0], steps[-1]) == (0, 200)
    assert "loss" in list(known.values())[-1].values
    some = list(known.values())[len(known) // 2]

    worker.client.send(Ask(1, Look(some.id)))
    shown = worker.report(Shown)
    assert shown.moment == some
    then = session(with_everything())
    then.advance(some.step)
    expected = then.predict("here", PROBE.inputs)["y0"]
    picture = [p for p in worker.reports(Pictured) if p.probe == "here"][-1]
    assert (picture.step, picture.outputs["y0"].tobytes()) == (some.step, expected.tobytes())

    worker.client.send(Ask(1, Travel(some.id)))
    branched = worker.report(Branched)
    assert (branched.line, branched.parent, branched.step) == (1, 0, some.step)
    end = worker.report(Ended, after=1)
    assert (end.reason, end.step) == ("done", 200)
    assert_same(dict(worker.reports(Snapshot)[-1].states), after(200))
    assert {m.line for m in moments(worker).values()} == {0, 1}


def test_a_moment_is_looked_at_while_the_run_goes_on(worker: Watched) -> None:
    worker.client.send(job(probes=(PROBE,)))
    first = worker.wait(lambda: moments(worker), "a moment")
    worker.report(Progress, after=3)
    worker.client.send(Ask(1, Look(next(iter(first)))))
    worker.report(Shown)
    pictures = len([p for p in worker.reports(Pictured) if p.probe == "here"])
    worker.report(Progress, after=len(worker.reports(Progress)) + 10)
    later = [p for p in worker.reports(Pictured) if p.probe == "here"][pictures:]
    assert later == []
    worker.client.send(SetProbes((Probe("there", PROBE.inputs),)))
    there = worker.wait(lambda: [p for p in worker.reports(Pictured) if p.probe == "there"], "a picture")
    assert there[0].step == 0
    worker.client.send(Ask(1, Look(None)))
    assert worker.report(Shown, after=2).moment is None
    worker.wait(lambda: [p for p in worker.reports(Pictured) if p.probe == "there" and p.step > 0], "now")


def test_rewinding_waits_at_the_first_weights(worker: Watched) -> None:
    worker.client.send(job())
    worker.report(Progress, after=3)
    worker.client.send(Ask(1, Rewind()))
    branched = worker.report(Branched)
    assert (branched.step, branched.paused) == (0, True)
    snapshot = worker.wait(lambda: [s for s in worker.reports(Snapshot) if s.step == 0], "the beginning")[-1]
    assert_same(dict(snapshot.states), after(0))
    worker.client.send(Resume())
    worker.report(Progress, after=len(worker.reports(Progress)) + 3)


def test_a_change_reaches_a_paused_run_too(worker: Watched) -> None:
    worker.client.send(job())
    worker.report(Progress, after=2)
    worker.client.send(Pause())
    nodes, edges, _ = with_everything().snapshot()
    other = settings(epochs=1_000_000, batch_size=8, optimizer=Adam(learning_rate=0.3))
    worker.client.send(Ask(1, Change(5, nodes, edges, other)))
    changed = worker.report(Changed)
    assert (changed.number, changed.sentence, changed.steps_per_epoch) == (5, "", 20.0)
    worker.client.send(Ask(2, Rewind()))  # of another job: not for this one
    worker.client.send(Resume())
    seen = len(worker.reports(Progress))
    assert worker.report(Progress, after=seen + 2).learning_rate == pytest.approx(0.3)
    assert worker.reports(Branched) == []


def test_requests_of_a_job_that_is_over_are_let_go(worker: Watched) -> None:
    worker.client.send(job(1, training=settings(epochs=2)))
    worker.report(Ended, 1)
    worker.client.send(job(2, training=settings(epochs=2)))
    worker.report(Ended, 2)
    worker.client.send(Ask(1, Look(0)))
    worker.client.send(Ask(2, Look(0)))
    assert worker.report(Shown, 2).moment is not None
    assert worker.reports(Shown, 1) == []


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_a_run_whose_worker_is_killed_goes_on_from_the_file_to_the_bit(
    worker: Watched, tmp_path: Path, device: str
) -> None:
    endless, whole = settings(epochs=1_000_000, device=device), settings(epochs=2000, device=device)
    worker.client.send(job(training=endless))
    worker.report(Started)
    worker.client.send(Pause())
    worker.client.send(Resume())
    worker.wait(lambda: [s for s in worker.reports(Snapshot) if s.step > 10], "a snapshot")
    pid = worker.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    worker.wait(lambda: bool(worker.deaths), "the death")
    spec = load(XOR).spec
    snapshot = worker.reports(Snapshot)[-1]
    named = named_states(with_everything(), spec, snapshot)
    path = tmp_path / "recovered.loom"
    save_project(path, Project(with_everything(), named.weights, named.optimizer, named.step))
    read = load_project(path)
    found = snapshot_of(read.graph, spec, NamedStates(read.weights, read.optimizer, read.step))
    assert found is not None
    assert found.step == snapshot.step
    steps = found.step + 100
    ends = settings(epochs=-(-steps // 5), device=device)
    again = Watched()
    try:
        again.ready()
        again.client.send(job(graph=read.graph, training=ends, resume=found))
        end = again.report(Ended)
        states = again.reports(Snapshot)[-1].states
    finally:
        again.client.close()
    straight = session(with_everything(), training=whole, device=device)
    straight.advance(end.step)
    assert_same({n: a for n, a in states.items() if n != MEMORY}, straight.states())
    straight.close()
