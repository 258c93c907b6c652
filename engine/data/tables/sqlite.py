"""Opening a table of an SQLite database, which is never written to. `engine.data.sources.sqlite` declares it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.errors import DataError, Remedy
from engine.data.sources.base import Identity, Note, SourceKind, Watch
from engine.data.tables.spool import Rows, Spooled, padded
from engine.data.tables.table import TableSource, reading

if TYPE_CHECKING:
    from engine.data.sources.sqlite import SqliteOptions

_MOST_COUNTED = 50  # tables of which the largest is looked for
_SECONDS_OF_WORK = 2_000_000  # virtual machine steps between two questions whether a view goes on for ever
_MOST_ROWS = 1_000_000_000
_BUSY_SECONDS = 2.0


def open_sqlite(
    kind: SourceKind[Any], path: Path, options: SqliteOptions, watch: Watch | None
) -> TableSource:
    """A table of a database.

    Raises:
        DataError: no database, no such table, or an empty one.
        Interrupted: by `watch`.
    """
    with reading(path), _errors(path):
        identity = Identity.of_file(path)
        with _connected(path) as connection:
            tables = _tables(connection)
            table = _chosen(connection, tables, options.table, path.name)
            cursor = connection.execute(f"SELECT * FROM {_quoted(table)} LIMIT 1")
            names = [column[0] for column in cursor.description]
            first = cursor.fetchone()
            if first is None:
                raise DataError(
                    f"A table must have rows; {table!r} of {path.name} has none. Choose another table or file."
                )
            total = _count(connection, table)
        notes = tuple(
            Note(f"The column {name!r} holds bytes, which are left out.", f"column {name!r}")
            for name, cell in zip(names, first, strict=True)
            if isinstance(cell, bytes)
        )
        if len(tables) > 1:
            listed = ", ".join(map(repr, tables[:10]))
            notes = (Note(f"The database has {len(tables)} tables ({listed}); this is {table!r}."), *notes)
        filled = options.model_copy(update={"table": table})
        return Spooled(
            kind,
            path,
            identity,
            filled,
            names,
            lambda: _rows(path, table, len(names)),
            total=total,
            place=f"table {table!r}, row",
            notes=notes,
            choices={"table": tuple(tables)},
        ).open(watch)


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Read-only; what a database brings along (triggers, views) may call no functions with side effects."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(
            f"{path.name} cannot be read as an SQLite database: {error}. Choose another file."
        ) from error


def _tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "ORDER BY type, rowid"
    )
    return [str(name) for (name,) in found]


def _chosen(connection: sqlite3.Connection, tables: list[str], wanted: str, title: str) -> str:
    if not tables:
        raise DataError(f"A database must have a table; {title} has none. Choose another file.")
    if not wanted:
        return max(tables[:_MOST_COUNTED], key=lambda table: _count(connection, table))
    if wanted not in tables:
        raise DataError(
            f"The table must be one of {', '.join(tables[:20])}; received {wanted!r}.",
            [Remedy("Take the largest table", {"table": ""})],
        )
    return wanted


def _count(connection: sqlite3.Connection, table: str) -> int:
    """How many rows; of a view that takes too long, none."""
    steps = iter(range(100))
    connection.set_progress_handler(lambda: next(steps, None) is None, _SECONDS_OF_WORK)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.set_progress_handler(None, 0)


def _rows(path: Path, table: str, width: int) -> Rows:
    with _errors(path), _connected(path) as connection:
        for number, row in enumerate(padded(connection.execute(f"SELECT * FROM {_quoted(table)}"), width)):
            if number >= _MOST_ROWS:
                raise DataError(
                    f"A table can have up to {_MOST_ROWS:,} rows; {table!r} of {path.name} has more."
                )
            yield row


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
