"""Opening a sheet: from a workbook to a table source. `engine.data.sources.spreadsheet` declares it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.errors import DataError, Remedy
from engine.data.sources.base import Identity, Note, SourceKind, Watch
from engine.data.tables.layout import AUTO
from engine.data.tables.names import check_width, numbered
from engine.data.tables.sniff import is_header, preamble
from engine.data.tables.spool import Spooled, padded
from engine.data.tables.table import TableSource, reading
from engine.data.tables.unit_row import has_unit_row, note_on, units_in
from engine.data.tables.workbook_guard import MOST_CELLS, guard

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    from engine.data.sources.spreadsheet import SpreadsheetOptions

_LOOKED_AT = 300  # rows, for titles and a header
_LEAST_ROWS = 2  # with several cells: a sheet with fewer tells of others


def open_spreadsheet(
    kind: SourceKind[Any], path: Path, options: SpreadsheetOptions, watch: Watch | None
) -> TableSource:
    """The table in a sheet of a workbook.

    Raises:
        DataError: what is wrong, and where.
        Interrupted: by `watch`.
    """
    with reading(path):
        identity = Identity.of_file(path)
        if _starts_as_zip(path):
            guard(path)
        cells, merged, name, sheets = _read(path, options.sheet)
        filled, names, start, units = _top(cells, options, path.name)
        notes: tuple[Note, ...] = (note_on(units),) if any(units) else ()
        if len(sheets) > 1:
            listed = ", ".join(repr(sheet) for sheet in sheets[:10])
            notes = (Note(f"The workbook has {len(sheets)} sheets ({listed}); this is {name!r}."), *notes)
        if merged:
            notes += (Note("The value of cells that are merged into one stands in each of their rows."),)
        width = len(names)
        return Spooled(
            kind,
            path,
            identity,
            filled.model_copy(update={"sheet": name}),
            names,
            lambda: padded(cells[start:], width),
            total=len(cells) - start,
            first=start + 1,
            place=f"sheet {name!r}, row",
            notes=notes,
            choices={"sheet": tuple(sheets)},
            units=units,
        ).open(watch)


def _starts_as_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _read(path: Path, wanted: str) -> tuple[list[list[object]], bool, str, list[str]]:
    """The cells of a sheet, whether some were merged over rows, its name, and the names of all sheets."""
    import python_calamine

    try:
        with python_calamine.load_workbook(str(path)) as workbook:
            sheets = list(workbook.sheet_names)
            if wanted and wanted not in sheets:
                raise DataError(
                    f"The sheet must be one of {', '.join(sheets[:20])}; received {wanted!r}.",
                    [Remedy("Take the first sheet", {"sheet": ""})],
                )
            first: tuple[list[list[object]], bool, str, list[str]] | None = None
            for name in [wanted] if wanted else sheets:
                cells, merged = _cells(workbook, name, path)
                found = (cells, merged, name, sheets)
                if (wanted and cells) or _is_table(cells):
                    return found
                first = found if cells and first is None else first
            if first is not None:
                return first
    except python_calamine.PasswordError as error:
        raise DataError(
            f"A workbook must be without a password; {path.name} has one. Save it without."
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DataError(
            f"{path.name} cannot be read as a workbook: {_first(error)}. Save it anew."
        ) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader says that it gave up
            raise
        raise DataError(f"{path.name} cannot be read as a workbook: it is damaged. Save it anew.") from error
    where = f"the sheet {wanted!r} of {path.name}" if wanted else path.name
    raise DataError(f"A table must have a header and rows; {where} is empty. Choose another.")


def _is_table(cells: Sequence[Sequence[object]]) -> bool:
    """Whether a sheet is more than a title page: several rows with several cells each."""
    return sum(sum(cell != "" for cell in row) > 1 for row in cells[:_LOOKED_AT]) >= _LEAST_ROWS


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _cells(workbook: CalamineWorkbook, name: str, path: Path) -> tuple[list[list[object]], bool]:
    sheet: CalamineSheet = workbook.get_sheet_by_name(name)
    if sheet.height * sheet.width > MOST_CELLS:
        raise DataError(
            f"A sheet can have up to {MOST_CELLS:,} cells; {name!r} of {path.name} has {sheet.height:,} rows and "
            f"{sheet.width:,} columns. Save it as CSV."
        )
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    return rows, _spread(rows, sheet.merged_cell_ranges or ())


def _spread(rows: list[list[object]], merged: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> bool:
    """Writes the value of cells that are merged over several rows of one column into each of them; whether there are any.

    A cell over several columns is a title, not a value.
    """
    found, looked_at = False, 0
    for (top, left), (bottom, right) in merged:
        looked_at += bottom - top
        if looked_at > MOST_CELLS:  # a file that claims what no sheet can hold
            break
        if left != right or top == bottom or top >= len(rows) or left >= len(rows[top]):
            continue
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] == "":
                row[left] = rows[top][left]
                found = True
    return found


def _top(
    cells: Sequence[Sequence[object]], options: SpreadsheetOptions, title: str
) -> tuple[SpreadsheetOptions, list[str], int, tuple[str, ...]]:
    """The options with titles and header found, the names, the place of the first row of data, and the units."""
    width = max(map(len, cells))
    check_width(width, title)
    looked = [_trimmed(row) for row in padded(cells[:_LOOKED_AT], width)]
    skip = preamble(looked) if options.skip_rows < 0 else min(options.skip_rows, len(cells) - 1)
    rows = list(padded(cells[skip : skip + _LOOKED_AT], width))
    header = is_header(rows, (".", "")) if options.header == AUTO else options.header == "yes"
    names = rows[0] if header else numbered(width)
    has_units = has_unit_row(rows, (".", "")) if options.unit_row == AUTO else options.unit_row == "yes"
    has_units = has_units and header and len(rows) > 1
    start = skip + header + has_units
    if len(cells) <= start:
        raise DataError(
            f"A table must have rows below its header; {title} has none. Choose another sheet or file.",
            [Remedy("Take the first row for data", {"header": "no"})],
        )
    said = {
        "skip_rows": skip,
        "header": "yes" if header else "no",
        "unit_row": "yes" if has_units else "no",
    }
    units = units_in(rows[1]) if has_units else ()
    return options.model_copy(update=said), list(names), start, units


def _trimmed(row: Sequence[str]) -> list[str]:
    """Without the empty cells at the end, which make rows of titles look as wide as others."""
    last = next((i for i in range(len(row), 0, -1) if row[i - 1]), 0)
    return list(row[:last])
