"""The one place where duckdb is imported and set up: offline, in bounded memory, with access to named files alone.

duckdb fetches extensions from the network and opens any path a query names, unless it is told not to. It is imported
only when a table is opened, because a start of the window without one need not pay for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine import paths
from engine.devices.base import Watch

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "600MB"  # of duckdb; with Python, NumPy and results a table stays far below 2 GB
_POLL_SECONDS = 0.05
_MOST_THREADS = 8  # each holds buffers of tens of megabytes


def connect(files: Sequence[Path] = (), folders: Sequence[Path] = ()) -> DuckDBPyConnection:
    """An empty database in memory that may read `files`, and read and write `folders`; nothing else.

    Raises:
        OSError: there is no folder to spill to.
    """
    import duckdb

    spill = paths.cache_dir() / "tables" / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": MEMORY_LIMIT,
            "threads": min(os.cpu_count() or 1, _MOST_THREADS),
            "temp_directory": str(spill),
        },
    )
    connection.execute(f"SET allowed_paths = {_listed([*map(str, files), *map(pattern, files)])}")
    connection.execute(
        f"SET allowed_directories = {_listed([str(folder) for folder in (spill.parent, *folders)])}"
    )
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def run(
    connection: DuckDBPyConnection, query: str, watch: Watch | None = None, total: int = 1
) -> DuckDBPyConnection:
    """Runs a query that may take long, and returns the connection, which holds its result.

    `watch` is called on this thread, with the part of `total` that is done; what it raises ends the query and comes out.

    Raises:
        duckdb.Error: by the query.
        Interrupted: by `watch`.
    """
    if watch is None:
        return connection.execute(query)
    for name, value in (
        ("enable_progress_bar", True),
        ("enable_progress_bar_print", False),
        ("progress_bar_time", 0),
    ):
        connection.execute(f"SET {name} = {value}")
    failures: list[BaseException] = []
    thread = threading.Thread(target=_execute, args=(connection, query, failures), name="query")
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_POLL_SECONDS)
            watch(int(max(0.0, min(connection.query_progress(), 100.0)) / 100 * total), total)
    except BaseException:
        while thread.is_alive():  # interrupting a query that has not begun does nothing
            connection.interrupt()
            thread.join(_POLL_SECONDS)
        raise
    if failures:
        raise failures[0]
    return connection


def _execute(connection: DuckDBPyConnection, query: str, failures: list[BaseException]) -> None:
    try:
        connection.execute(query)
    except BaseException as error:  # noqa: BLE001 - raised on the thread that waits
        failures.append(error)


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def pattern(path: Path) -> str:
    """A path as duckdb's readers take it: `*`, `?` and `[` are themselves, not a pattern for other files."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def _listed(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(literal, texts)) + "]"
