"""A run that would break waits before the first bad step, says what breaks and goes on with what helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest

from engine.data.load import load
from engine.graph.sequence import build_sequential
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.exponential import Exponential
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.sgd import SGD
from engine.training.control import Control
from engine.training.doctor.observation import BACK, Cure, Halted
from engine.training.moments import Branched, Happened, Retreat
from engine.training.reports import Ended, Progress, Report, Snapshot
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.timeline import MEGABYTE, Timeline
from engine.training.trainer import Trainer
from tests.engine.training.networks import XOR, session, settings, two_layer

R = TypeVar("R")
LINE = XOR.model_copy(update={"dataset": "line", "options": {}})


def _overflowing(rate: float = 100.0) -> Session:
    graph = build_sequential([Input(), Dense(units=4), Exponential(), Dense(units=1), Target()])
    return session(graph, load(LINE), settings(optimizer=SGD(learning_rate=rate), epochs=40))


def _exploding(rate: float = 3.0) -> Session:
    graph = build_sequential([Input(), Dense(units=1), Target()])
    return session(graph, load(LINE), settings(optimizer=SGD(learning_rate=rate), epochs=400))


class _Watcher:
    """Follows a run that holds, and stops it when nothing more is to be done."""

    def __init__(self, run: Session) -> None:
        self.control = Control(holds=True, doctor=True, watch_validation=False, poll=self._poll)
        self.trainer = Trainer(run, self.control, timeline=Timeline(64 * MEGABYTE))
        self.asked: list[object] = []
        self.seen: list[Report] = []

    def _poll(self, control: Control, timeout: float) -> None:
        if timeout and control.paused:  # nothing happens while it waits
            control.stopped = True

    def follow(self) -> Iterator[Report]:
        for report in self.trainer.run():
            self.seen.append(report)
            yield report

    def of(self, kind: type[R]) -> list[R]:
        return [r for r in self.seen if isinstance(r, kind)]


def test_the_run_waits_where_all_was_well() -> None:
    run = _overflowing()
    watcher = _Watcher(run)
    for _ in watcher.follow():
        pass
    (halted,) = watcher.of(Halted)
    assert halted.observation.kind == "broken"
    assert halted.step == run.step
    assert all(np.isfinite(a).all() for a in run.weights().values())
    assert f"step {halted.step + 1}" in halted.observation.sentence
    assert run.graph.nodes[halted.observation.node].name == "exponential"
    assert all(np.isfinite(a).all() for a in watcher.of(Snapshot)[-1].states.values() if a.dtype.kind == "f")
    assert watcher.of(Ended)[-1].reason == "stopped"
    run.advance(2)
    assert not np.isfinite(run.report()["loss"])  # it was the last good step
    run.close()


def test_without_anybody_to_wait_for_the_run_ends() -> None:
    run = _overflowing()
    end = list(Trainer(run, Control(watch_validation=False)).run())[-1]
    assert isinstance(end, Ended)
    assert end.reason == "diverged"
    run.close()


def test_a_loss_that_explodes_is_caught_before_it_is_no_number() -> None:
    run = _exploding()
    watcher = _Watcher(run)
    for _ in watcher.follow():
        pass
    (halted,) = watcher.of(Halted)
    assert halted.observation.kind == "exploded"
    assert "The loss explodes" in halted.observation.sentence
    assert run.graph.nodes[halted.observation.node].name == "dense"
    run.close()


def test_data_that_is_no_number_is_shown_and_no_setting_blamed() -> None:
    bundle = load(XOR)
    (name, array), *_ = bundle.inputs.items()
    broken = array.copy()
    broken[17, 1] = np.nan
    run = session(bundle=replace(bundle, inputs={name: broken}))
    watcher = _Watcher(run)
    for _ in watcher.follow():
        pass
    (halted,) = watcher.of(Halted)
    assert halted.observation.rows == (17,)
    assert halted.observation.remedies == ()
    run.close()


@pytest.mark.parametrize("place", [0, 1])
def test_a_lower_rate_and_clipped_gradients_help(place: int) -> None:
    run = _overflowing(1.0)
    watcher = _Watcher(run)
    cured = 0
    for report in watcher.follow():
        if isinstance(report, Halted) and not cured:
            cure = report.observation.remedies[place]
            assert isinstance(cure, Cure)
            graph = run.graph.copy()
            graph.put_section("training", run.settings)
            cure.edit.apply(graph)
            training = graph.sections["training"]
            assert isinstance(training, TrainingSettings)
            nodes, edges, _ = graph.snapshot()
            cured = report.step
            at = max(0, cured - BACK) if cure.back is not None else 0
            watcher.control.requests.append(Retreat(at, nodes, edges, training))
            watcher.control.stopped = False
        if isinstance(report, Progress) and cured and report.step > cured + 40 and watcher.of(Branched):
            watcher.control.stopped = True
    (branched, *_) = watcher.of(Branched)
    assert branched.step == max(0, cured - BACK)
    assert watcher.of(Happened)
    late = [p.values["loss"] for p in watcher.of(Progress) if "loss" in p.values][-1]
    assert np.isfinite(late)
    watcher.trainer.session.close()


def test_a_normalization_is_put_before_what_broke_and_what_was_learned_stays() -> None:
    run = _overflowing(1.0)
    watcher = _Watcher(run)
    for _ in watcher.follow():
        pass
    (halted,) = watcher.of(Halted)
    cure = halted.observation.remedies[2]
    graph = run.graph.copy()
    cure.edit.apply(graph)
    (new,) = set(graph.nodes) - set(run.graph.nodes)
    assert isinstance(graph.nodes[new].layer, BatchNormalization)
    assert [e.target for e in graph.edges_from(new)] == [halted.observation.node]
    assert graph.nodes[new].position[0] < graph.nodes[halted.observation.node].position[0]
    before = run.weights()
    nodes, edges, _ = graph.snapshot()
    watcher.control.requests.append(Retreat(run.step, nodes, edges, run.settings, paused=True))
    assert [type(r) for r in watcher.trainer.answer()].count(Branched) == 1
    after = watcher.trainer.session.weights()
    for name, weight in before.items():
        np.testing.assert_array_equal(weight, after[name])
    watcher.trainer.session.close()


def test_going_back_some_steps_is_exact() -> None:
    training = settings(epochs=20_000)
    alone = session(training=training)
    alone.advance(30)
    wanted = alone.states()
    alone.close()
    run = session(training=training)
    watcher = _Watcher(run)
    asked = False
    for report in watcher.follow():
        if isinstance(report, Progress) and report.step >= 50 and not asked:
            asked = True
            nodes, edges, _ = run.graph.snapshot()
            watcher.control.requests.append(Retreat(30, nodes, edges, training, paused=True))
    (branched,) = watcher.of(Branched)
    assert (branched.step, branched.paused) == (30, True)
    for name, state in watcher.trainer.session.states().items():
        np.testing.assert_array_equal(state, wanted[name])
    watcher.trainer.session.close()


def test_the_size_of_the_gradient_is_told() -> None:
    run = session(two_layer())
    watcher = _Watcher(run)
    for _ in watcher.follow():
        pass
    told = [p.gradient for p in watcher.of(Progress) if p.gradient is not None]
    assert told
    assert all(size > 0 for size in told)
    run.close()
