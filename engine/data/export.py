"""Tables as CSV that a spreadsheet opens safely.

A spreadsheet runs a cell of text that begins with `=`, `+`, `-` or `@` as a formula; data from strangers may hold such
cells on purpose (https://owasp.org/www-community/attacks/CSV_Injection). So an apostrophe is put before them, which
spreadsheets take for "this is text". Numbers stay numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.data.errors import DataError

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutralized(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula.

    >>> neutralized("=1+1"), neutralized(-1.5), neutralized("-1.5"), neutralized("a=b")
    ("'=1+1", -1.5, '-1.5', 'a=b')
    """
    if not isinstance(cell, str):
        return cell
    # blanks before a formula do not keep a spreadsheet from running it
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_RISKY) and not _is_number(cell) else cell


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes a table as UTF-8 with commas; names and texts neutralized, None as an empty cell.

    Raises:
        DataError: the file cannot be written; nothing is left of it.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([neutralized(name) for name in names])
            writer.writerows([neutralized(cell) for cell in row] for row in rows)
        part.replace(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}. Choose another place."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return not any(letter in cell for letter in "_\t\r\n") and cell.strip()[-1:].isdigit()
