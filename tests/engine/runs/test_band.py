"""The band around a line: no peak is lost, gaps stay gaps, and a smooth line is still seen."""

from __future__ import annotations

import numpy as np
import pytest

from engine.runs.band import band
from engine.runs.series import Floats, Series


def polygons(x: Floats, y: Floats, margin: float = 0.0) -> list[list[tuple[float, float]]]:
    """The corners of each polygon."""
    found: list[list[tuple[float, float]]] = [[]]
    for at, value, goes_on in zip(*band(x, y, margin), strict=True):
        found[-1].append((float(at), float(value)))
        if not goes_on:
            found.append([])
    assert not found[-1], "the last corner ends a polygon"
    return found[:-1]


def test_an_edge_goes_along_the_greatest_and_back_along_the_least() -> None:
    x, y = np.arange(4.0), np.array([0.0, 2.0, 3.0, 1.0])
    assert polygons(x, y) == [[(0, 2), (2, 3), (3, 3), (3, 1), (2, 1), (0, 0)]]


def test_the_last_of_an_odd_number_of_points_is_a_pair_of_its_own() -> None:
    x, y = np.arange(3.0), np.array([0.0, 2.0, 5.0])
    assert polygons(x, y) == [[(0, 2), (2, 5), (2, 5), (2, 5), (2, 5), (0, 0)]]


def test_a_pair_without_numbers_is_a_gap() -> None:
    x, y = np.arange(6.0), np.array([0.0, 1.0, np.nan, np.nan, 2.0, 3.0])
    assert polygons(x, y) == [
        [(0, 1), (1, 1), (1, 0), (0, 0)],
        [(4, 3), (5, 3), (5, 2), (4, 2)],
    ]


def test_half_a_pair_counts() -> None:
    assert polygons(np.arange(2.0), np.array([np.nan, 1.0])) == [[(0, 1), (1, 1), (1, 1), (0, 1)]]


@pytest.mark.parametrize("y", [np.empty(0), np.full(4, np.nan)])
def test_nothing_gives_no_corner(y: Floats) -> None:
    assert all(part.size == 0 for part in band(np.arange(float(y.size)), y, 1.0)) or not y.size


def test_a_smooth_line_has_the_width_of_its_margin() -> None:
    (corners,) = polygons(np.arange(8.0), np.full(8, 3.0), margin=0.5)
    assert {value for _, value in corners} == {2.5, 3.5}


def test_no_peak_of_a_long_series_is_lost() -> None:
    values = np.zeros(100_000)
    values[[17, 50_000, 99_998]] = 7.0, -5.0, 9.0
    series = Series()
    series.append(np.arange(100_000.0), values)
    outline = series.outline(0, 100_000, 300)
    _, y, _ = band(outline.x, outline.y, 0.0)
    assert {7.0, -5.0, 9.0} <= set(y.tolist())


def test_corners_are_few_however_long_the_series() -> None:
    series = Series()
    series.append(np.arange(200_000.0), np.random.default_rng(0).random(200_000))
    outline = series.outline(0, 200_000, 400)
    assert band(outline.x, outline.y, 0.0)[0].size <= outline.x.size + 4
