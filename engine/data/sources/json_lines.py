"""JSON lines, and JSON files that are one list of records."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from engine.data.sources.base import Source, SourceKind, Watch
from engine.data.tables.layout import CellOptions
from engine.settings import setting


class JsonOptions(CellOptions):
    """How records are read."""

    bad_lines: Literal["stop", "skip"] = setting(
        "stop", "Lines that are no records", "an error that says where, or left out and counted"
    )


def _matches(path: Path, head: bytes) -> float:
    if path.suffix.lower() not in JSON.suffixes or not path.is_file():
        return 0.0
    return 0.8 if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[", b"") else 0.4


def _open(path: Path, options: JsonOptions, watch: Watch | None) -> Source:
    from engine.data.tables.json_records import open_json

    return open_json(JSON, path, options, watch)


JSON = SourceKind(
    name="json",
    title="JSON records",
    suffixes=(".jsonl", ".ndjson", ".json"),
    options=JsonOptions,
    matches=_matches,
    open=_open,
)
