"""Schedules as settings: times as steps or shares of a run, what is refused, what is watched."""

from typing import Any

import numpy as np
import pytest

from engine.schedules.base import SCHEDULES, Noticed, Run, Schedule
from engine.schedules.monitoring import Monitoring

RUN = Run(0.1, 200)
STEPS = np.arange(230)
all_schedules = pytest.mark.parametrize("kind", SCHEDULES.members.values(), ids=SCHEDULES.members)


@all_schedules
def test_a_schedule_explains_itself(kind: type[Schedule]) -> None:
    assert len((kind.__doc__ or "").strip().splitlines()) >= 3
    assert kind.summary
    assert kind.formula
    assert all(info.title and info.description for info in kind.model_fields.values())
    assert SCHEDULES.read(SCHEDULES.write(kind())) == kind()


@all_schedules
def test_rates_are_finite_and_depend_on_the_step_alone(kind: type[Schedule]) -> None:
    schedule = kind()
    rates = schedule.rates(STEPS, RUN)
    assert rates.shape == STEPS.shape
    assert np.isfinite(rates).all()
    assert (rates >= 0.0).all()
    np.testing.assert_array_equal(schedule.rates(STEPS[97:101], RUN), rates[97:101])


@all_schedules
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_very_short_run_has_rates_too(kind: type[Schedule], steps: int) -> None:
    assert np.isfinite(kind().rates(np.arange(5), Run(0.1, steps))).all()


def test_times_are_steps_or_shares_of_the_run() -> None:
    by_share = SCHEDULES("ExponentialDecay", decay_steps=0.25).rates(STEPS, RUN)
    np.testing.assert_array_equal(SCHEDULES("ExponentialDecay", decay_steps=50).rates(STEPS, RUN), by_share)
    np.testing.assert_array_equal(
        SCHEDULES("CosineDecay").rates(STEPS, RUN),
        SCHEDULES("CosineDecay", decay_steps=200).rates(STEPS, RUN),
    )
    by_share = SCHEDULES("PiecewiseConstantDecay").rates(np.array([100, 101, 160, 161]), RUN)
    np.testing.assert_array_equal(by_share, [0.01, 0.001, 0.001, 0.0001])


def test_a_warm_up_leaves_the_rest_of_the_run_for_the_decay() -> None:
    rates = SCHEDULES("CosineDecay", warmup_target=0.5, warmup_steps=0.1).rates(STEPS, RUN)
    assert rates.argmax() == 20
    assert rates[20] == 0.5
    assert rates[199] < 1e-4


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"name": "ExponentialDecay", "decay_steps": 10.5}, "Steps are a whole number, or below 1 a share"),
        ({"name": "ExponentialDecay", "decay_steps": 0}, "Decay time must be above 0, received 0."),
        ({"name": "CosineDecay", "warmup_steps": 10}, "received only its warm-up; set Warm-up target too."),
        ({"name": "CosineDecay", "warmup_target": 1.0}, "received only its warm-up target; set Warm-up too."),
        ({"name": "PiecewiseConstantDecay", "values": [0.1, 0.2]}, "received 2 for 2; give 3."),
        ({"name": "PiecewiseConstantDecay", "boundaries": [0.8, 0.5]}, "Boundaries rise"),
        ({"name": "PiecewiseConstantDecay", "boundaries": [0.5, 80]}, "all are steps or all shares"),
        ({"name": "ReduceLROnPlateau", "factor": 1.0}, "Factor must be below 1, received 1.0."),
        ({"name": "Sawtooth"}, "There is no schedule named 'Sawtooth'; take one of Constant, "),
    ],
)
def test_wrong_settings(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SCHEDULES.read(settings)
    assert sentence in str(caught.value)


def test_monitoring_knows_which_way_is_up() -> None:
    assert not Monitoring().greater
    assert Monitoring(monitor="val_accuracy").greater
    assert Monitoring(monitor="digit_accuracy").greater
    assert not Monitoring(monitor="val_mean_absolute_error").greater
    assert Monitoring(monitor="loss", mode="max").greater
    assert not Monitoring(monitor="accuracy", mode="min").greater


def test_monitoring_takes_the_training_figure_where_nothing_is_validated() -> None:
    assert Monitoring().value({"loss": 2.0, "val_loss": 1.0}) == 1.0
    assert Monitoring().value({"loss": 2.0}) == 2.0
    assert Monitoring(monitor="val_f1").value({"loss": 2.0}) is None


def test_what_is_not_a_number_is_no_improvement() -> None:
    watch = Monitoring(min_delta=0.1)
    assert watch.improves(2.0, None)
    assert not watch.improves(float("nan"), None)
    assert not watch.improves(1.95, 2.0)
    assert watch.improves(1.85, 2.0)
    assert Monitoring(monitor="accuracy").improves(2.1, 2.0)


def test_an_unknown_figure_changes_no_rate() -> None:
    plateau = SCHEDULES("ReduceLROnPlateau", monitor="val_nothing", patience=1)
    assert plateau.noticing(Noticed(), {"loss": 1.0}, 0.1, 1, 1) == Noticed()
