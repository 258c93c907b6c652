"""What studies of a network tell: the learning rates that were tried."""

from __future__ import annotations

from dataclasses import dataclass

from engine.training.doctor.tried import Tried


@dataclass(frozen=True)
class RatesTried:
    """How the loss went while the learning rate grew.

    Attributes:
        tried: all steps so far.
        steps: that there are at most.
        suggested: the rate to take; None where the loss never fell, or nobody knows yet.
        over: whether that was all.
    """

    tried: tuple[Tried, ...]
    steps: int
    suggested: float | None = None
    over: bool = False
