"""Training on after the end: the same as one longer run, with all patience anew, and on other data, too."""

from __future__ import annotations

import math

import pytest

from engine.graph.document import ModelGraph
from engine.graph.edits import SetSettings
from engine.layers.dropout import Dropout
from engine.optimizers.sgd import SGD
from engine.schedules.cosine_decay import CosineDecay
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.further import (
    epochs_before,
    epochs_done,
    on_other_data,
    trained_before,
    trained_on,
    without_slots,
)
from engine.training.memory import BEST, MEMORY, read_memory
from engine.training.moments import Change, Changed, EventKind, Happened
from engine.training.reports import Ended, EpochEnded, Progress, Report, Snapshot
from engine.training.settings import TrainingSettings
from engine.training.timeline import Timeline
from engine.training.trainer import Trainer
from tests.engine.training.networks import session, settings, with_everything

ROWS, BATCH = 160, 32  # of the data, and of a step


class Run:
    """A run that can be trained on."""

    def __init__(self, training: TrainingSettings, graph: ModelGraph | None = None) -> None:
        self.control = Control()
        self.trainer = Trainer(
            session(graph or with_everything(), training=training),
            self.control,
            timeline=Timeline(10_000_000),
        )
        self.reports: list[Report] = list(self.trainer.run())

    def on(self, training: TrainingSettings, before: int, graph: ModelGraph | None = None) -> list[Report]:
        """What is told until the run ends again."""
        nodes, edges, _ = (graph or self.trainer.session.graph).snapshot()
        self.control.requests.append(Change(1, nodes, edges, training, before))
        self.reports = list(self.trainer.answer())
        if self.trainer.goes_on:
            self.reports += self.trainer.run()
        return self.reports

    def states(self) -> dict[str, Array]:
        return self.trainer.session.states()


def ended(reports: list[Report]) -> Ended:
    return next(r for r in reports if isinstance(r, Ended))


def happened(reports: list[Report]) -> list[tuple[EventKind, str]]:
    return [(r.kind, r.detail) for r in reports if isinstance(r, Happened)]


def epochs(reports: list[Report]) -> list[EpochEnded]:
    return [end for r in reports if isinstance(r, Progress) for end in r.epochs]


def same(one: dict[str, Array], other: dict[str, Array]) -> bool:
    return {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in other.items()}


