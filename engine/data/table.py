"""Reads CSV text into named columns, and cells into numbers, naming line and column of what is wrong.

A complaint that does not say where is useless to somebody with 5,000 lines. This reader is small on purpose:
one header, one table, UTF-8.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from engine.data.errors import DataError
from engine.data.tables.text import LONGEST_LINE
from engine.tensor.spec import Array

MOST_COLUMNS = 10_000
_DELIMITERS = ",;\t|"
_MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})


@dataclass(frozen=True)
class Table:
    """Columns of cells as text, stripped, and the line of the file that each row stands on."""

    path: Path
    columns: Mapping[str, list[str]]
    lines: list[int]

    def numbers(self, name: str) -> Array:
        """The column as finite float32 (rows,).

        Raises:
            DataError: a cell is missing, not a number, or out of range; names line and column.
        """
        values = _to_numbers(self.columns[name])
        if values is None:
            raise self._wrong(
                name, next(i for i, cell in enumerate(self.columns[name]) if not _is_number(cell))
            )
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        if not np.isfinite(single).all():
            raise self._wrong(name, int(np.flatnonzero(~np.isfinite(single))[0]))
        return single

    def texts(self, name: str) -> list[str]:
        """The column as text.

        Raises:
            DataError: a cell is missing; names line and column.
        """
        for row, cell in enumerate(self.columns[name]):
            if cell.lower() in _MISSING:
                raise self._wrong(name, row)
        return self.columns[name]

    def _wrong(self, name: str, row: int) -> DataError:
        cell = self.columns[name][row]
        where = f"line {self.lines[row]}, column {name!r} of {self.path.name}"
        if cell.lower() in _MISSING:
            return DataError(
                f"Every cell must hold a value; {where} is missing ({cell!r}). Fill it in or delete the line."
            )
        return DataError(
            f"A column of numbers must hold finite numbers only; {where} is {cell!r}. Correct it or delete "
            "the line."
        )


def csv_blocks(path: Path, size: int | None) -> Iterator[Table]:
    """The table in a CSV file of any length, `size` rows at a time; None: all at once.

    A first line of numbers alone is data, not a header.

    Raises:
        DataError: not there, not UTF-8, empty, or lines of different lengths.
    """
    lines = _rows(path)
    first = next(lines, None)
    if first is None:
        raise DataError(f"A table must have a header and rows; {path.name} is empty.")
    names = [cell or f"column {i}" for i, cell in enumerate(first[1], start=1)]
    if all(map(_is_number, first[1])):
        names = [f"column {i}" for i in range(1, len(names) + 1)]
        lines = chain([first], lines)
    rows = list(islice(lines, size))
    _check(path, names, rows)
    while rows:
        columns = dict(zip(names, map(list, zip(*(cells for _, cells in rows), strict=True)), strict=True))
        yield Table(path, columns, [line for line, _ in rows])
        rows = list(islice(lines, size))
        _check_lengths(path, names, rows)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each line that is not blank."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next((line for line in file if line.strip()), "")
            file.seek(0)
            csv.field_size_limit(LONGEST_LINE)  # of the whole process, and less where nobody has set it
            reader = csv.reader(file, delimiter=_delimiter(header))
            for cells in reader:
                if any(cells):
                    yield reader.line_num, [cell.strip() for cell in cells]
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"A CSV file must be UTF-8 text; {path.name} is not. Save it as UTF-8.") from error
    except csv.Error as error:
        raise DataError(f"The file {path.name} is not a CSV table: {error}.") from error


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _check(path: Path, names: list[str], rows: list[tuple[int, list[str]]]) -> None:
    repeated = (
        sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    )
    if repeated:
        raise DataError(f"Column names must differ; {path.name} has {repeated[0]!r} twice. Rename one.")
    if len(names) > MOST_COLUMNS:
        raise DataError(f"A table can have up to {MOST_COLUMNS:,} columns; {path.name} has {len(names):,}.")
    if not rows:
        raise DataError(f"A table must have rows below its header; {path.name} has none.")
    _check_lengths(path, names, rows)


def _check_lengths(path: Path, names: list[str], rows: list[tuple[int, list[str]]]) -> None:
    for line, cells in rows:
        if len(cells) != len(names):
            raise DataError(
                f"Every line must have as many cells as the first ({len(names)}); line {line} of {path.name} "
                f"has {len(cells)}. Correct that line."
            )


def _is_number(cell: str) -> bool:
    return _to_numbers([cell]) is not None


def _to_numbers(cells: list[str]) -> Array | None:
    """Float64 (rows,), or None if a cell is missing or no number."""
    try:
        values = np.array([float(cell) for cell in cells], np.float64)
    except ValueError:
        return None
    # float() takes 1_000 and nan; in a table these are a typing error and a missing value.
    if np.isnan(values).any() or any("_" in cell for cell in cells):
        return None
    return values
