"""How numbers are scaled. A network learns badly from a column in thousands beside one in thousandths."""

from __future__ import annotations

from typing import ClassVar

from engine.data.bundle import Curve
from engine.data.recipe.steps.base import Fitting, Numbers, NumberState
from engine.data.recipe.steps.gather import Moments, Sample
from engine.settings import setting
from engine.tensor.spec import Array


class _Standardizing:
    def __init__(self, curve: Curve | None = None) -> None:
        self._curve = curve
        self._moments = Moments()

    def add(self, values: Array) -> None:
        """More numbers."""
        self._moments.add(values if self._curve is None else self._curve.apply(values))

    def state(self) -> NumberState:
        """Mean and deviation."""
        return NumberState(mean=self._moments.mean, scale=self._moments.scale, curve=self._curve)


class Standardize(Numbers):
    """Mean 0 and standard deviation 1; the usual way."""

    summary: ClassVar[str] = "Mean 0, standard deviation 1; the usual way"
    formula: ClassVar[str] = "(v - mean) / deviation"
    aliases: ClassVar[tuple[str, ...]] = ("z_score",)

    def begin(self) -> Fitting[NumberState]:
        """Moments, in one pass."""
        return _Standardizing()


class _Ranging:
    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high
        self._moments = Moments()

    def add(self, values: Array) -> None:
        """More numbers."""
        self._moments.add(values)

    def state(self) -> NumberState:
        """The smallest number becomes `low`, the largest `high`."""
        if not self._moments.count or self._moments.high <= self._moments.low:
            return NumberState(mean=self._moments.mean)
        scale = (self._moments.high - self._moments.low) / (self._high - self._low)
        return NumberState(mean=self._moments.low - self._low * scale, scale=scale)


class MinMax(Numbers):
    """The smallest number of the training rows becomes 0, the largest 1."""

    label: ClassVar[str] = "Min-max"
    summary: ClassVar[str] = "From 0 to 1"
    formula: ClassVar[str] = "(v - min) / (max - min)"

    centred: bool = setting(False, "Centred", "from -1 to 1 instead")

    def begin(self) -> Fitting[NumberState]:
        """Smallest and largest, in one pass."""
        return _Ranging(-1.0 if self.centred else 0.0, 1.0)


class Log(Numbers):
    """The logarithm, then mean 0 and deviation 1: for prices, incomes, counts, whose large values drown the small ones."""

    label: ClassVar[str] = "Logarithm"
    summary: ClassVar[str] = "For numbers that spread over several powers of ten"
    formula: ClassVar[str] = "sign(v) ln(1 + |v|), or ln(v + shift); then as standardize"

    signed: bool = setting(True, "Signed", "also for negative numbers; 0 stays 0")
    shift: float = setting(
        0.0, "Shift", "added before the logarithm, if it is not signed; all numbers must be above -shift"
    )

    def begin(self) -> Fitting[NumberState]:
        """Moments of the logarithms, in one pass."""
        return _Standardizing(Curve("signed_log") if self.signed else Curve("log", self.shift))


class _Quartiles:
    def __init__(self) -> None:
        self._sample = Sample()
        self._moments = Moments()

    def add(self, values: Array) -> None:
        """More numbers."""
        self._sample.add(values)
        self._moments.add(values)

    def state(self) -> NumberState:
        """Median and the distance of the quartiles."""
        first, median, third = self._sample.quantiles(0.25, 0.5, 0.75)
        spread = third - first
        return NumberState(mean=median, scale=spread if spread > 0 else self._moments.scale)


class Robust(Numbers):
    """Median 0 and distance of the quartiles 1: extreme values do not decide. Of a sample beyond a million rows."""

    summary: ClassVar[str] = "Median 0, quartiles 1 apart; not moved by extreme values"
    formula: ClassVar[str] = "(v - median) / (q₇₅ - q₂₅)"

    def begin(self) -> Fitting[NumberState]:
        """Quartiles, in one pass."""
        return _Quartiles()


class _Nothing:
    """Nothing is to be learned."""

    def add(self, values: Array) -> None:
        """Looks at nothing."""

    def state(self) -> NumberState:
        """As they are."""
        return NumberState()


class AsIs(Numbers):
    """The numbers as they are."""

    label: ClassVar[str] = "None"
    summary: ClassVar[str] = "As they are"
    aliases: ClassVar[tuple[str, ...]] = ("none",)

    def begin(self) -> Fitting[NumberState]:
        """Nothing to fit."""
        return _Nothing()
