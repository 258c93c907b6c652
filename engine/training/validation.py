"""When a run is validated, and whose weights it ends with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.watch import Watch

STEPS_BETWEEN_VALIDATIONS = 100  # at least, where the run still gets a hundred validations
F = TypeVar("F")


def of_validation(figures: Mapping[str, F]) -> dict[str, F]:
    """Figures under the names that those of validation have."""
    return {f"val_{name}": figure for name, figure in figures.items()}


def validation_stride(steps_per_epoch: float, epochs: int) -> int:
    """Epochs between two validations: one, unless epochs are tiny and so many that a hundred validations remain.

    It depends on no clock, so that early stopping and the best epoch are the same in every run.
    """
    wanted = math.ceil(STEPS_BETWEEN_VALIDATIONS / steps_per_epoch)
    return max(1, min(wanted, epochs // 100))


def take_the_best(session: Session, watch: Watch, *, averaged: bool) -> str:
    """Take the weights of the best epoch, or the averages, where that is wished; a sentence if they are others.

    Args:
        session: that has ended.
        watch: knows the best epoch.
        averaged: whether averages may be taken.
    """
    if session.settings.keep_best:
        best = watch.memory.best_step
        if not watch.kept or best == session.step:
            return ""
        session.restore(watch.kept, session.step)
        return f"Kept the weights of step {best}, where {_monitored(session.settings)} was best."
    if averaged and session.take_average():
        return "The weights are the moving average of those of all steps."
    return ""


def _monitored(settings: TrainingSettings) -> str:
    """The watched figure in words."""
    name = settings.monitoring.monitor
    return "the validation loss" if name == "val_loss" else name
