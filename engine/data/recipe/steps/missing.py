"""What stands for a missing cell: nothing (its row is left out), or a value that the training rows suggest."""

from __future__ import annotations

from typing import ClassVar

from engine.data.recipe.steps.base import FillState, Fitting, Missing
from engine.data.recipe.steps.gather import Moments, Sample, Tally
from engine.settings import setting
from engine.tensor.spec import Array

_INDICATOR = "a column of 0 and 1 beside it says which cells were missing"


class _Fixed:
    """Nothing is to be learned."""

    def __init__(self, fill: float | str | None) -> None:
        self._state = FillState(fill=fill)

    def add(self, values: Array) -> None:
        """Looks at nothing."""

    def state(self) -> FillState:
        """What was given."""
        return self._state


class Drop(Missing):
    """Rows in which the cell is missing are left out, of all parts. A row to predict for must have it."""

    summary: ClassVar[str] = "Leave such rows out"

    def begin(self) -> Fitting[FillState]:
        """Nothing to fit."""
        return _Fixed(None)


class Value(Missing):
    """A number or a text of one's own."""

    label: ClassVar[str] = "Own value"
    summary: ClassVar[str] = "A value of one's own"

    value: float | str = setting(0.0, "Value", "stands for missing cells")
    indicator: bool = setting(False, "Mark", _INDICATOR)

    def begin(self) -> Fitting[FillState]:
        """Nothing to fit."""
        return _Fixed(self.value)


class _MeanFitting:
    def __init__(self) -> None:
        self._moments = Moments()

    def add(self, values: Array) -> None:
        """More numbers."""
        self._moments.add(values)

    def state(self) -> FillState:
        """Their mean; 0 of none."""
        return FillState(fill=self._moments.mean)


class Mean(Missing):
    """The mean of the training rows."""

    summary: ClassVar[str] = "The mean"

    indicator: bool = setting(False, "Mark", _INDICATOR)

    def begin(self) -> Fitting[FillState]:
        """The mean, in one pass."""
        return _MeanFitting()


class _MedianFitting:
    def __init__(self) -> None:
        self._sample = Sample()

    def add(self, values: Array) -> None:
        """More numbers."""
        self._sample.add(values)

    def state(self) -> FillState:
        """Their median; 0 of none."""
        return FillState(fill=self._sample.quantiles(0.5)[0])


class Median(Missing):
    """The median of the training rows, which a few extreme values do not move; of a sample beyond a million rows."""

    summary: ClassVar[str] = "The median: not moved by extreme values"

    indicator: bool = setting(False, "Mark", _INDICATOR)

    def begin(self) -> Fitting[FillState]:
        """The median, in one pass."""
        return _MedianFitting()


class _ModeFitting:
    def __init__(self) -> None:
        self._tally = Tally()

    def add(self, values: Array) -> None:
        """More cells."""
        self._tally.add(values)

    def state(self) -> FillState:
        """The most frequent; 0 of none."""
        common = self._tally.most_common(1)
        return FillState(fill=common[0] if common else 0.0)


class Mode(Missing):
    """The most frequent value of the training rows."""

    label: ClassVar[str] = "Most frequent"
    summary: ClassVar[str] = "The most frequent value"

    indicator: bool = setting(False, "Mark", _INDICATOR)

    def begin(self) -> Fitting[FillState]:
        """Counts, in one pass."""
        return _ModeFitting()
