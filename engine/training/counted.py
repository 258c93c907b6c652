"""What the counts of a confusion matrix say: how much is right, which class is most frequent, what goes wrong most."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from engine.tensor.spec import Array


@dataclass(frozen=True, eq=False)
class Counted:
    """Counts of shape (classes, classes): true classes in rows, predicted ones in columns."""

    counts: Array = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    @classmethod
    def of(cls, counts: ArrayLike, classes: int) -> Counted:
        """From anything that NumPy takes for a matrix.

        Raises:
            ValueError: it has another shape than so many classes need.
        """
        matrix = np.asarray(counts).astype(np.int64)
        if matrix.shape != (classes, classes):
            raise ValueError(
                "A confusion matrix has one row and one column a class. "
                f"Received: {matrix.shape} for {classes} classes."
            )
        return cls(matrix)

    def __len__(self) -> int:
        """How many classes there are."""
        return len(self.counts)

    def at(self, row: int, column: int) -> int:
        """How many of the class `row` were taken for `column`."""
        return int(self.counts[row, column])

    def of_class(self, row: int) -> int:
        """How many there are of a class."""
        return int(self.counts[row].sum())

    def share(self, row: int, column: int) -> float:
        """Of those of a class that were taken for another, from 0 to 1; 0 where there are none of it."""
        return self.at(row, column) / max(1, self.of_class(row))

    @property
    def total(self) -> int:
        """Of all classes."""
        return int(self.counts.sum())

    @property
    def right(self) -> int:
        """How many were recognized."""
        return int(np.trace(self.counts))

    @property
    def most_frequent(self) -> int:
        """The class that there is most of, the first of those that are equal."""
        return int(self.counts.sum(axis=1).argmax())

    @property
    def most_often_wrong(self) -> tuple[int, int] | None:
        """The most frequent mistake, as (row, column); None where all is right."""
        wrong = self.counts - np.diag(np.diag(self.counts))
        return divmod(int(wrong.argmax()), len(self)) if wrong.any() else None
