"""Learning rates that rise and fall once."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from engine.schedules.base import WHOLE_RUN, Length, Run, Schedule, as_numbers, length, start
from engine.settings import setting
from engine.tensor.spec import Array


class OneCycle(Schedule):
    """Rises from a small learning rate to the optimizer's, then falls to almost nothing, once in a run.

    Allows much larger learning rates than a constant one: set the optimizer's to the largest that works.
    """

    label: ClassVar[str] = "One cycle"
    summary: ClassVar[str] = "Rises, then falls to almost nothing, once in a run"
    formula: ClassVar[str] = "rate: max / div_factor → max → max / (div_factor · final_div_factor)"
    source: ClassVar[str] = "Smith and Topin, Super-convergence, 2017; PyTorch, lr_scheduler.OneCycleLR"
    aliases: ClassVar[tuple[str, ...]] = ("OneCycleLR", "super-convergence")

    max_learning_rate: float | None = setting(
        None, "Largest learning rate", "empty: the optimizer's", advanced=True, ge=0.0, le=100.0
    )
    total_steps: Length | None = setting(None, "Length", WHOLE_RUN, gt=0.0, le=1e9)
    pct_start: float = setting(0.3, "Rise", "share of the cycle in which it rises", gt=0.0, lt=1.0)
    anneal_strategy: Literal["cos", "linear"] = setting("cos", "Form", "along a cosine or a straight line")
    div_factor: float = setting(25.0, "Start", "the largest rate divided by this", ge=1.0, le=1e9)
    final_div_factor: float = setting(
        1e4, "End", "the first rate divided by this", advanced=True, ge=1.0, le=1e12
    )
    three_phase: bool = setting(
        False, "Three phases", "fall back to the start before falling to the end", advanced=True
    )

    def rates(self, steps: Array, run: Run) -> Array:
        """The place in the cycle decides; after its end the rate stays."""
        whole = length(self.total_steps, run)
        x = np.minimum(as_numbers(steps), whole - 1.0)
        top = start(self.max_learning_rate, run)
        first = top / self.div_factor
        rise, end = max(self.pct_start * whole - 1.0, 0.0), max(whole - 1.0, 1.0)
        phases = [(0.0, rise, first, top)]
        if self.three_phase:
            back = min(2.0 * self.pct_start * whole - 2.0, end)
            phases += [(rise, back, top, first), (back, end, first, first / self.final_div_factor)]
        else:
            phases += [(rise, end, top, first / self.final_div_factor)]
        *before, rates = [self._between(x, *phase) for phase in phases]
        for (_, until, _, _), earlier in reversed(list(zip(phases, before, strict=False))):
            rates = np.where(x <= until, earlier, rates)
        return rates

    def _between(self, x: Array, begin: float, end: float, low: float, high: float) -> Array:
        """From `low` at step `begin` to `high` at `end`."""
        done = (x - begin) / max(end - begin, 1e-12)
        if self.anneal_strategy == "linear":
            return np.asarray(low + (high - low) * done)
        return np.asarray(high + (low - high) / 2.0 * (1.0 + np.cos(math.pi * done)))
