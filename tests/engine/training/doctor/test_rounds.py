"""The doctor's rounds in a run: seldom, without changing it, and said once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engine.data.load import load
from engine.optimizers.adam import Adam
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.doctor.observation import Checked, Observed
from engine.training.trainer import Trainer
from tests.engine.training.networks import XOR, session, settings, two_layer


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


def test_layers_are_told_of_each_with_its_signs() -> None:
    training = settings(epochs=30)
    run = session(two_layer(), training=training)
    reports = list(Trainer(run, Control(doctor=True), _Clock()).run())
    told = [r for r in reports if isinstance(r, Checked)]
    run.close()
    assert told
    assert told[-1].epoch > 0
    names = [run.graph.nodes[signs.node].name for signs in told[-1].layers]
    assert names == ["dense", "dense_1"]
    first = told[-1].layers[0]
    assert first.flat is not None  # tanh has ends
    assert first.ratio is not None
    assert first.ratio > 0


def test_wrong_labels_are_suspected_at_the_end_of_a_run() -> None:
    bundle = load(XOR.model_copy(update={"options": {"samples": 400}}))
    target = next(iter(bundle.targets))
    labels = bundle.targets[target].copy()
    flipped = [bundle.validation.start + k for k in (1, 4, 7)]
    labels[flipped] = 1 - labels[flipped]
    training = settings(epochs=120, optimizer=Adam(learning_rate=0.03))
    run = session(two_layer(), replace(bundle, targets={target: labels}), training)
    reports = list(Trainer(run, Control(doctor=True)).run())
    run.close()
    observed = [r for r in reports if isinstance(r, Observed)]
    seen = next(o for o in observed[-1].observations if o.kind == "label-noise")
    assert set(seen.rows[:2]) <= set(flipped)  # the third may lie where nobody can be sure
    assert all(s.said != s.seems and s.share > 0.5 for s in seen.suspects)


def test_a_network_that_learns_nothing_is_said_to_underfit() -> None:
    run = session(two_layer(), training=settings(epochs=30, optimizer=Adam(learning_rate=1e-6)))
    reports = list(Trainer(run, Control(doctor=True)).run())
    run.close()
    kinds = {o.kind for r in reports if isinstance(r, Observed) for o in r.observations}
    assert "underfitting" in kinds
