"""Schedules, early stopping and averages in a run: what they do to it, and that a resumed run does the same."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.compiler.lower import LoweringError
from engine.formats.project import Project, load_project, save_project
from engine.optimizers.base import OPTIMIZERS
from engine.schedules.base import SCHEDULES, Run
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.memory import BEST, MEMORY, Memory, read_memory
from engine.training.named import NamedStates
from engine.training.pace import Pace
from engine.training.reports import Ended, Progress, Report, Snapshot
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.states import named_states, snapshot_of
from engine.training.trainer import Trainer
from engine.training.watch import Watch
from tests.engine.training.networks import session, settings, with_everything

GOLDEN = Path(__file__).parents[2] / "golden" / "schedules.npz"


@cache
def golden() -> dict[str, Array]:
    with np.load(GOLDEN) as file:
        return dict(file)


def stopping() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(golden()["cases"].tobytes())["stopping"]
    return found


def run(s: Session, control: Control | None = None) -> list[Report]:
    return list(Trainer(s, control or Control(watch_validation=False)).run())


def snapshot_at(s: Session, step: int) -> Snapshot:
    """What a run sends at a step."""

    def poll(control: Control, timeout: float) -> None:
        control.paused, control.steps = True, 1
        control.snapshot = control.snapshot or s.step == step - 1

    for report in Trainer(s, Control(poll=poll, watch_validation=False)).run():
        if isinstance(report, Snapshot) and report.step == step:
            return report
    raise AssertionError(f"the run ended before step {step}")


def last_snapshot(reports: list[Report]) -> Snapshot:
    return [r for r in reports if isinstance(r, Snapshot)][-1]


# -- the learning rate -----------------------------------------------------------------------------------


def pace(name: str, **options: Any) -> Pace:
    return Pace(SCHEDULES(name, **options), Run(0.1, 100), Memory())


def test_a_rate_set_by_hand_holds_at_once_and_goes_on_in_proportion() -> None:
    changed = pace("ExponentialDecay", decay_steps=10, decay_rate=0.5)
    changed.change(10, 0.2)
    assert changed.rate(10) == pytest.approx(0.2)
    assert changed.rate(20) == pytest.approx(0.1)
    changed.change(20, 0.0)
    assert changed.rate(25) == 0.0
    changed.change(30, 0.01)
    assert changed.rate(40) == pytest.approx(0.005)


def test_a_rate_set_by_hand_where_the_schedule_has_none_stays() -> None:
    changed = pace("LinearWarmup")
    changed.change(0, 0.3)
    assert changed.rate(0) == changed.rate(50) == pytest.approx(0.3)


def test_the_program_gets_the_rates_of_the_schedule() -> None:
    step = SCHEDULES("PiecewiseConstantDecay", boundaries=[3], values=[0.01, 0.0])
    s = session(training=settings(schedule=step))
    s.advance(4)
    before = s.states()["params"]
    s.advance(3)
    np.testing.assert_array_equal(s.states()["params"], before)
    assert s.learning_rate == 0.0


def test_rates_are_reported() -> None:
    reports = run(session(training=settings(epochs=4, schedule="CosineDecay")))
    ends = [e for r in reports if isinstance(r, Progress) for e in r.epochs]
    cosine = SCHEDULES("CosineDecay").rates(np.array([4, 9, 14, 19]), Run(0.01, 20))
    np.testing.assert_allclose([e.learning_rate for e in ends], cosine, rtol=1e-6)


def test_a_plateau_lowers_the_rate() -> None:
    plateau = {"name": "ReduceLROnPlateau", "patience": 1, "min_delta": 100.0, "factor": 0.5}
    s = session(training=settings(epochs=4, schedule=plateau))
    run(s)
    assert s.learning_rate == pytest.approx(0.01 * 0.5**3)


# -- early stopping and the best weights ---------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(stopping())), ids=lambda n: str(stopping()[n]))
def test_stopping_is_that_of_keras(number: int) -> None:
    options = {"mode": "min", **stopping()[number]}
    patience = options.pop("patience")
    training = TrainingSettings.model_validate(
        {"early_stopping_patience": patience, "keep_best": True, "monitoring": options}
    )
    watch, epoch = Watch(training, Memory(), {}), 0
    for epoch, figure in enumerate(golden()["figures"], 1):
        weights = {"params": np.array([epoch])}
        watch.epoch_ended({"val_loss": float(figure)}, epoch, epoch, 1, weights.copy)
        if watch.over:
            break
    assert [epoch, int(watch.kept["params"][0])] == golden()["stopping"][number].tolist()
    assert watch.memory.best_step == golden()["stopping"][number][1]


def test_a_figure_that_the_run_does_not_have_is_refused_before_it_starts() -> None:
    unknown = session(training=settings(monitoring={"monitor": "val_f1"}, keep_best=True))
    with pytest.raises(LoweringError, match=r"received 'val_f1'; take val_loss if unsure"):
        Trainer(unknown, Control())
    plateau = {"name": "ReduceLROnPlateau", "monitor": "nothing"}
    with pytest.raises(LoweringError, match=r"loss, val_loss, .* received 'nothing'"):
        Trainer(session(training=settings(schedule=plateau)), Control())
    Trainer(session(training=settings(monitoring={"monitor": "val_f1"})), Control())  # nothing looks at it


def test_the_best_epoch_can_be_that_of_a_metric() -> None:
    training = settings(epochs=30, keep_best=True, monitoring={"monitor": "val_accuracy"})
    reports = run(session(training=training))
    ends = [e for r in reports if isinstance(r, Progress) for e in r.epochs]
    end = reports[-1]
    assert isinstance(end, Ended)
    assert end.values["val_accuracy"] == pytest.approx(max(e.values["val_accuracy"] for e in ends))


# -- averages ------------------------------------------------------------------------------------------------


def test_a_run_ends_with_the_averages() -> None:
    training = settings(epochs=2, optimizer={"name": "SGD", "use_ema": True})
    s = session(training=training)
    reports = run(s)
    end = reports[-1]
    assert isinstance(end, Ended)
    assert "moving average" in end.sentence
    np.testing.assert_array_equal(s.states()["params"], s.states()["slot/average"])
    raw = session(training=training)
    raw.advance(10)
    assert not np.array_equal(raw.states()["params"], s.states()["params"])
    np.testing.assert_array_equal(raw.states()["slot/average"], s.states()["params"])


def test_a_run_that_is_stopped_keeps_its_weights_to_go_on_from() -> None:
    polls: list[int] = []

    def poll(control: Control, timeout: float) -> None:
        polls.append(1)
        control.stopped = len(polls) > 3

    s = session(training=settings(optimizer={"name": "SGD", "use_ema": True}))
    run(s, Control(poll=poll))
    assert not np.array_equal(s.states()["params"], s.states()["slot/average"])


# -- going on ------------------------------------------------------------------------------------------------

DEMANDING = {
    "epochs": 12,
    "early_stopping_patience": 4,
    "keep_best": True,
    "monitoring": {"monitor": "loss", "min_delta": 0.01},
    "schedule": {
        "name": "ReduceLROnPlateau",
        "monitor": "loss",
        "patience": 2,
        "min_delta": 0.02,
        "factor": 0.3,
    },
}


@pytest.mark.parametrize("stop_at", [7, 20, 33])
def test_a_resumed_run_stops_lowers_and_keeps_as_one_that_was_never_interrupted(stop_at: int) -> None:
    whole = session(with_everything(), training=settings(**DEMANDING))
    expected = run(whole)

    snapshot = snapshot_at(session(with_everything(), training=settings(**DEMANDING)), stop_at)
    second = session(
        with_everything(), training=settings(**DEMANDING), states=dict(snapshot.states), step=snapshot.step
    )
    actual = run(second)
    ends = {e.epoch: e for r in expected if isinstance(r, Progress) for e in r.epochs}
    for end in (e for r in actual if isinstance(r, Progress) for e in r.epochs):
        assert end.best == ends[end.epoch].best
        assert end.learning_rate == ends[end.epoch].learning_rate
    one, other = expected[-1], actual[-1]
    assert isinstance(one, Ended)
    assert isinstance(other, Ended)
    assert (one.reason, one.step, one.sentence) == (other.reason, other.step, other.sentence)
    assert whole.states()["params"].tobytes() == second.states()["params"].tobytes()


@pytest.mark.parametrize("name", OPTIMIZERS.members)
def test_every_optimizer_goes_on_from_a_file_to_the_bit(name: str, tmp_path: Path) -> None:
    graph = with_everything()
    training = settings(
        epochs=4,
        keep_best=True,
        optimizer={"name": name, "use_ema": True, "gradient_accumulation_steps": 2},
    )
    whole = session(graph, training=training)
    whole.advance(14)
    half = session(graph, training=training)
    snapshot = snapshot_at(half, 7)
    named = named_states(graph, half.bundle.spec, snapshot)
    save_project(tmp_path / "a.loom", Project(graph, named.weights, named.optimizer, named.step))
    read = load_project(tmp_path / "a.loom")
    assert read.warnings == ()
    states = NamedStates(read.weights, read.optimizer, read.step)
    back = snapshot_of(graph, half.bundle.spec, states)
    assert back is not None
    again = named_states(graph, half.bundle.spec, back)
    assert again.weights.keys() == named.weights.keys()
    assert again.optimizer.keys() == named.optimizer.keys()
    second = session(graph, training=training, states=dict(back.states), step=back.step)
    second.advance(7)
    ends = [named_states(graph, half.bundle.spec, Snapshot(14, s.states())) for s in (whole, second)]
    one, other = ({**e.weights, **e.optimizer} for e in ends)
    for key, array in one.items():
        assert other[key].tobytes() == array.tobytes(), key


def test_states_of_another_optimizer_are_not_used() -> None:
    adam = session(training=settings(optimizer="Adam"))
    adam.advance(3)
    s = session(training=settings(optimizer="Adagrad"), states=adam.states(), step=3)
    np.testing.assert_array_equal(s.states()["params"], adam.states()["params"])
    np.testing.assert_array_equal(s.states()["slot/accumulator"], np.float32(0.1))


def test_the_memory_survives_as_an_array() -> None:
    memory = Memory(rate_factor=0.1 + 0.2, best=float("inf"), wait=3, sums=[1 / 3, 7.0], steps=7)
    assert read_memory(memory.written()) == memory
    assert read_memory(None) == Memory()
    assert read_memory(np.frombuffer(b'{"wait": "many"}', np.uint8)) == Memory()
    assert read_memory(np.array([1.5, 700.0])) == Memory()


def test_a_snapshot_has_the_best_weights_and_the_memory() -> None:
    snapshot = last_snapshot(run(session(training=settings(epochs=2, keep_best=True))))
    assert {MEMORY, f"{BEST}params"} <= snapshot.states.keys()
