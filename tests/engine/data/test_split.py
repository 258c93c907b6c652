"""The split: every row once, every class in its share, no peeking at what is kept from training."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.bundle import Scaling
from engine.data.load import load
from engine.data.random import generator
from engine.data.settings import DataSettings
from engine.data.split import split_counts, split_order

FRACTIONS = st.floats(0, 0.9)


@given(st.integers(0, 10_000), FRACTIONS, FRACTIONS)
def test_parts_add_up_and_training_is_never_empty(rows: int, validation: float, test: float) -> None:
    if validation + test > 0.9:
        validation, test = validation / 2, test / 2
    counts = split_counts(rows, validation, test)
    assert counts.total == rows
    assert min(counts.train, counts.validation, counts.test) >= 0
    assert counts.train >= min(rows, 1)


@pytest.mark.parametrize(
    ("rows", "validation", "test", "expected"),
    [
        (150, 0.2, 0.0, (120, 30, 0)),
        (10, 0.2, 0.1, (7, 2, 1)),
        (1, 0.9, 0.0, (1, 0, 0)),
        (506, 0.2, 0.0, (405, 101, 0)),
    ],
)
def test_counts(rows: int, validation: float, test: float, expected: tuple[int, int, int]) -> None:
    counts = split_counts(rows, validation, test)
    assert (counts.train, counts.validation, counts.test) == expected


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=6),
    st.integers(0, 2**32),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_any_piece_holds_every_class_in_its_share(sizes: list[int], seed: int, start: int, stop: int) -> None:
    classes = np.repeat(np.arange(len(sizes)), sizes)
    rows = len(classes)
    order = split_order(rows, classes, generator(seed))
    assert sorted(order) == list(range(rows))
    first, last = sorted((start % (rows + 1), stop % (rows + 1)))
    held = np.bincount(classes[order[first:last]], minlength=len(sizes))
    # Each of the two borders cuts a class at most a row off its share, and lies itself a row per class off.
    slack = 2 + 2 * len(sizes) * np.array(sizes) / rows
    assert (np.abs(held - (last - first) * np.array(sizes) / rows) <= slack).all()


def test_rare_class_is_in_every_part() -> None:
    classes = np.array([0] * 95 + [1] * 5)
    for seed in range(50):
        order = split_order(100, classes, generator(seed))
        assert 0 < classes[order[:80]].sum() < 5


def test_a_class_is_itself_split_at_random() -> None:
    classes = np.zeros(10, np.int32)
    held_out = [int(split_order(10, classes, generator(seed))[-1]) for seed in range(500)]
    assert np.bincount(held_out, minlength=10).min() > 20


def test_iris_has_each_species_equally_in_each_part() -> None:
    bundle = load(DataSettings(dataset="iris", validation_fraction=0.2, test_fraction=0.1))
    y = bundle.targets["y"]
    for part, each in ((bundle.train, 35), (bundle.validation, 10), (bundle.test, 5)):
        assert np.bincount(y[part.start : part.stop]).tolist() == [each] * 3


def test_parts_are_consecutive_and_cover_all_rows() -> None:
    bundle = load(DataSettings(dataset="digits", validation_fraction=0.3, test_fraction=0.2))
    assert [*bundle.train, *bundle.validation, *bundle.test] == list(range(1_797))


def test_published_test_part_is_kept_in_order_whatever_the_fractions() -> None:
    first = load(DataSettings(dataset="fashion", validation_fraction=0.5, seed=1))
    second = load(DataSettings(dataset="fashion", validation_fraction=0.1, test_fraction=0.3, seed=2))
    assert (first.train, first.validation, first.test) == (
        range(20_000),
        range(20_000, 24_000),
        range(24_000, 24_000),
    )
    np.testing.assert_array_equal(first.targets["y"], second.targets["y"])


def test_scaling_is_fitted_on_the_training_part_alone() -> None:
    raw = load(DataSettings(dataset="boston", normalize=False, validation_fraction=0.4))
    scaled = load(DataSettings(dataset="boston", normalize=True, validation_fraction=0.4))
    for arrays, originals in ((scaled.inputs, raw.inputs), (scaled.targets, raw.targets)):
        for name, array in arrays.items():
            train = array[: len(scaled.train)]
            np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
            np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
            assert abs(array[len(scaled.train) :].mean(axis=0)).max() > 0.01  # not fitted on these
            np.testing.assert_allclose(
                scaled.scaling[name].invert(array), originals[name], rtol=1e-4, atol=1e-4
            )
            assert scaled.scaling[name] == Scaling.fit(originals[name][: len(scaled.train)])


def test_a_constant_column_is_left_finite() -> None:
    values = np.full((10, 2), 0.1, np.float32)
    values[:, 1] = np.arange(10)
    scaling = Scaling.fit(values)
    assert scaling.scale[0] == 1.0
    np.testing.assert_allclose(scaling.apply(values)[:, 0], 0, atol=1e-6)


def test_scaling_is_of_the_last_axis() -> None:
    values = generator(0).normal(5, 3, (50, 7, 2)).astype(np.float32)
    applied = Scaling.fit(values).apply(values)
    assert applied.shape == values.shape
    np.testing.assert_allclose(applied.mean(axis=(0, 1)), 0, atol=1e-5)
