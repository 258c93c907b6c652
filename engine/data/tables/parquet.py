"""Opening a Parquet file, which is read where it is. `engine.data.sources.parquet` declares it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from engine.data.dataset import NoOptions
from engine.data.errors import DataError
from engine.data.sources.base import Column, Identity, Kind, Note, SourceKind
from engine.data.tables.connect import connect, literal, pattern
from engine.data.tables.names import check_width, repaired
from engine.data.tables.store import Store
from engine.data.tables.table import TableSource, reading

_NUMBERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*")
_DATES = re.compile(r"DATE|TIMESTAMP.*")
_NESTED = re.compile(r".*\]$|STRUCT.*|MAP.*|LIST.*|VARIANT.*")


def open_parquet(kind: SourceKind[Any], path: Path, options: NoOptions) -> TableSource:
    """The table in a Parquet file.

    Raises:
        DataError: what is wrong with it.
    """
    with reading(path):
        identity = Identity.of_file(path)
        connection = connect([path])
        try:
            file = (
                f"read_parquet({literal(pattern(path))}, hive_partitioning = false, file_row_number = true)"
            )
            described = connection.execute(f"DESCRIBE SELECT * FROM {file}").fetchall()
            found = [(str(name), str(kind)) for name, kind, *_ in described if name != "file_row_number"]
            check_width(len(found), path.name)
            names, notes = repaired([name for name, _ in found])
            columns: list[Column] = []
            cells: list[str] = []
            more: list[Note] = []
            for name, (stored, type_) in zip(names, found, strict=True):
                read = _read_sql('"' + stored.replace('"', '""') + '"', type_)
                if read is None:
                    more.append(Note(f"The column {name!r} holds bytes and is left out.", f"column {name!r}"))
                else:
                    cells.append(f"{read[1]} AS c{len(columns)}")
                    columns.append(Column(name, read[0]))
            store = _store(connection, f"(SELECT {', '.join([*cells, 'file_row_number'])} FROM {file})", file)
            if not store.rows or not columns:
                raise DataError(
                    f"A table must have columns and rows; {path.name} has none. Choose another file."
                )
        except BaseException:
            connection.close()
            raise
    return TableSource(kind, path, identity, options, tuple(columns), (*notes, *more), store, None)


def _store(connection: Any, relation: str, file: str) -> Store:
    rows = connection.execute(f"SELECT count(*) FROM {file}").fetchall()[0][0]
    return Store(connection, relation, "file_row_number", int(rows))


def _read_sql(column: str, type_: str) -> tuple[Kind, str] | None:
    """A stored column as the cells of a store; None where those would mean nothing."""
    if type_ == "BLOB":
        return None
    if type_ == "BOOLEAN":
        return Kind.BOOL, f"{column}::DOUBLE"
    if _NUMBERS.fullmatch(type_):
        return Kind.NUMBER, f"{column}::DOUBLE"
    if _DATES.fullmatch(type_):
        return Kind.DATE, f"epoch({column})::DOUBLE"
    text = f"to_json({column})::VARCHAR" if _NESTED.fullmatch(type_) else f"{column}::VARCHAR"
    return Kind.TEXT, f"replace({text}, chr(0), '')"
