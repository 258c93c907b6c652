"""Answers as the columns of a table: the class and the probability of each, or numbers with their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.bundle import Feature
from engine.data.errors import DataError
from engine.data.export import neutralized
from engine.tensor.spec import Array
from engine.training.pictures import probabilities

MOST_PLACES = 4_096  # columns of a mask of 64 by 64
DIGITS = 9  # so many tell any two float32 numbers apart


@dataclass(frozen=True, eq=False)
class Answer:
    """The predictions (batch, ..) for one target, in the units of the data.

    `scores`: they are scores, of which a soft-max makes probabilities.
    """

    target: Feature
    values: Array
    scores: bool = False

    @property
    def shares(self) -> Array:
        """Probabilities (batch, .., classes)."""
        values = self.values
        if self.scores and values.shape[-1] > 1:
            with np.errstate(invalid="ignore", over="ignore"):
                powers = np.exp(values - values.max(axis=-1, keepdims=True))
                values = powers / powers.sum(axis=-1, keepdims=True)
        elif self.scores:
            with np.errstate(over="ignore"):
                values = 1.0 / (1.0 + np.exp(-values))
        return probabilities(values)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all classes."""
        known, count = self.target.class_names, self.shares.shape[-1]
        return (*known[:count], *(f"class {k}" for k in range(len(known), count)))


@dataclass(frozen=True, eq=False)
class Labels:
    """What tells the rows apart, before the answers: the names of files."""

    title: str
    values: Sequence[str]


Part = Answer | Labels


def titles(answers: Sequence[Part]) -> list[str]:
    """The names of the columns, as they are."""
    return [title for title, _ in _all(answers)]


def cells(answers: Sequence[Part]) -> Iterator[tuple[str, ...]]:
    """Row by row; names of classes come from people's files, so none of them is a formula for whoever opens this.

    Raises:
        DataError: there would be too many columns.
    """
    return zip(*(column for _, column in _all(answers)), strict=True)


def _all(parts: Sequence[Part]) -> list[tuple[str, list[str]]]:
    several = sum(isinstance(part, Answer) for part in parts) > 1
    return [column for part in parts for column in _columns(part, prefixed=several)]


def _classes_by_place(answer: Answer, prefix: str) -> Iterator[tuple[str, list[str]]]:
    """The class at each place of a mask or a sequence; probabilities of all would be too many columns."""
    names, shares = answer.target.class_names, answer.values
    found = shares[..., 0] >= 0.5 if shares.shape[-1] == 1 else shares.argmax(axis=-1)
    if found[0].size > MOST_PLACES:
        raise DataError(
            f"A CSV file takes up to {MOST_PLACES:,} answers a row; {answer.target.name!r} has a class at each of "
            f"{found[0].size:,} places. Use --output FILE.npz."
        )
    for place in np.ndindex(*found.shape[1:]):
        at = " ".join(str(k + 1) for k in place)
        classes = found[(slice(None), *place)].tolist()
        yield f"{prefix}class at {at}", [str(neutralized(names[int(k)])) for k in classes]


def _columns(answer: Part, *, prefixed: bool) -> Iterator[tuple[str, list[str]]]:
    if isinstance(answer, Labels):
        yield answer.title, [str(neutralized(value)) for value in answer.values]
        return
    target = answer.target
    prefix = f"{target.name} " if prefixed else ""
    if target.class_names and answer.values.ndim > 2:
        yield from _classes_by_place(answer, prefix)
        return
    if target.class_names:
        numbers = answer.shares
        names = list(answer.names)
        safe = [str(neutralized(name)) for name in names]
        known = np.isfinite(numbers).all(axis=1)
        best = np.where(known, np.nan_to_num(numbers).argmax(axis=1), -1).tolist()
        yield f"{prefix}class", [safe[k] if k >= 0 else "" for k in best]
    else:
        numbers = answer.values.reshape(len(answer.values), -1)
        names = list(target.column_names)
        if len(names) != numbers.shape[1]:
            names = [f"{target.name}{k}" for k in range(numbers.shape[1])]
    for k, name in enumerate(names):
        yield f"{prefix}{name}", [_written(value) for value in numbers[:, k].tolist()]


def _written(value: float) -> str:
    return f"{value:.{DIGITS}g}" if value == value else ""  # noqa: PLR0124 - not a number: can't be read
