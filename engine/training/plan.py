"""What a run would take, measured before it begins: a few steps of the very session that would train, and a judgement."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final, Protocol

from engine.training.inference import EVALUATION_BATCH, GoOn, always

BLOCK: Final = 0.04  # seconds of steps
BLOCKS: Final = 4
LONG_STEP: Final = 0.25  # seconds; one such step is measurement enough
Clock = Callable[[], float]


class Stepping(Protocol):
    """What is measured: a `Session`."""

    def advance(self, steps: int) -> None:
        """Run so many steps."""
        ...

    def report(self) -> object:
        """Wait until they are done."""
        ...


def step_seconds(
    session: Stepping, between: Callable[[], None] = lambda: None, clock: Clock = time.perf_counter
) -> float:
    """Seconds a step takes: of the best of a few blocks of steps, because whatever else runs only slows them down.

    Args:
        session: is some steps further afterwards.
        between: called between blocks; what it raises ends the measurement.
        clock: seconds.
    """
    best = _timed(session, 1, clock)
    between()
    if best < LONG_STEP:  # the first step may still have had something to prepare
        best = _timed(session, 1, clock)
    for _ in range(BLOCKS):
        if best >= LONG_STEP:
            break
        between()
        steps = max(1, round(BLOCK / max(best, 1e-6)))
        best = min(best, _timed(session, steps, clock) / steps)
    return best


class Judging(Protocol):
    """What judges the network: a `Session`."""

    def judge(self, rows: range, go_on: GoOn) -> object:
        """Loss and metrics over some rows."""
        ...


def judging_seconds(
    session: Judging, rows: range, go_on: GoOn = always, clock: Clock = time.perf_counter
) -> float:
    """Seconds a validation takes: one batch of it is judged, twice, for the first may have something to prepare."""
    sample = rows[:EVALUATION_BATCH]
    if not sample:
        return 0.0
    best = math.inf
    for _ in range(2):
        start = clock()
        session.judge(sample, go_on)
        best = min(best, clock() - start)
    return best * len(rows) / len(sample)


def _timed(session: Stepping, steps: int, clock: Clock) -> float:
    start = clock()
    session.advance(steps)
    session.report()
    return clock() - start
