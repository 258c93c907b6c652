"""How a model was compiled, in all the ways in which versions of Keras say it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.exchange.keras.compiled import has_schedule, targets_of, training_of
from engine.schedules.base import SCHEDULES
from engine.training.settings import TrainingSettings

WRAPPED = {"class_name": "MeanMetricWrapper", "config": {"name": "mae", "fn": "mean_absolute_error"}}


def keys(members: Any) -> list[str]:
    return [m.key() for m in members]


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (["mae"], ["mean_absolute_error"]),
        ([["mae", "mse"]], ["mean_absolute_error", "mean_squared_error"]),
        ([WRAPPED], ["mean_absolute_error"]),
        (["acc"], ["accuracy"]),
        ({"y": ["mae"]}, ["mean_absolute_error"]),
        ([{"class_name": "Precision", "config": {"thresholds": 0.7}}], ["precision"]),
    ],
)
def test_metrics_of_one_output(metrics: Any, expected: list[str]) -> None:
    notes: list[str] = []
    found = targets_of({"metrics": metrics}, ["y"], notes)
    assert keys(found[0]["metrics"]) == expected
    assert not notes


def test_metrics_and_weights_of_several_outputs() -> None:
    config = {
        "loss": {"a": "mse", "b": {"class_name": "Huber", "config": {"delta": 2.0, "reduction": "sum"}}},
        "loss_weights": [0.5, 1.0],
        "metrics": [["mae"], []],
    }
    notes: list[str] = []
    first, second = targets_of(config, ["a", "b"], notes).values()
    assert (getattr(first["loss"], "key")(), first["weight"]) == ("mean_squared_error", 0.5)  # noqa: B009 - any object
    assert keys(first["metrics"]) == ["mean_absolute_error"]
    assert "metrics" not in second
    assert "weight" not in second
    assert not notes


def test_what_is_not_known_is_noted_and_left_out() -> None:
    notes: list[str] = []
    assert targets_of({"loss": "my_loss", "metrics": ["my_metric"]}, ["y"], notes) == {0: {}}
    assert (
        training_of({"optimizer": {"class_name": "Mine>Sophia", "config": {}}}, notes) == TrainingSettings()
    )
    assert [n.split()[1] for n in notes] == ["loss", "metric", "optimizer"]


@pytest.mark.parametrize("name", ["Adam", "Custom>Adam", "adam"])
def test_optimizers_of_every_version(name: str) -> None:
    config = {"class_name": name, "config": {"lr": 0.009999999776482582, "decay": 0.0, "beta_1": 0.5}}
    notes: list[str] = []
    optimizer = training_of({"optimizer_config": config}, notes).optimizer
    assert (optimizer.key(), optimizer.learning_rate) == ("Adam", 0.01)
    assert not notes


def test_a_schedule_takes_its_first_rate_to_the_optimizer() -> None:
    rate = {
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 0.2, "decay_steps": 10, "decay_rate": 0.5, "name": None},
    }
    training = training_of({"optimizer": {"class_name": "SGD", "config": {"learning_rate": rate}}}, [])
    assert training.optimizer.learning_rate == 0.2
    assert training.schedule == SCHEDULES("ExponentialDecay", decay_steps=10, decay_rate=0.5)


@pytest.mark.parametrize(
    ("name", "settings", "written"),
    [
        ("Constant", {}, False),
        ("OneCycle", {}, False),
        ("CosineDecay", {}, False),
        ("CosineDecay", {"decay_steps": 100}, True),
        ("CosineDecay", {"decay_steps": 0.5}, False),
        ("PiecewiseConstantDecay", {"boundaries": [5, 9], "values": [0.3, 0.2, 0.1]}, True),
        ("PiecewiseConstantDecay", {"boundaries": [0.5], "values": [0.3, 0.1]}, False),
    ],
)
def test_schedules_that_keras_has_in_steps(name: str, settings: dict[str, Any], written: bool) -> None:
    assert has_schedule(TrainingSettings(schedule=SCHEDULES(name, **settings))) is written
