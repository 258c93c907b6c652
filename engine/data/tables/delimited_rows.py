"""The rows of a table of text, through duckdb: some of them, all in memory, or all in a copy on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.data.sources.base import Identity, Note, Watch
from engine.data.tables import cache, load
from engine.data.tables.beginning import Beginning
from engine.data.tables.connect import connect, literal, pattern
from engine.data.tables.layout import Layout, misfits
from engine.data.tables.rejects import MOST_LISTED, judge, rejected
from engine.data.tables.sniff import Dialect, reader_of
from engine.data.tables.store import Store
from engine.data.tables.table import Loaded
from engine.data.tables.text import LONGEST_LINE, look_through, transcode
from engine.data.turns import alone

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from engine.data.sources.delimited import DelimitedOptions

_LOCATED_ROWS = 2_000_000  # beyond, a row is named by its number alone: its line takes too long to count
R = TypeVar("R")


@dataclass(frozen=True)
class DelimitedRows:
    """How to read a file whose beginning has been understood.

    Attributes:
        text: the file.
        dialect: how lines are cut.
        layout: what cells mean.
        options: as filled in.
        identity: of the file.
        below: lines below the table, of remarks and of a total.
        total: the last row is such a total, which is left out.
    """

    text: Beginning
    dialect: Dialect
    layout: Layout
    options: DelimitedOptions
    identity: Identity
    below: frozenset[int] = frozenset()
    total: bool = False

    def first(self, length: int) -> Loaded:
        """The rows in the first `length` characters."""
        part = cache.scratch(".csv")
        try:
            part.write_text(self.text.head[:length], encoding="utf-8", newline="")
            return self._in_memory(part, None)
        finally:
            cache.remove(part)

    def all_in_memory(self, watch: Watch | None) -> Loaded:
        """All rows, of a small file."""
        return self._readable(watch, lambda path: self._in_memory(path, watch))

    def copied(self, watch: Watch | None) -> Loaded:
        """All rows, from a copy on disk that is made if it is not there."""
        key = cache.key(self.identity, "delimited", self.options.model_dump(mode="json"))
        with alone(key, watch) as told:
            kept = load.cached(key)
            if kept is not None:
                return kept
            cache.reserve(self.identity.size if self.text.plain else 3 * self.identity.size)
            if self.text.plain:
                look_through(self.text.path)
            return self._readable(told, lambda path: self._copied(path, key, told))

    def _readable(self, watch: Watch | None, read: Callable[[Path], R]) -> R:
        """Calls `read` with a file that duckdb can read: this one, or a copy of its text."""
        import duckdb

        if self.text.plain:
            try:
                return read(self.text.path)
            except duckdb.InvalidInputException:  # line ends of several kinds, further down
                pass
        part = cache.scratch(".csv")
        try:
            transcode(self.text.path, self.text.encoding, part, watch, drop_nul=self.text.drop_nul)
            return read(part)
        finally:
            cache.remove(part)

    def _in_memory(self, path: Path, watch: Watch | None) -> Loaded:
        connection = connect([path])
        try:
            store = load.in_memory(
                connection, self.layout.select(self._rows(path)), watch, self.identity.size
            )
            if self.total:
                store = load.without_last(store)
            return store, self._checked(connection, store)
        except BaseException:
            connection.close()
            raise

    def _copied(self, path: Path, key: str, watch: Watch | None) -> Loaded:
        with connect([path]) as connection:
            part = load.copy(connection, self.layout.select(self._rows(path)), watch, self.identity.size)
            try:
                notes = self._checked(connection, load.parquet(connection, part))
                return load.keep(part, key, notes), notes
            finally:
                cache.remove(part)

    def _checked(self, connection: DuckDBPyConnection, store: Store) -> tuple[Note, ...]:
        title, width = self.text.path, len(self.layout.names)
        rejects = [reject for reject in rejected(connection) if reject.line not in self.below]
        refused = judge(rejects, title, width, self.text.encoding, self.options.bad_lines)
        return (*refused, *misfits(store, self.layout, self.options, title.name, self._locate))

    def _rows(self, path: Path) -> str:
        width = len(self.layout.names)
        columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(width))
        quote, escape = self.dialect.quote, self.dialect.quote
        if self.dialect.backslash:
            escape = "\\"
        settings = {
            "auto_detect": "false",
            "columns": f"{{{columns}}}",
            "header": "false",
            "skip": str(self.dialect.above),
            "delim": literal(self.dialect.delimiter),
            "quote": literal(quote),
            "escape": literal(escape),
            "compression": "'none'",
            "hive_partitioning": "false",
            "store_rejects": "true",
            "rejects_limit": str(MOST_LISTED),
            "max_line_size": str(LONGEST_LINE),
        }
        if self.options.bad_lines == "fill":  # cannot be done in parallel where line ends are quoted
            settings |= {"null_padding": "true", "parallel": "false"}
        listed = ", ".join(f"{name} = {value}" for name, value in settings.items())
        return f"read_csv({literal(pattern(path))}, {listed})"

    def _locate(self, row: int, place: int) -> tuple[str, str | None]:
        """The line on which a row ends, and its cell there."""
        if row >= _LOCATED_ROWS:
            return f"row {row + 1:,}", None
        width, fill = len(self.layout.names), self.options.bad_lines == "fill"
        with self.text.path.open(encoding=self.text.encoding, errors="replace", newline="") as file:
            reader = reader_of(file, self.dialect)
            seen = -self.dialect.above
            for cells in reader:
                whole = len(cells) == width or (fill and 0 < len(cells) < width) or (width == 1 and not cells)
                if seen == row and whole:
                    return f"line {reader.line_num:,}", cells[place] if place < len(cells) else ""
                seen += whole or seen < 0
        return f"row {row + 1:,}", None
