"""How much each column says of the target by itself: to help choosing inputs, and to catch those that give it away.

Between numbers it is Pearson's correlation r; between a number and categories the correlation ratio, the root of the
share of variance between categories (R. A. Fisher, 1925); between categories Cramér's V (H. Cramér, 1946).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.data.profile.measure import Progress
from engine.data.profile.model import ColumnProfile
from engine.data.sources.base import Kind
from engine.data.tables.connect import run
from engine.data.tables.store import Store

MOST_CATEGORIES = 1_000
_MOST_TOGETHER = 16  # columns in a query,
_FEW_CELLS = 500_000  # if they have no more cells than this
FEW_NUMBERS = 20  # whole numbers with no more different values are compared as categories, too
_NUMBERS = (Kind.NUMBER, Kind.DATE, Kind.BOOL)


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
        places = range(len(self.columns))
        return [
            value for start in places[::together] for value in self._some(places[start : start + together])
        ]

    def _some(self, places: Sequence[int]) -> list[float | None]:
        """Of these columns, asked for in one query: each query costs milliseconds, however few the rows are."""
        watch = self.progress.step(len(places))
        few = self if len(places) == 1 else replace(self, store=replace(self.store, relation="few"))
        queries = {place: few._query(place) for place in places if place != self.target}
        asked = {place: f"({query})" for place, query in queries.items() if query is not None}
        if not asked:
            return [None for _ in places]
        cells = ", ".join(f"c{place}" for place in sorted({*places, self.target}))
        taken = (
            f"WITH few AS MATERIALIZED (SELECT {cells} FROM {self.store.relation}) "
            if few is not self
            else ""
        )
        query = f"{taken}SELECT {', '.join(asked.values())}"
        found = run(self.store.connection.cursor(), query, watch).fetchall()
        values = dict(zip(asked, found[0], strict=True))
        return [_bounded(values.get(place)) for place in places]

    def _query(self, place: int) -> str | None:
        one, other = self.columns[place], self.columns[self.target]
        if (one.distinct or 0) < 2 or (other.distinct or 0) < 2:
            return None
        if one.kind in _NUMBERS and other.kind in _NUMBERS:
            return self._correlation(place)
        if one.kind in _NUMBERS:
            return self._ratio(place, self.target) if self._countable(other) else None
        if other.kind in _NUMBERS and not _few(other):
            return self._ratio(self.target, place) if self._countable(one) else None
        return self._cramer(place) if self._countable(one) and self._countable(other) else None

    def _countable(self, column: ColumnProfile) -> bool:
        """Whether its categories come back often enough to say something."""
        distinct = column.distinct or 0
        return distinct <= MOST_CATEGORIES and 2 * distinct <= self.store.rows - column.missing

    def _there(self, *places: int) -> str:
        return " AND ".join(
            f"c{i} IS NOT NULL" if self.columns[i].kind is Kind.TEXT else f"abs(c{i}) < 1e150" for i in places
        )

    def _correlation(self, place: int) -> str:
        where = self._there(place, self.target)
        return f"SELECT corr(c{place}, c{self.target}) FROM {self.store.relation} WHERE {where}"

    def _ratio(self, number: int, category: int) -> str:
        rows = f"{self.store.relation} WHERE {self._there(number, category)}"
        return (
            f"WITH parts AS (SELECT count(*) AS n, avg(c{number}) AS m, var_pop(c{number}) AS v FROM {rows} "
            f"GROUP BY c{category}), whole AS (SELECT sum(n * m) / sum(n) AS m FROM parts) "
            "SELECT CASE WHEN count(*) > 1 THEN sqrt(sum(n * pow(parts.m - whole.m, 2)) / "
            "nullif(sum(n * pow(parts.m - whole.m, 2)) + sum(n * v), 0)) END FROM parts, whole"
        )

    def _cramer(self, place: int) -> str:
        rows = f"{self.store.relation} WHERE {self._there(place, self.target)}"
        return (
            f"WITH cells AS (SELECT c{place} AS a, c{self.target} AS b, count(*) AS n FROM {rows} GROUP BY 1, 2), "
            "pairs AS (SELECT n, sum(n) OVER (PARTITION BY a) AS na, sum(n) OVER (PARTITION BY b) AS nb, "
            "sum(n) OVER () AS total, a, b FROM cells) "
            "SELECT sqrt(greatest(0, sum(n * n / (na::DOUBLE * nb)) - 1) / "
            "nullif(least(count(DISTINCT a), count(DISTINCT b)) - 1, 0)) FROM pairs"
        )


def _bounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else max(-1.0, min(1.0, float(value)))


def _few(column: ColumnProfile) -> bool:
    return column.whole and (column.distinct or 0) <= FEW_NUMBERS
