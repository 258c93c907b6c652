"""What steps remember while training rows stream past: moments, quantiles and counts, in bounded memory."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from engine.data.recipe.steps.base import is_missing
from engine.tensor.spec import Array

MOST_KEPT = 1_000_000  # numbers that quantiles are exact for
MOST_COUNTED = 200_000  # different values that are counted
FEW_WORDS = 8  # looking for so many among texts takes less time than taking the texts out


class Moments:
    """Mean, deviation and range of numbers, block by block. Formula: Chan, Golub and LeVeque, 1979."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.low, self.high = math.inf, -math.inf
        self._squares = 0.0

    def add(self, values: Array) -> None:
        """Some more numbers (n,); NaN are left out."""
        known = values[~np.isnan(values)].astype(np.float64, copy=False)
        if not known.size:
            return
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused when it is written
            mean = float(known.mean())
            squares = float(((known - mean) ** 2).sum())
        both = self.count + known.size
        step = mean - self.mean
        self._squares += squares + step * step * self.count * known.size / both
        self.mean += step * known.size / both
        self.count = both
        self.low, self.high = min(self.low, float(known.min())), max(self.high, float(known.max()))

    @property
    def deviation(self) -> float:
        """Standard deviation, of all numbers as a population."""
        return math.sqrt(self._squares / self.count) if self.count else 0.0

    @property
    def scale(self) -> float:
        """The deviation; 1 where all numbers are the same but for the rounding of float32."""
        return self.deviation if self.deviation > 1e-7 * abs(self.mean) else 1.0


class Sample:
    """Every number up to a million; of more, every second, fourth .. one, so that the same rows give the same sample."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._stride = 1
        self._seen = 0
        self._parts: list[Array] = []
        self._kept = 0

    @property
    def exact(self) -> bool:
        """Whether every number was kept."""
        return self._stride == 1

    def add(self, values: Array) -> None:
        """Some more numbers (n,); NaN are left out."""
        known = values[~np.isnan(values)]
        first = -self._seen % self._stride
        part = known[first :: self._stride].astype(np.float64)
        self._seen += len(known)
        self._parts.append(part)
        self._kept += len(part)
        while self._kept > self._most:
            thinned = np.concatenate(self._parts)[::2].copy()
            self._parts, self._kept, self._stride = [thinned], len(thinned), 2 * self._stride

    def quantiles(self, *shares: float) -> tuple[float, ...]:
        """Numbers below which these shares (0 to 1) of all lie; 0 of none."""
        numbers = np.concatenate(self._parts) if self._parts else np.empty(0)
        if not numbers.size:
            return tuple(0.0 for _ in shares)
        return tuple(float(q) for q in np.quantile(numbers, shares))


def _counted(values: Array) -> Counter[str | float]:
    """How often each value occurs; a few words are looked for one by one, which is faster than to take them out."""
    if values.dtype.kind == "T" and values.size > FEW_WORDS:
        words = np.unique(values)
        if len(words) <= FEW_WORDS:
            each = zip(words.tolist(), words[:, np.newaxis], strict=True)
            return Counter({word: int(np.count_nonzero(values == cell)) for word, cell in each})
    return Counter(values.tolist())


class Tally:
    """How often each different value occurs; of more than can be counted, those met first."""

    def __init__(self, most: int = MOST_COUNTED) -> None:
        self._most = most
        self.counts: Counter[str | float] = Counter()
        self.uncounted = 0

    def add(self, values: Array) -> None:
        """Some more cells (n,); missing ones are left out."""
        known = values[~is_missing(values)]
        counted = _counted(known)
        if len(self.counts) + len(counted) <= self._most:
            self.counts.update(counted)
            return
        for value, count in counted.items():
            if value in self.counts or len(self.counts) < self._most:
                self.counts[value] += count
            else:
                self.uncounted += count

    def most_common(self, most: int) -> list[str | float]:
        """The most frequent values; of equally frequent ones the smaller first."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [value for value, _ in ranked[:most]]
