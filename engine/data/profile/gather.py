"""Any source as rows that duckdb can count: a table is there already, of others the plain columns are put there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np

from engine.data.sources.base import MISSING, Column, Kind, Source, Watch
from engine.data.tables.connect import connect
from engine.data.tables.store import Store
from engine.data.tables.table import TableSource, reading

PLAIN = (Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.BOOL)


@contextlib.contextmanager
def gathered(source: Source, watch: Watch | None) -> Iterator[tuple[Store, tuple[Column, ...]]]:
    """The rows of a source, and its plain columns, which are `c0`, `c1`, .. there.

    Raises:
        DataError: the source cannot be read.
        Interrupted: by `watch`.
    """
    if isinstance(source, TableSource):
        with reading(source.path):
            yield source.whole(watch), source.columns
        return
    columns = tuple(
        column for column in source.columns if column.kind in PLAIN and column.shape in ((), (1,))
    )
    with reading(source.path), connect() as connection:
        listed = ", ".join(
            f"c{i} {'VARCHAR' if column.kind is Kind.TEXT else 'DOUBLE'}" for i, column in enumerate(columns)
        )
        connection.execute(f"CREATE TABLE rows ({listed or 'none DOUBLE'})")
        if columns:
            for block in source.blocks([column.name for column in columns], watch=watch):
                arrays = {
                    f"c{i}": _cells(block[column.name], column.kind) for i, column in enumerate(columns)
                }
                connection.register("block", arrays)
                connection.execute("INSERT INTO rows SELECT * FROM block")
                connection.unregister("block")
        yield Store(connection, "rows", "rowid", source.count(watch)), columns


def _cells(values: np.ndarray, kind: Kind) -> np.ndarray:
    """As the cells of a store: missing is NULL, or NaN, which is taken for it."""
    if kind is not Kind.TEXT:
        return np.asarray(values, np.float64).reshape(-1)
    flat = values.reshape(-1)
    texts = flat.astype(object)
    texts[flat == MISSING] = None
    return texts
