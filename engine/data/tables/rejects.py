"""Lines of a CSV file that duckdb refused: what to say of them, and whether to go on without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from engine.data.errors import DataError, Remedy
from engine.data.sources.base import Note
from engine.data.tables.text import too_long, wrong_encoding

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

BadLines = Literal["stop", "skip", "fill"]
MOST_LISTED = 10_000  # duckdb keeps no more of them
_FEW = 8
SKIP = Remedy("Skip such lines", {"bad_lines": "skip"})
FILL = Remedy("Fill short lines with missing cells", {"bad_lines": "fill"})
NO_QUOTES = Remedy("Take quotes as letters", {"quote": "none"})


class Reject(NamedTuple):
    """A refused line."""

    line: int
    error: str
    text: str
    said: str


def rejected(connection: DuckDBPyConnection) -> list[Reject]:
    """The lines this very connection refused since the last call, each once, in order."""
    (known,) = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'"
    ).fetchall()
    if not known[0]:
        return []
    found = connection.execute(
        "SELECT line, any_value(error_type), any_value(csv_line[:200]), any_value(error_message) FROM reject_errors "
        "GROUP BY line ORDER BY line"
    ).fetchall()
    connection.execute("DROP TABLE reject_errors")
    connection.execute("DROP TABLE reject_scans")
    return [Reject(*row) for row in found]


def judge(
    rejects: Sequence[Reject], path: Path, width: int, encoding: str, bad_lines: BadLines
) -> tuple[Note, ...]:
    """A note on lines that are skipped.

    Raises:
        DataError: lines were refused that must not be skipped, or none may be.
    """
    for reject in rejects:
        if "ENCODING" in reject.error:
            raise wrong_encoding(path, encoding, reject.line)
        if "QUOTE" in reject.error and "\n" in reject.text.strip():
            raise open_quote(reject.line, path.name)
    if rejects and bad_lines != "skip" and not (bad_lines == "fill" and _only_long(rejects)):
        raise _stop(rejects, path, width)
    return (_skipped(rejects),) if rejects else ()


def _only_long(rejects: Sequence[Reject]) -> bool:
    return all("TOO MANY" in reject.error for reject in rejects)


def _skipped(rejects: Sequence[Reject]) -> Note:
    lines = ", ".join(f"{reject.line:,}" for reject in rejects[:_FEW]) + (
        " .." if len(rejects) > _FEW else ""
    )
    count = len(rejects)
    several = f"{count:,} or more lines" if count >= MOST_LISTED else f"{count:,} lines"
    left_out = "1 line" if count == 1 else several
    return Note(
        f"{left_out} could not be cut into the columns and {'is' if count == 1 else 'are'} left out: {lines}.",
        f"line {rejects[0].line:,}",
        "warning",
    )


def _stop(rejects: Sequence[Reject], path: Path, width: int) -> DataError:
    first = rejects[0]
    others = f" ({len(rejects) - 1:,} more lines are wrong, too)" if len(rejects) > 1 else ""
    where = f"line {first.line:,} of {path.name}"
    if "COLUMNS" in first.error:
        return ragged(width, where, first.said.rsplit(" ", 1)[-1], others)
    if "LINE SIZE" in first.error:
        return too_long(where, [SKIP])
    return DataError(
        f"A cell that begins with a quote must end with one; {where} has more behind it{others}. Correct it, take quotes "
        "as letters, or skip such lines.",
        [NO_QUOTES, SKIP],
    )


def open_quote(line: int, title: str) -> DataError:
    """For a quote that swallows what follows."""
    return DataError(
        f"A quote must be closed; the one on line {line:,} of {title} is not, so all that follows would be one cell. "
        "Correct it, or take quotes as letters.",
        [NO_QUOTES],
    )


def ragged(width: int, where: str, received: str, others: str = "") -> DataError:
    """For a line with more or fewer cells than columns."""
    return DataError(
        f"Every line must have as many cells as the first ({width}); {where} has {received}{others}. Correct it, skip "
        "such lines, or fill short ones.",
        [SKIP, FILL],
    )
