"""What the plan must know of a column beyond its kind: counted from the cells, or taken from a profile.

Only the shape of a recipe depends on it (whether words are few enough for columns of their own), never what a step learns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.recipe.steps.base import is_missing
from engine.data.sources.base import Kind
from engine.tensor.spec import Array

MOST_DISTINCT = 1_000  # different values that are told apart
_SAMPLED = 20_000  # first values among which it is looked for twins


@dataclass(frozen=True)
class ColumnFacts:
    """Facts on one column of single cells.

    Attributes:
        rows, missing: numbers of cells.
        distinct: different values; None for more than can be told apart.
        values: these values, in order, as long as they can be told apart; numbers or texts.
        low, high: of numbers and dates.
        whole: whether all numbers are whole.
        skew: (mean - median) / deviation, in effect: how far large values stretch; 0 where it is not known.
        wordy: share of cells with more than one word.
        ascending: whether each number or date is larger than the one before.
        unlike: share of different values among the first ones; 0 where it is not known.
        letters: of a text, on average.
    """

    rows: int
    missing: int = 0
    distinct: int | None = None
    values: tuple[float | str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    skew: float = 0.0
    wordy: float = 0.0
    ascending: bool = False
    unlike: float = 0.0
    letters: float = 0.0

    @property
    def known(self) -> int:
        """Cells that have a value."""
        return self.rows - self.missing

    @property
    def constant(self) -> bool:
        """Whether there is at most one value."""
        return self.distinct is not None and self.distinct <= 1

    @property
    def counts_up(self) -> bool:
        """Whether the numbers are 0, 1, 2 .. or 1, 2, 3 .. without a gap."""
        if not self.whole or self.distinct is None or self.distinct < 2:
            return False
        return self.low in (0.0, 1.0) and self.high - self.low + 1 == self.distinct


Facts = Mapping[str, ColumnFacts]


class Survey:
    """Counts the facts of one column, block by block."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._rows = self._missing = self._several = self._letters = 0
        self._values: set[float | str] | None = set()
        self._low, self._high = np.inf, -np.inf
        self._whole = self._ascending = True
        self._last = -np.inf
        self._sums = np.zeros(
            3
        )  # count, sum, sum of cubes are not needed: mean and median of a sample suffice
        self._sample: Array = np.empty(0)
        self._first: set[float | str] = set()
        self._looked_at = 0

    def add(self, values: Array) -> None:
        """Some more cells (n,)."""
        missing = is_missing(values)
        known = values[~missing]
        self._rows += len(values)
        self._missing += int(missing.sum())
        if not known.size:
            return
        if self._kind is Kind.TEXT:
            self._several += int((np.strings.find(known, " ") > 0).sum())
            self._letters += int(np.strings.str_len(known).sum())
        else:
            self._add_numbers(known)
        some = known[: max(0, _SAMPLED - self._looked_at)].tolist()
        self._first.update(some)
        self._looked_at += len(some)
        if self._values is not None:
            self._values.update(np.unique(known).tolist())
            if len(self._values) > MOST_DISTINCT:
                self._values = None

    def _add_numbers(self, known: Array) -> None:
        self._low, self._high = min(self._low, float(known.min())), max(self._high, float(known.max()))
        self._whole = self._whole and bool((known == np.floor(known)).all())
        if self._ascending:
            self._ascending = bool(known[0] > self._last and (np.diff(known) > 0).all())
            self._last = float(known[-1])
        if len(self._sample) < MOST_DISTINCT:
            self._sample = np.concatenate([self._sample, known[:MOST_DISTINCT]])

    def facts(self) -> ColumnFacts:
        """What was found."""
        texts = self._kind is Kind.TEXT
        known = self._rows - self._missing
        values = tuple(sorted(self._values)) if self._values is not None else ()
        return ColumnFacts(
            self._rows,
            self._missing,
            None if self._values is None else len(self._values),
            values,
            0.0 if texts or not known else float(self._low),
            0.0 if texts or not known else float(self._high),
            not texts and self._whole,
            self._skew(),
            self._several / known if texts and known else 0.0,
            not texts and self._ascending and known > 1,
            len(self._first) / self._looked_at if self._looked_at else 0.0,
            self._letters / known if texts and known else 0.0,
        )

    def _skew(self) -> float:
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # of numbers that are refused when they are written
            spread = float(self._sample.std()) if self._sample.size else 0.0
            skew = float(self._sample.mean() - np.median(self._sample)) / spread if spread else 0.0
        return skew if np.isfinite(skew) else 0.0
