"""A table as a source: its beginning is there at once, the rest when somebody asks for it.

The first rows are in memory when a table is opened. Whoever needs more (a count, a far page, a block) waits once, while
all rows are copied to where they can be read from anywhere (see `engine.data.tables.cache`).
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from engine import paths
from engine.data.errors import DataError
from engine.data.sources.base import BLOCK_ROWS, Column, Identity, Note, Options, Source, SourceKind, Watch
from engine.data.tables.cache import disk_full
from engine.data.tables.store import ClosedError, Store
from engine.tensor.spec import Array

Loaded = tuple[Store, tuple[Note, ...]]
Load = Callable[[Watch | None], Loaded]
_BLOCKS_AT_ONCE = 4  # that are read together,
_CELLS_AT_ONCE = 4_000_000  # if they have no more cells than this


class TableSource(Source):
    """A table whose rows a `Store` holds.

    Args:
        kind, path, identity, options, columns, notes: as a source has them.
        head: the first rows.
        load: gives all rows, and notes on them; None where `head` has them all.
    """

    def __init__(
        self,
        kind: SourceKind[Any],
        path: Path,
        identity: Identity,
        options: Options,
        columns: tuple[Column, ...],
        notes: tuple[Note, ...],
        head: Store,
        load: Load | None,
    ) -> None:
        self.kind, self.path, self.title = kind, path, path.name
        self.identity, self.options, self.columns, self.notes = identity, options, columns, notes
        self._kinds = [column.kind for column in columns]
        self._places = {column.name: place for place, column in enumerate(columns)}
        self._head = head
        self._load = load
        self._whole = head if load is None else None
        self._loading = threading.Lock()

    def whole(self, watch: Watch | None = None) -> Store:
        """All rows; the first call may read the whole file.

        Raises:
            DataError: the file cannot be read to its end.
            Interrupted: by `watch`.
        """
        with self._loading:
            if self._whole is None:
                if self._load is None:
                    raise DataError(f"{self.title} has been closed. Open it again.")
                with reading(self.path):
                    if self.changed():
                        raise gone(self.path)
                    self._whole, notes = self._load(watch)
                self.notes = (*self.notes, *notes)
            return self._whole

    def count(self, watch: Watch | None = None) -> int:
        """The number of rows; see `Source`."""
        return self.whole(watch).rows

    def page(self, start: int, count: int) -> list[list[object]]:
        """Rows as people read them; see `Source`."""
        with reading(self.path):
            return self._store(start + count).page(self._kinds, start, count)

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Rows as arrays; see `Source`."""
        wanted = list(dict.fromkeys(self._places[self.column(name).name] for name in names))
        if not wanted:
            return {}
        with reading(self.path):
            arrays = self._store(stop).read([(place, self._kinds[place]) for place in wanted], start, stop)
        return {self.columns[place].name: array for place, array in zip(wanted, arrays, strict=True)}

    def blocks(
        self, names: Sequence[str], size: int = BLOCK_ROWS, watch: Watch | None = None
    ) -> Iterator[dict[str, Array]]:
        """The same in order; see `Source`. Several blocks are read at a time: each question to the store costs time."""
        rows = self.count(watch)
        at_once = size * max(1, min(_BLOCKS_AT_ONCE, _CELLS_AT_ONCE // (size * max(1, len(names)))))
        for first in range(0, rows, at_once):
            last = min(first + at_once, rows)
            arrays = self.read(names, first, last)
            for start in range(first, last, size):
                stop = min(start + size, last)
                yield {name: array[start - first : stop - first] for name, array in arrays.items()}
                if watch is not None:
                    watch(stop, rows)

    def close(self) -> None:
        """Give back the rows."""
        with self._loading:
            self._load = None
            self._head.close()
            if self._whole is not None:
                self._whole.close()

    def _store(self, stop: int) -> Store:
        return self._head if stop <= self._head.rows else self._whole or self.whole()


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what goes wrong while a file is read into a sentence."""
    import duckdb

    try:
        yield
    except ClosedError as error:
        raise DataError(f"{path.name} has been closed. Open it again.") from error
    except (duckdb.Error, OSError) as error:
        raise _complaint(path, error) from error


def _complaint(path: Path, error: Exception) -> DataError:
    import duckdb

    text = str(error)
    if not path.exists():
        return gone(path)
    if "No space left" in text or "disk is full" in text.lower():
        size = path.stat().st_size if path.is_file() else 0
        return disk_full(size, shutil.disk_usage(paths.cache_dir()).free)
    if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)):
        return DataError(f"A table must fit the memory row by row; {path.name} does not. Keep fewer columns.")
    if isinstance(error, duckdb.ConnectionException):
        return DataError(f"{path.name} has been closed. Open it again.")
    said = text.splitlines()[0].split("Error: ", 1)[-1] if text else type(error).__name__
    return DataError(f"{path.name} cannot be read: {said.rstrip('.')}. Choose another file, or save it anew.")


def gone(path: Path) -> DataError:
    """For a file that is no longer what was opened."""
    if not path.exists():
        return DataError(
            f"A file must stay where it is while it is used; {path} is gone. Put it back, or choose it anew."
        )
    return DataError(f"A file must stay as it is while it is used; {path} has changed. Open it again.")
