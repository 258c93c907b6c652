"""The order of the examples: whole epochs, whatever the batch, and a function of seed and step alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.training.order import BatchOrder

ROWS = st.builds(lambda start, count: range(start, start + count), st.integers(0, 50), st.integers(1, 90))


@given(ROWS, st.integers(1, 40), st.integers(0, 2**31 - 1), st.integers(1, 3))
def test_every_example_once_an_epoch(rows: range, batch: int, seed: int, epochs: int) -> None:
    order = BatchOrder(seed, rows, batch)
    stream = order.batches(0, order.last_step(epochs)).reshape(-1)
    for epoch in range(epochs):
        part = stream[epoch * len(rows) : (epoch + 1) * len(rows)]
        assert sorted(part.tolist()) == list(rows)


@given(ROWS, st.integers(1, 40), st.integers(0, 60), st.integers(1, 30))
def test_batches_do_not_depend_on_how_they_are_asked_for(
    rows: range, batch: int, start: int, steps: int
) -> None:
    one = BatchOrder(3, rows, batch).batches(start, steps)
    order = BatchOrder(3, rows, batch)
    single = np.concatenate([order.batches(start + k, 1) for k in range(steps)])
    assert one.shape == (steps, batch)
    assert one.dtype == np.int32
    np.testing.assert_array_equal(one, single)


@given(ROWS, st.integers(1, 40), st.integers(1, 20))
def test_the_last_step_of_an_epoch_has_seen_all_of_it(rows: range, batch: int, epoch: int) -> None:
    order = BatchOrder(0, rows, batch)
    assert (order.last_step(epoch) - 1) * batch < epoch * len(rows) <= order.last_step(epoch) * batch


def test_seeds_and_epochs_have_orders_of_their_own() -> None:
    orders = [BatchOrder(seed, range(50), 50).batches(epoch, 1) for seed in (0, 1) for epoch in (0, 1)]
    assert len({o.tobytes() for o in orders}) == 4
