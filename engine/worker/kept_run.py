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

    @property
    def is_restless(self) -> bool:
        """Whether there is more to be shown of the weights of its end."""
        return self.control.looked_at is None and (self.control.news or self.trainer.picturing.restless)
