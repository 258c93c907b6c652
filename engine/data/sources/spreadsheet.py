"""Sheets of Excel and OpenDocument workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from engine.data.sources.base import Source, SourceKind, Watch
from engine.data.tables.layout import AUTO, CellOptions
from engine.settings import setting


class SpreadsheetOptions(CellOptions):
    """Which sheet is read, and how."""

    sheet: str = setting("", "Sheet", "its name; empty: the first that holds something", max_length=200)
    skip_rows: int = setting(
        -1,
        "Rows above the table",
        "titles and such, to be passed over; -1: found by itself",
        ge=-1,
        le=10_000,
    )
    header: Literal["auto", "yes", "no"] = setting(AUTO, "Header", "whether the first row names the columns")
    unit_row: Literal["auto", "yes", "no"] = setting(
        AUTO, "Row of units", "whether the row below the names holds units, such as (cm), and no data"
    )


def _matches(path: Path, head: bytes) -> float:
    suffix = path.suffix.lower()
    if head.startswith(b"PK\x03\x04"):
        inside = b"xl/" in head or b"[Content_Types].xml" in head or b"opendocument.spreadsheet" in head
        return 0.95 if inside else 0.5 if suffix in SPREADSHEET.suffixes else 0.0
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return 0.9 if suffix == ".xls" else 0.3
    return 0.4 if suffix in SPREADSHEET.suffixes and path.is_file() else 0.0


def _open(path: Path, options: SpreadsheetOptions, watch: Watch | None) -> Source:
    from engine.data.tables.spreadsheet import open_spreadsheet

    return open_spreadsheet(SPREADSHEET, path, options, watch)


SPREADSHEET = SourceKind(
    name="spreadsheet",
    title="Spreadsheet (Excel, OpenDocument)",
    suffixes=(".xlsx", ".xlsm", ".xls", ".ods"),
    options=SpreadsheetOptions,
    matches=_matches,
    open=_open,
)
