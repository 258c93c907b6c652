"""The figures of a profile, as SQL over a store's rows.

Each query goes over a few columns of all rows, in duckdb's bounded memory; what would need more (distinct values by the
million) is estimated and said to be. The rows of a small table are asked for many columns at once: each query costs
milliseconds however little it reads, and a table may have a thousand columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
_MOST_TOGETHER = 100  # columns whose values are counted in one query,
_FEW_CELLS = 500_000  # if they have no more cells than this


@dataclass
class Progress:
    """How far along a job of `total` equal steps is; passes on what a query says of itself."""

    watch: Watch | None
    total: int
    done: int = 0

    def step(self, steps: int = 1) -> Watch | None:
        """For the query of the next step, or of several."""
        begun, self.done = self.done, self.done + steps
        if self.watch is None:
            return None
        watch = self.watch

        def passed_on(done: int, total: int) -> None:
            watch(begun * _GRAIN + done * _GRAIN * steps // max(total, 1), self.total * _GRAIN)

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
        plain = [
            profile
            for some in self._batches(max(_AT_ONCE, self._together))
            for profile in self._figures(some)
        ]
        return [found for some in self._batches(self._together) for found in self._detailed(some, plain)]

    @property
    def _together(self) -> int:
        """Columns whose values are counted in one query: more than one where the rows are few."""
        return max(1, min(_MOST_TOGETHER, _FEW_CELLS // max(self.store.rows, 1)))

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

    def _batches(self, size: int = _AT_ONCE) -> list[range]:
        count = len(self.columns)
        return [range(start, min(start + size, count)) for start in range(0, count, size)]

    def _ask(self, query: str, watch: Watch | None) -> list[tuple[float, ...]]:
        return run(self.store.connection.cursor(), query, watch).fetchall()

    def _figures(self, places: range) -> list[ColumnProfile]:
        watch = self.progress.step(math.ceil(len(places) / _AT_ONCE))
        found: dict[int, Sequence[object]] = {}
        for text, cells, figures in (
            (False, _NUMBER_CELLS, _NUMBER_FIGURES),
            (True, _TEXT_CELLS, _TEXT_FIGURES),
        ):
            some = [i for i in places if (self.columns[i].kind is Kind.TEXT) is text]
            if some and self._together > 1:
                rows = f"SELECT place, {cells.format('cell', '')} FROM ({self._long({i: f'c{i}' for i in some})})"
                query = f"SELECT place, {figures.format('')} FROM ({rows}) GROUP BY place"
                found |= {int(place): row for place, *row in self._ask(query, watch)}
            elif some:  # beside each other: the rows of a large table are gone over once
                rows = ", ".join(cells.format(f"c{i}", i) for i in some)
                wanted = ", ".join(figures.format(i) for i in some)
                (all_of_them,) = self._ask(
                    f"SELECT {wanted} FROM (SELECT {rows} FROM {self.store.relation})", watch
                )
                found |= {i: all_of_them[k * _FIGURES : (k + 1) * _FIGURES] for k, i in enumerate(some)}
        return [self._profile(self.columns[i], found[i]) for i in places]

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

    def _detailed(self, places: range, plain: Sequence[ColumnProfile]) -> list[ColumnProfile]:
        """The columns at some places with their most frequent values and their bars."""
        tops, bins = self.progress.step(len(places)), self.progress.step(len(places))
        countable = [i for i in places if (plain[i].distinct or 0) <= COUNTED]
        found = {i: plain[i] for i in places}
        for text in (False, True):
            some = [i for i in countable if (plain[i].kind is Kind.TEXT) is text]
            found |= {i: found[i].model_copy(update=new) for i, new in self._top(some, plain, tops).items()}
        numbers = [i for i in places if found[i].kind in (Kind.NUMBER, Kind.DATE) and found[i].distinct]
        for i, bars in self._histograms({i: found[i] for i in numbers}, bins).items():
            found[i] = found[i].model_copy(update={"histogram": bars})
        return list(found.values())

    def _top(
        self, places: Sequence[int], plain: Sequence[ColumnProfile], watch: Watch | None
    ) -> dict[int, dict[str, object]]:
        """Of columns that are all text, or all are not."""
        if not places:
            return {}
        there = "cell IS NOT NULL" if plain[places[0]].kind is Kind.TEXT else "isfinite(cell)"
        rows = self._ask(
            f"WITH cells AS ({self._long({i: f'c{i}' for i in places})}), counted AS (SELECT place, cell, count(*) AS n "
            f"FROM cells WHERE {there} GROUP BY place, cell) SELECT place, cell, n, count(*) OVER (PARTITION BY place) "
            "FROM counted QUALIFY row_number() OVER (PARTITION BY place ORDER BY n DESC, cell) "
            f"<= {MOST_TOP} ORDER BY place, n DESC, cell",
            watch,
        )
        tops: dict[int, list[Top]] = {i: [] for i in places}
        different = dict.fromkeys(places, 0)
        for place, value, count, distinct in rows:
            i = int(place)
            tops[i].append(Top(value=_SHOWN[plain[i].kind](value), count=int(count)))
            different[i] = int(distinct)
        return {i: {"distinct": different[i], "distinct_exact": True, "top": tuple(tops[i])} for i in places}

    def _histograms(
        self, columns: Mapping[int, ColumnProfile], watch: Watch | None
    ) -> dict[int, tuple[Bin, ...]]:
        edges = {}
        for i, found in columns.items():
            low, high = found.minimum, found.maximum
            if low is not None and high is not None and math.isfinite(high - low):
                whole = found.whole and found.kind is Kind.NUMBER
                edges[i] = _edges(low, high, found.distinct or 0, whole)
        if not edges:
            return {}
        cells = self._long({i: _bin_sql(i, ends) for i, ends in edges.items()})
        counted = f"SELECT place, cell, count(*) FROM ({cells}) WHERE cell IS NOT NULL GROUP BY place, cell"
        counts = {(int(place), int(bar)): int(n) for place, bar, n in self._ask(counted, watch)}
        return {
            i: tuple(
                Bin(low=ends[k], high=ends[k + 1], count=counts.get((i, k), 0)) for k in range(len(ends) - 1)
            )
            for i, ends in edges.items()
        }

    def _long(self, cells: Mapping[int, str]) -> str:
        """Some columns below each other: a query for their places as `place` and their cells as `cell`."""
        if len(cells) == 1:
            ((place, cell),) = cells.items()
            return f"SELECT {place} AS place, {cell} AS cell FROM {self.store.relation}"
        places = ", ".join(map(str, cells))
        below = ", ".join(cells.values())
        return f"SELECT unnest([{places}]) AS place, unnest([{below}]) AS cell FROM {self.store.relation}"


def _bin_sql(place: int, edges: Sequence[float]) -> str:
    """The bar that a cell belongs to; NULL for none."""
    cell, bins, width = f"c{place}", len(edges) - 1, edges[1] - edges[0]
    bar = f"least(greatest(floor(({cell} - {edges[0]!r}::DOUBLE) / {width!r}::DOUBLE), 0), {bins - 1})::INT"
    return f"CASE WHEN isfinite({cell}) THEN {bar} END"


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
# of a stored cell {0}: itself, the same where it is finite, and where its square is, too
_NUMBER_CELLS = (
    "nullif({0}, 'nan'::DOUBLE) AS c{1}, CASE WHEN isfinite({0}) THEN {0} END AS f{1}, "
    "CASE WHEN abs({0}) < 1e150 THEN {0} END AS s{1}"
)
_NUMBER_FIGURES = (
    "count(f{0}), count(c{0}) - count(f{0}), approx_count_distinct(f{0}), min(f{0}), max(f{0}), avg(s{0}), "
    "stddev_pop(s{0}), approx_quantile(f{0}, [0.25, 0.5, 0.75]), bool_and(f{0} = trunc(f{0})), 0, NULL"
)
_TEXT_CELLS = "{0} AS c{1}"
_TEXT_FIGURES = (
    "count(c{0}), 0, approx_count_distinct(c{0}), min(length(c{0})), max(length(c{0})), avg(length(c{0})), NULL, NULL, "
    "false, count(TRY_CAST(c{0} AS DOUBLE)), avg(length(c{0}) - length(replace(c{0}, ' ', '')) + 1)"
)
