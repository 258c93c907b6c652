"""The band around a line: no peak is lost, gaps stay gaps, boxes touch, and a smooth line is still seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.runs.band import band, dots
from engine.runs.series import Floats, Series

Box = tuple[float, float, float, float]
VALUES = arrays(np.float64, st.integers(1, 40), elements=st.floats(-5, 5) | st.just(np.nan))


def boxes(y: Floats | list[float], group: int = 2, margin: float = 0.0) -> list[Box]:
    """Left, right, low and high of each box of values at 0, 1, 2 ..."""
    values = np.asarray(y, float)
    found = band(np.arange(float(values.size)), values, group, margin)
    columns = (found.left, found.right, found.low, found.high)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_a_box_reaches_from_the_value_before_over_all_of_its_group() -> None:
    assert boxes([0.0, 2.0, 3.0, 1.0]) == [(0, 2, 0, 2), (2, 3, 1, 3)]
    assert boxes([0.0, 2.0, 5.0, 4.0]) == [(0, 2, 0, 2), (2, 3, 2, 5)]


def test_each_point_may_have_a_box_of_its_own() -> None:
    assert boxes([0.0, 2.0, 1.0], group=1) == [(0, 1, 0, 0), (1, 2, 0, 2), (2, 2, 1, 2)]


def test_the_last_of_an_odd_number_of_points_is_a_group_of_its_own() -> None:
    assert boxes([0.0, 2.0, 5.0]) == [(0, 2, 0, 2), (2, 2, 2, 5)]


def test_a_group_without_numbers_is_a_gap() -> None:
    nan = float("nan")
    assert boxes([0.0, 1.0, nan, nan, 2.0, 3.0]) == [(0, 2, 0, 1), (4, 5, 2, 3)]


def test_half_a_group_counts() -> None:
    assert boxes([np.nan, 1.0]) == [(0, 1, 1, 1)]


@pytest.mark.parametrize("y", [[], [np.nan] * 4])
def test_nothing_gives_no_box(y: list[float]) -> None:
    assert boxes(y) == []


def test_a_smooth_line_has_the_height_of_its_margin() -> None:
    assert {box[2:] for box in boxes([3.0] * 8, margin=0.5)} == {(2.5, 3.5)}


@given(y=VALUES, group=st.integers(1, 3))
def test_every_value_lies_in_its_box_and_boxes_of_a_line_touch(y: Floats, group: int) -> None:
    found = boxes(y, group)
    for at, value in enumerate(y):
        if np.isfinite(value):
            inside = [low <= value <= high for left, right, low, high in found if left <= at <= right]
            assert any(inside)
    if np.isfinite(y).all():
        for (_, right, low, high), (left, _, low2, high2) in pairwise(found):
            assert right == left
            assert max(low, low2) <= min(high, high2)


def test_no_peak_of_a_long_series_is_lost() -> None:
    values = np.zeros(100_000)
    values[[17, 50_000, 99_998]] = 7.0, -5.0, 9.0
    series = Series()
    series.append(np.arange(100_000.0), values)
    outline = series.outline(0, 100_000, 300)
    found = band(outline.x, outline.y, 2, 0.0)
    assert {7.0, 9.0} <= set(found.high.tolist())
    assert -5.0 in found.low


def test_boxes_are_few_however_long_the_series() -> None:
    series = Series()
    series.append(np.arange(200_000.0), np.random.default_rng(0).random(200_000))
    outline = series.outline(0, 200_000, 400)
    assert band(outline.x, outline.y, 2, 0.0).left.size <= outline.x.size / 2 + 1


def test_dots_are_a_third_of_a_line() -> None:
    joined = dots(np.arange(12.0), 2)
    assert joined.tolist() == [True, True, False, False, False, False] * 2
    assert np.count_nonzero(dots(np.arange(900.0), 1)) == pytest.approx(300, abs=1)


def test_no_dot_leads_into_a_gap() -> None:
    assert dots(np.array([1.0, np.nan, 1.0, 1.0]), 1).tolist() == [False, False, False, False]
    assert dots(np.array([np.inf, 1.0, 1.0, 1.0]), 3).tolist() == [False, True, True, False]
