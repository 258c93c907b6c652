"""Texts of a column in the cache: NumPy's strings live in memory only, so their letters lie in a file.

So millions of texts are prepared once for all processes, and who reads some of them has these in memory and no others.
"""

from __future__ import annotations

import threading
import weakref
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from engine.data.errors import DataError
from engine.tensor.spec import Array, DType, Shape

LETTERS, PLACES = ".letters", ".places.npy"  # what follows a column's number in the names of its two files
_BEGIN, _LENGTH = 0, 1  # of what is kept of each text, in bytes
_NEAR = 1_000_000  # bytes that are read in one go whatever lies between the texts,
_SPARSE = 4  # or so many times their own


class TextDraft:
    """Takes texts in any order of the rows; their letters are written as they come.

    Args:
        stem: of the two files.
        shape: of all texts; as a place of each takes room, it is set aside at once.
    """

    def __init__(self, stem: Path, shape: Shape) -> None:
        self._file = stem.with_suffix(LETTERS).open("wb")
        self._written = 0
        try:
            self._places = open_memmap(stem.with_suffix(PLACES), mode="w+", dtype=np.int64, shape=(*shape, 2))
        except OSError:
            self._file.close()
            raise

    def __setitem__(self, rows: Array | slice, texts: Array) -> None:
        """Keep texts (n, ..) as those of these rows.

        Raises:
            DataError: the disk is full.
        """
        letters = [text.encode() for text in texts.reshape(-1).tolist()]
        lengths = np.fromiter(map(len, letters), np.int64, len(letters))
        ends = self._written + np.cumsum(lengths)
        try:
            self._file.write(b"".join(letters))
            self._file.flush()
        except OSError as error:
            raise no_room(error) from error
        self._written += int(lengths.sum())
        self._places[rows] = np.stack([ends - lengths, lengths], axis=-1).reshape(*texts.shape, 2)

    def flush(self) -> None:
        """All is on the disk; nothing more comes."""
        self._file.close()
        self._places.flush()

    def close(self) -> None:
        """Let the files go, whole or not."""
        self._file.close()


class KeptTexts:
    """Texts in a file that are read a part at a time: what is asked for comes as an array of NumPy's strings.

    It has of an array what reads it: a shape, a type, and parts. Whoever needs it whole calls `np.asarray`.
    """

    def __init__(self, stem: Path) -> None:
        """Opens the two files; raises OSError or ValueError where they are not there or damaged."""
        self._places = np.asarray(open_memmap(stem.with_suffix(PLACES), mode="r"))
        self._file = FileIO(stem.with_suffix(LETTERS), "r")
        self._turn = threading.Lock()
        self._size = self._file.seek(0, 2)
        weakref.finalize(self, self._file.close)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the parts."""
        return DType.STRING.numpy

    @property
    def shape(self) -> Shape:
        """(rows, ..)."""
        return tuple(self._places.shape[:-1])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """On the disk."""
        return int(self._places.nbytes) + self._size

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, rows: Any) -> Array:
        """Some texts, chosen as from an array.

        Raises:
            DataError: the letters cannot be read any more.
        """
        places = self._places[rows]
        texts = self._read(places[..., _BEGIN].reshape(-1), places[..., _LENGTH].reshape(-1))
        return np.array(texts, self.dtype).reshape(places.shape[:-1])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("texts in a file become an array by copying only")
        return self[:]

    def _read(self, begins: Array, lengths: Array) -> list[str]:
        if not begins.size:
            return []
        first, last = int(begins.min()), int((begins + lengths).max())
        spans = zip(begins.tolist(), lengths.tolist(), strict=True)
        if last - first <= max(_NEAR, _SPARSE * int(lengths.sum())):
            block = self._letters(first, last - first)
            return [block[begin - first : begin - first + length].decode() for begin, length in spans]
        return [self._letters(begin, length).decode() for begin, length in spans]

    def _letters(self, begin: int, length: int) -> bytes:
        try:
            with self._turn:
                self._file.seek(begin)
                found = self._file.read(length)
        except OSError as error:
            raise _damaged() from error
        if len(found) != length:
            raise _damaged()
        return found


def _damaged() -> DataError:
    return DataError(
        "Prepared texts must stay in the cache while they are used; they can't be read any more. Choose the file again."
    )


def no_room(error: OSError) -> DataError:
    """For a disk that can't take what is prepared."""
    reason = error.strerror or str(error)
    return DataError(
        f"Prepared data is kept in the cache where it is too large for memory, which failed: {reason}. Make room on the "
        "disk, or use fewer rows or columns."
    )
