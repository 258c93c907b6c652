"""The loop around a session: what it reports and when, how it ends, what Pause, Step and Stop do to it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.sgd import SGD
from engine.training.control import Control
from engine.training.reports import VALIDATION, Ended, EpochEnded, Pictured, Probe, Progress, Report, Snapshot
from engine.training.session import Session
from engine.training.trainer import Trainer
from tests.engine.training.networks import XOR, session, settings, two_layer


class Clock:
    """Time that passes only when asked for: a hundredth of a second each time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


def run(s: Session, control: Control | None = None) -> list[Report]:
    return list(Trainer(s, control or Control(), Clock()).run())


def ends_of(reports: list[Report]) -> list[EpochEnded]:
    return [e for r in reports if isinstance(r, Progress) for e in r.epochs]


def end_of(reports: list[Report]) -> Ended:
    assert isinstance(reports[-1], Ended)
    return reports[-1]


def overfitting() -> tuple[DataBundle, ModelGraph]:
    """Answers by chance and many units: what is learned by heart makes the validation loss rise."""
    bundle = load(XOR.model_copy(update={"validation_fraction": 0.5}))
    answers = np.random.default_rng(1).integers(0, 2, 200).astype(np.int32)
    graph = build_sequential([Input(), Dense(units=64, activation="tanh"), Dense(units=1), Target()])
    return replace(bundle, targets={"y": answers}), graph


def test_a_run_reports_every_epoch_and_ends() -> None:
    reports = run(session(training=settings(epochs=5)))
    assert [e.epoch for e in ends_of(reports)] == [1, 2, 3, 4, 5]
    end = end_of(reports)
    assert (end.reason, end.step, end.epoch) == ("done", 25, 5.0)
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(end.values)
    assert end.values == ends_of(reports)[-1].values
    assert isinstance(reports[-2], Snapshot)
    assert reports[-2].step == 25


def test_the_loss_of_an_epoch_is_the_mean_of_its_steps() -> None:
    s = session(training=settings(epochs=1))
    losses = []
    for _ in range(5):
        s.advance(1)
        losses.append(s.report()["loss"])
    (end,) = ends_of(run(session(training=settings(epochs=1))))
    assert end.values["loss"] == pytest.approx(float(np.mean(losses)), rel=1e-5)


def test_the_result_does_not_depend_on_the_speed_of_the_clock() -> None:
    one, other = session(), session()
    list(Trainer(one, Control()).run())
    run(other)
    assert one.states()["params"].tobytes() == other.states()["params"].tobytes()


def test_no_validation_part_no_validation_values() -> None:
    data = XOR.model_copy(update={"validation_fraction": 0.0})
    reports = run(session(bundle=load(data), training=settings(epochs=2, keep_best=True)))
    assert "val_loss" not in end_of(reports).values
    assert end_of(reports).reason == "done"


def test_tiny_epochs_are_not_all_validated() -> None:
    reports = run(session(training=settings(epochs=2000, batch_size=200)))
    epochs = [e.epoch for e in ends_of(reports)]
    assert 100 <= len(epochs) <= 120
    assert epochs[-1] == 2000


# -- early stopping, best weights, divergence ----------------------------------------------------------


def test_early_stopping_waits_for_its_patience() -> None:
    bundle, graph = overfitting()
    training = settings(
        epochs=600, early_stopping_patience=40, optimizer={"name": "Adam", "learning_rate": 0.03}
    )
    reports = run(session(graph, bundle, training))
    ends = ends_of(reports)
    best = min(ends, key=lambda e: e.values["val_loss"])
    assert end_of(reports).reason == "early"
    assert end_of(reports).epoch < 600
    assert best.best
    assert ends[-1].epoch - best.epoch >= 40


def test_keep_best_ends_with_the_weights_of_the_best_epoch() -> None:
    bundle, graph = overfitting()
    training = settings(epochs=200, keep_best=True, optimizer={"name": "Adam", "learning_rate": 0.03})
    s = session(graph, bundle, training)
    reports = run(s)
    lowest = min(e.values["val_loss"] for e in ends_of(reports))
    end = end_of(reports)
    assert lowest < ends_of(reports)[-1].values["val_loss"]
    assert s.evaluate(bundle.validation)["loss"] == pytest.approx(lowest, rel=1e-6)
    assert end.values["val_loss"] == pytest.approx(lowest, rel=1e-6)
    assert "Kept the weights of step" in end.sentence
    assert isinstance(reports[-2], Snapshot)
    np.testing.assert_array_equal(reports[-2].states["params"], s.states()["params"])


def test_a_run_that_diverges_says_so() -> None:
    graph = build_sequential([Input(), Dense(units=1), Target(loss="mean_squared_error")])
    data = XOR.model_copy(update={"dataset": "line", "options": {}})
    training = settings(optimizer=SGD(learning_rate=100.0), epochs=50)
    end = end_of(run(session(graph, load(data), training)))
    assert end.reason == "diverged"
    assert end.step < 50 * 20
    assert "learning rate" in end.sentence
    assert not math.isfinite(end.values["loss"])


