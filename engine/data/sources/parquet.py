"""Parquet files."""

from __future__ import annotations

from pathlib import Path

from engine.data.dataset import NoOptions
from engine.data.sources.base import Source, SourceKind, Watch


def _matches(path: Path, head: bytes) -> float:
    if head.startswith(b"PAR1"):
        return 0.95
    return 0.4 if path.suffix.lower() in PARQUET.suffixes and path.is_file() else 0.0


def _open(path: Path, options: NoOptions, watch: Watch | None) -> Source:
    from engine.data.tables.parquet import open_parquet

    return open_parquet(PARQUET, path, options)


PARQUET = SourceKind(
    name="parquet",
    title="Parquet table",
    suffixes=(".parquet", ".pq"),
    options=NoOptions,
    matches=_matches,
    open=_open,
)
