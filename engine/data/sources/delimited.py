"""CSV, TSV and pasted text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.data.errors import DataError
from engine.data.sources.base import MISSING, Column, Identity, Kind, Options, Source, SourceKind, Watch
from engine.data.tables.connect import connect, pattern
from engine.tensor.spec import Array


class DelimitedOptions(Options):
    """How the text is cut into cells."""


class DelimitedSource(Source):
    """A table of text, in memory."""

    def __init__(self, path: Path, options: DelimitedOptions) -> None:
        self.kind, self.path, self.title, self.options = DELIMITED, path, path.name, options
        self.identity = Identity.of_file(path)
        self.notes = ()
        self._connection = connect([path])
        self._connection.execute("CREATE TABLE rows AS SELECT * FROM read_csv(?)", [pattern(path)])
        found = self._connection.execute("DESCRIBE rows").fetchall()
        self.columns = tuple(Column(name, _kind(kind)) for name, kind, *_ in found)

    def count(self, watch: Watch | None = None) -> int:
        """The number of rows."""
        return int(self._connection.cursor().execute("SELECT count(*) FROM rows").fetchall()[0][0])

    def page(self, start: int, count: int) -> list[list[object]]:
        """Rows of cells."""
        query = "SELECT * FROM rows WHERE rowid >= ? AND rowid < ?"
        found = self._connection.cursor().execute(query, [start, start + count]).fetchall()
        return [[str(cell) if hasattr(cell, "isoformat") else cell for cell in row] for row in found]

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Columns of cells."""
        return {name: self._read(self.column(name), start, stop) for name in names}

    def _read(self, column: Column, start: int, stop: int) -> Array:
        name = '"' + column.name.replace('"', '""') + '"'
        cast = {
            Kind.NUMBER: f"coalesce({name}::DOUBLE, 'nan')",
            Kind.BOOL: f"coalesce({name}::DOUBLE, 'nan')",
            Kind.DATE: f"coalesce(epoch({name})::DOUBLE, 'nan')",
            Kind.TEXT: f"coalesce({name}::VARCHAR, chr(0))",
        }[column.kind]
        query = f"SELECT {cast} AS c FROM rows WHERE rowid >= ? AND rowid < ?"
        cells = self._connection.cursor().execute(query, [start, stop]).fetchnumpy()["c"]
        if column.kind is Kind.TEXT:
            return np.where(np.ma.getmaskarray(cells), MISSING, np.ma.getdata(cells)).astype(
                np.dtypes.StringDType()
            )
        return np.asarray(np.ma.filled(cells, np.nan), np.float64)


def _kind(name: str) -> Kind:
    if name in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return Kind.DATE
    if name == "BOOLEAN":
        return Kind.BOOL
    return Kind.TEXT if name in ("VARCHAR", "TIME") else Kind.NUMBER


def _matches(path: Path, head: bytes) -> float:
    return 0.9 if path.suffix.lower() in DELIMITED.suffixes and head else 0.0


def _open(path: Path, options: DelimitedOptions, watch: Watch | None) -> Source:
    import duckdb

    try:
        return DelimitedSource(path, options)
    except duckdb.Error as error:
        raise DataError(f"{path.name} cannot be read as a table: {str(error).splitlines()[0]}") from error


DELIMITED = SourceKind(
    "delimited", "Table of text (CSV)", (".csv", ".tsv", ".txt"), DelimitedOptions, _matches, _open
)
