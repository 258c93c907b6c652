"""What is told of variants that train side by side: small, plain, picklable records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.training.reports import Snapshot


@dataclass(frozen=True)
class ManyStarted:
    """All variants are on the device; the first step is about to run.

    Attributes:
        device: what the chip says.
        launches: in how many launches a step of all of them is done; as many as there are variants where they train one
            after the other.
        side: points of a plane in each direction; 0 where none is looked at.
        metric: name of the figure of validation that is told beside the loss; "" without one.
    """

    device: str
    variants: int
    launches: int
    steps: int
    side: int = 0
    metric: str = ""


@dataclass(frozen=True, eq=False)
class ManyProgress:
    """How all variants do.

    Attributes:
        step: steps taken.
        epochs: epochs done by each, float64 (n,).
        losses: training losses since the last report, float64 (n,); not a number where one broke.
        validation: validation losses, float64 (n,); empty without validation.
        metrics: of validation (an accuracy, say), float64 (n,); empty without one.
        planes: uint8 (n, 2, side, side), as `Looks.plane` gives them; None where there are none.
        steps_per_s: of each variant.
    """

    step: int
    epochs: Array
    losses: Array
    validation: Array
    metrics: Array
    planes: Array | None
    steps_per_s: float


@dataclass(frozen=True, eq=False)
class ManyTaken:
    """All of a variant's states, for whoever goes on with it."""

    variant: int
    snapshot: Snapshot


@dataclass(frozen=True)
class ManyEnded:
    """They are done, or were stopped; `step` steps were taken by each."""

    reason: str
    step: int
    seconds: float


ManyReport = ManyStarted | ManyProgress | ManyTaken | ManyEnded
