"""Learning rates that fall along a power of the time left."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.schedules.base import WHOLE_RUN, Length, Run, Schedule, as_numbers, initial_rate, length, start
from engine.settings import setting
from engine.tensor.spec import Array


class PolynomialDecay(Schedule):
    """Lowers the learning rate to an end value: in a straight line with power 1, ever slower with more.

    If it cycles, the decay time is stretched to a multiple each time it is over, and the rate rises again.
    """

    label: ClassVar[str] = "Polynomial decay"
    summary: ClassVar[str] = "Falls in a straight line, or along a power, to an end value"
    formula: ClassVar[str] = "rate = (initial - end) · (1 - step / decay_steps) ^ power + end"
    source: ClassVar[str] = "Keras 3, keras.optimizers.schedules.PolynomialDecay"
    aliases: ClassVar[tuple[str, ...]] = ("polynomial", "linear decay")

    initial_learning_rate: float | None = initial_rate()
    decay_steps: Length | None = setting(None, "Decay time", WHOLE_RUN, gt=0.0, le=1e9)
    end_learning_rate: float = setting(
        0.0001, "End learning rate", "reached at the end of the decay", ge=0.0, le=100.0
    )
    power: float = setting(1.0, "Power", "1 is a straight line", gt=0.0, le=100.0)
    cycle: bool = setting(False, "Cycle", "rise again when the decay is over", advanced=True)

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula."""
        x, whole = as_numbers(steps), length(self.decay_steps, run)
        cycles = np.maximum(1.0, np.ceil(x / whole)) if self.cycle else 1.0
        done = np.minimum(1.0, x / (whole * cycles))
        first = start(self.initial_learning_rate, run)
        rates: Array = (first - self.end_learning_rate) * np.power(1.0 - done, self.power)
        return rates + self.end_learning_rate
