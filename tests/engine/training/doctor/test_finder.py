"""The learning-rate finder on a real network."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.data.load import load
from engine.devices.cpu.device import CpuDevice
from engine.formats.examples import examples
from engine.optimizers.sgd import SGD
from engine.training.doctor.finder import Tried, suggested, try_rates
from engine.training.session import Session
from tests.engine.training.networks import session, settings


def test_rates_grow_until_the_loss_explodes_and_one_between_is_suggested() -> None:
    run = session(training=settings(optimizer=SGD()))
    tried = list(try_rates(run, lowest=1e-4, highest=1e4, steps=100))
    run.close()
    assert all(a.rate < b.rate for a, b in pairwise(tried))
    rate = suggested(tried)
    assert rate is not None
    lowest = min(tried, key=lambda t: t.average)
    assert tried[0].rate < rate <= lowest.rate * 2


def test_the_suggested_rate_learns_better_than_its_hundredth() -> None:
    trial = session(training=settings(optimizer=SGD()))
    rate = suggested(list(try_rates(trial, lowest=1e-5, highest=1e3)))
    trial.close()
    assert rate is not None
    losses = []
    for tried in (rate, rate / 100):
        run = session(training=settings(optimizer=SGD(learning_rate=tried)))
        run.advance(100)
        run.report()
        run.advance(20)
        losses.append(run.report()["loss"])
        run.close()
    assert losses[0] < losses[1]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("name", "low", "high"), [("circle", 0.05, 0.5), ("iris", 0.003, 0.05)])
def test_the_examples_get_a_rate_that_suits_them(name: str, low: float, high: float, seed: int) -> None:
    example = examples()[name]
    training = example.training.model_copy(update={"seed": seed})
    run = Session(example.graph(), load(example.data), training, CpuDevice())
    rate = suggested(list(try_rates(run)))
    run.close()
    assert rate is not None
    assert low <= rate <= high


def test_the_rate_of_half_the_fall_is_suggested_however_noisy_batches_are() -> None:
    rng = np.random.default_rng(5)
    rates = np.geomspace(1e-6, 10.0, 200)
    losses = 2.0 - 1.5 / (1.0 + (0.01 / rates) ** 2) + np.where(rates > 0.5, rates * 3, 0.0)
    noisy = losses + rng.normal(0.0, 0.2, 200)
    found = [
        suggested([Tried(r, loss, loss) for r, loss in zip(rates, told, strict=True)])
        for told in (losses, noisy)
    ]
    assert found[0] == pytest.approx(0.01)
    assert found[1] is not None
    assert 0.005 <= found[1] <= 0.02


def test_it_can_be_ended() -> None:
    run = session()
    asked = iter([True, True, True, False])
    assert len(list(try_rates(run, go_on=lambda: next(asked)))) == 3
    run.close()


@pytest.mark.parametrize("losses", [[], [1.0] * 30, [1.0 + 0.1 * i for i in range(30)]])
def test_no_rate_is_suggested_where_the_loss_never_falls(losses: list[float]) -> None:
    assert suggested([Tried(10.0 ** (i / 10 - 5), loss, loss) for i, loss in enumerate(losses)]) is None
