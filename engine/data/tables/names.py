"""Names for columns: every column has one and no two have the same, whatever the file says."""

from __future__ import annotations

from collections.abc import Sequence

from engine.data.errors import DataError
from engine.data.sources.base import Note

MOST_COLUMNS = 3_000
LONGEST_NAME = 200  # characters
_FEW = 3


def check_width(width: int, title: str) -> None:
    """Raises `DataError` where a table has too many columns to be one."""
    if width > MOST_COLUMNS:
        raise DataError(
            f"A table can have up to {MOST_COLUMNS:,} columns; {title} has {width:,}. Save it as an .npy array, or "
            "keep fewer columns."
        )


def numbered(width: int) -> list[str]:
    """Names for a table without a header."""
    return [f"column {place}" for place in range(1, width + 1)]


def repaired(names: Sequence[str]) -> tuple[list[str], tuple[Note, ...]]:
    """Names that are neither empty nor the same, and notes on what was changed."""
    taken: set[str] = {_cleaned(name) for name in names}
    given: set[str] = set()
    result: list[str] = []
    empty: list[str] = []
    repeated: list[str] = []
    for place, name in enumerate(names, start=1):
        clean = _cleaned(name)
        unique = clean or _free(f"column {place}", taken)
        if not clean:
            empty.append(unique)
        elif clean in given:
            unique = _free(clean, taken)
            repeated.append(unique)
        taken.add(unique)
        given.add(unique)
        result.append(unique)
    return result, (
        *_note(empty, "has no name", "have no names"),
        *_note(repeated, "has the name of another", "have names of others"),
    )


def _cleaned(name: str) -> str:
    return " ".join(name.replace("\0", "").replace("\ufeff", "").split())[:LONGEST_NAME]


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free = f"{name} ({number})"
        number += 1
    return free


def _note(names: Sequence[str], one: str, several: str) -> tuple[Note, ...]:
    if not names:
        return ()
    listed = ", ".join(repr(name) for name in names[:_FEW]) + (" .." if len(names) > _FEW else "")
    subject = (
        f"{len(names):,} columns of the header {several}; they are"
        if len(names) > 1
        else f"A column of the header {one}; it is"
    )
    return (Note(f"{subject} called {listed} here.", "header"),)