def test_training_on_twice_is_the_run_that_was_longer_from_the_beginning() -> None:
    run, whole = Run(settings(epochs=2)), Run(settings(epochs=6))
    first = run.on(settings(epochs=4), 2)
    assert happened(first) == [(EventKind.CONTINUED, "4")]
    assert [end.epoch for end in epochs(first)] == [3, 4]
    assert epochs(first)[0].step == 3 * ROWS // BATCH
    second = run.on(settings(epochs=6), 4)
    assert (ended(second).reason, ended(second).step) == ("done", 6 * ROWS // BATCH)
    assert same(run.states(), whole.states())
    snapshot = [r for r in second if isinstance(r, Snapshot)][-1]
    assert trained_before(snapshot.states) == 4
    moments = run.trainer.past.timeline.moments
    assert {m.line for m in moments} == {0}  # it is the same run
    assert moments[-1].step == ended(second).step


def test_patience_begins_anew_and_the_best_epoch_stays_known() -> None:
    still = settings(epochs=50, early_stopping_patience=2, keep_best=True, optimizer=SGD(learning_rate=1e-12))
    run = Run(still)
    assert (ended(run.reports).reason, ended(run.reports).epoch) == ("early", 3.0)
    best = run.trainer.session.memory_of_run.best
    assert ended(run.on(still, 0)).epoch == 5.0
    memory = run.trainer.session.memory_of_run
    assert memory.best is not None
    assert best is not None
    assert memory.best <= best


def test_another_optimizer_and_batch_size_go_on_from_the_weights_and_are_told() -> None:
    run = Run(settings(epochs=2))
    other = settings(epochs=4, optimizer=SGD(learning_rate=1e-12), batch_size=16)
    before = run.trainer.session.weights()
    told = run.on(other, 2)
    assert happened(told)[0] == (EventKind.CONTINUED, "4")
    assert (EventKind.SETTING, "Adam → SGD") in happened(told)
    assert ended(told).epoch == 4.0
    for name, weight in run.trainer.session.weights().items():
        if name.endswith("/weight"):  # averages of batch normalization go on
            assert abs(weight - before[name]).max() < 1e-6


def test_what_cannot_be_trained_leaves_the_run_ended() -> None:
    run = Run(settings(epochs=2))
    wrong = settings(epochs=4, keep_best=True, monitoring={"monitor": "val_nothing"})
    told = run.on(wrong, 2)
    (changed,) = (r for r in told if isinstance(r, Changed))
    assert "val_nothing" in changed.sentence
    assert not run.trainer.goes_on
    assert not happened(told)


def test_a_changed_layer_keeps_the_weights_that_fit() -> None:
    run = Run(settings(epochs=2))
    graph = run.trainer.session.graph.copy()
    (node,) = (n.id for n in graph.nodes.values() if isinstance(n.layer, Dropout))
    SetSettings(node, Dropout(rate=0.1)).apply(graph)
    told = run.on(settings(epochs=3), 2, graph)
    assert [kind for kind, _ in happened(told)] == [EventKind.CONTINUED, EventKind.SETTING]
    assert ended(told).step == 3 * ROWS // BATCH


def test_a_schedule_over_the_whole_run_is_laid_over_the_longer_one() -> None:
    cosine = settings(epochs=2, schedule=CosineDecay())
    run = Run(cosine)
    assert run.trainer.session.learning_rate == pytest.approx(0.0, abs=1e-9)
    told = run.on(cosine.model_copy(update={"epochs": 4}), 2)
    rates = [end.learning_rate for end in epochs(told)]
    steps = 4 * ROWS / BATCH
    expected = [0.005 * (1 + math.cos(math.pi * (end.step - 1) / steps)) for end in epochs(told)]
    assert rates == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("asked", "before", "done", "found"),
    [
        (20, 0, 7.4, 0),  # to the end that was planned
        (20, 0, 20.0, 20),
        (20, 0, 20.02, 20),  # the last batch reaches into the next epoch
        (20, 20, 27.3, 20),
        (20, 20, 40.0, 40),
        (5, 0, 7.4, 7),  # fewer were asked for meanwhile: so many more
    ],
)
def test_epochs_before(asked: int, before: int, done: float, found: int) -> None:
    assert epochs_before(asked, before, done) == found


def test_states_say_how_many_epochs_they_are_from() -> None:
    run = Run(settings(epochs=3))
    snapshot = [r for r in run.reports if isinstance(r, Snapshot)][-1]
    assert epochs_done(snapshot.states, snapshot.step, ROWS, 1) == 3.0
    assert epochs_done({}, 10, ROWS, BATCH) == 2.0
    assert trained_before(snapshot.states) == 0


def test_other_data_counts_epochs_on_and_forgets_what_was_best() -> None:
    run = Run(settings(epochs=3, keep_best=True))
    snapshot = [r for r in run.reports if isinstance(r, Snapshot)][-1]
    assert any(name.startswith(BEST) for name in snapshot.states)
    states = on_other_data(trained_on(snapshot.states, 3), snapshot.step, 3.0, 1000, BATCH)
    assert not any(name.startswith(BEST) for name in states)
    assert epochs_done(states, snapshot.step, 1000, BATCH) == 3.0
    memory = read_memory(states[MEMORY])
    assert (memory.best, memory.wait, memory.before) == (None, 0, 3)


def test_another_optimizer_is_given_no_slots() -> None:
    states = Run(settings(epochs=1)).states()
    kept = without_slots(states)
    assert set(states) - set(kept)
    assert not any(name.startswith("slot/") for name in kept)


def test_pauses_are_no_time_of_training() -> None:
    now = [0.0]

    def poll(control: Control, timeout: float) -> None:
        if timeout:
            now[0] += 1000.0
            control.paused = now[0] < 3000.0

    trainer = Trainer(session(), Control(paused=True, poll=poll), lambda: now[0])
    assert ended(list(trainer.run())).seconds == 0.0
    assert now[0] == 3000.0
