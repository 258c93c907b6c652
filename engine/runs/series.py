"""A series that grows while it is drawn, and what of it is worth drawing at a given width.

A long run has millions of values and a plot a thousand columns. Each column shows the least and the greatest value that
falls into it, so no peak is lost. The extremes of blocks of values are kept beside the values, on several levels, so that
looking over all of them costs no more than looking over a few; the moving average comes from running sums, so it costs
one subtraction a column however long its window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MOST_VALUES: Final = 1 << 20
"""Of a series; beyond, older values give way to the extremes of groups of them: 40 bytes each bound the memory."""

_FIRST_CAPACITY: Final = 256
_LEAST_TO_AVERAGE: Final = 100
_WINDOWS_PER_SERIES: Final = 64
_FANOUT: Final = 16
_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Outline:
    """What to draw of a series: the raw line, and its moving average or, without one, empty arrays."""

    x: Floats
    y: Floats
    mean_x: Floats
    mean_y: Floats


class Extremes:
    """The least and the greatest of each block of 16 values, and of each 16 blocks, and so on.

    Only whole blocks are in it; it follows an array that grows at its end.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[Floats, Floats]] = []
        self._sizes: list[int] = []

    @property
    def nbytes(self) -> int:
        """Bytes of all levels."""
        return sum(low.nbytes + high.nbytes for low, high in self._levels)

    def follow(self, values: Floats) -> None:
        """Takes in what has been added to `values`, shape (n,)."""
        low = high = values
        level = 0
        size = values.size
        while size >= _FANOUT:
            blocks = size // _FANOUT
            self._reserve(level, blocks)
            lows, highs = self._levels[level]
            known = self._sizes[level]
            new = slice(known * _FANOUT, blocks * _FANOUT)
            lows[known:blocks] = np.fmin.reduce(low[new].reshape(-1, _FANOUT), axis=1)
            highs[known:blocks] = np.fmax.reduce(high[new].reshape(-1, _FANOUT), axis=1)
            self._sizes[level] = blocks
            low, high, size, level = lows, highs, blocks, level + 1

    def cut(self, size: int) -> None:
        """Forgets the blocks with values from index `size` on."""
        for level in range(len(self._sizes)):
            size //= _FANOUT
            self._sizes[level] = min(self._sizes[level], size)

    def of_blocks(self, values: Floats, first: int, last: int, step: int) -> tuple[Floats, Floats]:
        """The extremes of blocks of `step` values from index `first` to `last`.

        Args:
            values: what is followed.
            first: a multiple of `step`, like `last`.
            last: the end.
            step: a power of two.
        """
        if last <= first:  # there may be no level of blocks that long
            return values[:0], values[:0]
        low = high = values
        level = 0
        while step >= _FANOUT:
            low, high = self._levels[level]
            first, last, step, level = first // _FANOUT, last // _FANOUT, step // _FANOUT, level + 1
        lows, highs = low[first:last], high[first:last]
        if step == 1:
            return lows, highs
        return (
            np.fmin.reduce(lows.reshape(-1, step), axis=1),
            np.fmax.reduce(highs.reshape(-1, step), axis=1),
        )

    def _reserve(self, level: int, blocks: int) -> None:
        if level == len(self._levels):
            self._levels.append((np.empty(blocks), np.empty(blocks)))
            self._sizes.append(0)
        lows, highs = self._levels[level]
        if lows.size < blocks:
            self._levels[level] = (_grown(lows, 2 * blocks), _grown(highs, 2 * blocks))


