"""What is to be decoded, in parts that travel to worker processes: a few names go out, the bytes go straight to the file.

Sending decoded pictures back through a pipe would copy each of them four times, so a worker writes its rows itself.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from engine.data.errors import DataError
from engine.tensor.spec import Array, Shape

Complaints = Mapping[int, str]  # by row, why it could not be decoded
_PART_BYTES = 4_000_000
_MOST_ROWS = 256


class Job(ABC):
    """Rows of one shape and type, each decoded by itself. Jobs are pickled, so they hold names, not contents."""

    @property
    @abstractmethod
    def length(self) -> int:
        """How many rows."""

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """Of one row."""

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[Any]:
        """Of the decoded values."""

    @abstractmethod
    def part(self, start: int, stop: int) -> Job:
        """The same for rows `start` to `stop` alone."""

    @abstractmethod
    def decode(self) -> tuple[Array, dict[int, str]]:
        """All rows, (length, *shape), zeros where one cannot be decoded; and why, by row."""

    @property
    def row_bytes(self) -> int:
        """Bytes of one decoded row."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    @property
    def part_rows(self) -> int:
        """How many rows are decoded at a time: few enough to be held in memory, and to react to Cancel."""
        return max(1, min(_MOST_ROWS, _PART_BYTES // max(1, self.row_bytes)))


@dataclass(frozen=True, eq=False)
class FilesJob(Job):
    """Files of a folder, one a row.

    Attributes:
        root: the folder.
        names: paths in it.
    """

    root: str
    names: Sequence[str]

    @abstractmethod
    def row(self, name: str) -> Array:
        """What a file holds; raises `DataError` where it cannot be decoded."""

    @property
    def length(self) -> int:
        """How many files."""
        return len(self.names)

    def part(self, start: int, stop: int) -> Self:
        """Some of them."""
        return replace(self, names=tuple(self.names[start:stop]))

    def decode(self) -> tuple[Array, dict[int, str]]:
        """File by file: what is wrong with one says nothing of the others."""
        complaints: dict[int, str] = {}
        rows = np.zeros((self.length, *self.shape), self.dtype)
        for row, name in enumerate(self.names):
            try:
                rows[row] = self.row(name)
            except DataError as error:
                complaints[row] = complaint(error, name)
        return rows, complaints


def write_part(path: Path, place: int, job: Job) -> dict[int, str]:
    """Decode a part and write it at byte `place` of a file. Runs in a worker process.

    Raises:
        OSError: the file cannot be written, for example because the disk is full.
    """
    rows, complaints = job.decode()
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "wb", closefd=True) as file:
        file.seek(place)
        file.write(np.ascontiguousarray(rows).data)
    return complaints


def complaint(error: Exception, name: str) -> str:
    """What is wrong with a file, which goes by its path in the folder: other folders may hold one of the same name."""
    return str(error).replace(Path(name).name, name.encode("utf-8", "replace").decode("utf-8"), 1)
