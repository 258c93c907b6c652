"""Pictures as a job for the decoding processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.data.decoded.job import FilesJob, Job
from engine.data.errors import DataError
from engine.data.pictures.decode import decoded
from engine.data.pictures.fitting import fitted
from engine.data.pictures.target import PictureTarget
from engine.tensor.spec import Array, Shape


@dataclass(frozen=True, eq=False)
class PictureJob(Job):
    """Pictures that are brought to a target."""

    target: PictureTarget

    @property
    def shape(self) -> Shape:
        """(height, width, channels)."""
        return self.target.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Bytes."""
        return np.dtype(np.uint8)


@dataclass(frozen=True, eq=False)
class PictureFilesJob(FilesJob, PictureJob):
    """Picture files, named "" where there is none."""

    def row(self, name: str) -> Array:
        """(height, width, channels)."""
        if not name:
            raise DataError("There is no picture for this row.")
        return decoded(Path(self.root) / name, self.target)


class Rows(Protocol):
    """Pictures (n, height, width, channels), uint8, of which ranges can be had: an array, or several."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Array: ...


@dataclass(frozen=True, eq=False)
class ArrayJob(PictureJob):
    """Pictures of one size, to be brought to another."""

    pictures: Rows

    @property
    def length(self) -> int:
        """How many pictures."""
        return len(self.pictures)

    def part(self, start: int, stop: int) -> ArrayJob:
        """Some of them."""
        return replace(self, pictures=self.pictures[start:stop])

    def decode(self) -> tuple[Array, dict[int, str]]:
        """(length, height, width, channels)."""
        rows = np.zeros((self.length, *self.shape), np.uint8)
        for row, picture in enumerate(self.pictures[0 : self.length]):
            rows[row] = fitted(picture, self.target)
        return rows, {}
