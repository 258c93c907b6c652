"""Learning rates that fall along half a wave, after a warm-up."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from engine.schedules.base import WHOLE_RUN, Length, Run, Schedule, as_numbers, initial_rate, length, start
from engine.settings import setting
from engine.tensor.spec import Array


class CosineDecay(Schedule):
    """Lowers the learning rate along half a cosine: slowly at first, fast in the middle, gently at the end.

    The usual choice for a run whose length is known. Large networks like a warm-up before it: the rate rises in a
    straight line from the initial one to the target, and falls from there.
    """

    label: ClassVar[str] = "Cosine decay"
    summary: ClassVar[str] = "Falls along half a cosine, after a warm-up if wanted"
    formula: ClassVar[str] = "rate = initial · ((1 - alpha) · ½ · (1 + cos(π · step / decay_steps)) + alpha)"
    source: ClassVar[str] = (
        "Loshchilov and Hutter, SGDR, 2016; Keras 3, keras.optimizers.schedules.CosineDecay"
    )
    aliases: ClassVar[tuple[str, ...]] = ("cosine", "CosineAnnealingLR")

    initial_learning_rate: float | None = initial_rate()
    decay_steps: Length | None = setting(
        None,
        "Decay time",
        "steps; below 1 a share of the run; empty: what the warm-up leaves",
        gt=0.0,
        le=1e9,
    )
    alpha: float = setting(0.0, "Alpha", "share of the rate that is left at the end", ge=0.0, le=1.0)
    warmup_target: float | None = setting(
        None, "Warm-up target", "learning rate that the warm-up leads to; empty: no warm-up", ge=0.0, le=100.0
    )
    warmup_steps: Length = setting(0.0, "Warm-up", WHOLE_RUN.rpartition(";")[0], ge=0.0, le=1e9)

    @model_validator(mode="after")
    def _warmup_is_whole(self) -> Self:
        if (self.warmup_target is None) != (self.warmup_steps == 0):
            missing, present = ("Warm-up target", "Warm-up")
            if self.warmup_target is not None:
                missing, present = present, missing
            raise ValueError(
                f"A warm-up has a time and a target, received only its {present.lower()}; set {missing} too."
            )
        return self

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula, with `step` counted from the end of the warm-up."""
        x, first = as_numbers(steps), start(self.initial_learning_rate, run)
        warmup = length(self.warmup_steps, run) if self.warmup_target is not None else 0.0
        top = first if self.warmup_target is None else self.warmup_target
        whole = max(1.0, run.steps - warmup) if self.decay_steps is None else length(self.decay_steps, run)
        wave = 0.5 * (1.0 + np.cos(math.pi * np.clip((x - warmup) / whole, 0.0, 1.0)))
        falling = top * ((1.0 - self.alpha) * wave + self.alpha)
        if not warmup:
            return np.asarray(falling)
        return np.where(x < warmup, first + (top - first) * x / warmup, falling)
