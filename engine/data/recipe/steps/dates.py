"""What is made of points in time: how late it is, and the cycles that people and seasons live by."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from engine.data.recipe.steps.base import Dates, DateState, Fitting
from engine.data.recipe.steps.gather import Moments
from engine.settings import setting
from engine.tensor.spec import Array

DAY = 86_400.0  # seconds
WEEK = 7 * DAY
YEAR = 365.2425 * DAY
_MONDAY = 4 * DAY  # 1970-01-05, the first Monday that is counted
_CYCLES = {"day": (DAY, 0.0), "week": (WEEK, _MONDAY), "year": (YEAR, 0.0)}


class _Timing:
    """Learns how time is scaled; what else is made of a date needs nothing."""

    def __init__(self, more: int) -> None:
        self._more = more
        self._moments = Moments()

    def add(self, values: Array) -> None:
        """More points in time."""
        self._moments.add(values)

    def state(self) -> DateState:
        """Of the time; the rest is as it is."""
        rest = (0.0,) * self._more, (1.0,) * self._more
        return DateState(mean=(self._moments.mean, *rest[0]), scale=(self._moments.scale, *rest[1]))


class Timestamp(Dates):
    """How late it is: seconds, scaled to mean 0 and deviation 1."""

    label: ClassVar[str] = "Time"
    summary: ClassVar[str] = "How late it is, as one number"

    def begin(self) -> Fitting[DateState]:
        """Moments, in one pass."""
        return _Timing(0)

    def apply(self, values: Array, state: DateState) -> Array:
        """Float64 (n, 1)."""
        scaled: Array = ((values - state.mean[0]) / state.scale[0])[:, np.newaxis]
        return scaled

    def names(self, column: str, state: DateState) -> tuple[str, ...]:
        """The column itself."""
        return (column,)


class Cycles(Dates):
    """How late it is, and where in the day, week and year: sine and cosine of each, so that December is beside January."""

    label: ClassVar[str] = "Time and cycles"
    summary: ClassVar[str] = "How late it is, and where in the day, the week, the year"

    day: bool = setting(False, "Time of day", "for data with hours")
    week: bool = setting(True, "Day of the week", "for what people do")
    year: bool = setting(True, "Time of the year", "for what follows the seasons")

    @property
    def _chosen(self) -> list[str]:
        return [name for name in _CYCLES if getattr(self, name)]

    def cycles(self) -> tuple[tuple[float, float], ...]:
        """Those that are chosen."""
        return tuple(_CYCLES[name] for name in self._chosen)

    def begin(self) -> Fitting[DateState]:
        """Moments, in one pass."""
        return _Timing(2 * len(self._chosen))

    def apply(self, values: Array, state: DateState) -> Array:
        """Float64 (n, 1 + 2 cycles): time, then sine and cosine of each cycle."""
        parts = [(values - state.mean[0]) / state.scale[0]]
        for name in self._chosen:
            length, begin = _CYCLES[name]
            angle = (values - begin) * (2 * math.pi / length)
            parts += [np.sin(angle), np.cos(angle)]
        return np.stack(parts, axis=1)

    def names(self, column: str, state: DateState) -> tuple[str, ...]:
        """The column itself, then two for each cycle."""
        waves = (f"{column} ({name} {wave})" for name in self._chosen for wave in ("sine", "cosine"))
        return (column, *waves)
