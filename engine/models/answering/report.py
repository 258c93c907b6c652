"""How right answers are, gathered block by block: figures for each class, or how far numbers are off.

Precision of a class: of the rows that were taken for it, the share that is. Recall: of its rows, the share that was found.
F1: 2PR / (P + R). Source: van Rijsbergen, Information retrieval, 1979. R²: 1 - Σ(t - p)² / Σ(t - mean)².
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.models.answering.table import Answer
from engine.tensor.spec import Array

TOP = 5
_LEAST = 1e-7  # of a probability, as in Keras
MOST_CONFUSED = 2_000  # classes of which a matrix is kept


@dataclass(frozen=True, eq=False)
class ClassReport:
    """Of a target of classes.

    Attributes:
        names: of the classes.
        confusion: int64 (classes, classes), rows are the truth.
        top: rows whose class was among the first five.
        log_loss: mean of -ln p of the true class.
        unknown: rows whose answer is none of the classes, which count nowhere.
    """

    target: str
    names: tuple[str, ...]
    confusion: Array
    top: int
    log_loss: float
    unknown: int = 0

    @property
    def rows(self) -> int:
        """That were compared."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(np.trace(self.confusion)) / max(1, self.rows)

    @property
    def precision(self) -> Array:
        """By class; 0 where nothing was taken for it."""
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> Array:
        """By class; 0 where there is none of it."""
        return _ratio(np.diag(self.confusion), self.support)

    @property
    def f1(self) -> Array:
        """By class."""
        return _ratio(2.0 * self.precision * self.recall, self.precision + self.recall)

    @property
    def support(self) -> Array:
        """Rows of each class."""
        found: Array = self.confusion.sum(axis=1)
        return found

    def figures(self) -> dict[str, float]:
        """Of all classes together, numbers of rows as int; means count the classes that occur."""
        there = self.support > 0
        shares = self.support / max(1, self.rows)
        found: dict[str, float] = {"rows": self.rows, "accuracy": self.accuracy, "log_loss": self.log_loss}
        if len(self.names) > TOP:
            found["top_5_accuracy"] = self.top / max(1, self.rows)
        for name, values in (("precision", self.precision), ("recall", self.recall), ("f1", self.f1)):
            found[f"macro_{name}"] = float(values[there].mean()) if there.any() else 0.0
            found[f"weighted_{name}"] = float((values * shares).sum())
        if self.unknown:
            found["unknown"] = self.unknown
        return found

    def table(self) -> tuple[list[str], list[list[object]]]:
        """A row a class."""
        columns = (self.precision, self.recall, self.f1)
        rows: list[list[object]] = [
            [name, *(float(values[k]) for values in columns), int(self.support[k])]
            for k, name in enumerate(self.names)
        ]
        return ["class", "precision", "recall", "f1", "support"], rows


@dataclass(frozen=True)
class NumberReport:
    """Of a number that is predicted, in the units of the data."""

    target: str
    rows: int
    mean_absolute_error: float
    root_mean_squared_error: float
    largest_error: float
    bias: float
    r2: float

    def figures(self) -> dict[str, float]:
        """By name."""
        return {
            "rows": self.rows,
            "mean_absolute_error": self.mean_absolute_error,
            "root_mean_squared_error": self.root_mean_squared_error,
            "r2": self.r2,
            "largest_error": self.largest_error,
            "bias": self.bias,
        }


Report = ClassReport | NumberReport


def _ratio(a: Array, b: Array) -> Array:
    found: Array = np.divide(a, b, out=np.zeros(len(a)), where=b > 0)
    return found


class ClassTally:
    """Counts classes, block by block."""

    def __init__(self, target: str, names: Sequence[str]) -> None:
        self._target, self._names = target, tuple(names)
        self._confusion: Array = np.zeros((len(names), len(names)), np.int64)
        self._top, self._loss, self._unknown = 0, 0.0, 0

    def add(self, answer: Answer, truth: Array) -> None:
        """Compare probabilities (n, .., k) with class numbers (n, ..); those below 0 are not known."""
        shares = answer.shares.reshape(-1, answer.shares.shape[-1])
        true = truth.reshape(-1)
        there = (true >= 0) & (true < shares.shape[1]) & np.isfinite(shares).all(axis=1)
        self._unknown += int((~there).sum())
        shares, true = shares[there], true[there]
        best = shares.argmax(axis=1) if len(true) else np.zeros(0, np.int64)
        np.add.at(self._confusion, (true, best), 1)
        own = shares[np.arange(len(true)), true]
        self._top += int(((shares > own[:, np.newaxis]).sum(axis=1) < TOP).sum())
        self._loss += float(-np.log(np.clip(own, _LEAST, 1.0)).sum())

    def reports(self) -> Iterator[Report]:
        """What came of it; nothing where no row could be compared."""
        rows = int(self._confusion.sum())
        if rows:
            yield ClassReport(
                self._target, self._names, self._confusion, self._top, self._loss / rows, self._unknown
            )


class NumberTally:
    """Sums errors of numbers, block by block, one report a column."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        width = len(names)
        self._rows: Array = np.zeros(width, np.int64)
        self._sums: Array = np.zeros((5, width))  # |e|, e², e, t, t²
        self._largest: Array = np.zeros(width)

    def add(self, answer: Answer, truth: Array) -> None:
        """Compare numbers (n, ..) with (n, k); those that are not finite are left out."""
        said = answer.values.reshape(len(truth), -1).astype(np.float64)
        true = truth.reshape(len(truth), -1)
        if said.shape != true.shape:
            return
        there = np.isfinite(said) & np.isfinite(true)
        error = np.where(there, said - true, 0.0)
        known = np.where(there, true, 0.0)
        self._rows += there.sum(axis=0)
        self._sums += np.stack([a.sum(axis=0) for a in (np.abs(error), error**2, error, known, known**2)])
        self._largest = np.maximum(self._largest, np.abs(error).max(axis=0, initial=0.0))

    def reports(self) -> Iterator[Report]:
        """One for each column with rows."""
        for k, name in enumerate(self._names):
            n = int(self._rows[k])
            if not n:
                continue
            absolute, squared, error, true, true_squared = (float(s[k]) for s in self._sums)
            spread = true_squared - true**2 / n
            r2 = 1.0 - squared / spread if spread > 1e-12 * max(1.0, true_squared) else float("nan")
            yield NumberReport(
                name, n, absolute / n, float(np.sqrt(squared / n)), float(self._largest[k]), error / n, r2
            )


def tally_for(answer: Answer, title: str = "") -> ClassTally | NumberTally | None:
    """What compares such answers with the truth, as people call those; None where there are too many classes."""
    target = answer.target
    title = title or target.name
    if target.class_names:
        names = answer.names
        return ClassTally(title, names) if len(names) <= MOST_CONFUSED else None
    names = target.column_names
    width = int(np.prod(answer.values.shape[1:]))
    if len(names) != width:
        names = tuple(title if width == 1 else f"{title}{k}" for k in range(width))
    return NumberTally(names)
