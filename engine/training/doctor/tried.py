"""One step of the learning-rate finder, for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tried:
    """One step: its rate, its loss, and the moving average of the losses so far (bias corrected)."""

    rate: float
    loss: float
    average: float
