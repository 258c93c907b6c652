"""What is noticed about curves, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.graph.edits import SetSection
from engine.training.doctor.curves import of_curves
from engine.training.reports import EpochEnded
from engine.training.settings import TrainingSettings

EPOCHS = np.arange(40)
FALLING = np.exp(-EPOCHS / 8.0)


def _ends(training: np.ndarray, validation: np.ndarray | None = None) -> list[EpochEnded]:
    found = []
    for i, loss in enumerate(training):
        values = {"loss": float(loss)}
        if validation is not None:
            values["val_loss"] = float(validation[i])
        found.append(EpochEnded((i + 1) * 10, i + 1, values, best=False))
    return found


def _kinds(*curves: np.ndarray, constant: float | None = None) -> list[str]:
    return [seen.kind for seen in of_curves(_ends(*curves), TrainingSettings(), constant)]


def test_a_validation_loss_that_rises_while_training_falls_is_overfitting() -> None:
    validation = 0.3 + FALLING * 0.7 + np.maximum(0, EPOCHS - 15) * 0.02
    (seen,) = of_curves(_ends(FALLING, validation), TrainingSettings())
    assert seen.kind == "overfitting"
    assert f"{validation.argmin() + 1}" in seen.sentence
    (remedy,) = seen.remedies
    assert isinstance(remedy.edit, SetSection)
    assert isinstance(remedy.edit.value, TrainingSettings)
    assert remedy.edit.value.keep_best


def test_noise_around_a_good_validation_loss_is_not_overfitting() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 40)
    assert _kinds(FALLING, FALLING + 0.2 + noise) == []


def test_a_rise_of_both_losses_is_not_overfitting() -> None:
    rising = 0.2 + np.abs(EPOCHS - 15) * 0.02
    assert "overfitting" not in _kinds(rising, rising + 0.1)


def test_no_better_than_a_constant_is_underfitting() -> None:
    (seen,) = of_curves(_ends(np.full(20, 0.69)), TrainingSettings(), constant=0.693)
    assert seen.kind == "underfitting"
    assert seen.remedies == ()


def test_who_still_gets_better_is_told_to_go_on() -> None:
    slow = 0.69 - 0.001 * np.arange(20)
    (seen,) = of_curves(_ends(slow), TrainingSettings(epochs=20), constant=0.693)
    (remedy,) = seen.remedies
    assert isinstance(remedy.edit, SetSection)
    assert isinstance(remedy.edit.value, TrainingSettings)
    assert remedy.edit.value.epochs == 40


def test_a_loss_that_stands_still_is_a_plateau() -> None:
    assert _kinds(np.maximum(FALLING, 0.4)) == ["plateau"]


def test_a_loss_that_reached_nothing_has_no_further_to_go() -> None:
    assert _kinds(np.exp(-EPOCHS / 2.0)) == []


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60))
@example([np.inf, -np.inf, *[0.0] * 6])
@example([1.7e308, -1.7e308] * 10)
@example([3e38, -3e38] * 10)
def test_no_curve_breaks_a_rule(values: list[float]) -> None:
    curve = np.array(values)
    for constant in (None, 0.5):
        for seen in of_curves(_ends(curve, curve[::-1]), TrainingSettings(), constant):
            assert seen.sentence.endswith(".")


@pytest.mark.parametrize("count", range(6))
def test_few_epochs_say_nothing(count: int) -> None:
    assert _kinds(np.full(count, 9.0), constant=1.0) == []
