"""Learning rates given by hand, each up to a step."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from engine.schedules.base import Length, Run, Schedule, as_numbers, length
from engine.settings import setting
from engine.tensor.spec import Array

Boundary = Annotated[Length, Field(gt=0.0, le=1e9)]
Rate = Annotated[float, Field(ge=0.0, le=100.0)]


class PiecewiseConstantDecay(Schedule):
    """Takes the first learning rate up to and including the first boundary, then the second, and so on.

    For recipes that somebody wrote down.
    """

    label: ClassVar[str] = "Piecewise constant"
    summary: ClassVar[str] = "Learning rates of your own, each up to a step"
    formula: ClassVar[str] = "rate = valuesᵢ where boundariesᵢ₋₁ < step ≤ boundariesᵢ"
    source: ClassVar[str] = "Keras 3, keras.optimizers.schedules.PiecewiseConstantDecay"
    aliases: ClassVar[tuple[str, ...]] = ("piecewise", "MultiStepLR")

    boundaries: tuple[Boundary, ...] = setting(
        (0.5, 0.8), "Boundaries", "steps; below 1 shares of the run", min_length=1, max_length=1000
    )
    values: tuple[Rate, ...] = setting(
        (0.01, 0.001, 0.0001), "Learning rates", "one more than boundaries", min_length=2, max_length=1001
    )

    @model_validator(mode="after")
    def _one_more_value(self) -> Self:
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"There is one learning rate more than boundaries, received {len(self.values)} for "
                f"{len(self.boundaries)}; give {len(self.boundaries) + 1}."
            )
        kinds = {b >= 1 for b in self.boundaries}
        if len(kinds) > 1 or any(a >= b for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(
                f"Boundaries rise, and all are steps or all shares of the run, received {list(self.boundaries)}; "
                "sort them."
            )
        return self

    def rates(self, steps: Array, run: Run) -> Array:
        """As in the formula."""
        ends = [length(b, run) for b in self.boundaries]
        rates: Array = np.asarray(self.values)[np.searchsorted(ends, as_numbers(steps), side="left")]
        return rates
