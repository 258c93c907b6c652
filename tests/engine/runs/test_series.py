"""What is drawn of a long series: every peak, gaps where values are missing, an average that hides nothing."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.runs.series import Series


def _series(values: object) -> Series:
    series = Series()
    y = np.asarray(values, float)
    series.append(np.arange(y.size), y)
    return series


def test_values_arrive_in_pieces_and_stay_in_order() -> None:
    series = Series()
    for start in range(0, 5000, 50):
        series.append(np.arange(start, start + 50), np.full(50, start))
    assert len(series) == 5000
    assert np.array_equal(series.x, np.arange(5000))
    assert series.y[4999] == 4950


def test_a_single_number_is_a_value() -> None:
    series = Series()
    series.append(0.5, 1.25)
    assert (series.x.tolist(), series.y.tolist()) == ([0.5], [1.25])


def test_going_back_in_time_forgets_what_came_after() -> None:
    series = _series(np.arange(10))
    series.append([4.0, 5.0], [40.0, 50.0])
    assert series.x.tolist() == [0, 1, 2, 3, 4, 5]
    assert series.y.tolist() == [0, 1, 2, 3, 40, 50]
    assert series.mean_at(np.array([5]), 2)[0] == 45


@pytest.mark.parametrize(("xs", "ys"), [([0, 1], [1]), ([1, 0], [1, 2]), ([[0]], [[0]])])
def test_values_that_fit_no_positions_are_refused(xs: object, ys: object) -> None:
    with pytest.raises(ValueError, match="increasing positions"):
        Series().append(np.asarray(xs), np.asarray(ys))


@given(st.integers(3000, 60_000), st.integers(0, 2**32 - 1), st.integers(50, 700))
def test_no_peak_is_lost_and_the_outline_stays_small(count: int, seed: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=count)
    peaks = random.integers(0, count, 3)
    values[peaks] = [50, -60, 70]
    outline = _series(values).outline(0, count, columns)
    assert outline.x.size <= 4 * columns + 3
    assert outline.y.max() == values.max()
    assert outline.y.min() == values.min()
    assert np.all(np.diff(outline.x) >= 0)


def test_the_outline_reaches_the_newest_value() -> None:
    for count in (3001, 3072, 4095):
        outline = _series(np.arange(count)).outline(0, count, 100)
        assert (outline.x[-1], outline.y[-1]) == (count - 1, count - 1)


def test_zooming_in_shows_every_value_with_one_more_at_each_side() -> None:
    outline = _series(np.arange(100_000)).outline(500.5, 510.5, 300)
    assert outline.x.tolist() == list(range(500, 512))


def test_blocks_keep_their_place_while_the_series_grows() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=9000)
    before = _series(values[:8500]).outline(0, 9000, 500)
    after = _series(values).outline(0, 9000, 500)
    same = before.x.size - 3
    assert np.array_equal(before.x[:same], after.x[:same])
    assert np.array_equal(before.y[:same], after.y[:same])


def test_missing_values_are_gaps_and_do_not_spoil_the_average() -> None:
    values = np.ones(400)
    values[100:120] = np.nan
    values[200] = np.inf
    series = _series(values)
    assert np.isnan(series.outline(0, 400, 400).y[100:120]).all()
    means = series.mean_at(np.arange(400), 8)
    assert np.isnan(means[107:119]).sum() == 12
    assert means[np.isfinite(means)] == pytest.approx(1)


def test_a_short_series_has_no_average_and_a_long_one_the_mean_of_its_window() -> None:
    assert _series(np.arange(50)).window() == 1
    assert _series(np.arange(50)).outline(0, 50, 10).mean_x.size == 0
    series = _series(np.arange(1000))
    window = series.window()
    assert window == 16
    assert series.mean_at(np.array([999]), window)[0] == np.arange(984, 1000).mean()
    assert series.mean_at(np.array([0]), window)[0] == 0


@pytest.mark.parametrize(("position", "index"), [(-5, 0), (0.4, 0), (0.6, 1), (2, 2), (99, 9)])
def test_the_nearest_value_is_found(position: float, index: int) -> None:
    assert _series(np.arange(10)).nearest(position) == index


def test_an_empty_series_has_nothing() -> None:
    series = Series()
    assert series.nearest(1) is None
    assert series.outline(0, 1, 100).x.size == 0


@example([1, 1, 202], 2, 1)
@given(st.lists(st.integers(1, 900), min_size=3, max_size=30), st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_what_grew_in_pieces_is_drawn_like_what_came_at_once(
    sizes: list[int], seed: int, columns: int
) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=sum(sizes))
    values[random.integers(0, values.size, 2)] = np.nan
    grown, at = Series(), 0
    for size in sizes:
        grown.append(np.arange(at, at + size), values[at : at + size])
        at += size
    low, high = sorted(random.uniform(0, values.size, 2))
    one, other = grown.outline(low, high, columns), _series(values).outline(low, high, columns)
    for left, right in ((one.x, other.x), (one.y, other.y), (one.mean_y, other.mean_y)):
        np.testing.assert_allclose(left, right, atol=1e-9)
    assert (grown.lowest(), grown.highest()) == (int(np.nanargmin(values)), int(np.nanargmax(values)))


@given(st.integers(0, 2**32 - 1), st.integers(200, 3000))
def test_a_series_without_end_takes_no_more_memory_and_keeps_peaks_and_ends(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=20 * count)
    values[random.integers(0, values.size, 2)] = 90, -80
    series = Series(most=2048)
    for start in range(0, values.size, count):
        series.append(np.arange(start, start + count), values[start : start + count])
    assert len(series) <= 2048
    assert series.nbytes < 2048 * 40
    assert (series.y.max(), series.y.min()) == (values.max(), values.min())
    assert (series.x[0], series.y[0]) == (0, values[0])
    assert (series.x[-1], series.y[-1]) == (values.size - 1, values[-1])
    assert np.all(np.diff(series.x) > 0)
    assert np.array_equal(series.y, values[series.x.astype(int)])  # nothing is invented


def test_going_back_in_time_takes_the_extremes_along() -> None:
    values = np.zeros(5000)
    values[4000] = 9.0
    series = _series(values)
    series.append([3000.0, 3001.0], [1.0, -1.0])
    assert (series.highest(), series.lowest()) == (3000, 3001)
    assert series.outline(0, 5000, 20).y.max() == 1.0


@pytest.mark.parametrize("count", [120, 999, 1700, 3_399, 3_401, 10_000, 1_000_003])
@pytest.mark.parametrize("means", [100, 566])
def test_an_average_has_enough_points_and_not_more(count: int, means: int) -> None:
    outline = _series(np.arange(count) % 7).outline(0, count, 1700, means)
    least = min(count, means / 2)
    assert least <= outline.mean_x.size <= means + 2
    assert outline.mean_x[0] == 0.0
    assert outline.mean_x[-1] == count - 1


def test_an_average_stays_where_it_is_while_it_is_dragged_along() -> None:
    series = _series(np.random.default_rng(0).random(20_000))
    here, there = series.outline(5000, 15_000, 400, 200), series.outline(5003, 15_003, 400, 200)
    both = np.intersect1d(here.mean_x, there.mean_x)
    assert both.size >= here.mean_x.size - 2
    assert np.array_equal(here.mean_y[np.isin(here.mean_x, both)], there.mean_y[np.isin(there.mean_x, both)])


def test_an_average_begins_before_what_is_seen() -> None:
    outline = _series(np.arange(20_000)).outline(5003, 15_003, 400, 200)
    assert outline.mean_x[0] <= 5003
