"""What the columns of a table of text mean: guessed from a sample, corrected by options, checked over all rows.

Every kind of file whose cells are text or might as well be (CSV, spreadsheets, JSON, SQLite) is understood here, so that
a date or a decimal comma means the same in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.data.errors import DataError, Remedy
from engine.data.sources.base import Column, Kind, Note, Options
from engine.data.tables.cells import (
    BLANKS,
    CLEAR_MARKS,
    MISSING_MARKS,
    Meaning,
    Rules,
    are_plain_numbers,
    expression,
    extra_marks,
    guess,
    puts_day_first,
)
from engine.data.tables.sniff import number_style
from engine.data.tables.store import Store
from engine.settings import setting

AUTO = "auto"
DECIMALS = {"point": ".", "comma": ","}
THOUSANDS = {"none": "", "comma": ",", "point": ".", "space": " ", "apostrophe": "'"}
_READ = {
    Kind.NUMBER: "read as numbers",
    Kind.DATE: "read as dates",
    Kind.BOOL: "read as true or false",
}
_COLUMN_OF = {
    Kind.NUMBER: "A column of numbers",
    Kind.DATE: "A column of dates",
    Kind.BOOL: "A column of true or false",
}
_LONGEST_QUOTE = 40
_ROWS_FOR_MARKS = 1_000
_AT_ONCE = 32  # columns in a query; what duckdb needs grows with their square


class CellOptions(Options):
    """How cells of text are read."""

    decimal: Literal["auto", "point", "comma"] = setting(
        AUTO, "Decimal mark", "what stands before a fraction"
    )
    thousands: Literal["auto", "none", "comma", "point", "space", "apostrophe"] = setting(
        AUTO, "Thousands separator", "what stands between groups of three digits"
    )
    date_order: Literal["auto", "day first", "month first"] = setting(
        AUTO, "Dates", "whether 3/12/2024 is in December or in March"
    )
    missing: str = setting(
        AUTO, "Missing marks", "words for a missing value, with commas between them; empty cells are missing anyway",
        max_length=1_000,
    )  # fmt: skip
    misfits: Literal["missing", "stop"] = setting(
        "missing",
        "Cells that do not fit",
        "a word in a column of numbers: taken for missing and counted, or an error that says where",
    )
    without_total: bool = setting(
        False, "Without a total", "a last row that begins with Total, Sum or the like is left out"
    )
    kinds: dict[str, Literal["number", "text", "date", "bool"]] = setting(
        {}, "Kinds of columns", "by name, where the guess is wrong", hidden=True
    )


@dataclass(frozen=True)
class Layout:
    """Names and meanings of the columns, how cells are written, and the units that a row of the header says."""

    names: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    rules: Rules
    units: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """As a source has them."""
        units = self.units if len(self.units) == len(self.names) else ("",) * len(self.names)
        return tuple(
            Column(name, meaning.kind, unit=unit)
            for name, meaning, unit in zip(self.names, self.meanings, units, strict=True)
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        """On units that numbers stand beside: they are not converted."""
        return tuple(
            Note(
                f"The numbers of {name!r} are read without the {meaning.unit.before or meaning.unit.behind!r} beside them.",
                f"column {name!r}",
            )
            for name, meaning in zip(self.names, self.meanings, strict=True)
            if meaning.unit
        )

    def select(self, rows: str) -> str:
        """SQL that reads the cells of the relation `rows`, whose columns `c0`, .. are text."""
        read = ", ".join(
            f"{expression(f'c{i}', meaning, self.rules)} AS c{i}" for i, meaning in enumerate(self.meanings)
        )
        return f"SELECT {read} FROM {rows}"


def understand(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    options: CellOptions,
    delimiter: str = "\t",
    units: tuple[str, ...] = (),
) -> tuple[Layout, dict[str, object]]:
    """What sampled rows mean, and the options that say so; `units` are what the header says of each column.

    Raises:
        DataError: an option names a column that is not there.
    """
    unknown = [name for name in options.kinds if name not in names]
    if unknown:
        raise DataError(
            f"Kinds can be set for columns of the file; it has no column {unknown[0]!r}. Remove it."
        )
    columns = [[row[i] for row in rows] for i in range(len(names))]
    rules = _rules(columns, rows, options, delimiter)
    meanings = []
    for name, cells in zip(names, columns, strict=True):
        guessed = guess(cells, rules)
        wanted = Kind(options.kinds.get(name, guessed.kind))
        meanings.append(guessed if wanted is guessed.kind else Meaning(wanted))
    return Layout(tuple(names), tuple(meanings), rules, units), _said(rules)


def _rules(
    columns: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], options: CellOptions, delimiter: str
) -> Rules:
    found = number_style(rows, delimiter)
    decimal = DECIMALS.get(options.decimal, found[0])
    thousands = THOUSANDS.get(options.thousands, found[1])
    if thousands == decimal:
        if AUTO not in (options.decimal, options.thousands):
            raise DataError(
                f"Decimal mark and thousands separator must differ; both are {decimal!r}. Change one of them."
            )
        thousands = thousands if options.thousands != AUTO else ""
        decimal = {",": ".", ".": ","}[thousands] if thousands else decimal
    if options.date_order == AUTO:
        seen = [first for cells in columns if (first := puts_day_first(cells[:_ROWS_FOR_MARKS])) is not None]
        day_first = sum(seen) * 2 > len(seen)
    else:
        day_first = options.date_order == "day first"
    if options.missing != AUTO:
        marks = frozenset(word for part in options.missing.split(",") if (word := part.strip(BLANKS).lower()))
        return Rules(decimal, thousands, marks, day_first)
    rules = Rules(decimal, thousands, frozenset(MISSING_MARKS), day_first)
    return Rules(decimal, thousands, rules.missing | _extra(columns, rules), day_first)


def _extra(columns: Sequence[Sequence[str]], rules: Rules) -> frozenset[str]:
    """Words for missing numbers; none that is a word in a column of words as well, where "none" may be a category."""
    found: frozenset[str] = frozenset()
    words: set[str] = set()
    for cells in columns:
        if rules.is_plain and are_plain_numbers(cells):
            continue
        beside_numbers = extra_marks(cells[:_ROWS_FOR_MARKS], rules)
        found |= beside_numbers
        if not beside_numbers:
            words.update(cell.strip(BLANKS).lower() for cell in cells)
    return found - (words - CLEAR_MARKS)


def _said(rules: Rules) -> dict[str, object]:
    return {
        "decimal": next(name for name, mark in DECIMALS.items() if mark == rules.decimal),
        "thousands": next(name for name, mark in THOUSANDS.items() if mark == rules.thousands),
        "date_order": "day first" if rules.day_first else "month first",
        "missing": ", ".join(sorted(rules.missing)),
    }


# row and column: where that is in the file, and what stands there (None: unknown)
Locate = Callable[[int, int], tuple[str, str | None]]


def misfits(
    store: Store, layout: Layout, options: CellOptions, title: str, locate: Locate
) -> tuple[Note, ...]:
    """Notes on cells that do not fit their columns, which count as missing.

    Raises:
        DataError: there are some, and the options say to stop.
    """
    places = [i for i, meaning in enumerate(layout.meanings) if meaning.kind is not Kind.TEXT]
    if not places:
        return ()
    found = [
        value
        for start in range(0, len(places), _AT_ONCE)
        for value in _infinite(store, places[start : start + _AT_ONCE])
    ]
    notes = []
    for place, count, row in zip(places, found[::2], found[1::2], strict=True):
        if count:
            where, cell = locate(row, place)
            notes.append(_misfit(layout, place, count, where, cell))
            if options.misfits == "stop":
                raise _stop(layout, place, where, cell, options, title)
    return tuple(notes)


def _infinite(store: Store, places: Sequence[int]) -> Sequence[int]:
    """Of each column, how many cells are infinite and in which row the first of them is."""
    wanted = ", ".join(f"count(i{i}), min(i{i})" for i in places)
    rows = ", ".join(f"CASE WHEN isinf(c{i}) THEN {store.row} END AS i{i}" for i in places)
    query = f"SELECT {wanted} FROM (SELECT {rows} FROM {store.relation})"
    (row,) = store.connection.cursor().execute(query).fetchall()
    return row


def _misfit(layout: Layout, place: int, count: int, where: str, cell: str | None) -> Note:
    name, read = layout.names[place], _READ[layout.meanings[place].kind]
    cells = "1 cell is not and counts" if count == 1 else f"{count:,} cells are not and count"
    said = "" if cell is None else f" ({_short(cell)})" if count == 1 else f" (the first is {_short(cell)})"
    return Note(
        f"The column {name!r} is {read}, but {cells} as missing{said}.",
        f"{where}, column {name!r}",
        "warning",
    )


def _stop(
    layout: Layout, place: int, where: str, cell: str | None, options: CellOptions, title: str
) -> DataError:
    name, column = layout.names[place], _COLUMN_OF[layout.meanings[place].kind]
    return DataError(
        f"{column} must hold nothing else; {where}, column {name!r} of {title} is {_short(cell)}. Correct it, "
        "count such cells as missing, or read the column as text.",
        [
            Remedy("Count as missing", {"misfits": "missing"}),
            Remedy(f"Read {name!r} as text", {"kinds": {**options.kinds, name: "text"}}),
        ],
    )


def _short(cell: str | None) -> str:
    if cell is None:
        return "not"
    return repr(cell if len(cell) <= _LONGEST_QUOTE else f"{cell[:_LONGEST_QUOTE]}..")
