"""What an opened file is to everything else: a table of columns, read by page, by range or block by block.

A table, a folder of pictures and an array file differ in how they are read, not in what is done with them; so views,
profiles and recipes know this module and no kind of file. A kind is declared once, as a `SourceKind` in a module of
`engine.data.sources`; the registry finds it.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Generic, Literal, Self, TypeVar

from engine.data.dataset import Options
from engine.data.errors import DataError, Remedy
from engine.devices.base import Interrupted, Watch
from engine.tensor.spec import Array, DType, Shape

__all__ = [
    "BLOCK_ROWS",
    "MISSING",
    "Column",
    "Identity",
    "Interrupted",
    "Kind",
    "Note",
    "Options",
    "Source",
    "SourceKind",
    "Watch",
]

# a missing cell of a column of text; no text that is read holds a NUL character. Letters follow it, since NumPy takes
# NULs at the end of a Python string off before it compares
MISSING = "\x00missing"
BLOCK_ROWS = 65_536
_EDGE = 1_000_000  # bytes at either end of a file that its digest covers


class Kind(StrEnum):
    """What the cells of a column are."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    BOOL = "bool"
    PICTURE = "picture"
    SOUND = "sound"
    ARRAY = "array"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: as the user sees it; unique in its source.
        kind: what its cells are.
        shape: of one cell, for pictures, sounds and arrays; -1 where it varies.
        dtype: of one cell, for pictures, sounds and arrays.
        unit: of its numbers, as the file says it; shown beside the name, and nothing is converted.
    """

    name: str
    kind: Kind
    shape: Shape = ()
    dtype: DType = DType.FLOAT32
    unit: str = ""


@dataclass(frozen=True)
class Note:
    """Something noticed while a file was read: a repaired name, a skipped line.

    Attributes:
        sentence: for the user.
        place: line, column or file it is about; may be empty.
        severity: whether it may change results.
        remedies: other ways to read the file, which help.
    """

    sentence: str
    place: str = ""
    severity: Literal["info", "warning"] = "info"
    remedies: tuple[Remedy, ...] = ()

    def with_options(self) -> str:
        """The sentence with the options of its remedies, for those who have no buttons."""
        named = [
            f"data.options.{name}={json.dumps(value)}"
            for remedy in self.remedies
            for name, value in remedy.options.items()
        ]
        return f"{self.sentence} (--set {', --set '.join(named)})" if named else self.sentence


@dataclass(frozen=True)
class Identity:
    """What tells a file from a later version of it.

    Attributes:
        size: bytes; of a folder, those of all its files.
        modified_ns: the time of the last change, in nanoseconds since 1970; of a folder, the latest of its files.
        digest: SHA-256 of size, first and last megabyte; of a folder, of the sorted listing with sizes and dates.
    """

    size: int
    modified_ns: int
    digest: str

    @classmethod
    def of_file(cls, path: Path) -> Identity:
        """Reads two megabytes at most.

        Raises:
            DataError: the file is not there or cannot be read.
        """
        try:
            with path.open("rb") as file:
                stat = path.stat()
                digest = hashlib.sha256(str(stat.st_size).encode())
                digest.update(file.read(_EDGE))
                file.seek(max(0, stat.st_size - _EDGE))
                digest.update(file.read(_EDGE))
        except OSError as error:
            raise DataError(f"The file {path} cannot be read: {error.strerror or error}.") from error
        return cls(stat.st_size, stat.st_mtime_ns, digest.hexdigest())

    def beside(self, digest: str) -> Identity:
        """Of a file that names others, which have a digest of their own."""
        both = hashlib.sha256(f"{self.digest} {digest}".encode()).hexdigest()
        return Identity(self.size, self.modified_ns, both)

    @classmethod
    def of_listing(cls, files: Iterable[tuple[str, int, int]]) -> Identity:
        """Of a folder: relative path, bytes and time of change (ns) of each of its files."""
        listing = sorted(files)
        digest = hashlib.sha256()
        for name, size, modified in listing:
            digest.update(f"{name}\0{size}\0{modified}\n".encode("utf-8", "surrogateescape"))
        sizes = sum(size for _, size, _ in listing)
        return cls(sizes, max((modified for _, _, modified in listing), default=0), digest.hexdigest())


class Source(ABC):
    """An opened file or folder: read-only, usable from several threads at once, closed when done.

    Attributes:
        kind: what opened it.
        path: where it is.
        title: its name for people.
        columns: in the order of the file.
        notes: what was noticed; may grow while the file is read on.
        identity: as it was when it was opened.
        options: as understood: what was sniffed is filled in, so that it can be shown and corrected.
        choices: of options that name a part of the file (a sheet, a table), the names there are.
        others: whether the file at `path` names others, which belong to it.
    """

    kind: SourceKind[Any]
    path: Path
    title: str
    columns: tuple[Column, ...]
    notes: tuple[Note, ...]
    identity: Identity
    options: Options
    choices: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    others: bool = False

    @abstractmethod
    def count(self, watch: Watch | None = None) -> int:
        """The number of rows. The first call may read the whole file; the answer is remembered.

        Raises:
            DataError: the file cannot be read to its end.
            Interrupted: by `watch`.
        """

    @abstractmethod
    def page(self, start: int, count: int) -> list[list[object]]:
        """Rows `start` to `start + count` (fewer at the end), each a list of cells as the user should see them.

        Cells are texts, numbers, bools, None where missing, and small uint8 arrays for pictures.
        """

    @abstractmethod
    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Rows `start` to `stop` (fewer at the end) of the named columns, each with the rows as first axis.

        NUMBER and BOOL are float64 with NaN for missing; DATE float64 seconds since 1970 (UTC), NaN for missing;
        TEXT NumPy's StringDType with `MISSING` for missing; PICTURE uint8 (n, height, width, channels); ARRAY as
        stored, memory-mapped where possible.

        Raises:
            DataError: no such column, or the file cannot be read.
        """

    def blocks(
        self, names: Sequence[str], size: int = BLOCK_ROWS, watch: Watch | None = None
    ) -> Iterator[dict[str, Array]]:
        """The same for all rows in order, `size` rows at a time, in bounded memory.

        Raises:
            DataError: no such column, or the file cannot be read.
            Interrupted: by `watch`, which is called with rows done and all rows.
        """
        rows = self.count(watch)
        for start in range(0, rows, size):
            stop = min(start + size, rows)
            yield self.read(names, start, stop)
            if watch is not None:
                watch(stop, rows)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            DataError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(column.name for column in self.columns[:20])
        raise DataError(f"{self.title} has no column {name!r}. Its columns are: {known}.")

    def changed(self) -> bool:
        """Whether what lies at `path` is no longer what was opened (or is gone); cheap."""
        try:
            stat = self.path.stat()
        except OSError:
            return True
        return (stat.st_size, stat.st_mtime_ns) != (self.identity.size, self.identity.modified_ns)

    def glance(self) -> bool:
        """The same, for now and then while others wait: may look at some of many files, at others each time."""
        return self.changed()

    def close(self) -> None:
        """Give back files and memory; the source cannot be read any more."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


O = TypeVar("O", bound=Options)  # noqa: E741 - of the options


@dataclass(frozen=True)
class SourceKind(Generic[O]):
    """The declaration of a kind of file.

    Attributes:
        name: how settings and files name it; never changes.
        title: for people.
        suffixes: of its files, with the dot, lower case; empty for folders.
        options: the model of its reading options.
        matches: how sure (0 to 1) it is that a path, whose first 64 kB are given (b"" for a folder), is of this kind.
        open: opens it; raises `DataError`, or what the watch raises.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    options: type[O]
    matches: Callable[[Path, bytes], float]
    open: Callable[[Path, O, Watch | None], Source]
