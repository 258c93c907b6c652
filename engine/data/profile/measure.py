"""The figures of a profile, as SQL over a store's rows.

Each query goes over a few columns of all rows, in duckdb's bounded memory; what would need more (distinct values by the
million) is estimated and said to be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.data.profile.model import Bin, ColumnProfile, Top
from engine.data.sources.base import Column, Kind, Watch
from engine.data.tables.connect import run
from engine.data.tables.store import Store, date_text

COUNTED = 100_000  # different values up to which they are counted, not estimated
MOST_BINS = 32
MOST_TOP = 20
COMPARED_ROWS = 1_000_000  # first rows among which equal ones are looked for
_AT_ONCE = 16  # columns in a query


@dataclass
class Progress:
    """How far along a job of `total` equal steps is; passes on what a query says of itself."""

    watch: Watch | None
    total: int
    done: int = 0

    def step(self) -> Watch | None:
        """For the next step's query."""
        begun, self.done = self.done, self.done + 1
        if self.watch is None:
            return None
        watch = self.watch

        def passed_on(done: int, total: int) -> None:
            watch(begun * _GRAIN + done * _GRAIN // max(total, 1), self.total * _GRAIN)

        return passed_on


_GRAIN = 100  # of progress within a step


@dataclass(frozen=True)
class Measurer:
    """Asks a store about its columns."""

    store: Store
    columns: Sequence[Column]
    progress: Progress

    @staticmethod
    def steps(columns: int) -> int:
        """Steps that `measure` and `equal_rows` and `prints` take together."""
        return math.ceil(columns / _AT_ONCE) * 2 + columns * 2 + 1

    def measure(self) -> list[ColumnProfile]:
        """All columns."""
        profiles = [profile for some in self._batches() for profile in self._figures(some)]
        return [self._detailed(place, profile) for place, profile in enumerate(profiles)]

    def equal_rows(self) -> int:
        """How many of the first `COMPARED_ROWS` rows equal an earlier one."""
        cells = ", ".join(f"c{i}" for i in range(len(self.columns)))
        rows = f"{self.store.relation} WHERE {self.store.row} < {COMPARED_ROWS}"
        watch = self.progress.step()
        if not cells:
            return 0
        ((equal,),) = self._ask(f"SELECT count(*) - count(DISTINCT hash({cells})) FROM {rows}", watch)
        return int(equal)

    def prints(self) -> list[tuple[Kind, int]]:
        """A number for each column; those of equal columns are equal."""
        found: list[tuple[Kind, int]] = []
        for some in self._batches():
            # A sum: in a bit_xor, which is linear as the hash of two is, values that come an even number of times vanish.
            wanted = ", ".join(f"sum(hash(c{i}, {self.store.row}))" for i in some)
            (row,) = self._ask(f"SELECT {wanted} FROM {self.store.relation}", self.progress.step())
            found += [(self.columns[i].kind, int(value or 0)) for i, value in zip(some, row, strict=True)]
        return found

    def _batches(self) -> list[range]:
        count = len(self.columns)
        return [range(start, min(start + _AT_ONCE, count)) for start in range(0, count, _AT_ONCE)]

    def _ask(self, query: str, watch: Watch | None) -> list[tuple[float, ...]]:
        return run(self.store.connection.cursor(), query, watch).fetchall()

    def _figures(self, places: range) -> list[ColumnProfile]:
        wanted, cells = [], []
        for i in places:
            if self.columns[i].kind is Kind.TEXT:
                cells.append(f"c{i}")
                wanted.append(_TEXT_FIGURES.format(f"c{i}"))
            else:
                cells.append(
                    f"nullif(c{i}, 'nan'::DOUBLE) AS c{i}, CASE WHEN isfinite(c{i}) THEN c{i} END AS f{i}"
                )
                cells.append(f"CASE WHEN abs(c{i}) < 1e150 THEN c{i} END AS s{i}")
                wanted.append(_NUMBER_FIGURES.format(f"c{i}", f"f{i}", f"s{i}"))
        rows = f"(SELECT {', '.join(cells)} FROM {self.store.relation})"
        (row,) = self._ask(f"SELECT {', '.join(wanted)} FROM {rows}", self.progress.step())
        return [
            self._profile(self.columns[i], row[k * _FIGURES : (k + 1) * _FIGURES])
            for k, i in enumerate(places)
        ]

    def _profile(self, column: Column, row: Sequence[object]) -> ColumnProfile:
        present, misfits, distinct, low, high, mean, std, quartiles, whole, numeric, words = row
        numbers = column.kind is not Kind.TEXT
        return ColumnProfile.model_validate(
            {
                "name": column.name,
                "kind": column.kind,
                "missing": self.store.rows - int(str(present)),
                "misfits": misfits,
                "distinct": min(int(str(distinct)), int(str(present))),
                "distinct_exact": False,
                "minimum": low,
                "maximum": high,
                "mean": mean,
                "std": std,
                "quartiles": quartiles if numbers else None,
                "whole": bool(whole),
                "numeric": numeric,
                "words": words,
            }
        )

    def _detailed(self, place: int, found: ColumnProfile) -> ColumnProfile:
        tops, bins = self.progress.step(), self.progress.step()
        changes: dict[str, object] = {}
        if found.distinct is not None and found.distinct <= COUNTED:
            changes |= self._top(place, found, tops)
        if found.kind in (Kind.NUMBER, Kind.DATE) and found.distinct:
            changes["histogram"] = self._histogram(
                place, found, int(str(changes.get("distinct", found.distinct))), bins
            )
        return found.model_copy(update=changes)

    def _top(self, place: int, found: ColumnProfile, watch: Watch | None) -> dict[str, object]:
        cell = f"c{place}"
        there = f"{cell} IS NOT NULL" if found.kind is Kind.TEXT else f"isfinite({cell})"
        rows = self._ask(
            f"WITH counted AS (SELECT {cell} AS cell, count(*) AS n FROM {self.store.relation} WHERE {there} GROUP BY 1) "
            f"SELECT cell, n, count(*) OVER () FROM counted ORDER BY n DESC, cell LIMIT {MOST_TOP}",
            watch,
        )
        show = _SHOWN[found.kind]
        return {
            "distinct": int(rows[0][2]) if rows else 0,
            "distinct_exact": True,
            "top": tuple(Top(value=show(value), count=int(count)) for value, count, _ in rows),
        }

    def _histogram(
        self, place: int, found: ColumnProfile, distinct: int, watch: Watch | None
    ) -> tuple[Bin, ...]:
        low, high = found.minimum, found.maximum
        if low is None or high is None or not math.isfinite(high - low):
            return ()
        edges = _edges(low, high, distinct, found.whole and found.kind is Kind.NUMBER)
        cell, bins = f"c{place}", len(edges) - 1
        width = edges[1] - edges[0]
        rows = self._ask(
            f"SELECT least(greatest(floor(({cell} - {edges[0]!r}::DOUBLE) / {width!r}::DOUBLE), 0), {bins - 1})::INT, "
            f"count(*) FROM {self.store.relation} WHERE isfinite({cell}) GROUP BY 1",
            watch,
        )
        counts = {int(place): int(count) for place, count in rows}
        return tuple(Bin(low=edges[i], high=edges[i + 1], count=counts.get(i, 0)) for i in range(bins))


def _edges(low: float, high: float, distinct: int, whole: bool) -> list[float]:
    """Ends of the bins; of few whole numbers, one bin a number, in whose middle it is."""
    if whole and high - low < MOST_BINS:
        return [low - 0.5 + i for i in range(int(high - low) + 2)]
    if high == low:
        return [low - 0.5, low + 0.5]
    bins = min(MOST_BINS, max(distinct, 2))
    width = (high - low) / bins
    if low + width == low:  # so close together that float64 knows nothing between
        return [low, high]
    return [*(low + i * width for i in range(bins)), high]


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:g}"


_SHOWN: dict[Kind, Callable[..., str]] = {
    Kind.NUMBER: _number,
    Kind.DATE: lambda value: date_text(value) or "",
    Kind.BOOL: lambda value: "true" if value else "false",
    Kind.TEXT: str,
}
_FIGURES = 11
# {0} is the stored cell, {1} the same where it is finite, {2} where its square is, too
_NUMBER_FIGURES = (
    "count({1}), count({0}) - count({1}), approx_count_distinct({1}), min({1}), max({1}), avg({2}), stddev_pop({2}), "
    "approx_quantile({1}, [0.25, 0.5, 0.75]), bool_and({1} = trunc({1})), 0, NULL"
)
_TEXT_FIGURES = (
    "count({0}), 0, approx_count_distinct({0}), min(length({0})), max(length({0})), avg(length({0})), NULL, NULL, false, "
    "count(TRY_CAST({0} AS DOUBLE)), avg(length({0}) - length(replace({0}, ' ', '')) + 1)"
)
