"""How much each column says of the target by itself: to help choosing inputs, and to catch those that give it away.

Between numbers it is Pearson's correlation r; between a number and categories the correlation ratio, the root of the
share of variance between categories (R. A. Fisher, 1925); between categories Cramér's V (H. Cramér, 1946).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from engine.data.profile.measure import Progress
from engine.data.profile.model import ColumnProfile
from engine.data.sources.base import Kind
from engine.data.tables.connect import run
from engine.data.tables.store import Store

MOST_CATEGORIES = 1_000
_MOST_TOGETHER = 100  # columns in a query,
_FEW_CELLS = 500_000  # if they have no more cells than this
FEW_NUMBERS = 20  # whole numbers with no more different values are compared as categories, too
_NUMBERS = (Kind.NUMBER, Kind.DATE, Kind.BOOL)


class _How(Enum):
    """How a column is compared with the target."""

    CORRELATION = "r"
    BETWEEN_CLASSES = "a number, between categories of the target"
    BETWEEN_WORDS = "the target, between categories of the column"
    WORDS = "categories with categories"


@dataclass(frozen=True)
class Associator:
    """Compares columns with the target at place `target`."""

    store: Store
    columns: Sequence[ColumnProfile]
    target: int
    progress: Progress

    def all(self) -> list[float | None]:
        """Of each column; None of the target itself, and where nothing can be said."""
        together = max(1, min(_MOST_TOGETHER, _FEW_CELLS // max(self.store.rows, 1)))
        found: dict[int, float] = {}
        alike: dict[tuple[_How, bool], list[int]] = {}
        for place, column in enumerate(self.columns):
            how = self._how(place)
            if how is None:
                self.progress.step()
            else:  # cells of one query are of one kind
                alike.setdefault((how, column.kind is Kind.TEXT), []).append(place)
        for (how, _), places in alike.items():
            for start in range(0, len(places), together):
                found |= self._some(how, places[start : start + together])
        return [_bounded(found.get(place)) for place in range(len(self.columns))]

    def _some(self, how: _How, places: Sequence[int]) -> dict[int, float]:
        """Of these columns, asked for in one query: each query costs milliseconds, however few the rows are."""
        watch = self.progress.step(len(places))
        here = f"{self._there('cell', places[0])} AND {self._there('t', self.target)}"
        rows = f"(SELECT * FROM ({self._long(places)}) WHERE {here})"
        query = _QUERIES[how].format(rows=rows)
        answers = run(self.store.connection.cursor(), query, watch).fetchall()
        return {int(place): value for place, value in answers}

    def _how(self, place: int) -> _How | None:
        one, other = self.columns[place], self.columns[self.target]
        if place == self.target or (one.distinct or 0) < 2 or (other.distinct or 0) < 2:
            return None
        if one.kind in _NUMBERS and other.kind in _NUMBERS:
            return _How.CORRELATION
        if one.kind in _NUMBERS:
            return _How.BETWEEN_CLASSES if self._countable(other) else None
        if other.kind in _NUMBERS and not _few(other):
            return _How.BETWEEN_WORDS if self._countable(one) else None
        return _How.WORDS if self._countable(one) and self._countable(other) else None

    def _countable(self, column: ColumnProfile) -> bool:
        """Whether its categories come back often enough to say something."""
        distinct = column.distinct or 0
        return distinct <= MOST_CATEGORIES and 2 * distinct <= self.store.rows - column.missing

    def _there(self, cell: str, place: int) -> str:
        """Whether a cell has a value, whose square is a number."""
        return f"{cell} IS NOT NULL" if self.columns[place].kind is Kind.TEXT else f"abs({cell}) < 1e150"

    def _long(self, places: Sequence[int]) -> str:
        """Some columns below each other: their places, their cells, and the target beside each."""
        target = f"c{self.target} AS t FROM {self.store.relation}"
        if len(places) == 1:
            return f"SELECT {places[0]} AS place, c{places[0]} AS cell, {target}"
        cells = ", ".join(f"c{place}" for place in places)
        return f"SELECT unnest([{', '.join(map(str, places))}]) AS place, unnest([{cells}]) AS cell, {target}"


_RATIO = (
    "WITH parts AS (SELECT place, count(*) AS n, avg({number}) AS m, var_pop({number}) AS v FROM {{rows}} "
    "GROUP BY place, {category}), whole AS (SELECT place, count(*) AS k, sum(n * m) / sum(n) AS m FROM parts GROUP BY "
    "place) SELECT place, CASE WHEN any_value(k) > 1 THEN sqrt(sum(n * pow(parts.m - whole.m, 2)) / "
    "nullif(sum(n * pow(parts.m - whole.m, 2)) + sum(n * v), 0)) END FROM parts JOIN whole USING (place) GROUP BY place"
)
_QUERIES = {
    _How.CORRELATION: "SELECT place, corr(cell, t) FROM {rows} GROUP BY place",
    _How.BETWEEN_CLASSES: _RATIO.format(number="cell", category="t"),
    _How.BETWEEN_WORDS: _RATIO.format(number="t", category="cell"),
    _How.WORDS: (
        "WITH cells AS (SELECT place, cell AS a, t AS b, count(*) AS n FROM {rows} GROUP BY ALL), "
        "pairs AS (SELECT place, n, sum(n) OVER (PARTITION BY place, a) AS na, sum(n) OVER (PARTITION BY place, b) AS nb, "
        "a, b FROM cells) "
        "SELECT place, sqrt(greatest(0, sum(n * n / (na::DOUBLE * nb)) - 1) / "
        "nullif(least(count(DISTINCT a), count(DISTINCT b)) - 1, 0)) FROM pairs GROUP BY place"
    ),
}


def _bounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else max(-1.0, min(1.0, float(value)))


def _few(column: ColumnProfile) -> bool:
    return column.whole and (column.distinct or 0) <= FEW_NUMBERS
