"""Reads `.npy` and `.npz` files of strangers: no pickle, nothing allocated before the header is believable.

`numpy.load` trusts the header: a file of 200 bytes that claims 10^12 numbers makes it ask for the memory.
Here the claimed size must be the size that is there, and archives have a limit on what they unpack to.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from engine.data.errors import DataError
from engine.tensor.spec import Array

LARGEST_DATA = 4_000_000_000  # bytes, unpacked
MOST_ARRAYS = 100
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1  # bit of the flags
_LONGEST_HEADER = 10_000
_HEADER = re.compile(
    r"\{'descr': '(?P<order>[<>|=]?)(?P<type>O|[biufU][0-9]{1,9})', "
    r"'fortran_order': (?P<fortran>True|False), 'shape': \((?P<shape>(?:[0-9]+(?:, [0-9]+)*,?)?)\),? *\}\s*"
)


def read_npy(path: Path) -> Array:
    """The array of a `.npy` file.

    Raises:
        DataError: cannot be read, not an `.npy` file, or one that only pickle can read.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size, path.name)
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error.strerror or error}.") from error


MOST_BYTES = 2**62  # that any shape may claim


@dataclass(frozen=True)
class Layout:
    """Where and how an array lies in a file, as its header says.

    Attributes:
        dtype, shape: of the array.
        order: "F" if the first axis varies fastest.
        offset: bytes from where the header began to the first value.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    order: Literal["F", "C"]
    offset: int

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def is_beyond_bounds(self) -> bool:
        """Whether NumPy has no such shape: it multiplies the other sides of an array without values, too."""
        return math.prod(max(1, side) for side in self.shape) * self.dtype.itemsize > MOST_BYTES


def read_layout(file: IO[bytes], size: int, label: str) -> Layout:
    """The header of an array in a stream that has `size` bytes in all; the values come next in it.

    Raises:
        DataError: not an array, one that only pickle can read, or one of another size than its header says.
    """
    header = _header(file, label)
    if header["type"] == "O":
        raise DataError(
            f"Arrays must hold plain numbers or text; {label} holds Python objects, which could run code "
            "when they are read. Save it with a number type."
        )
    try:
        dtype = np.dtype(header["order"] + header["type"])
        shape = tuple(int(length) for length in header["shape"].replace(",", " ").split())
    except (TypeError, ValueError) as error:  # no such type, a number beyond all bounds
        raise _misfit(label, header, size) from error
    layout = Layout(dtype, shape, "F" if header["fortran"] == "True" else "C", file.tell())
    if layout.nbytes != size - layout.offset or layout.is_beyond_bounds:
        raise _misfit(label, header, size)
    return layout


def map_array(path: Path, layout: Layout, start: int = 0) -> Array:
    """An array that lies in a file from byte `start` on, memory-mapped and read-only.

    Raises:
        DataError: it cannot be mapped.
    """
    if not layout.nbytes:
        return np.zeros(layout.shape, layout.dtype)
    try:
        place = start + layout.offset
        return np.memmap(path, layout.dtype, "r", place, layout.shape, layout.order)
    except (OSError, ValueError, OverflowError) as error:
        raise DataError(f"The file {path} cannot be read: {error}.") from error


def map_npy(path: Path, label: str = "") -> Array:
    """The array of a `.npy` file of any size, memory-mapped and read-only.

    Raises:
        DataError: cannot be read, not an `.npy` file, or one that only pickle can read.
    """
    try:
        with path.open("rb") as file:
            layout = read_layout(file, path.stat().st_size, label or path.name)
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error.strerror or error}.") from error
    return map_array(path, layout)


def read_npz(path: Path) -> Mapping[str, Array]:
    """The arrays of an `.npz` file by name.

    Raises:
        DataError: cannot be read, not an `.npz` file, damaged, too large, or with arrays that only pickle can
            read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_archive(path, entries)
            return {
                entry.filename.removesuffix(".npy"): _read_entry(archive, entry, path.name)
                for entry in entries
            }
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise DataError(f"The file {path.name} is not an .npz archive, or is damaged: {error}.") from error


def _check_archive(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    foreign = [e for e in entries if e.compress_type not in _COMPRESSIONS or e.flag_bits & _ENCRYPTED]
    if foreign:
        raise DataError(
            f"An .npz file must be written by numpy.savez or savez_compressed; {foreign[0].filename} in "
            f"{path.name} is encrypted or compressed in another way."
        )
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ARRAYS or size > LARGEST_DATA:
        raise DataError(
            f"An .npz file can have up to {MOST_ARRAYS} arrays of {LARGEST_DATA // 10**9} GB together; "
            f"{path.name} has {len(entries)} of {size / 10**9:.1f} GB. Use fewer rows."
        )


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file_name: str) -> Array:
    with archive.open(entry) as file:
        return _read(file, entry.file_size, f"{entry.filename} in {file_name}")


def _read(file: IO[bytes], size: int, label: str) -> Array:
    """One array from a stream of `size` bytes."""
    layout = read_layout(file, size, label)
    if layout.nbytes > LARGEST_DATA:
        raise DataError(
            f"An array can have up to {LARGEST_DATA // 10**9} GB here; {label} has {layout.nbytes / 1e9:.1f} GB. Use fewer "
            "rows."
        )
    raw = file.read(layout.nbytes)
    if len(raw) != layout.nbytes:
        raise DataError(f"An array must be as large as its header says; {label} is cut off. Save it again.")
    return np.frombuffer(raw, layout.dtype).reshape(layout.shape, order=layout.order)


def _misfit(label: str, header: re.Match[str], size: int) -> DataError:
    return DataError(
        f"An array must be as large as its header says; {label} claims the shape ({header['shape'][:80]}) of "
        f"type {header['type']} in {size:,} bytes. The file is damaged or cut off; save it again."
    )


def _header(file: IO[bytes], label: str) -> re.Match[str]:
    """The header's fields: order, type, fortran, shape.

    Parsed by pattern, not by `numpy.lib.format`, which evaluates it as a Python literal and fails on hostile
    ones in ways that cannot be listed.
    """
    start = file.read(8)
    width = 2 if start[6:7] == b"\x01" else 4
    length = int.from_bytes(file.read(width), "little")
    text = file.read(min(length, _LONGEST_HEADER)).decode("latin-1")
    matched = _HEADER.fullmatch(text) if start[:6] == b"\x93NUMPY" and len(text) == length else None
    if matched is None:
        raise DataError(f"Arrays must be NumPy arrays of plain numbers or text; {label} is not one.")
    return matched
