"""IDX, the format of MNIST: pictures and labels in files of their own, which are found and put together here."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, cast

import numpy as np

from engine.data.errors import DataError
from engine.data.npy import Layout, map_array
from engine.data.sources.arrays import ArraySource, grouped
from engine.data.sources.base import Identity, Options, SourceKind, Watch
from engine.data.sources.listing import PARTS
from engine.data.sources.unpack import check_ratio, unpacked
from engine.tensor.spec import Array

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 8
_GLANCE = 2_000  # entries that are looked at to see whether a folder is one of these
_NAME = re.compile(r"(?:(?P<part>.+?)[-_])?(?P<what>[a-z]+)[-.]idx[1-8]-ubyte(?:\.gz)?", re.IGNORECASE)
_SUFFIXES = ("-ubyte", "-ubyte.gz", ".idx", ".idx.gz")


class IdxOptions(Options):
    """How files of pictures and labels are put together."""


@dataclass(frozen=True)
class _File:
    """An IDX file, and what its name says: train-images-idx3-ubyte holds the images of the part train."""

    path: Path
    part: str
    what: str


def _open(path: Path, options: IdxOptions, watch: Watch | None) -> ArraySource:
    """A file, with the files in its folder that belong to it; or all those of a folder."""
    files = _files(path) if path.is_dir() else _together(path)
    stats = [(file.path.name, file.path.stat()) for file in files]
    identity = Identity.of_file(path) if path.is_file() else None
    listing = Identity.of_listing((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
    if identity is None:
        identity = listing
    elif len(files) > 1:
        identity = Identity(identity.size, identity.modified_ns, listing.digest)
    arrays = {
        f"{file.what}_{file.part}" if file.part else file.what: _array(file.path, watch) for file in files
    }
    groups, notes = grouped(arrays, path.name)
    return _IdxSource(IDX, path, options, identity, groups, notes)


class _IdxSource(ArraySource):
    def changed(self) -> bool:
        """Of a folder, whether one of its files is."""
        if not self.path.is_dir():
            return super().changed()
        try:
            latest = max(file.path.stat().st_mtime_ns for file in _files(self.path))
        except (OSError, ValueError):
            return True
        return latest != self.identity.modified_ns


def _files(folder: Path) -> list[_File]:
    """Those of a folder; packed ones only where they do not lie there unpacked, too."""
    paths = sorted(
        path for path in folder.iterdir() if path.name.lower().endswith(_SUFFIXES) and path.is_file()
    )
    chosen = {path.name.removesuffix(".gz"): path for path in reversed(paths)}
    files = [_named(path) for _, path in sorted(chosen.items())]
    several = len({file.part for file in files}) > 1  # of one part alone it is not worth a name
    return files if several else [replace(file, part="") for file in files]


def _named(path: Path) -> _File:
    matched = _NAME.fullmatch(path.name)
    if matched is None:
        return _File(path, "", path.name.split(".")[0])
    part = matched["part"] or ""
    word = re.split("[-_]", part.lower())[-1]  # emnist-letters-train is a train
    return _File(path, PARTS.get(word, part), matched["what"])


def _together(path: Path) -> list[_File]:
    """A file and those of the same part beside it: images with labels. Their part is not worth a column."""
    own = _named(path)
    beside = [file for file in _files(path.parent) if file.part == own.part and file.what != own.what]
    return [_File(file.path, "", file.what) for file in sorted([own, *beside], key=lambda file: file.what)]


def _array(path: Path, watch: Watch | None) -> Array:
    """Memory-mapped, unpacked into the cache first if need be."""
    size = path.stat().st_size
    try:
        if path.suffix.lower() != ".gz":
            with path.open("rb") as file:
                layout = _layout(file, path.name)
            if size != layout.offset + layout.nbytes:
                raise _wrong_size(path, layout, size)
            return map_array(path, layout)
        with gzip.open(path) as packed:
            layout = _layout(cast(IO[bytes], packed), path.name)
            check_ratio(path.name, layout.nbytes, size)
            key = f"{Identity.of_file(path).digest[:32]}"
            values = unpacked(cast(IO[bytes], packed), layout.nbytes, key, path.name, watch)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"The file {path.name} cannot be read: {error}. Get it again.") from error
    return map_array(values, Layout(layout.dtype, layout.shape, layout.order, 0))


def _layout(file: IO[bytes], label: str) -> Layout:
    """The header: two zeros, type, number of axes, then the length of each, four bytes, the highest first."""
    magic = file.read(4)
    axes = magic[3] if len(magic) == 4 else 0
    lengths = file.read(4 * min(axes, _MOST_AXES))
    known = magic[:2] == b"\0\0" and len(magic) == 4 and magic[2] in _TYPES
    if not known or not 1 <= axes <= _MOST_AXES or len(lengths) != 4 * axes:
        raise DataError(
            f"An IDX file must begin with 0, 0, a type and lengths; {label} does not. Get it again."
        )
    shape = tuple(np.frombuffer(lengths, ">u4").tolist())
    layout = Layout(np.dtype(_TYPES[magic[2]]), shape, "C", 4 + 4 * axes)
    if layout.is_beyond_bounds:
        raise DataError(
            f"An IDX file must be as large as its header says; {label} claims {shape}. Get it again."
        )
    return layout


def _wrong_size(path: Path, layout: Layout, size: int) -> DataError:
    return DataError(
        f"An IDX file must be as large as its header says; {path.name} claims {layout.offset + layout.nbytes:,} bytes and "
        f"has {size:,}. Get it again."
    )


def _matches(path: Path, head: bytes) -> float:
    if not head:
        return 0.97 if path.is_dir() and _has_idx(path) else 0.0
    packed = path.name.lower().endswith(_SUFFIXES) and head[:2] == b"\x1f\x8b"
    plain = head[:2] == b"\0\0" and len(head) > 4 and head[2] in _TYPES and 1 <= head[3] <= _MOST_AXES
    return 0.97 if packed or (plain and "idx" in path.name.lower()) else 0.3 if plain else 0.0


def _has_idx(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.lower().endswith(_SUFFIXES[:2]) for entry in islice(entries, _GLANCE))
    except OSError:
        return False


IDX = SourceKind(
    "idx", "IDX (MNIST's format)", ("-ubyte", ".idx", ".idx.gz", "-ubyte.gz"), IdxOptions, _matches, _open
)
