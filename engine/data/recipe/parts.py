"""Which rows are for training, validation and test, in each of the ways a recipe offers. Rows are numbered from 0 here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.errors import DataError
from engine.data.random import generator
from engine.data.recipe.guesses import SPLIT_WORDS
from engine.data.split import split_counts, split_order
from engine.tensor.spec import Array


@dataclass(frozen=True, eq=False)
class Parts:
    """The rows of each part, int64, in the order in which they are stored."""

    train: Array
    validation: Array
    test: Array

    @property
    def order(self) -> Array:
        """All of them, one part after the other."""
        return np.concatenate([self.train, self.validation, self.test])

    @property
    def counts(self) -> tuple[int, int, int]:
        """Rows of each part."""
        return len(self.train), len(self.validation), len(self.test)


@dataclass(frozen=True)
class Shares:
    """How much of the rows is held out, and the seed of chance."""

    validation: float
    test: float
    seed: int


def by_chance(rows: int, classes: Array | None, shares: Shares) -> Parts:
    """Random rows; with `classes` (rows,), every class in its share in each part."""
    counts = split_counts(rows, shares.validation, shares.test)
    order = split_order(rows, classes, generator(shares.seed, "split"))
    return _cut(order, counts.train, counts.validation)


def by_time(stamps: Array | None, rows: int, shares: Shares) -> Parts:
    """The latest rows for the test, those before for validation. `stamps` (rows,) say when; None: rows are in time."""
    counts = split_counts(rows, shares.validation, shares.test)
    order = np.arange(rows) if stamps is None else np.argsort(stamps, kind="stable")
    return _cut(order, counts.train, counts.validation)


def by_group(groups: Array, shares: Shares, column: str) -> Parts:
    """Whole groups, by chance. `groups` (rows,) are numbers from 0 on.

    Raises:
        DataError: there are fewer groups than parts.
    """
    sizes = np.bincount(groups)
    wanted = 1 + (shares.validation > 0) + (shares.test > 0)
    if len(sizes) < wanted:
        raise DataError(
            f"A split by group needs at least {wanted} groups, one for each part; {column!r} has {len(sizes)}. "
            "Take another column or another split."
        )
    shuffled = generator(shares.seed, "split groups").permutation(len(sizes))
    part_of = np.zeros(len(sizes), np.int64)
    place = 0
    for part, share in ((2, shares.test), (1, shares.validation)):
        later = 1 + (part == 2 and shares.validation > 0)  # groups that the parts to come need
        aim, taken = share * len(groups), 0
        while share > 0 and place < len(sizes) - later:
            size = int(sizes[shuffled[place]])
            if taken and taken + size - aim > aim - taken:
                break
            part_of[shuffled[place]] = part
            taken, place = taken + size, place + 1
            if taken >= aim:
                break
    return _shuffled(part_of[groups], shares.seed)


def by_words(words: Array, shares: Shares, column: str) -> Parts:
    """As a column says: train, validation and test, in one of their usual spellings.

    Raises:
        DataError: another word, or no row for training.
    """
    distinct, inverse = np.unique(words, return_inverse=True)
    parts: Mapping[str, int] = {"train": 0, "validation": 1, "test": 2}
    numbers = []
    for word in distinct.tolist():
        part = SPLIT_WORDS.get(str(word).strip().lower())
        if part is None:
            raise DataError(
                f"The column of the split must say train, validation or test; {column!r} says {word!r}. "
                "Correct it, or take another split."
            )
        numbers.append(parts[part])
    found = np.array(numbers, np.int64)[inverse]
    if not (found == 0).any():
        raise DataError(f"There must be rows to train on; {column!r} says train in none. Take another split.")
    return _shuffled(found, shares.seed)


def _cut(order: Array, train: int, validation: int) -> Parts:
    return Parts(order[:train], order[train : train + validation], order[train + validation :])


def _shuffled(part_of: Array, seed: int) -> Parts:
    """Each part in an order of its own: neighbours in a file are alike."""
    order = generator(seed, "split").permutation(len(part_of))
    parts = part_of[order]
    return Parts(order[parts == 0], order[parts == 1], order[parts == 2])


def resampled(train: Array, classes: Array, seed: int) -> Array:
    """The training rows with those of rarer classes repeated until all classes have as many; shuffled.

    Args:
        train: rows.
        classes: of all rows.
        seed: of chance.
    """
    rng = generator(seed, "resample")
    labels = classes[train]
    most = int(np.bincount(labels).max())
    drawn = []
    for label in np.unique(labels):
        members = train[labels == label]
        times, rest = divmod(most, len(members))
        drawn += [np.tile(members, times), rng.permutation(members)[:rest]]
    everything = np.concatenate(drawn)
    shuffled: Array = everything[rng.permutation(len(everything))]
    return shuffled
