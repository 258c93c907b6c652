"""The same learning rate throughout."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.schedules.base import Run, Schedule
from engine.tensor.spec import Array


class Constant(Schedule):
    """The optimizer's learning rate in every step.

    Where training works but does not settle at the end, try a schedule that lowers it, such as CosineDecay.
    """

    summary: ClassVar[str] = "The same learning rate in every step"
    formula: ClassVar[str] = "rate = learning rate"

    def rates(self, steps: Array, run: Run) -> Array:
        """The optimizer's."""
        return np.full(np.shape(steps), run.learning_rate)
