"""Sums over the steps of a run, turned into figures only when somebody asks: many figures are no means of figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.compiler.losses import ReportLayout
from engine.tensor.spec import Array

MOST_KEPT = 10_000  # sums that travel in a snapshot; more (the table of a hundred classes) are begun anew


@dataclass(frozen=True)
class Figures:
    """What some steps, or some rows, gave.

    Attributes:
        values: loss and metrics by name.
        arrays: metrics that are more than one number (a confusion matrix), by name.
    """

    values: dict[str, float] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)


class Sums:
    """Adds up what steps report.

    Args:
        layout: what the sums mean.
        steps, sums: to go on from, as `state` gave them.
    """

    def __init__(self, layout: ReportLayout, steps: int = 0, sums: Sequence[float] = ()) -> None:
        self._layout = layout
        known = len(sums) == layout.size
        self._steps = steps if known else 0
        self._sums: Array = np.array(sums, np.float64) if known else np.zeros(layout.size)

    def state(self) -> tuple[int, list[float]]:
        """Steps and sums since the last call of `take`; nothing where there are too many sums to keep."""
        return (self._steps, self._sums.tolist()) if self._layout.size <= MOST_KEPT else (0, [])

    def add(self, sums: Array, steps: int) -> None:
        """Take in the sums of `steps` steps."""
        self._steps += steps
        self._sums = self._sums + sums

    def take(self) -> Figures:
        """The figures since the last call."""
        found = Figures(self._layout.read(self._sums), self._layout.arrays(self._sums))
        self._steps, self._sums = 0, np.zeros(self._layout.size)
        return found
