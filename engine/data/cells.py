"""Columns of bundled tables as arrays: numbers, and texts as 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.data.archive import read_table
from engine.tensor.spec import Array


class Cells:
    """The rows of a bundled table, column by column, those left out that should be."""

    def __init__(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._header = list(header)
        self._rows = rows

    @classmethod
    def of(cls, name: str) -> Cells:
        """The bundled table `name`; raises `DataError` where it is missing or damaged."""
        header, *rows = read_table(name)
        return cls(header, rows)

    def texts(self, column: str) -> list[str]:
        """A column as it stands."""
        place = self._header.index(column)
        return [row[place] for row in self._rows]

    def without(self, column: str, missing: str) -> Cells:
        """The rows in which the column is not `missing`."""
        place = self._header.index(column)
        return Cells(self._header, [row for row in self._rows if row[place] != missing])

    def numbers(self, *columns: str) -> Array:
        """Columns of numbers, float32 (N, columns)."""
        table = np.array([self.texts(column) for column in columns], np.float64)
        return np.ascontiguousarray(table.T, np.float32)

    def one_hot(self, column: str, categories: Sequence[str]) -> Array:
        """1 where the column holds the category, else 0: float32 (N, categories)."""
        texts = np.array(self.texts(column))[:, np.newaxis]
        held: Array = np.equal(texts, np.array(categories)).astype(np.float32)
        return held

    def classes(self, column: str, names: Sequence[str]) -> Array:
        """The place of each cell in the names, int32 (N,)."""
        return np.array([names.index(text) for text in self.texts(column)], np.int32)


def category_names(column: str, categories: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns of `one_hot`, as own files get them."""
    return tuple(f"{column}={category}" for category in categories)
