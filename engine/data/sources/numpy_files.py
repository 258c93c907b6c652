"""Files of NumPy: one array (`.npy`) or several (`.npz`), memory-mapped; nothing in them is ever run."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from engine.data.errors import DataError
from engine.data.npy import MOST_ARRAYS, map_array, map_npy, read_layout
from engine.data.sources.arrays import ArraySource, grouped, taken_apart
from engine.data.sources.base import Identity, Options, SourceKind, Watch
from engine.data.sources.unpack import check_ratio, unpacked
from engine.settings import setting
from engine.tensor.spec import Array

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1  # bit of the flags
_LOCAL_HEADER = 30  # bytes before the name, of which two are its length and two that of what follows it


class NumpyOptions(Options):
    """What the numbers of a row are."""

    columns: Literal["together", "apart"] = setting(
        "together",
        "Numbers of a row",
        "of an array of rows and columns; together: one list of numbers a row; apart: each column by itself",
    )


def _source(
    kind: SourceKind[NumpyOptions],
    path: Path,
    options: NumpyOptions,
    identity: Identity,
    arrays: Mapping[str, Array],
) -> ArraySource:
    groups, notes = grouped(arrays, path.name)
    if options.columns == "apart":
        groups = taken_apart(groups)
    return ArraySource(kind, path, options, identity, groups, notes)


def _open_npy(path: Path, options: NumpyOptions, watch: Watch | None) -> ArraySource:
    return _source(NPY, path, options, Identity.of_file(path), {path.stem or "x": map_npy(path)})


def _open_npz(path: Path, options: NumpyOptions, watch: Watch | None) -> ArraySource:
    identity = Identity.of_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check(path, entries)
            arrays = {
                entry.filename.removesuffix(".npy"): _array(path, archive, entry, identity, watch)
                for entry in entries
            }
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise DataError(f"The file {path.name} is not an .npz archive, or is damaged: {error}.") from error
    return _source(NPZ, path, options, identity, arrays)


def _check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if not 0 < len(entries) <= MOST_ARRAYS:
        raise DataError(
            f"An .npz file must have 1 to {MOST_ARRAYS} arrays; {path.name} has {len(entries)}. Save fewer in it."
        )
    foreign = [e for e in entries if e.compress_type not in _COMPRESSIONS or e.flag_bits & _ENCRYPTED]
    if foreign:
        raise DataError(
            f"An .npz file must be written by numpy.savez or savez_compressed; {foreign[0].filename} in "
            f"{path.name} is encrypted or compressed in another way."
        )


def _array(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, identity: Identity, watch: Watch | None
) -> Array:
    """Mapped where it lies in the archive, or, if it is compressed, where it was unpacked to."""
    label = f"{entry.filename} in {path.name}"
    with archive.open(entry) as file:
        layout = read_layout(file, entry.file_size, label)
    if entry.compress_type == zipfile.ZIP_STORED:
        return map_array(path, layout, _data_offset(path, entry))
    check_ratio(label, entry.file_size, entry.compress_size)
    key = hashlib.sha256(f"{identity.digest} {entry.filename}".encode()).hexdigest()[:32]
    with archive.open(entry) as file:
        return map_array(unpacked(file, entry.file_size, key, label, watch), layout)


def _data_offset(path: Path, entry: zipfile.ZipInfo) -> int:
    """Where the bytes of a stored member begin."""
    with path.open("rb") as file:
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER)
        end = file.seek(0, os.SEEK_END)
    names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    start = entry.header_offset + _LOCAL_HEADER + names
    if len(header) != _LOCAL_HEADER or start + entry.file_size > end:
        raise DataError(
            f"The file {path.name} is damaged: {entry.filename} reaches beyond its end. Save it again."
        )
    return start


def _matches_npy(path: Path, head: bytes) -> float:
    return 1.0 if head.startswith(b"\x93NUMPY") else 0.8 if path.suffix.lower() == ".npy" and head else 0.0


def _matches_npz(path: Path, head: bytes) -> float:
    return 0.95 if path.suffix.lower() == ".npz" and head else 0.0


NPY = SourceKind("npy", "NumPy array", (".npy",), NumpyOptions, _matches_npy, _open_npy)
NPZ = SourceKind("npz", "NumPy arrays", (".npz",), NumpyOptions, _matches_npz, _open_npz)
