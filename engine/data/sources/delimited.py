"""CSV, TSV and pasted text.

The beginning is looked at in Python, which says how the text is cut and what its cells mean; duckdb does the cutting and
reading, so that a gigabyte takes seconds. Text that duckdb cannot read as it is (other encodings, mixed line ends, NUL
bytes) is first written anew as UTF-8.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from engine.data.sources.base import Source, SourceKind, Watch
from engine.data.tables.layout import AUTO, CellOptions
from engine.settings import setting


class DelimitedOptions(CellOptions):
    """How the text is cut into cells, and how those are read."""

    encoding: Literal[
        "auto", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "iso8859-15", "cp1250", "cp1251",
        "mac-roman", "shift_jis", "gb18030", "big5", "euc-kr",
    ] = setting(AUTO, "Encoding", "how letters are written as bytes")  # fmt: skip
    delimiter: Literal["auto", "comma", "semicolon", "tab", "bar", "space", "colon"] = setting(
        AUTO, "Delimiter", "what stands between cells"
    )
    quote: Literal["auto", "double", "single", "none"] = setting(
        AUTO, "Quotes", "what stands around a cell that holds a delimiter or a line end"
    )
    escape: Literal["auto", "doubled", "backslash"] = setting(
        AUTO, "Quotes in quotes", 'whether a quote within a quoted cell is written "" or \\"', advanced=True
    )
    skip_rows: int = setting(
        -1,
        "Lines above the table",
        "titles and such, to be passed over; -1: found by itself",
        ge=-1,
        le=10_000,
    )
    header: Literal["auto", "yes", "no"] = setting(AUTO, "Header", "whether the first row names the columns")
    unit_row: Literal["auto", "yes", "no"] = setting(
        AUTO, "Row of units", "whether the row below the names holds units, such as (cm), and no data"
    )
    bad_lines: Literal["stop", "skip", "fill"] = setting(
        "stop",
        "Lines that do not fit",
        "with more or fewer cells than columns: an error that says where, left out and counted, or short ones filled up",
    )
    nul_bytes: Literal["stop", "remove"] = setting(
        "stop", "Zero bytes", "text has none: an error that says where, or left out", advanced=True
    )


def _matches(path: Path, head: bytes) -> float:
    """By its name, since nearly any text could be a table; a binary so named is told when it is opened."""
    if path.suffix.lower() == ".txt" and head:
        return 0.5  # less than prose, more than prose that looks like a table (`engine.data.sources.text`)
    return 0.6 if path.suffix.lower() in DELIMITED.suffixes and path.is_file() else 0.0


def _open(path: Path, options: DelimitedOptions, watch: Watch | None) -> Source:
    from engine.data.tables.delimited import open_delimited

    return open_delimited(DELIMITED, path, options, watch)


DELIMITED = SourceKind(
    name="delimited",
    title="Table of text (CSV, TSV)",
    suffixes=(".csv", ".tsv", ".tab"),
    options=DelimitedOptions,
    matches=_matches,
    open=_open,
)
