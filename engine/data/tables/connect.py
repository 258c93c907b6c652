"""The one place where duckdb is imported and set up: offline, in bounded memory, with access to named files alone.

duckdb fetches extensions from the network and opens any path a query names, unless it is told not to. It is imported
only when a table is opened, because a start of the window without one need not pay for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine import paths

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "600MB"  # of duckdb; with Python, NumPy and results a table stays far below 2 GB
_MOST_THREADS = 8  # each holds buffers of tens of megabytes


def connect(files: Sequence[Path] = (), folders: Sequence[Path] = ()) -> DuckDBPyConnection:
    """An empty database in memory that may read `files`, and read and write `folders`; nothing else.

    Raises:
        OSError: there is no folder to spill to.
    """
    import duckdb

    spill = paths.cache_dir() / "tables"
    spill.mkdir(exist_ok=True)
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
    connection.execute(f"SET allowed_paths = {_listed(files)}")
    connection.execute(f"SET allowed_directories = {_listed([spill, *folders])}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def pattern(path: Path) -> str:
    """A path as duckdb's readers take it: `*`, `?` and `[` are themselves, not a pattern for other files."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def _listed(files: Sequence[Path]) -> str:
    return "[" + ", ".join(literal(str(file)) for file in files) + "]"
