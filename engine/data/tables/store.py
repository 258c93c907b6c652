"""Rows that duckdb can reach at once: a small table in memory, or a Parquet file of any size.

Whatever a file was, it ends up here as columns `c0`, `c1`, .. of DOUBLE and VARCHAR (see `engine.data.tables.cells`).
Users' names for columns never become SQL.
"""

from __future__ import annotations

import atexit
import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakSet

import numpy as np

from engine.data.sources.base import MISSING, Kind
from engine.data.tables.connect import literal
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DAY = 86_400
_EPOCH = datetime.datetime(1970, 1, 1)


class ClosedError(RuntimeError):
    """Somebody asked for rows of a store that was closed."""


@dataclass(eq=False)
class Store:
    """Rows in a relation.

    Attributes:
        held: the database; None once the store is closed, wherever that is still held: what duckdb made must not live
            until the interpreter ends, which complains then.
        relation: what stands behind FROM.
        row: the expression in it that counts the rows, from 0.
        rows: how many there are.
    """

    held: DuckDBPyConnection | None
    relation: str
    row: str
    rows: int

    def __post_init__(self) -> None:
        _open_ones().add(self)

    @property
    def connection(self) -> DuckDBPyConnection:
        """To be used through cursors, so from any thread; raises `ClosedError`."""
        if self.held is None:
            raise ClosedError
        return self.held

    def page(self, kinds: Sequence[Kind], start: int, count: int) -> list[list[object]]:
        """The cells of some rows as people read them."""
        names = ", ".join(f"c{i}" for i in range(len(kinds)))
        found = self._query(names, start, start + count).fetchall()
        show = [_SHOW[kind] for kind in kinds]
        return [
            [None if cell is None else f(cell) for f, cell in zip(show, row, strict=True)] for row in found
        ]

    def read(self, columns: Sequence[tuple[int, Kind]], start: int, stop: int) -> list[Array]:
        """Some rows of the columns at these places, as `Source.read` gives them."""
        wanted = ", ".join(_read_sql(place, kind) for place, kind in columns)
        found = self._query(wanted, start, stop).fetchnumpy()
        return [_as_array(found[f"c{place}"], kind) for place, kind in columns]

    def _query(self, wanted: str, start: int, stop: int) -> DuckDBPyConnection:
        where = f"{self.row} >= {max(0, int(start))} AND {self.row} < {int(stop)}"
        return self.connection.cursor().execute(f"SELECT {wanted} FROM {self.relation} WHERE {where}")

    def close(self) -> None:
        """The rows cannot be reached any more."""
        held, self.held = self.held, None
        if held is not None:
            held.close()


@cache
def _open_ones() -> WeakSet[Store]:
    """All stores; those that nobody has closed are closed when the interpreter ends."""
    stores: WeakSet[Store] = WeakSet()
    atexit.register(_close_all, stores)
    return stores


def _close_all(stores: WeakSet[Store]) -> None:
    for store in list(stores):
        store.close()


def _read_sql(place: int, kind: Kind) -> str:
    if kind is Kind.TEXT:
        return f"coalesce(c{place}, chr(0) || {literal(MISSING[1:])}) AS c{place}"
    return f"CASE WHEN isfinite(c{place}) THEN c{place} ELSE 'nan'::DOUBLE END AS c{place}"


def _as_array(values: Array, kind: Kind) -> Array:
    plain = np.ma.getdata(values)
    if kind is not Kind.TEXT:
        return np.asarray(plain, np.float64)
    text = plain.astype(np.dtypes.StringDType())
    hidden = np.ma.getmaskarray(values)
    if hidden.any():
        text[hidden] = MISSING
    return text


def _number(value: float) -> float | int | None:
    if value - value != 0:  # infinite: a cell that does not fit
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def date_text(seconds: float) -> str | None:
    """A date, with the time of day where it is not midnight; years that calendars lack come out as NumPy writes them."""
    if seconds - seconds != 0:
        return None
    try:
        when = _EPOCH + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return str(np.datetime64(int(seconds), "s"))
    return when.date().isoformat() if seconds % _DAY == 0 else when.isoformat(" ")


def _truth(value: float) -> bool | None:
    return None if value - value != 0 else bool(value)


_SHOW: dict[Kind, Callable[..., object]] = {
    Kind.NUMBER: _number,
    Kind.TEXT: str,
    Kind.DATE: date_text,
    Kind.BOOL: _truth,
}
