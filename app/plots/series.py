"""A series that grows while it is drawn, and what of it is worth drawing at a given width.

A long run has millions of values and a plot a thousand columns. Each column shows the least and the greatest
value that falls into it, so no peak is lost; the moving average comes from running sums, so it costs one
subtraction a column however long its window.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_FIRST_CAPACITY: Final = 256
_LEAST_TO_AVERAGE: Final = 100
_WINDOWS_PER_SERIES: Final = 64


@dataclass(frozen=True, slots=True)
class Outline:
    """What to draw of a series: the raw line, and its moving average or, without one, empty arrays."""

    x: Floats
    y: Floats
    mean_x: Floats
    mean_y: Floats


class Series:
    """Values over a position that never decreases (epochs).

    Values that are not finite are kept, drawn as gaps and left out of the average.
    """

    def __init__(self) -> None:
        self._size = 0
        self._x: Floats = np.empty(_FIRST_CAPACITY)
        self._y: Floats = np.empty(_FIRST_CAPACITY)
        self._sum: Floats = np.zeros(_FIRST_CAPACITY + 1)
        self._count: NDArray[np.int64] = np.zeros(_FIRST_CAPACITY + 1, np.int64)

    def __len__(self) -> int:
        return self._size

    @property
    def x(self) -> Floats:
        """Positions, shape (n,)."""
        return self._x[: self._size]

    @property
    def y(self) -> Floats:
        """Values, shape (n,)."""
        return self._y[: self._size]

    def append(self, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds values; `xs` and `ys` have shape (k,) or are numbers.

        Where the first new position lies before the last old one, training went back in time: what lay at and
        after it is forgotten first. Raises `ValueError` for different lengths or decreasing `xs`.
        """
        new_x, new_y = np.atleast_1d(np.asarray(xs, float)), np.atleast_1d(np.asarray(ys, float))
        if new_x.shape != new_y.shape or new_x.ndim != 1 or np.any(np.diff(new_x) < 0):
            raise ValueError(
                "A series takes as many values as positions, in increasing positions. "
                f"Received: shapes {new_x.shape} and {new_y.shape}."
            )
        if not new_x.size:
            return
        if self._size and new_x[0] < self._x[self._size - 1]:
            self._size = int(np.searchsorted(self.x, new_x[0]))
        self._store(new_x, new_y)

    def _store(self, new_x: Floats, new_y: Floats) -> None:
        start, end = self._size, self._size + new_x.size
        if end > self._x.size:
            self._grow(max(end, 2 * self._x.size))
        finite = np.isfinite(new_y)
        self._x[start:end], self._y[start:end] = new_x, new_y
        self._sum[start + 1 : end + 1] = self._sum[start] + np.cumsum(np.where(finite, new_y, 0.0))
        self._count[start + 1 : end + 1] = self._count[start] + np.cumsum(finite)
        self._size = end

    def _grow(self, capacity: int) -> None:
        self._x, self._y = np.resize(self._x, capacity), np.resize(self._y, capacity)
        self._sum, self._count = np.resize(self._sum, capacity + 1), np.resize(self._count, capacity + 1)

    def window(self) -> int:
        """How many values the moving average spans: about a 64th of the series, 1 for a short one (none)."""
        if self._size < _LEAST_TO_AVERAGE:
            return 1
        return int(2 ** np.ceil(np.log2(self._size / _WINDOWS_PER_SERIES)))

    def mean_at(self, indices: NDArray[np.int64], window: int) -> Floats:
        """Mean of the `window` values up to and including each index; NaN where none of them is finite."""
        after, before = indices + 1, np.maximum(indices + 1 - window, 0)
        counts = self._count[after] - self._count[before]
        sums = self._sum[after] - self._sum[before]
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    def nearest(self, position: float) -> int | None:
        """Index of the value nearest to `position`, or `None` for an empty series."""
        if not self._size:
            return None
        right = int(np.searchsorted(self.x, position))
        if right == 0:
            return 0
        if right == self._size:
            return self._size - 1
        return right if self._x[right] - position < position - self._x[right - 1] else right - 1

    def outline(self, low: float, high: float, columns: int) -> Outline:
        """What to draw between the positions `low` and `high` on `columns` pixel columns.

        At most four times as many points come back as there are columns, however long the series is.
        """
        first = max(0, int(np.searchsorted(self.x, low)) - 1)
        last = min(self._size, int(np.searchsorted(self.x, high, side="right")) + 1)
        step = _power_of_two_above((last - first) / max(columns, 1))
        x, y = self._extremes(first, last, step) if step > 1 else (self.x[first:last], self.y[first:last])
        window = self.window()
        if window == 1 or first == last:
            return Outline(x, y, np.empty(0), np.empty(0))
        ends = np.append(np.arange(first, last - 1, step), last - 1)
        return Outline(x, y, self._x[ends], self.mean_at(ends, window))

    def _extremes(self, first: int, last: int, step: int) -> tuple[Floats, Floats]:
        # Blocks start at multiples of their length, so that they stay the same while the series grows.
        first -= first % step
        blocks = (last - first - 1) // step  # the last one stays open, to end at the newest value
        whole = first + blocks * step
        body = self._y[first:whole].reshape(blocks, step)
        y = np.empty(2 * blocks)
        y[0::2], y[1::2] = np.fmin.reduce(body, axis=1), np.fmax.reduce(body, axis=1)
        x = self._x[first:whole:step].repeat(2)
        x[1::2] = self._x[first + step // 2 : whole : step]
        rest = self._y[whole:last]
        tail_y = [np.fmin.reduce(rest), np.fmax.reduce(rest), rest[-1]]
        tail_x = [self._x[whole], self._x[(whole + last) // 2], self._x[last - 1]]
        return np.append(x, tail_x), np.append(y, tail_y)


def _power_of_two_above(number: float) -> int:
    return 1 if number <= 2 else int(2 ** np.ceil(np.log2(number)))
