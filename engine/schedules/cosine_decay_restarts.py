"""Learning rates that fall along half a wave again and again."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from engine.schedules.base import Length, Run, Schedule, as_numbers, initial_rate, length, start
from engine.settings import setting
from engine.tensor.spec import Array


class CosineDecayRestarts(Schedule):
    """Lowers the learning rate along half a cosine, jumps back up, and does so again over a longer time.

    Each restart shakes the network out of where it has settled; the end of each wave is a good moment to stop.
    """

    label: ClassVar[str] = "Cosine decay with restarts"
    summary: ClassVar[str] = "Falls along half a cosine again and again"
    formula: ClassVar[str] = (
        "rate = initial · ((1 - alpha) · m_mulⁱ · ½ · (1 + cos(π · done)) + alpha), done: share of the i-th wave"
    )
    source: ClassVar[str] = (
        "Loshchilov and Hutter, SGDR, 2016; Keras 3, keras.optimizers.schedules.CosineDecayRestarts"
    )
    aliases: ClassVar[tuple[str, ...]] = ("warm restarts", "SGDR", "CosineAnnealingWarmRestarts")

    initial_learning_rate: float | None = initial_rate()
    first_decay_steps: Length = setting(
        0.15, "First wave", "steps; below 1 a share of the run", gt=0.0, le=1e9
    )
    t_mul: float = setting(
        2.0, "Longer each time", "factor on the length of each next wave", ge=1.0, le=100.0
    )
    m_mul: float = setting(1.0, "Lower each time", "factor on the height of each next wave", gt=0.0, le=10.0)
    alpha: float = setting(0.0, "Alpha", "share of the rate that is left at the end", ge=0.0, le=1.0)

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula."""
        time = as_numbers(steps) / length(self.first_decay_steps, run)
        wave, done = self._place(time)
        height = np.power(self.m_mul, wave) * 0.5 * (1.0 + np.cos(math.pi * done))
        rates: Array = start(self.initial_learning_rate, run) * ((1.0 - self.alpha) * height + self.alpha)
        return rates

    def _place(self, time: Array) -> tuple[Array, Array]:
        """Number of the wave, and share of it that is over, at a time in lengths of the first wave."""
        if self.t_mul == 1.0:
            wave: Array = np.floor(time)
            return wave, time - wave
        # The waves before the i-th last (1 - t^i) / (1 - t). The tiny share makes a rounded-down logarithm whole.
        wave = np.floor(np.log(1.0 + time * (self.t_mul - 1.0)) / math.log(self.t_mul) + 1e-9)
        longer = np.power(self.t_mul, wave)
        return wave, np.maximum(0.0, (time - (longer - 1.0) / (self.t_mul - 1.0)) / longer)
