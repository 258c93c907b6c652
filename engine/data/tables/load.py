"""Queries into stores: into memory for small tables, into a cached Parquet file for large ones."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.sources.base import Note, Watch
from engine.data.tables import cache
from engine.data.tables.connect import connect, literal, run
from engine.data.tables.store import Store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SMALL = 8_000_000  # bytes of a file that is read into memory when it is opened
_LONG_QUERY = 30_000  # letters: some hundred columns
_ROW_GROUP = 65_536  # rows; what a page must read of a Parquet file


def in_memory(
    connection: DuckDBPyConnection, query: str, watch: Watch | None = None, total: int = 1
) -> Store:
    """The result of a query as a table in memory."""
    _prepare(connection, query)
    run(connection, f"CREATE OR REPLACE TABLE rows AS {query}", watch, total)
    rows = connection.cursor().execute("SELECT count(*) FROM rows").fetchall()[0][0]
    return Store(connection, "rows", "rowid", int(rows))


def without_last(store: Store) -> Store:
    """A table in memory without its last row."""
    store.connection.execute(f"DELETE FROM {store.relation} WHERE {store.row} = {store.rows - 1}")
    return replace(store, rows=store.rows - 1)


def parquet(connection: DuckDBPyConnection, path: Path) -> Store:
    """A Parquet file whose columns are those of a store."""
    relation = f"read_parquet({literal(str(path))}, file_row_number = true)"
    rows = connection.cursor().execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]
    return Store(connection, relation, "file_row_number", int(rows))


def cached(key: str) -> tuple[Store, tuple[Note, ...]] | None:
    """The copy of that key, where there is a whole one."""
    path, about = _paths(key)
    try:
        notes = tuple(Note(**note) for note in json.loads(about.read_text(encoding="utf-8")))
        connection = connect()
        store = parquet(connection, path)
    except (OSError, ValueError, TypeError, _duckdb_error()):
        return None
    cache.used(path)
    cache.used(about)
    return store, notes


def copy(connection: DuckDBPyConnection, query: str, watch: Watch | None, total: int) -> Path:
    """Writes the result of a query to an unfinished copy; nothing is left of it where that fails."""
    part = cache.scratch(".parquet")
    _prepare(connection, query)
    try:
        run(
            connection,
            f"COPY ({query}) TO {literal(str(part))} "
            f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {_ROW_GROUP})",
            watch,
            total,
        )
    except BaseException:
        cache.remove(part)
        raise
    return part


def _prepare(connection: DuckDBPyConnection, query: str) -> None:
    """Looking for what a query says twice takes time with the square of its length; it pays in short ones."""
    if len(query) > _LONG_QUERY:
        connection.execute("SET disabled_optimizers = 'common_subexpressions'")


def keep(part: Path, key: str, notes: tuple[Note, ...]) -> Store:
    """Makes a checked copy the one of that key; its notes are kept beside it."""
    path, about = _paths(key)
    cache.keep(part, path)
    listing = cache.scratch(".json")
    kept = [{name: value for name, value in asdict(note).items() if value} for note in notes]
    listing.write_text(json.dumps(kept), encoding="utf-8")
    cache.keep(listing, about)
    return parquet(connect(), path)


def _paths(key: str) -> tuple[Path, Path]:
    place = cache.folder()
    return place / f"{key}.parquet", place / f"{key}.json"


def _duckdb_error() -> type[Exception]:
    import duckdb

    return duckdb.Error
