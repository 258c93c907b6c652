"""Optimizers are settings like those of layers: Keras' defaults, saved as JSON, refused with a sentence."""

from typing import Any

import pytest
from pydantic import ValidationError

from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.settings import problems

all_optimizers = pytest.mark.parametrize("kind", OPTIMIZERS.members.values(), ids=OPTIMIZERS.members)


def test_the_optimizers() -> None:
    assert list(OPTIMIZERS.members) == [
        "Adadelta",
        "Adafactor",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "Ftrl",
        "Lamb",
        "Lion",
        "Muon",
        "Nadam",
        "RMSprop",
        "SGD",
        "ScheduleFreeAdamW",
    ]


@all_optimizers
def test_settings_survive_json(kind: type[Optimizer]) -> None:
    for optimizer in (kind(), kind(learning_rate=0.25, clipnorm=2.0, use_ema=True)):
        assert OPTIMIZERS.read(OPTIMIZERS.write(optimizer)) == optimizer


@all_optimizers
def test_an_optimizer_explains_itself(kind: type[Optimizer]) -> None:
    assert len((kind.__doc__ or "").strip().splitlines()) >= 3
    assert kind.summary
    assert kind.formula
    assert kind.source
    assert all(info.title and info.description for info in kind.model_fields.values())


def test_what_earlier_versions_wrote_is_read() -> None:
    old = {
        "learning_rate": 0.01,
        "weight_decay": None,
        "clipnorm": None,
        "global_clipnorm": None,
        "clipvalue": None,
        "name": "SGD",
        "momentum": 0.5,
        "nesterov": False,
    }
    assert OPTIMIZERS.read(old) == OPTIMIZERS("SGD", momentum=0.5)


def test_defaults_are_those_of_keras() -> None:
    assert OPTIMIZERS("SGD").learning_rate == 0.01
    assert OPTIMIZERS("AdamW").model_dump() == {
        "learning_rate": 0.001,
        "weight_decay": 0.004,
        "exclude_biases_from_weight_decay": False,
        "clipnorm": None,
        "global_clipnorm": None,
        "clipvalue": None,
        "use_ema": False,
        "ema_momentum": 0.99,
        "ema_overwrite_frequency": None,
        "gradient_accumulation_steps": None,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
    }


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"name": "Adagard"}, "There is no optimizer named 'Adagard'; take one of Adadelta, "),
        ({}, "The optimizer is a name or a name with settings, received {}; take one of Adadelta, "),
        ({"name": "Adam", "learning_rate": 0}, "Learning rate must be above 0, received 0."),
        ({"name": "Adam", "learning_rate": "fast"}, "Learning rate must be a number, received 'fast'."),
        ({"name": "Adam", "beta_3": 1}, "There is no setting 'beta_3' here; remove it."),
        ({"name": "SGD", "nesterov": True}, "Nesterov needs a momentum above 0, received 0; set it to 0.9"),
        (
            {"name": "SGD", "gradient_accumulation_steps": 1},
            "Batches per step must be at least 2, received 1.",
        ),
        (
            {"name": "SGD", "clipnorm": 1.0, "clipvalue": 1.0},
            "Only one of clipnorm, global_clipnorm and clipvalue",
        ),
    ],
)
def test_wrong_settings(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        OPTIMIZERS.read(settings)
    assert sentence in str(caught.value)


def test_problems_of_several_fields_have_no_name() -> None:
    kind = OPTIMIZERS.members["SGD"]
    with pytest.raises(ValidationError) as caught:
        kind.model_validate({"nesterov": True})
    assert set(problems(kind, caught.value)) == {""}
