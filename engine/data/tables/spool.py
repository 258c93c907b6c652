"""Tables whose cells come out of Python (sheets, SQLite): written as plain CSV, then read as any table of text is.

So what a word in a column of numbers means, and how all rows are kept on disk, is said once for all kinds of files.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.sources.base import Identity, Note, SourceKind, Watch
from engine.data.tables import cache, load
from engine.data.tables.connect import connect, literal, pattern
from engine.data.tables.last_rows import note_on_total
from engine.data.tables.layout import CellOptions, Layout, misfits, understand
from engine.data.tables.names import check_width, repaired
from engine.data.tables.rejects import judge, rejected
from engine.data.tables.store import Store
from engine.data.tables.table import Loaded, TableSource
from engine.data.tables.text import LONGEST_LINE
from engine.data.turns import alone

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HEAD_ROWS = 2_000
_WATCHED_ROWS = 5_000  # between two calls of a watch

Rows = Iterator[Sequence[str]]


@dataclass(frozen=True)
class Spooled:
    """A table whose rows can be listed, again and again.

    Attributes:
        kind, path, identity: of the source.
        options: as filled in, apart from what cells say.
        names: of the columns, as the file has them.
        rows: lists the rows, each with as many cells as there are columns.
        total: how many rows there are, as far as known.
        place: what stands before a row's number in sentences: "row 5 of the sheet".
        first: the number of the first row, as the file's own program shows it.
        notes: so far.
        choices: as a source has them.
        units: of the columns, as the header says them.
    """

    kind: SourceKind[Any]
    path: Path
    identity: Identity
    options: CellOptions
    names: Sequence[str]
    rows: Callable[[], Rows]
    total: int
    first: int = 1
    place: str = "row"
    notes: tuple[Note, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: tuple[str, ...] = ()

    def open(self, watch: Watch | None) -> TableSource:
        """The table as a source: small ones in memory, others by their beginning.

        Raises:
            DataError: what is wrong with it.
            Interrupted: by `watch`.
        """
        check_width(len(self.names), self.path.name)
        names, repairs = repaired(self.names)
        sample = list(islice(self.rows(), HEAD_ROWS))
        left_out = self.options.without_total
        if 1 < len(sample) < HEAD_ROWS:
            total = note_on_total(sample[-1], self._place_of(len(sample)), left_out=left_out)
            if total and left_out:
                return self._without_last(len(sample) - 1, total).open(watch)
            repairs += total
        layout, said = understand(names, sample, self.options, units=self.units)
        options = self.options.model_copy(update=said)
        reader = _Reader(self, layout, options)
        small = self.total * max(len(names), 1) <= _SMALL_CELLS
        head, notes = reader.in_memory(self.rows() if small else iter(sample), watch)
        notes = (*self.notes, *repairs, *layout.notes, *notes)
        source = TableSource(
            self.kind,
            self.path,
            self.identity,
            options,
            layout.columns,
            notes,
            head,
            None if small else reader.copied,
        )
        source.choices = self.choices
        return source

    def _without_last(self, rows: int, notes: tuple[Note, ...]) -> Spooled:
        """The first rows alone."""
        every = self.rows
        return replace(
            self, rows=lambda: islice(every(), rows), total=self.total - 1, notes=(*self.notes, *notes)
        )

    def _place_of(self, row: int) -> str:
        return f"{self.place} {row - 1 + self.first:,}"


_SMALL_CELLS = 500_000  # of a table that is read into memory when it is opened


@dataclass(frozen=True)
class _Reader:
    table: Spooled
    layout: Layout
    options: CellOptions

    def in_memory(self, rows: Rows, watch: Watch | None) -> Loaded:
        part = self._written(rows, watch)
        connection = connect([part])
        try:
            store = load.in_memory(connection, self.layout.select(self._relation(part)))
            return store, self._checked(connection, store)
        except BaseException:
            connection.close()
            raise
        finally:
            cache.remove(part)

    def copied(self, watch: Watch | None) -> Loaded:
        key = cache.key(self.table.identity, self.table.kind.name, self.options.model_dump(mode="json"))
        with alone(key, watch) as told:
            return load.cached(key) or self._made(key, told)

    def _made(self, key: str, watch: Watch) -> Loaded:
        cache.reserve(3 * self.table.identity.size)
        written = self._written(self.table.rows(), watch)
        try:
            with connect([written]) as connection:
                query = self.layout.select(self._relation(written))
                part = load.copy(connection, query, watch, self.table.total)
                try:
                    notes = self._checked(connection, load.parquet(connection, part))
                    return load.keep(part, key, notes), notes
                finally:
                    cache.remove(part)
        finally:
            cache.remove(written)

    def _written(self, rows: Rows, watch: Watch | None) -> Path:
        part = cache.scratch(".csv")
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                for done, row in enumerate(rows):
                    writer.writerow(row)
                    if watch is not None and done % _WATCHED_ROWS == 0:
                        watch(min(done, self.table.total), self.table.total)
        except BaseException:
            cache.remove(part)
            raise
        return part

    def _relation(self, path: Path) -> str:
        columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(self.layout.names)))
        return (
            f"read_csv({literal(pattern(path))}, auto_detect = false, columns = {{{columns}}}, header = false, "
            "delim = ',', quote = '\"', escape = '\"', compression = 'none', hive_partitioning = false, "
            f"store_rejects = true, max_line_size = {LONGEST_LINE})"
        )

    def _checked(self, connection: DuckDBPyConnection, store: Store) -> tuple[Note, ...]:
        judge(rejected(connection), self.table.path, len(self.layout.names), "utf-8", "stop")
        return misfits(store, self.layout, self.options, self.table.path.name, self._locate)

    def _locate(self, row: int, place: int) -> tuple[str, str | None]:
        cells = next(islice(self.table.rows(), row, None), None)
        return f"{self.table.place} {row + self.table.first:,}", None if cells is None else cells[place]


def as_text(cell: object) -> str:
    """A cell of Python's types as text that reads back as the same."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime.datetime):
        whole = cell.time() == datetime.time()
        return cell.date().isoformat() if whole else cell.isoformat(" ")
    if isinstance(cell, bytes):
        return ""
    return str(cell)


def padded(rows: Iterable[Sequence[object]], width: int) -> Rows:
    """Rows of any cells as rows of `width` texts."""
    for row in rows:
        cells = [as_text(cell) for cell in row[:width]]
        yield cells + [""] * (width - len(cells))
