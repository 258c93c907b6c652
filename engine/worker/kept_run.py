"""A run that stays in the worker after its end, so that its past can be looked at and taken up again."""

from __future__ import annotations

from dataclasses import dataclass

from engine.training.control import Control
from engine.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class KeptRun:
    """What is left of a job.

    Attributes:
        job: its number.
        trainer: with its session, which stays open.
        control: of the trainer.
    """

    job: int
    trainer: Trainer
    control: Control
