"""In which order training sees the examples.

The rows of all epochs, each in an order of its own, form one endless stream that is cut into batches. So every batch
has the same size, every example is seen once an epoch, and none is left out at an epoch's end.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.data.random import Permutations
from engine.tensor.spec import Array


class BatchOrder:
    """Row indices of any step, computed when asked for: the same seed gives the same order everywhere.

    Args:
        seed: of the run.
        rows: of the training part; indices are those of the whole data set.
        batch: examples a step.
        origin: a step, and how many rows of the stream the steps before it took (with batches of another size).
    """

    def __init__(self, seed: int, rows: range, batch: int, origin: tuple[int, int] = (0, 0)) -> None:
        self._rows = rows
        self._batch = batch
        self.origin = origin
        orders = Permutations(seed)
        self._epoch = lru_cache(maxsize=2)(
            lambda epoch: orders.epoch(epoch, len(rows)) + np.int32(rows.start)
        )

    @property
    def steps_per_epoch(self) -> float:
        """Batches in an epoch; not whole in general."""
        return len(self._rows) / self._batch

    def last_step(self, epoch: int) -> int:
        """The number of steps after which `epoch` epochs are complete."""
        step, row = self.origin
        return step - (row - epoch * len(self._rows)) // self._batch

    def row(self, step: int) -> int:
        """How many rows of the stream the steps before this one take."""
        return self.origin[1] + (step - self.origin[0]) * self._batch

    def epochs(self, step: int) -> float:
        """Epochs done before this step, with the fraction of the one that runs."""
        return self.row(step) / len(self._rows)

    def whole_epochs(self, step: int) -> int:
        """Epochs that are complete before this step."""
        return self.row(step) // len(self._rows)

    def batches(self, start: int, steps: int) -> Array:
        """Row indices of `steps` steps from step `start` on: int32 (steps, batch)."""
        n = len(self._rows)
        first, stop = self.row(start), self.row(start + steps)
        parts = []
        while first < stop:
            epoch, offset = divmod(first, n)
            part = self._epoch(max(epoch, 0))[offset : offset + stop - first]
            parts.append(part)
            first += len(part)
        return np.concatenate(parts).reshape(steps, self._batch)
