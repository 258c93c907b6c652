"""Pictures as a job for the decoding processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.data.decoded.job import Job, complaint
from engine.data.errors import DataError
from engine.data.pictures.decode import decoded
from engine.data.pictures.fitting import fitted
from engine.data.pictures.target import PictureTarget
from engine.tensor.spec import Array, Shape


@dataclass(frozen=True, eq=False)
class FileJob(Job):
    """Picture files.

    Attributes:
        root: the folder.
        names: paths in it; "" where there is no picture.
        target: what they are brought to.
    """

    root: str
    names: Sequence[str]
    target: PictureTarget

    @property
    def length(self) -> int:
        """How many pictures."""
        return len(self.names)

    @property
    def shape(self) -> Shape:
        """(height, width, channels)."""
        return self.target.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Bytes."""
        return np.dtype(np.uint8)

    def part(self, start: int, stop: int) -> FileJob:
        """Some of them."""
        return replace(self, names=tuple(self.names[start:stop]))

    def decode(self) -> tuple[Array, dict[int, str]]:
        """(length, height, width, channels)."""
        root, complaints = Path(self.root), {}
        rows = np.zeros((self.length, *self.shape), np.uint8)
        for row, name in enumerate(self.names):
            try:
                if not name:
                    raise DataError("There is no picture for this row.")
                rows[row] = decoded(root / name, self.target)
            except DataError as error:
                complaints[row] = complaint(error, name)
        return rows, complaints


class Rows(Protocol):
    """Pictures (n, height, width, channels), uint8, of which ranges can be had: an array, or several."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Array: ...


@dataclass(frozen=True, eq=False)
class ArrayJob(Job):
    """Pictures of one size, to be brought to another."""

    pictures: Rows
    target: PictureTarget

    @property
    def length(self) -> int:
        """How many pictures."""
        return len(self.pictures)

    @property
    def shape(self) -> Shape:
        """(height, width, channels)."""
        return self.target.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Bytes."""
        return np.dtype(np.uint8)

    def part(self, start: int, stop: int) -> ArrayJob:
        """Some of them."""
        return replace(self, pictures=self.pictures[start:stop])

    def decode(self) -> tuple[Array, dict[int, str]]:
        """(length, height, width, channels)."""
        rows = np.zeros((self.length, *self.shape), np.uint8)
        for row, picture in enumerate(self.pictures[0 : self.length]):
            rows[row] = fitted(picture, self.target)
        return rows, {}
