"""Optimizers are settings like those of layers: Keras' defaults, saved as JSON, refused with a sentence."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from engine.optimizers.base import Optimizer
from engine.optimizers.registry import optimizer_from, optimizers
from engine.settings import problems

all_optimizers = pytest.mark.parametrize("kind", optimizers().values(), ids=optimizers())


def test_the_optimizers() -> None:
    assert list(optimizers()) == ["Adam", "AdamW", "RMSprop", "SGD"]


@all_optimizers
def test_settings_survive_json(kind: type[Optimizer]) -> None:
    optimizer = kind(learning_rate=0.25, clipnorm=2.0)
    assert optimizer_from(json.loads(optimizer.model_dump_json())) == optimizer


@all_optimizers
def test_an_optimizer_explains_itself(kind: type[Optimizer]) -> None:
    assert kind.__doc__
    assert len(kind.__doc__.strip().splitlines()) >= 3
    for name, info in kind.model_fields.items():
        assert name == "name" or (info.title and info.description)


def test_defaults_are_those_of_keras() -> None:
    assert optimizer_from({"name": "SGD"}).learning_rate == 0.01
    adamw = optimizer_from({"name": "AdamW"})
    assert adamw.model_dump() == {
        "learning_rate": 0.001,
        "weight_decay": 0.004,
        "clipnorm": None,
        "global_clipnorm": None,
        "clipvalue": None,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
        "name": "AdamW",
    }


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"name": "Adagrad"},
            "The optimizer is one of Adam, AdamW, RMSprop, SGD, received 'Adagrad'; take Adam",
        ),
        ({}, "received None; take Adam if unsure."),
        ({"name": "Adam", "learning_rate": 0}, "Learning rate must be above 0.0, received 0."),
        ({"name": "Adam", "learning_rate": "fast"}, "Learning rate must be a number, received 'fast'."),
        ({"name": "Adam", "beta_3": 1}, "There is no setting 'beta_3' here; remove it."),
        ({"name": "SGD", "nesterov": True}, "Nesterov needs a momentum above 0, received 0; set it to 0.9"),
        (
            {"name": "SGD", "clipnorm": 1.0, "clipvalue": 1.0},
            "Only one of clipnorm, global_clipnorm and clipvalue",
        ),
    ],
)
def test_wrong_settings(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        optimizer_from(settings)
    assert sentence in str(caught.value)


def test_problems_of_several_fields_have_no_name() -> None:
    kind = optimizers()["SGD"]
    with pytest.raises(ValidationError) as caught:
        kind.model_validate({"nesterov": True})
    assert set(problems(kind, caught.value)) == {""}
