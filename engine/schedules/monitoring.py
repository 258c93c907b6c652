"""Which figure of a run says whether it gets better: what early stopping, the best weights and plateaus look at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from engine.objectives.registry import metrics
from engine.settings import Settings, setting

VALIDATION = "val_"


class Monitoring(Settings):
    """A figure and what counts as an improvement of it, as in Keras' callbacks."""

    monitor: str = setting(
        "val_loss",
        "Watch",
        "figure that is to get better: val_loss, val_accuracy, loss ..",
        min_length=1,
        max_length=200,
    )
    mode: Literal["auto", "min", "max"] = setting(
        "auto", "Better is", "smaller (min) or greater (max); auto knows it of every metric"
    )
    min_delta: float = setting(0.0, "Least change", "what changes by less is no improvement", ge=0.0, le=1e9)

    @property
    def greater(self) -> bool:
        """Whether a greater value is a better one."""
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix(VALIDATION)
        owners = [n for n in metrics() if name == n or name.endswith(f"_{n}")]  # `<target>_accuracy`, too
        return bool(owners) and metrics()[max(owners, key=len)].greater_is_better

    def value(self, values: Mapping[str, float]) -> float | None:
        """The figure among those of an epoch; without validation data that of the training, None if unknown."""
        return values.get(self.monitor, values.get(self.monitor.removeprefix(VALIDATION)))

    def improves(self, value: float, best: float | None) -> bool:
        """Whether `value` is better than `best`; the first one is, what is not a number never."""
        if math.isnan(value):
            return False
        if best is None:
            return True
        return value - self.min_delta > best if self.greater else value + self.min_delta < best
