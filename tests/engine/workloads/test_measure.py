"""Which blocks count: quiet ones, or, where there are too few, those that were disturbed least."""

from __future__ import annotations

import time

import pytest

from engine.bench import measure as module
from engine.bench.measure import Block, measure, summarize


def test_quiet_blocks_alone_count() -> None:
    rate = summarize([Block(r, o) for r, o in ((10, 0.0), (11, 0.1), (12, 0.05), (1, 0.9), (2, 0.5))])
    assert (rate.steps_per_s, rate.best, rate.worst) == (11, 12, 1)
    assert (rate.blocks, rate.quiet_blocks, rate.other_cpu) == (5, 3, 0.05)


def test_the_least_disturbed_count_where_too_few_are_quiet() -> None:
    blocks = [Block(10.0 - k, 0.2 + 0.1 * k) for k in range(7)]
    rate = summarize([*blocks, Block(20.0, 0.0)])
    assert rate.steps_per_s == 9.0  # of 20, 10, 9, 8, 7
    assert rate.quiet_blocks == 1


def test_all_count_where_the_system_does_not_tell() -> None:
    rate = summarize([Block(r, None) for r in (1.0, 2.0, 9.0)])
    assert (rate.steps_per_s, rate.quiet_blocks, rate.other_cpu) == (2.0, None, None)


@pytest.mark.parametrize("cost", [1e-4, 0.03, 0.5])
def test_a_rate_is_found_by_the_clock(monkeypatch: pytest.MonkeyPatch, cost: float) -> None:
    """Steps of a known cost on a clock that only they move; long steps are not run more often than needed."""
    clock, steps = [0.0], [0]

    def run(number: int) -> None:
        clock[0] += number * cost
        steps[0] += number

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(module, "_busy", lambda: None)
    rate = measure(run, 1.0)
    assert rate.steps_per_s == pytest.approx(1 / cost)
    assert rate.blocks >= 3
    assert clock[0] < 8 * max(1.0, cost)
