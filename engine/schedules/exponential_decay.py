"""Learning rates that fall by the same factor in equal times."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.schedules.base import WHOLE_RUN, Length, Run, Schedule, as_numbers, initial_rate, length, start
from engine.settings import setting
from engine.tensor.spec import Array


class ExponentialDecay(Schedule):
    """Multiplies the learning rate by the decay rate once per decay time, smoothly or in steps.

    Falls fast at first and ever slower. With a staircase the rate stays the same until the time is over.
    """

    label: ClassVar[str] = "Exponential decay"
    summary: ClassVar[str] = "Falls by the same factor in equal times"
    formula: ClassVar[str] = "rate = initial · decay_rate ^ (step / decay_steps)"
    source: ClassVar[str] = "Keras 3, keras.optimizers.schedules.ExponentialDecay"
    aliases: ClassVar[tuple[str, ...]] = ("exponential",)

    initial_learning_rate: float | None = initial_rate()
    decay_steps: Length | None = setting(None, "Decay time", WHOLE_RUN, gt=0.0, le=1e9)
    decay_rate: float = setting(0.1, "Decay rate", "what is left of the rate after that time", gt=0.0, le=1.0)
    staircase: bool = setting(False, "Staircase", "fall at once after each decay time")

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula."""
        times = as_numbers(steps) / length(self.decay_steps, run)
        if self.staircase:
            times = np.floor(times)
        rates: Array = start(self.initial_learning_rate, run) * np.power(self.decay_rate, times)
        return rates