class Series:
    """Values over a position that never decreases (epochs).

    Values that are not finite are kept, drawn as gaps and left out of the average. A series of about `most` values
    and more keeps the newest, and of the older ones the first and the extremes of each few. `version` is another
    after each change.
    """

    def __init__(self, most: int = MOST_VALUES) -> None:
        self.version = 0
        self._most = most
        self._size = 0
        self._x: Floats = np.empty(_FIRST_CAPACITY)
        self._y: Floats = np.empty(_FIRST_CAPACITY)
        self._sum: Floats = np.zeros(_FIRST_CAPACITY + 1)
        self._count: NDArray[np.int64] = np.zeros(_FIRST_CAPACITY + 1, np.int64)
        self._extremes = Extremes()
        self._lowest: int | None = None
        self._highest: int | None = None

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

    @property
    def nbytes(self) -> int:
        """Bytes of the values and of all that is kept beside them."""
        arrays = (self._x, self._y, self._sum, self._count)
        return sum(array.nbytes for array in arrays) + self._extremes.nbytes

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
            self._cut(int(np.searchsorted(self.x, new_x[0])))
        self.version += 1
        part = max(1, self._most // _GROUP)
        for start in range(0, new_x.size, part):
            some_x, some_y = new_x[start : start + part], new_y[start : start + part]
            if self._size + some_x.size > self._most:
                self._thin()
            self._store(some_x, some_y)

    def lowest(self) -> int | None:
        """Index of the least finite value, of equal ones the first; None where none is finite."""
        return self._lowest

    def highest(self) -> int | None:
        """Index of the greatest finite value, of equal ones the first; None where none is finite."""
        return self._highest

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

    def outline(self, low: float, high: float, columns: int, means: int | None = None) -> Outline:
        """What to draw between the positions `low` and `high` on `columns` pixel columns.

        At most four times as many points come back as there are columns, however long the series is. Of the average,
        whose wide line costs by its points, at most `means` and more than half of that (unless there are fewer values);
        None: half the columns.
        """
        first = max(0, int(np.searchsorted(self.x, low)) - 1)
        last = min(self._size, int(np.searchsorted(self.x, high, side="right")) + 1)
        step = _power_of_two_above((last - first) / max(columns, 1))
        x, y = self._blocks(first, last, step) if step > 1 else (self.x[first:last], self.y[first:last])
        window = self.window()
        if window == 1 or first == last:
            return Outline(x, y, np.empty(0), np.empty(0))
        most = means or max(1, columns // 2)
        stride = 1 << max(0, int(np.ceil(np.log2((last - first) / most))))
        # multiples of the stride, so that the line stays where it is while it is dragged along
        ends = np.append(np.arange(first - first % stride, last - 1, stride), last - 1)
        return Outline(x, y, self._x[ends], self.mean_at(ends, window))

    def _blocks(self, first: int, last: int, step: int) -> tuple[Floats, Floats]:
        # Blocks start at multiples of their length, so that they stay the same while the series grows.
        first -= first % step
        blocks = (last - first - 1) // step  # the last one stays open, to end at the newest value
        whole = first + blocks * step
        y = np.empty(2 * blocks)
        y[0::2], y[1::2] = self._extremes.of_blocks(self._y, first, whole, step)
        x = self._x[first:whole:step].repeat(2)
        x[1::2] = self._x[first + step // 2 : whole : step]
        rest = self._y[whole:last]
        tail_y = [np.fmin.reduce(rest), np.fmax.reduce(rest), rest[-1]]
        tail_x = [self._x[whole], self._x[(whole + last) // 2], self._x[last - 1]]
        return np.append(x, tail_x), np.append(y, tail_y)

    # -- keeping -----------------------------------------------------------------------------------------
    def _store(self, new_x: Floats, new_y: Floats) -> None:
        start, end = self._size, self._size + new_x.size
        if end > self._x.size:
            self._grow(max(end, min(2 * self._x.size, self._most)))
        finite = np.isfinite(new_y)
        self._x[start:end], self._y[start:end] = new_x, new_y
        self._sum[start + 1 : end + 1] = self._sum[start] + np.cumsum(np.where(finite, new_y, 0.0))
        self._count[start + 1 : end + 1] = self._count[start] + np.cumsum(finite)
        self._size = end
        self._extremes.follow(self.y)
        self._note_best(start)

    def _grow(self, capacity: int) -> None:
        self._x, self._y = _grown(self._x, capacity), _grown(self._y, capacity)
        self._sum = _grown(self._sum, capacity + 1)
        self._count = np.concatenate((self._count, np.zeros(capacity + 1 - self._count.size, np.int64)))

    def _cut(self, size: int) -> None:
        self._size = size
        self._extremes.cut(size)
        self._lowest = self._highest = None
        self._note_best(0)

    def _note_best(self, start: int) -> None:
        """Looks for better values from index `start` on."""
        values = self._y[start : self._size]
        finite = np.isfinite(values)
        if not finite.any():
            return
        low = start + int(np.argmin(np.where(finite, values, np.inf)))
        high = start + int(np.argmax(np.where(finite, values, -np.inf)))
        if self._lowest is None or self._y[low] < self._y[self._lowest]:
            self._lowest = low
        if self._highest is None or self._y[high] > self._y[self._highest]:
            self._highest = high

    def _thin(self) -> None:
        """Keeps of each four older values the least and the greatest, in their order; first and last stay."""
        groups = (self._size - 2) // _GROUP
        end = 1 + groups * _GROUP
        values = self._y[1:end].reshape(groups, _GROUP)
        low = np.argmin(np.where(np.isnan(values), np.inf, values), axis=1)
        high = np.argmax(np.where(np.isnan(values), -np.inf, values), axis=1)
        high = np.where(low == high, (low + 1) % _GROUP, high)  # all alike, or none is a number
        pair = np.sort(np.stack((low, high), axis=1), axis=1)
        kept = np.concatenate(
            ([0], (1 + pair + _GROUP * np.arange(groups)[:, None]).ravel(), np.arange(end, self._size))
        )
        self._x[: kept.size], self._y[: kept.size] = self._x[kept], self._y[kept]
        self._sum[1 : kept.size + 1], self._count[1 : kept.size + 1] = (
            self._sum[kept + 1],
            self._count[kept + 1],
        )
        self._size = kept.size
        self._extremes.cut(0)
        self._extremes.follow(self.y)
        self._lowest = self._highest = None
        self._note_best(0)


def _power_of_two_above(number: float) -> int:
    return 1 if number <= 2 else int(2 ** np.ceil(np.log2(number)))


def _grown(values: Floats, capacity: int) -> Floats:
    larger = np.empty(capacity)
    larger[: values.size] = values
    return larger
