"""The learning-rate finder: a short run in which the rate grows from step to step, and what its loss tells.

The range test of Smith ("Cyclical Learning Rates for Training Neural Networks", 2017): the loss falls where the rate is
right, and explodes where it is too large.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.training.doctor.tried import Tried
from engine.training.inference import GoOn, always
from engine.training.session import Session

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 200
MEMORY = 0.9  # of the moving average of the loss
EXPLODED = 4.0  # times the lowest loss
FEWEST = 10  # rates that say something
LEAST_FALL = 0.02  # of the loss
AROUND = 0.3  # decades to both sides that a loss is averaged over
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
    """The rate at which the loss has fallen half as far as it falls at all; None where it never falls.

    That is on the slope, well before the rates at which steps get too large, and unlike the steepest point it is hardly
    moved by the luck of single batches: each loss counts as the mean of those within a fraction of a decade around it.
    """
    if len(tried) < 2 * FEWEST:
        return None
    rates: Floats = np.log10([t.rate for t in tried])
    losses = _smooth(rates, np.array([t.loss for t in tried]))
    last = int(losses.argmin())
    before = float(np.median(losses[: max(FEWEST, last // 2)]))
    if last < FEWEST or before - losses[last] <= LEAST_FALL * abs(before):
        return None
    above = np.flatnonzero(losses[: last + 1] > (before + losses[last]) / 2.0)
    return _round(10.0 ** float(rates[above[-1] + 1]))


def _smooth(rates: Floats, losses: Floats) -> Floats:
    """The mean of the losses around each rate, fewer of them at both ends."""
    sums = np.concatenate([[0.0], np.cumsum(losses)])
    first, stop = np.searchsorted(rates, rates - AROUND), np.searchsorted(rates, rates + AROUND, side="right")
    found: Floats = (sums[stop] - sums[first]) / (stop - first)
    return found


def _round(rate: float) -> float:
    """The nearest of 1, 2, 3 and 5 times a power of ten, as people write rates."""
    power = 10.0 ** math.floor(math.log10(rate))
    best = min((1.0, 2.0, 3.0, 5.0, 10.0), key=lambda digit: abs(math.log(digit * power / rate)))
    return float(f"{best * power:.0e}")
