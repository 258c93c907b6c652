"""Ticks are round numbers, few enough to read, written the way people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.ticks import linear_ticks, log_ticks, short_text, tick_text, value_text

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 1, 3, [0, 0.5, 1]),
        (-0.06, 1.06, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (3, 47, 6, [10, 20, 30, 40]),
    ],
)
def test_linear_ticks_are_round(low: float, high: float, most: int, ticks: list[float]) -> None:
    assert linear_ticks(low, high, most) == pytest.approx(ticks)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_linear_ticks_are_inside_and_few(low: float, width: float, most: int) -> None:
    ticks = linear_ticks(low, low + width, most)
    slack = 1e-6 * max(abs(low), width)
    assert len(ticks) <= most + 1
    assert all(low - slack <= tick <= low + width + slack for tick in ticks)


def test_epochs_are_whole() -> None:
    assert linear_ticks(0, 2.5, 8, whole=True) == [0, 1, 2]


@pytest.mark.parametrize(
    ("low", "high", "most", "values"),
    [
        (-2, 0, 5, [0.01, 0.03, 0.1, 0.3, 1]),
        (-2, 0, 8, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]),
        (-6, 0, 7, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]),
        (-12, 0, 5, [1e-12, 1e-9, 1e-6, 1e-3, 1]),
        (math.log10(0.41), math.log10(0.48), 8, [0.41, 0.42, 0.43, 0.44, 0.45, 0.46, 0.47, 0.48]),
    ],
)
def test_log_ticks_are_round_values(low: float, high: float, most: int, values: list[float]) -> None:
    assert [10**tick for tick in log_ticks(low, high, most)] == pytest.approx(values)


@pytest.mark.parametrize("ticks", [linear_ticks, log_ticks])
@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (math.nan, 1), (0, math.inf)])
def test_no_range_has_no_ticks(ticks: object, low: float, high: float) -> None:
    assert callable(ticks)
    assert ticks(low, high, 5) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.03, "0.03"),
        (1.0, "1"),
        (2000, "2,000"),
        (1e-7, "1e-7"),
        (3e7, "3e7"),
        (-0.5, f"{MINUS}0.5"),
        (0, "0"),
        (0.30000000000000004, "0.3"),
    ],
)
def test_ticks_are_written_without_needless_zeros(value: float, text: str) -> None:
    assert tick_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0312, "0.03120"),
        (12.3456, "12.35"),
        (1204, "1,204"),
        (0, "0.000"),
        (math.nan, "NaN"),
        (math.inf, "\N{INFINITY}"),
        (-math.inf, f"{MINUS}\N{INFINITY}"),
        (1.5e-9, "1.5e-9"),
    ],
)
def test_values_have_four_digits(value: float, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1020.0, "1,020"), (93.0, "93"), (2.5, "2.5"), (0.25, "0.25"), (100_000.0, "100,000")]
)
def test_whole_numbers_keep_their_zeros(value: float, text: str) -> None:
    assert short_text(value) == text
