"""A learning rate that is lowered when training stops getting better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from engine.schedules.base import Noticed, Run, Schedule
from engine.schedules.monitoring import Monitoring
from engine.settings import setting
from engine.tensor.spec import Array


class ReduceLROnPlateau(Schedule, Monitoring):
    """Lowers the learning rate whenever the validation has not got better for some epochs.

    Needs no knowledge of how long training will take. Give it more epochs than early stopping is patient for, or
    the run ends before the lower rate can help.
    """

    label: ClassVar[str] = "Reduce on plateau"
    summary: ClassVar[str] = "Falls by a factor when the validation stops getting better"
    formula: ClassVar[str] = "rate ← max(rate · factor, min_lr) after `patience` epochs without improvement"
    source: ClassVar[str] = "Keras 3, keras.callbacks.ReduceLROnPlateau"
    aliases: ClassVar[tuple[str, ...]] = ("plateau",)

    factor: float = setting(0.1, "Factor", "what is left of the rate each time", gt=0.0, lt=1.0)
    patience: int = setting(10, "Patience", "epochs without improvement", ge=1, le=100_000)
    min_delta: float = setting(
        1e-4, "Least change", "what changes by less is no improvement", advanced=True, ge=0.0, le=1e9
    )
    cooldown: int = setting(0, "Cool-down", "epochs to wait after each fall", advanced=True, ge=0, le=100_000)
    min_lr: float = setting(0.0, "Lowest", "the rate falls no further", ge=0.0, le=100.0)

    def rates(self, steps: Array, run: Run) -> Array:
        """The optimizer's; what was noticed multiplies it."""
        return np.full(np.shape(steps), run.learning_rate)

    def monitoring(self) -> Monitoring:
        """Its own."""
        return self

    def noticing(
        self, seen: Noticed, values: Mapping[str, float], rate: float, epoch: int, epochs: int
    ) -> Noticed:
        """Count the epochs without improvement; lower the rate when there were too many."""
        value = self.value(values)
        if value is None:
            return seen
        if seen.cooldown > 0:
            seen = replace(seen, cooldown=max(0, seen.cooldown - epochs), wait=0)
        if self.improves(value, seen.best):
            return replace(seen, best=value, wait=0)
        if seen.cooldown > 0:
            return seen
        seen = replace(seen, wait=seen.wait + epochs)
        if seen.wait < self.patience or rate <= self.min_lr:
            return seen
        lower = max(rate * self.factor, self.min_lr)
        return replace(seen, factor=seen.factor * lower / rate, wait=0, cooldown=self.cooldown)
