"""The ways of dividing rows: every row in one part, in its share, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.errors import DataError
from engine.data.recipe.parts import Parts, Shares, by_chance, by_group, by_time, by_words, resampled
from engine.tensor.spec import DType

shares = st.builds(Shares, st.sampled_from([0.0, 0.2, 0.3]), st.sampled_from([0.0, 0.1]), st.integers(0, 5))


def assert_complete(parts: Parts, rows: int) -> None:
    np.testing.assert_array_equal(np.sort(parts.order), np.arange(rows))
    assert len(parts.train)


@settings(deadline=None)
@given(st.integers(5, 200), shares)
def test_by_chance_and_by_class(rows: int, share: Shares) -> None:
    classes = np.arange(rows) % 3
    for parts in (by_chance(rows, None, share), by_chance(rows, classes, share)):
        assert_complete(parts, rows)
        assert abs(len(parts.validation) - share.validation * rows) <= 1
    found = np.bincount(classes[parts.train], minlength=3) / np.bincount(classes)
    assert np.ptp(found) <= 3 / (rows // 3)
    np.testing.assert_array_equal(by_chance(rows, None, share).order, by_chance(rows, None, share).order)


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=5, max_size=60), shares)
def test_by_time(stamps: list[int], share: Shares) -> None:
    times = np.array(stamps, np.float64)
    parts = by_time(times, len(times), share)
    assert_complete(parts, len(times))
    for early, late in ((parts.train, parts.validation), (parts.validation, parts.test)):
        if len(early) and len(late):
            assert times[early].max() <= times[late].min()


@settings(deadline=None)
@given(st.integers(4, 30), st.integers(30, 200), shares)
def test_by_group(groups: int, rows: int, share: Shares) -> None:
    members = np.arange(rows) % groups
    parts = by_group(members, share, "who")
    assert_complete(parts, rows)
    found = [set(members[rows].tolist()) for rows in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, found)) == groups  # none is in two parts
    assert bool(found[1]) == (share.validation > 0)
    assert bool(found[2]) == (share.test > 0)


def test_too_few_groups() -> None:
    with pytest.raises(DataError, match="at least 2 groups"):
        by_group(np.zeros(9, np.int64), Shares(0.2, 0, 0), "who")


def test_by_words() -> None:
    words = np.array(["Train", "dev", "TEST", "training"], DType.STRING.numpy)
    parts = by_words(words, Shares(0.2, 0, 0), "part")
    assert (set(parts.train.tolist()), parts.validation.tolist(), parts.test.tolist()) == ({0, 3}, [1], [2])
    for wrong, said in ((["train", "later"], "says 'later'"), (["test"], "says train in none")):
        with pytest.raises(DataError, match=said):
            by_words(np.array(wrong, DType.STRING.numpy), Shares(0.2, 0, 0), "part")


def test_resampling_repeats_training_rows_only() -> None:
    classes = np.array([0] * 90 + [1] * 10)
    train = np.arange(0, 100, 2)
    more = resampled(train, classes, 0)
    assert set(more.tolist()) == set(train.tolist())
    assert np.bincount(classes[more]).tolist() == [45, 45]


@pytest.mark.parametrize(
    ("share", "rows"),
    [(0.15, 8), (0.125, 4), (0.1, 4), (0.2, 8), (0.275, 12), (0.025, 4), (0.95, 36)],
)
def test_as_many_whole_groups_as_come_nearest_to_a_share(share: float, rows: int) -> None:
    """Of ten groups of four rows: 6 rows are as far from one group as from two, 5 are nearer to one; one is left over."""
    members = np.repeat(np.arange(10), 4)
    assert len(by_group(members, Shares(share, 0, 0), "who").validation) == rows
    assert len(by_group(members, Shares(0, share, 0), "who").test) == rows
