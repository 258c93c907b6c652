"""Reports come thirty times a second whatever a chunk of steps takes, and never more often."""

from __future__ import annotations

import pytest

from engine.training.beat import REPORT_INTERVAL, Beat
from engine.training.tempo import CHUNK_TIME, Tempo

SECONDS = 20.0


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def reports_a_second(step_time: float, *, telling: float = 0.0, stall: float = 0.0) -> float:
    """How often a run tells of itself.

    Args:
        step_time: seconds.
        telling: seconds that each report takes.
        stall: seconds for which everything stands still twice a second.
    """
    clock = Clock()
    beat, tempo = Beat(clock), Tempo()
    tempo.chunk = max(1, int(CHUNK_TIME / step_time))
    begun = stalled = clock.now
    told: list[float] = []
    while clock.now - begun < SECONDS:
        steps = tempo.chunk_within(beat.left)
        clock.now += steps * step_time
        tempo.took(steps, steps * step_time)
        if clock.now - stalled > 0.5:
            clock.now += stall
            stalled = clock.now
        if beat.is_due:
            beat.told()
            told.append(clock.now)
            clock.now += telling
    return (len(told) - 1) / (told[-1] - told[0])


@pytest.mark.parametrize("step_time", [1e-5, 0.7e-3, 2.4e-3, 8.7e-3, 0.011, 0.017, 0.02, 0.031])
def test_thirty_reports_a_second_however_long_a_step_takes(step_time: float) -> None:
    rate = reports_a_second(step_time)
    assert 29.5 < rate < 30.5


def test_what_takes_longer_than_an_interval_is_told_each_time() -> None:
    assert reports_a_second(0.09) == pytest.approx(1 / 0.09, rel=0.01)


@pytest.mark.parametrize("telling", [0.002, 0.01])
def test_what_a_report_takes_does_not_put_off_the_next(telling: float) -> None:
    assert reports_a_second(1e-3, telling=telling) == pytest.approx(30.0, abs=0.5)


def test_a_short_stall_costs_few_reports() -> None:
    assert reports_a_second(1e-3, stall=0.02) > 29.5


def test_after_a_long_rest_reports_come_as_always() -> None:
    clock = Clock()
    beat = Beat(clock)
    clock.now += 60.0
    assert beat.is_due
    beat.told()
    assert REPORT_INTERVAL / 3 < beat.left <= REPORT_INTERVAL


def test_reports_out_of_turn_do_not_put_off_the_next() -> None:
    clock = Clock()
    beat = Beat(clock)
    for _ in range(100):
        beat.told()  # of each step, while the run is paused
    assert beat.left <= 1.5 * REPORT_INTERVAL
