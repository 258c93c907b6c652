"""Which rows are for training, validation and test: reproducible, and with every class in every part.

A random split of a small data set can leave a class out of the validation part altogether; then a good
network looks bad by chance. Here each part has each class in its share, to within a row.
"""

from __future__ import annotations

import numpy as np

from engine.data.bundle import Counts
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
