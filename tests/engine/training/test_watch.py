"""When early stopping looks, waits and stops, epoch by epoch, as Keras' EarlyStopping does."""

from __future__ import annotations

import math

import pytest

from engine.training.memory import Memory
from engine.training.watch import Watch
from tests.engine.training.networks import settings


def _stops(watch: Watch, losses: list[float]) -> list[bool]:
    """After which epochs it is over."""
    over = []
    for epoch, loss in enumerate(losses, 1):
        watch.epoch_ended({"val_loss": loss}, 10 * epoch, epoch, 1, dict)
        over.append(watch.over)
    return over


def test_a_first_epoch_without_a_figure_does_not_end_a_run() -> None:
    watch = Watch(settings(early_stopping_patience=1), Memory(), {})
    assert _stops(watch, [math.nan, math.nan]) == [False, True]


def test_epochs_of_the_warm_up_are_not_looked_at() -> None:
    training = settings(early_stopping_patience=1, monitoring={"start_from_epoch": 2})
    watch = Watch(training, Memory(), {})
    assert _stops(watch, [1.0, 2.0, 3.0]) == [False, False, False]
    assert (watch.memory.best, watch.memory.best_step) == (3.0, 30)
    assert _stops(Watch(training, Memory(), {}), [1.0, 2.0, 3.0, 4.0])[-1]


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_what_stays_the_same_is_not_better(monitor: str) -> None:
    watch = Watch(settings(early_stopping_patience=1, monitoring={"monitor": monitor}), Memory(), {})
    better = [watch.epoch_ended({monitor: 0.5}, 10 * epoch, epoch, 1, dict) for epoch in (1, 2)]
    assert better == [True, False]
    assert watch.over
