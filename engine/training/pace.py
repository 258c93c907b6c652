"""The learning rate of every step: the schedule's, what it noticed, and what somebody changed by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.schedules.base import Run, Schedule
from engine.tensor.spec import Array
from engine.training.memory import Memory


class Pace:
    """Learning rates of a run.

    A rate that is set by hand holds at once, and the schedule goes on from it in proportion: whoever halves the rate
    halves all that follow.

    Args:
        schedule: the rule.
        run: learning rate and length.
        memory: what was noticed and changed; belongs to the run, is changed here.
    """

    def __init__(self, schedule: Schedule, run: Run, memory: Memory) -> None:
        self._schedule = schedule
        self._run = run
        self.memory = memory

    def rates(self, steps: Array) -> Array:
        """Learning rates of steps (counted from 0): float32, of the shape of `steps`."""
        if self.memory.fixed_rate is not None:
            return np.full(np.shape(steps), self.memory.fixed_rate, np.float32)
        factor = self.memory.rate_factor * self.memory.noticed.factor
        return np.asarray(self._schedule.rates(steps, self._run) * factor, np.float32)

    def rate(self, step: int) -> float:
        """The learning rate of one step."""
        return float(self.rates(np.array([step]))[0])

    def change(self, step: int, rate: float) -> None:
        """Take this learning rate from `step` on."""
        self.memory.rate_factor, self.memory.fixed_rate = 1.0, None
        now = self.rate(step)
        if now > 0.0:
            self.memory.rate_factor = rate / now
        else:
            self.memory.fixed_rate = rate

    def epoch_ended(self, values: Mapping[str, float], step: int, epoch: int, epochs: int) -> None:
        """Let the schedule see what came out of the last `epochs` epochs, which end before `step`."""
        rate = self.rate(max(0, step - 1))
        self.memory.noticed = self._schedule.noticing(self.memory.noticed, values, rate, epoch, epochs)
