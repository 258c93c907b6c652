"""Sources with columns of pictures: what a recipe and a view ask of them, whatever they read the pictures from."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.data.decoded.job import complaint
from engine.data.decoded.make import decode_all
from engine.data.errors import DataError
from engine.data.pictures import decode
from engine.data.pictures.job import PictureFilesJob
from engine.data.pictures.target import PictureFacts, PictureTarget, proposed_target
from engine.data.sources.base import Column, Kind, Note, Source, Watch
from engine.tensor.spec import Array, DType

THUMBNAIL = 64  # pixels of the longer side
_VERSION = 1  # of what decoding gives; a change makes cached sets be decoded again
_SAMPLE = 128  # pictures whose headers are read when a source is opened
_MOST_NOTES = 1_000  # single files that are listed
_KEPT_THUMBNAILS = 1_024


@dataclass(frozen=True, eq=False)
class Pictures:
    """All pictures of a column.

    Attributes:
        array: uint8 (n, height, width, channels), memory-mapped, a row for each row of the source.
        missing: the rows, int64 (k,), whose picture is not there or cannot be read; they hold zeros, and are not to be
            learned from. The source's notes say which files they are.
    """

    array: Array
    missing: Array = field(default_factory=lambda: np.zeros(0, np.int64))


class PictureSource(Source):
    """A source with at least one column of pictures."""

    @abstractmethod
    def proposed(self, name: str) -> PictureTarget:
        """What the pictures of the column should be brought to, judged by a sample."""

    @abstractmethod
    def pictures(self, name: str, target: PictureTarget, watch: Watch | None = None) -> Pictures:
        """All pictures of a column. The first time they are decoded, in parallel; then they are in the cache.

        Raises:
            DataError: no such column, or no space.
            Interrupted: by `watch`; what is decoded is kept.
        """

    @abstractmethod
    def picture(self, name: str, row: int, target: PictureTarget | None = None) -> Array:
        """One picture, uint8 (height, width, channels), in its own size where there is no target.

        Raises:
            DataError: it cannot be read.
        """


@dataclass(frozen=True)
class FileColumn:
    """A column of picture files.

    Attributes:
        root: the folder.
        names: their paths in it, by row; "" where a row has none.
        mask: whether they are class numbers.
    """

    root: Path
    names: Sequence[str]
    mask: bool = False

    def path(self, row: int) -> Path:
        """Where the picture of a row is.

        Raises:
            DataError: it has none.
        """
        if not self.names[row]:
            raise DataError(f"Row {row + 1:,} has no picture.")
        return self.root / self.names[row]

    def sample(self) -> list[PictureFacts]:
        """Facts on some of them, spread evenly; those that cannot be read are left out."""
        step = max(1, len(self.names) // _SAMPLE)
        facts = []
        for name in self.names[::step]:
            try:
                if name:
                    facts.append(decode.measured(self.root / name))
            except DataError:
                continue
        return facts


class PictureFiles:
    """The columns of pictures of a source that reads them from files.

    Args:
        columns: by name.
        key: tells what is on the disk from what was: a digest.
        alpha: whether opacity is a channel.
    """

    def __init__(self, columns: dict[str, FileColumn], key: str, alpha: bool = False) -> None:
        self._columns, self._key = columns, key
        self._facts = {name: column.sample() for name, column in columns.items()}
        self._alpha = alpha
        self.notes: tuple[Note, ...] = tuple(self._first_notes())
        self.thumbnail = lru_cache(maxsize=_KEPT_THUMBNAILS)(self._thumbnail)

    def column(self, name: str) -> Column:
        """As the source declares it."""
        target = self.proposed(name)
        sizes = {(f.height, f.width) for f in self._facts[name]}
        height, width = next(iter(sizes)) if len(sizes) == 1 else (-1, -1)
        return Column(name, Kind.PICTURE, (height, width, target.channels), DType.UINT8)

    def proposed(self, name: str) -> PictureTarget:
        """As `PictureSource.proposed`."""
        column = self._of(name)
        target = proposed_target(self._facts[name], column.mask)
        shown = next((other for other, held in self._columns.items() if not held.mask), None)
        if column.mask and shown is not None:  # each point of the picture has a class
            size = proposed_target(self._facts[shown])
            target = replace(target, height=size.height, width=size.width)
        if self._alpha and not column.mask and any(f.channels == 4 for f in self._facts[name]):
            return replace(target, channels=4)
        return target

    def pictures(self, name: str, target: PictureTarget, watch: Watch | None) -> Pictures:
        """As `PictureSource.pictures`."""
        column = self._of(name)
        target = replace(target, mask=column.mask, channels=1 if column.mask else target.channels)
        key = hashlib.sha256(repr((_VERSION, self._key, name, target)).encode()).hexdigest()[:32]
        made = decode_all(key, PictureFilesJob(target, str(column.root), column.names), watch)
        self._note(column, made.complaints)
        return Pictures(made.array, np.array(sorted(made.complaints), np.int64))

    def picture(self, name: str, row: int, target: PictureTarget | None) -> Array:
        """As `PictureSource.picture`."""
        column = self._of(name)
        path = column.path(row)
        if target is None:
            return decode.plain(path)
        return decode.decoded(path, replace(target, mask=column.mask))

    def read(self, name: str, start: int, stop: int) -> Array:
        """Rows in the proposed size, uint8 (n, height, width, channels); zeros for what cannot be read."""
        column = self._of(name)
        names = column.names[start:stop]
        rows, complaints = PictureFilesJob(self.proposed(name), str(column.root), names).decode()
        self._note(column, {start + row: text for row, text in complaints.items()})
        return rows

    def _thumbnail(self, name: str, row: int) -> Array | None:
        """A small picture for the page; None where it cannot be read."""
        column = self._of(name)
        try:
            return decode.thumbnail(column.path(row), THUMBNAIL, column.mask)
        except DataError as error:
            self._note(column, {row: complaint(error, column.names[row])})
            return None

    def _of(self, name: str) -> FileColumn:
        if name not in self._columns:
            raise DataError(
                f"There is no column of pictures {name!r}; take one of {', '.join(self._columns)}."
            )
        return self._columns[name]

    def _first_notes(self) -> list[Note]:
        notes = []
        if any(facts.deep for found in self._facts.values() for facts in found):
            notes.append(Note("Pictures of 16 bits are reduced to 8 bits: 256 steps from black to white."))
        seen = [facts for found in self._facts.values() for facts in found]
        if moving := sum(facts.moving for facts in seen):
            looked = " that were looked at" if self._is_part() else ""
            pictures = f"{moving:,} of {len(seen):,} pictures{looked}"
            several = f"{pictures} has several frames" if moving == 1 else f"{pictures} have several frames"
            notes.append(Note(f"{several} (animations, pages); the first of each is taken."))
        sizes = [{(f.height, f.width) for f in found} for found in self._facts.values()]
        if any(column.mask for column in self._columns.values()) and len(set(map(frozenset, sizes))) > 1:
            notes.append(
                Note(
                    "Some masks have another size than their pictures; both are brought to one.",
                    "",
                    "warning",
                )
            )
        return notes

    def _is_part(self) -> bool:
        """Whether not every picture was looked at."""
        files = sum(bool(name) for column in self._columns.values() for name in column.names)
        return sum(map(len, self._facts.values())) < files

    def _note(self, column: FileColumn, complaints: Mapping[int, str]) -> None:
        """List the files that cannot be read, each once."""
        known = {note.place for note in self.notes}
        room = _MOST_NOTES - len(self.notes)
        found = [
            Note(text, shown(column.names[row]), "warning")
            for row, text in complaints.items()
            if column.names[row] and shown(column.names[row]) not in known
        ]
        self.notes = (*self.notes, *found[: max(0, room)])


class FilePictureSource(PictureSource):
    """A source whose pictures are files of their own; what its other columns hold is for those who derive from it."""

    _files: PictureFiles
    _notes: tuple[Note, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:  # type: ignore[override]  # grows while pictures are read
        """What was left out, and which pictures cannot be read."""
        return (*self._notes, *self._files.notes)

    def page(self, start: int, count: int) -> list[list[object]]:
        """Small pictures, and what goes with them."""
        others = self._others(start, start + count)
        rows = range(*slice(start, start + count).indices(self.count()))
        pictured = [column.kind is Kind.PICTURE for column in self.columns]
        return [
            [
                self._files.thumbnail(column.name, row) if is_picture else others[column.name][row - start]
                for column, is_picture in zip(self.columns, pictured, strict=True)
            ]
            for row in rows
        ]

    def proposed(self, name: str) -> PictureTarget:
        """As the base says."""
        return self._files.proposed(name)

    def pictures(self, name: str, target: PictureTarget, watch: Watch | None = None) -> Pictures:
        """As the base says."""
        return self._files.pictures(name, target, watch)

    def picture(self, name: str, row: int, target: PictureTarget | None = None) -> Array:
        """As the base says."""
        return self._files.picture(name, row, target)

    @abstractmethod
    def _others(self, start: int, stop: int) -> Mapping[str, Sequence[object]]:
        """The cells of the other columns in rows `start` to `stop` as they are shown."""


def shown(name: str) -> str:
    """A file's name as it can be shown: bytes that are not UTF-8 replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
