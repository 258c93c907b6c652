"""Spreads over time stand on common heights, are thinned, and forget what somebody went back from."""

import numpy as np

from engine.training.inside.history import MOST, ROWS, SpreadHistory
from engine.training.inside.views import spread_of


def test_a_spread_that_widens_widens_in_the_picture() -> None:
    history = SpreadHistory()
    rng = np.random.default_rng(0)
    for step, size in enumerate((1.0, 2.0, 4.0)):
        history.add(step, spread_of(rng.normal(0.0, size, 5000)))
    heat = history.heat()
    assert heat is not None
    assert heat.shares.shape == (ROWS, 3)
    assert (heat.shares.max(axis=0) == 1.0).all()
    filled = (heat.shares > 0.2).sum(axis=0)
    assert filled[0] < filled[1] < filled[2]
    assert (heat.first, heat.last) == (0, 2)


def test_many_are_thinned_and_the_range_of_steps_stays() -> None:
    history = SpreadHistory()
    for step in range(5 * MOST):
        history.add(step, spread_of(np.array([0.0, float(step)])))
    assert len(history) <= MOST
    heat = history.heat()
    assert heat is not None
    assert heat.first == 0
    assert heat.last > 4 * MOST


def test_who_goes_back_forgets_what_came_after() -> None:
    history = SpreadHistory()
    for step in (0, 10, 20):
        history.add(step, spread_of(np.array([0.0, 1.0 + step])))
    history.add(10, spread_of(np.array([0.0, 5.0])))
    heat = history.heat()
    assert heat is not None
    assert (heat.last, heat.high) == (10, 5.0)


def test_less_than_two_or_all_the_same_have_no_picture() -> None:
    history = SpreadHistory()
    assert history.heat() is None
    for step in range(3):
        history.add(step, spread_of(np.zeros(4)))
    assert history.heat() is None
