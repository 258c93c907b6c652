"""Which rows are for training, validation and test: reproducible, and with every class in every part.

A random split of a small data set can leave a class out of the validation part altogether; then a good
network looks bad by chance. Here each part has each class in its share, to within a row.

Rows that follow each other in time are not shuffled: who has seen next year needs no skill to fill in this one.
"""

from __future__ import annotations

import numpy as np

from engine.data.bundle import Counts
from engine.data.errors import DataError
from engine.tensor.spec import Array


def split_counts(rows: int, validation_fraction: float, test_fraction: float) -> Counts:
    """Rows by part, rounded to the nearest; at least one row is left to train on if there is any."""
    validation = int(rows * validation_fraction + 0.5)
    test = min(int(rows * test_fraction + 0.5), rows - validation)
    train = rows - validation - test
    if train < 1 <= rows:
        validation, test, train = (validation - 1, test, 1) if validation else (validation, test - 1, 1)
    return Counts(train, validation, test)


def split_order(rows: int, classes: Array | None, rng: np.random.Generator) -> Array:
    """A random order of the rows, int64 (rows,), any piece of which holds every class in its share.

    Each class is shuffled and spread evenly over the whole length: its j-th of m rows stands at (j + u) / m,
        u random
    but the same for all rows of the class. Without `classes` (rows,) it is a plain shuffle.
    """
    shuffled = rng.permutation(rows)
    if classes is None:
        return shuffled
    position = np.empty(rows)
    for label in np.unique(classes):
        members = np.flatnonzero(classes[shuffled] == label)
        position[members] = (np.arange(len(members)) + rng.uniform()) / len(members)
    return shuffled[np.argsort(position, kind="stable")]


def split_in_time(
    rows: int, validation_fraction: float, test_fraction: float, overlap: int
) -> tuple[range, range, range]:
    """Training, validation and test rows, each part later than the one before.

    The last `overlap` rows of a part that another follows are in none: the values they predict belong to the next.

    Raises:
        DataError: a part that should have rows is no longer than the overlap.
    """
    counts = split_counts(rows, validation_fraction, test_fraction)
    parts, first = [], 0
    for count, later in (
        (counts.train, counts.validation + counts.test),
        (counts.validation, counts.test),
        (counts.test, 0),
    ):
        kept = count - overlap if count and later else count
        if count > 0 >= kept:
            raise DataError(
                f"Each part of a time series must be longer than the {overlap} windows that reach into the next part, "
                f"received {count}. Take a shorter horizon, or smaller or no validation and test parts."
            )
        parts.append(range(first, first + kept))
        first += count
    return parts[0], parts[1], parts[2]
