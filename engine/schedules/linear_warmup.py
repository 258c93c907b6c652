"""Learning rates that rise at the start."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.schedules.base import Length, Run, Schedule, as_numbers, length
from engine.settings import setting
from engine.tensor.spec import Array


class LinearWarmup(Schedule):
    """Rises in a straight line from a share of the learning rate to all of it, and stays.

    Keeps the first steps, when gradients are wild, from doing harm. For a fall afterwards take CosineDecay with a
    warm-up.
    """

    label: ClassVar[str] = "Linear warm-up"
    summary: ClassVar[str] = "Rises in a straight line at the start, then stays"
    formula: ClassVar[str] = "rate = learning rate · (start + (1 - start) · min(1, step / warmup_steps))"
    source: ClassVar[str] = "PyTorch, torch.optim.lr_scheduler.LinearLR"
    aliases: ClassVar[tuple[str, ...]] = ("warmup", "warm-up", "LinearLR")

    warmup_steps: Length = setting(0.1, "Warm-up", "steps; below 1 a share of the run", gt=0.0, le=1e9)
    start_factor: float = setting(
        0.0, "Start", "share of the learning rate in the first step", ge=0.0, le=1.0
    )

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula."""
        done = np.minimum(1.0, as_numbers(steps) / length(self.warmup_steps, run))
        rates: Array = run.learning_rate * (self.start_factor + (1.0 - self.start_factor) * done)
        return rates