# -- what a watcher asks for ---------------------------------------------------------------------------


def test_stop_ends_with_a_snapshot() -> None:
    seen: list[float] = []

    def poll(control: Control, timeout: float) -> None:
        seen.append(timeout)
        control.stopped = len(seen) > 5

    reports = run(session(training=settings(epochs=10_000)), Control(poll=poll))
    assert end_of(reports).reason == "stopped"
    assert isinstance(reports[-2], Snapshot)
    assert reports[-2].step == end_of(reports).step > 0


def test_paused_runs_only_the_steps_asked_for() -> None:
    s = session()
    waited = []

    def poll(control: Control, timeout: float) -> None:
        if timeout:
            waited.append(s.step)
            if len(waited) in (2, 4):
                control.steps = 3 if len(waited) == 4 else 1
            control.stopped = len(waited) > 6

    reports = run(s, Control(paused=True, poll=poll))
    assert end_of(reports).step == 4
    assert sorted(set(waited)) == [0, 1, 4]
    steps = [r.step for r in reports if isinstance(r, Progress)]
    assert steps[:4] == [1, 2, 3, 4]  # each step is reported, so that it can be looked at


def test_time_in_which_a_run_waits_is_no_time_of_training() -> None:
    clock = Clock()

    def poll(control: Control, timeout: float) -> None:
        if timeout:
            clock.now += 1e6
            control.paused = False

    reports = list(Trainer(session(), Control(paused=True, poll=poll), clock).run())
    assert clock.now > 1e6
    assert end_of(reports).seconds < 1e6


def test_a_run_that_goes_on_was_well_where_it_began() -> None:
    first = session()
    first.advance(7)
    second = session(states=first.states(), step=7)
    good = Trainer(second, Control()).known_good()
    assert good.step == 7
    assert good.states["params"].tobytes() == first.states()["params"].tobytes()


def test_a_new_learning_rate_takes_effect() -> None:
    still, moving = session(), session()
    before = still.states()["params"]
    run(still, Control(learning_rate=0.0))
    run(moving)
    np.testing.assert_array_equal(still.states()["params"], before)
    assert not np.array_equal(moving.states()["params"], before)


def test_probes_are_answered_at_their_pace() -> None:
    inputs = {"x": np.zeros((3, 2), np.float32)}
    probe = Probe("mine", inputs, every_s=1.0)
    control = Control(probes={"mine": probe}, watch_validation=False)
    reports = run(session(training=settings(epochs=300)), control)
    pictures = [r for r in reports if isinstance(r, Pictured)]
    progress = [r for r in reports if isinstance(r, Progress)]
    assert {p.probe for p in pictures} == {"mine"}
    assert 1 < len(pictures) < len(progress) / 5
    assert pictures[-1].step == end_of(reports).step  # the last state is always shown
    assert pictures[0].outputs["y0"].shape == (3, 1)


def test_validation_rows_are_pictured() -> None:
    s = session()
    pictures = [r for r in run(s) if isinstance(r, Pictured)]
    assert {p.probe for p in pictures} == {VALIDATION}
    assert len(pictures[-1].outputs["y0"]) == len(s.bundle.validation)


def test_snapshots_come_every_two_seconds_and_on_request() -> None:
    asked = Control(snapshot=True)
    reports = run(session(training=settings(epochs=400)), asked)
    steps = [r.step for r in reports if isinstance(r, Snapshot)]
    assert len(steps) >= 3
    assert not asked.snapshot


def test_a_run_that_holds_sends_no_snapshots() -> None:
    polls: list[float] = []

    def poll(control: Control, timeout: float) -> None:
        polls.append(timeout)
        control.stopped = len(polls) > 2000

    reports = run(session(), Control(paused=True, poll=poll))
    assert len([r for r in reports if isinstance(r, Snapshot)]) == 1


def test_a_run_goes_on_from_a_snapshot_as_if_never_interrupted() -> None:
    whole = session(training=settings(epochs=8))
    run(whole)
    first = session(training=settings(epochs=3))
    snapshot = [r for r in run(first) if isinstance(r, Snapshot)][-1]
    second = session(training=settings(epochs=8), states=dict(snapshot.states), step=snapshot.step)
    assert [e.epoch for e in ends_of(run(second))] == [4, 5, 6, 7, 8]
    assert second.states()["params"].tobytes() == whole.states()["params"].tobytes()


def test_nothing_is_left_to_do_after_the_last_epoch() -> None:
    s = session(training=settings(epochs=2))
    run(s)
    reports = run(s)
    assert (end_of(reports).reason, end_of(reports).step) == ("done", 10)


def test_epochs_that_are_no_whole_number_of_batches() -> None:
    bundle = load(XOR)
    odd = replace(bundle, train=range(37))
    reports = run(session(two_layer(), odd, settings(batch_size=8, epochs=4)))
    assert [e.step for e in ends_of(reports)] == [5, 10, 14, 19]
