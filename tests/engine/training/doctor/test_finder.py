"""The learning-rate finder on a real network."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.optimizers.sgd import SGD
from engine.training.doctor.finder import Tried, suggested, try_rates
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


def test_it_can_be_ended() -> None:
    run = session()
    asked = iter([True, True, True, False])
    assert len(list(try_rates(run, go_on=lambda: next(asked)))) == 3
    run.close()


@pytest.mark.parametrize("losses", [[], [1.0] * 30, [1.0 + 0.1 * i for i in range(30)]])
def test_no_rate_is_suggested_where_the_loss_never_falls(losses: list[float]) -> None:
    assert suggested([Tried(10.0 ** (i / 10 - 5), loss, loss) for i, loss in enumerate(losses)]) is None
