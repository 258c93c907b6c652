"""Tables of SQLite databases."""

from __future__ import annotations

from pathlib import Path

from engine.data.sources.base import Source, SourceKind, Watch
from engine.data.tables.layout import CellOptions
from engine.settings import setting


class SqliteOptions(CellOptions):
    """Which table is read, and how."""

    table: str = setting(
        "", "Table", "its name, or that of a view; empty: the table with the most rows", max_length=500
    )


def _matches(path: Path, head: bytes) -> float:
    if head.startswith(b"SQLite format 3\0"):
        return 0.95
    return 0.4 if path.suffix.lower() in SQLITE.suffixes and path.is_file() else 0.0


def _open(path: Path, options: SqliteOptions, watch: Watch | None) -> Source:
    from engine.data.tables.sqlite import open_sqlite

    return open_sqlite(SQLITE, path, options, watch)


SQLITE = SourceKind(
    name="sqlite",
    title="SQLite table",
    suffixes=(".sqlite", ".sqlite3", ".db", ".db3"),
    options=SqliteOptions,
    matches=_matches,
    open=_open,
)
