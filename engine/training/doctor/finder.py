"""The learning-rate finder: a short run in which the rate grows from step to step, and what its loss tells.

The range test of Smith ("Cyclical Learning Rates for Training Neural Networks", 2017): the loss falls fastest where the
rate is right, and explodes where it is too large.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.training.doctor.tried import Tried
from engine.training.session import GoOn, Session, always

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 120
MEMORY = 0.9  # of the moving average of the loss
EXPLODED = 4.0  # times the lowest loss
FEWEST = 10  # rates that say something
LEAST_FALL = 0.02  # of the loss
DECADES = 2.0  # before the lowest loss
__all__ = ["Tried", "suggested", "try_rates"]
Floats = NDArray[np.float64]


def try_rates(
    session: Session,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    steps: int = STEPS,
    go_on: GoOn = always,
) -> Iterator[Tried]:
    """Steps with geometrically growing rates, until the loss explodes; they change the session's weights.

    Args:
        session: of its own for this, so that no run is disturbed.
        lowest: the first rate.
        highest: the last one.
        steps: at most.
        go_on: asked before each step; False ends it.
    """
    average, best = 0.0, math.inf
    for k in range(steps):
        if not go_on():
            return
        rate = lowest * (highest / lowest) ** (k / max(1, steps - 1))
        session.pace.change(session.step, rate)
        session.advance(1)
        loss = session.report().get("loss", math.nan)
        if not math.isfinite(loss):
            return
        average = MEMORY * average + (1.0 - MEMORY) * loss
        shown = average / (1.0 - MEMORY ** (k + 1))
        best = min(best, shown)
        yield Tried(rate, loss, shown)
        if k >= FEWEST and shown > EXPLODED * best:
            return


def suggested(tried: Sequence[Tried]) -> float | None:
    """The rate at which the averaged loss falls fastest along the logarithm of the rate; None where it never falls.

    The first losses, whose average is one of too few, are left out, and the rise at the end: past its lowest value the
    loss says only that the rate is too large. So is what lies more than two decades before that: chance.
    """
    if len(tried) < 2 * FEWEST:
        return None
    losses: Floats = np.array([t.average for t in tried])
    rates: Floats = np.log10([t.rate for t in tried])
    last = FEWEST + int(losses[FEWEST:].argmin())
    before = float(np.median(losses[FEWEST : max(2 * FEWEST, last // 2)]))
    if last < FEWEST + 3 or before - losses[last] <= LEAST_FALL * abs(before):
        return None
    first = max(FEWEST, int(np.searchsorted(rates, rates[last] - DECADES)))
    slopes = np.gradient(losses, rates)
    steepest = first + int(slopes[first : last + 1].argmin())
    return _round(10.0 ** float(rates[steepest]))


def _round(rate: float) -> float:
    """The nearest of 1, 2, 3 and 5 times a power of ten, as people write rates."""
    power = 10.0 ** math.floor(math.log10(rate))
    best = min((1.0, 2.0, 3.0, 5.0, 10.0), key=lambda digit: abs(math.log(digit * power / rate)))
    return float(f"{best * power:.0e}")
