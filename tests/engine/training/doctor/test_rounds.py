"""The doctor's rounds in a run: seldom, without changing it, and said once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.optimizers.adam import Adam
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.doctor.observation import Observed
from engine.training.trainer import Trainer
from tests.engine.training.networks import session, settings, two_layer


class _Clock:
    """A second of it passes whenever somebody looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def _run(*, doctor: bool, device: str = "cpu", rate: float = 0.01) -> tuple[list[Observed], dict[str, Array]]:
    training = settings(epochs=30, optimizer=Adam(learning_rate=rate))
    run = session(two_layer(), training=training, device=device)
    reports = list(Trainer(run, Control(doctor=doctor), _Clock()).run())
    states = run.states()
    run.close()
    return [r for r in reports if isinstance(r, Observed)], states


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_a_run_with_a_doctor_learns_the_same_to_the_bit(device: str) -> None:
    _, alone = _run(doctor=False, device=device)
    _, checked = _run(doctor=True, device=device)
    for name, state in alone.items():
        np.testing.assert_array_equal(state, checked[name])


def test_what_is_not_well_is_said_when_it_changes() -> None:
    told, _ = _run(doctor=True, rate=3.0)
    assert "saturated" in {seen.kind for news in told for seen in news.observations}
    for before, after in pairwise(told):
        kinds = [[(seen.kind, seen.node) for seen in news.observations] for news in (before, after)]
        assert kinds[0] != kinds[1]


def test_nobody_is_told_who_did_not_ask() -> None:
    assert _run(doctor=False, rate=3.0)[0] == []
