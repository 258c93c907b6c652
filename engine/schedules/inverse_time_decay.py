"""Learning rates that fall as one over the time."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.schedules.base import Length, Run, Schedule, as_numbers, initial_rate, length, start
from engine.settings import setting
from engine.tensor.spec import Array


class InverseTimeDecay(Schedule):
    """Divides the learning rate by a number that grows with the time.

    The schedule for which plain gradient descent is proven to converge; it falls slowly and never stops.
    """

    label: ClassVar[str] = "Inverse time decay"
    summary: ClassVar[str] = "Falls as one over the time"
    formula: ClassVar[str] = "rate = initial / (1 + decay_rate · step / decay_steps)"
    source: ClassVar[str] = "Keras 3, keras.optimizers.schedules.InverseTimeDecay"
    aliases: ClassVar[tuple[str, ...]] = ("inverse time",)

    initial_learning_rate: float | None = initial_rate()
    decay_steps: Length = setting(0.1, "Decay time", "steps; below 1 a share of the run", gt=0.0, le=1e9)
    decay_rate: float = setting(
        1.0, "Decay rate", "with 1, half the rate is left after that time", gt=0.0, le=1e6
    )
    staircase: bool = setting(False, "Staircase", "fall at once after each decay time")

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula."""
        times = as_numbers(steps) / length(self.decay_steps, run)
        if self.staircase:
            times = np.floor(times)
        rates: Array = start(self.initial_learning_rate, run) / (1.0 + self.decay_rate * times)
        return rates
