"""Learning rates that fall in steps of equal length."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.schedules.base import Length, Run, Schedule, as_numbers, length
from engine.settings import setting
from engine.tensor.spec import Array


class StepDecay(Schedule):
    """Multiplies the learning rate by a factor every so many steps.

    The classic recipe for image networks: train, divide by ten, train, divide by ten.
    """

    label: ClassVar[str] = "Step decay"
    summary: ClassVar[str] = "Falls by a factor every so many steps"
    formula: ClassVar[str] = "rate = learning rate · factor ^ ⌊step / every⌋"
    source: ClassVar[str] = "PyTorch, torch.optim.lr_scheduler.StepLR"
    aliases: ClassVar[tuple[str, ...]] = ("step", "StepLR")

    every: Length = setting(0.34, "Every", "steps; below 1 a share of the run", gt=0.0, le=1e9)
    factor: float = setting(0.1, "Factor", "what is left of the rate each time", gt=0.0, le=1.0)

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula."""
        fallen = np.floor(as_numbers(steps) / length(self.every, run))
        rates: Array = run.learning_rate * np.power(self.factor, fallen)
        return rates
