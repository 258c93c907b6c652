"""Counter-based streams: the same everywhere, for ever, and independent of each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.random import generator, permutation


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**6), st.integers(0, 500))
def test_permutation_holds_each_row_once(seed: int, epoch: int, n: int) -> None:
    order = permutation(seed, epoch, n)
    assert order.dtype == np.int32
    assert sorted(order) == list(range(n))


def test_permutation_never_changes_between_versions() -> None:
    # A saved run must resume in the very order it began with: these numbers are part of the file format.
    assert permutation(0, 0, 8).tolist() == [5, 2, 1, 4, 0, 3, 7, 6]
    assert permutation(7, 3, 8).tolist() == [1, 3, 6, 7, 5, 2, 4, 0]


def test_permutation_depends_on_seed_and_epoch() -> None:
    orders = [permutation(seed, epoch, 100).tolist() for seed in range(3) for epoch in range(3)]
    assert len({tuple(order) for order in orders}) == 9


def test_every_place_is_equally_likely() -> None:
    first = [int(permutation(0, epoch, 4)[0]) for epoch in range(4_000)]
    assert np.bincount(first).min() > 900


@pytest.mark.parametrize(
    "streams",
    [((1, "a"), (1, "b")), ((1, "a"), (2, "a")), ((1, "a", 1), (1, "a", "1")), ((1, "ab"), (1, "a", "b"))],
)
def test_streams_of_different_names_differ(streams: tuple[tuple[int, str], tuple[int, str]]) -> None:
    first, second = (generator(*stream).integers(0, 2**62, 4).tolist() for stream in streams)
    assert first != second


def test_a_stream_does_not_depend_on_what_was_drawn_from_others() -> None:
    expected = generator(5, "weights").normal(size=3).tolist()
    generator(5, "data").normal(size=1000)
    assert generator(5, "weights").normal(size=3).tolist() == expected
