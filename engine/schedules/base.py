"""What a schedule is: the learning rate as a pure function of the step, so that a resumed run goes on exactly.

The host computes the rates of the next steps and feeds them to the program. A schedule starts from the optimizer's
learning rate unless it says another one, so that the two never contradict each other.
Names, defaults and formulas are those of Keras 3 where it has the schedule, of PyTorch where only it has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args

import numpy as np
from pydantic import AfterValidator

from engine.families import Family, Member
from engine.schedules.monitoring import Monitoring
from engine.settings import setting
from engine.tensor.spec import Array


@dataclass(frozen=True, slots=True)
class Run:
    """What a schedule may know: the optimizer's learning rate, and how many steps the whole run has."""

    learning_rate: float
    steps: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a schedule that watches the training has seen so far; part of every snapshot.

    Attributes:
        factor: that the learning rate is multiplied by.
        best: value of the watched figure, None before the first.
        wait: epochs without a better one.
        cooldown: epochs that still pass unwatched.
    """

    factor: float = 1.0
    best: float | None = None
    wait: int = 0
    cooldown: int = 0


def _steps_or_share(value: float) -> float:
    if value >= 1 and value != int(value):
        raise ValueError(
            f"Steps are a whole number, or below 1 a share of the run, received {value}; take {round(value)}."
        )
    return value


Length = Annotated[float, AfterValidator(_steps_or_share)]
"""A time in steps; below 1, as a share of the run."""

WHOLE_RUN = "steps; below 1 a share of the run; empty: the whole run"


def initial_rate() -> Any:
    """The field of a schedule's first learning rate."""
    return setting(
        None,
        "Initial learning rate",
        "where it starts; empty: the optimizer's learning rate",
        advanced=True,
        ge=0.0,
        le=100.0,
    )


class Schedule(Member):
    """Base of all schedules."""

    @classmethod
    def key(cls) -> str:
        """The class name, as Keras writes it in files."""
        return cls.__name__

    def rates(self, steps: Array, run: Run) -> Array:
        """Learning rates.

        Args:
            steps: optimizer steps counted from 0, whole numbers of any shape.
            run: what the schedule is part of.

        Returns:
            float64, of the shape of `steps`.
        """
        raise NotImplementedError

    @property
    def counts_steps(self) -> bool:
        """Whether it is told in steps alone, so that it is the same in a run of any length."""
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if _is_length(info.annotation, info.metadata):
                values = value if isinstance(value, tuple) else (value,)
                if any(v is None or 0.0 < v < 1.0 for v in values):
                    return False
        return self.monitoring() is None

    def monitoring(self) -> Monitoring | None:
        """The figure that it looks at, if it does."""
        return None

    def noticing(
        self, seen: Noticed, values: Mapping[str, float], rate: float, epoch: int, epochs: int
    ) -> Noticed:
        """What the schedule knows after a validation; most do not look at it.

        Args:
            seen: what it knew.
            values: figures of the epoch, those of the validation with the prefix `val_`.
            rate: learning rate at the end of the epoch, `seen.factor` included.
            epoch: number of epochs that are done.
            epochs: since the last validation.
        """
        return seen


SCHEDULES = Family(Schedule, "engine.schedules", "schedule")
AnySchedule = Annotated[Schedule, SCHEDULES]
"""The type of a setting that chooses a schedule."""


def _is_length(annotation: Any, metadata: Sequence[Any] = ()) -> bool:
    """Whether a setting is a `Length`, or holds some."""
    checks = [*metadata, *getattr(annotation, "__metadata__", ())]
    return any(isinstance(c, AfterValidator) and c.func is _steps_or_share for c in checks) or any(
        _is_length(inner) for inner in get_args(annotation)
    )


def length(value: float | None, run: Run) -> float:
    """A `Length` in steps, at least one; None is the whole run."""
    steps = run.steps if value is None else value if value >= 1 else round(value * run.steps)
    return float(max(1, steps))


def start(rate: float | None, run: Run) -> float:
    """The first learning rate: the schedule's own, or the optimizer's."""
    return run.learning_rate if rate is None else rate


def as_numbers(steps: Array) -> Array:
    """Steps as float64."""
    return np.asarray(steps, np.float64)
