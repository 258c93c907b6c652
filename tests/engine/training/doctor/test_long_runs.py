"""The doctor of a run of many epochs: its work does not grow with them, and it does not stop looking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engine.training.doctor import rounds
from engine.training.doctor.curves import _smoothed
from engine.training.doctor.observation import Observation
from engine.training.doctor.rounds import MOST_EPOCHS, Rounds
from engine.training.reports import EpochEnded
from tests.engine.training.networks import session, two_layer


def _end(epoch: int) -> EpochEnded:
    return EpochEnded(epoch * 10, epoch, {"loss": 1.0 / epoch}, best=False)


def test_curves_are_looked_at_seldom_in_long_runs_and_to_their_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[tuple[int, int]] = []

    def looked(ends: Sequence[EpochEnded], *_: object) -> list[Observation]:
        looks.append((ends[-1].epoch, len(ends)))
        return []

    monkeypatch.setattr(rounds, "of_curves", looked)
    run, doctor = session(two_layer()), Rounds(lambda: 0.0)
    doctor.adopt(run)
    for epoch in range(1, 2 * MOST_EPOCHS + 1):
        doctor.epoch_ended(_end(epoch))
        list(doctor.news())
    assert [epoch for epoch, _ in looks[:30]] == list(range(1, 31))
    assert len(looks) < 350
    assert looks[-1][0] > 1.9 * MOST_EPOCHS  # also after more epochs than are remembered
    assert max(length for _, length in looks) == MOST_EPOCHS
    list(doctor.last())
    assert looks[-1][0] == 2 * MOST_EPOCHS
    run.close()


@pytest.mark.parametrize("count", [1, 2, 3, 39, 40, 41, 80, 81, 500])
def test_every_value_is_smoothed_by_its_neighbours(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    values[count // 3], values[count // 2] = np.inf, -np.inf
    half = max(1, count // 40)
    windows = [values[max(0, i - half) : i + half + 1] for i in range(count)]
    with np.errstate(invalid="ignore"):
        expected = [np.median(window) for window in windows]
    np.testing.assert_array_equal(_smoothed(values.tolist()), expected)
