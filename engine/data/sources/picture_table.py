"""A table with a column of paths of pictures: labels, numbers and the pictures they belong to."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from engine.data.errors import DataError
from engine.data.pictures.decode import SUFFIXES
from engine.data.pictures.source import FileColumn, FilePictureSource, PictureFiles
from engine.data.sources.base import MISSING, Identity, Kind, Source, SourceKind, Watch
from engine.data.sources.delimited import DELIMITED, DelimitedOptions
from engine.data.sources.held_files import HeldFiles
from engine.settings import setting
from engine.tensor.spec import Array

_LEAST_PATHS = 0.5  # share of the cells of a column that must be paths
_SAMPLE = 200  # rows that are looked at to find that column


class PictureTableOptions(DelimitedOptions):
    """How a table with pictures is understood: like any table of text, and which column has the paths."""

    pictures: str = setting(
        "", "Pictures", "the column of paths, as seen from the table's folder; empty: the first that has some"
    )
    alpha: bool = setting(
        False, "Keep opacity", "as a fourth channel; else pictures with opacity are laid on white"
    )


class PictureTable(FilePictureSource):
    """An opened table with pictures."""

    others = True

    def __init__(self, table: Source, options: PictureTableOptions, watch: Watch | None) -> None:
        column = options.pictures or _path_column(table)
        self._table, self._column = table, column
        self.kind, self.path, self.title = PICTURE_TABLE, table.path, table.title
        self.options = options.model_copy(update={**dict(table.options), "pictures": column})
        names = _paths(table, column, watch)
        root = _root(table.path.parent, names)
        self._held = HeldFiles.of(root, names)
        files = ((name, *state) for name, state in zip(names, self._held.states, strict=True))
        digest = Identity.of_listing(files).digest
        self.identity = table.identity.beside(digest)
        self._files = PictureFiles({column: FileColumn(root, names)}, digest, options.alpha)
        pictured = self._files.column(column)
        self.columns = tuple(pictured if c.name == column else c for c in table.columns)
        self._notes = table.notes

    def count(self, watch: Watch | None = None) -> int:
        """The rows of the table."""
        return self._table.count(watch)

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Pictures in the proposed size; the other columns as the table has them."""
        read = self._table.read([name for name in names if name != self._column], start, stop)
        if self._column in names:
            read[self._column] = self._files.read(self._column, start, stop)
        return read

    def changed(self) -> bool:
        """Whether the table or a picture is another, or gone."""
        return self._table.changed() or self._held.changed()

    def glance(self) -> bool:
        """The same of some of the pictures."""
        return self._table.changed() or self._held.glance()

    def close(self) -> None:
        """Close the table."""
        self._table.close()

    def _others(self, start: int, stop: int) -> dict[str, list[object]]:
        rows = self._table.page(start, stop - start)
        return {column.name: [row[i] for row in rows] for i, column in enumerate(self.columns)}


def _path_column(table: Source) -> str:
    """The first column of text in which most cells are paths of pictures.

    Raises:
        DataError: there is none.
    """
    for column in table.columns:
        if column.kind is Kind.TEXT:
            cells = [str(cell) for cell in table.read([column.name], 0, _SAMPLE)[column.name]]
            if sum(map(_is_path, cells)) > _LEAST_PATHS * len(cells):
                return column.name
    raise DataError(
        f"A table of pictures must have a column of their paths; {table.path.name} has none that can be told. Name it."
    )


def _is_path(cell: str) -> bool:
    return cell.strip().lower().endswith(SUFFIXES)


def _paths(table: Source, column: str, watch: Watch | None) -> list[str]:
    if table.column(column).kind is not Kind.TEXT:
        raise DataError(
            f"The paths of pictures must be text; {column!r} of {table.path.name} is not. Name another."
        )
    names: list[str] = []
    for block in table.blocks([column], watch=watch):
        cells = (str(cell).strip() for cell in block[column])
        names.extend("" if cell == MISSING or "\x00" in cell else cell.replace("\\", "/") for cell in cells)
    return names


def _root(folder: Path, names: Sequence[str]) -> Path:
    """The table's folder, or the folder in it (`images`) in which the first pictures are."""
    sample = [name for name in names if name][:20]

    def held(place: Path) -> int:
        return sum((place / name).is_file() for name in sample)

    if held(folder):
        return folder
    inside = sorted(entry for entry in folder.iterdir() if entry.is_dir())[:100]
    return max([folder, *inside], key=held)


def _matches(path: Path, head: bytes) -> float:
    """Surer than a table alone where one of the first rows names a picture that is there."""
    if path.suffix.lower() not in DELIMITED.suffixes or not head:
        return 0.0
    text = head.decode("utf-8-sig", "replace").replace("\x00", "")
    first = "\n".join(text.splitlines()[:20])
    for delimiter in ",;\t|":
        try:
            rows = list(csv.reader(io.StringIO(first), delimiter=delimiter))
        except csv.Error:
            continue
        names = [cell.strip().replace("\\", "/") for row in rows for cell in row if _is_path(cell)]
        if names and len(rows) > 1 and _found(path.parent, names):
            return 0.99
    return 0.0


def _found(folder: Path, names: Sequence[str]) -> bool:
    try:
        root = _root(folder, names)
        return any((root / name).is_file() for name in names[:20])
    except (OSError, ValueError):
        return False


def _open(path: Path, options: PictureTableOptions, watch: Watch | None) -> PictureTable:
    plain = DelimitedOptions.model_validate(
        {name: value for name, value in dict(options).items() if name in DelimitedOptions.model_fields}
    )
    table = DELIMITED.open(path, plain, watch)
    try:
        return PictureTable(table, options, watch)
    except BaseException:
        table.close()
        raise


PICTURE_TABLE = SourceKind(
    "picture_table", "Table of pictures (CSV)", (".csv", ".tsv", ".txt"), PictureTableOptions, _matches, _open
)
