"""The user's own data inside a project file: one member of the archive, a file as it is or a folder as a zip.

It is never read into memory: it is copied piece by piece on the way in and on the way out, and counted meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from engine.devices.base import Watch
from engine.formats.errors import FormatError
from engine.formats.guards import CHUNK, is_safe_name

MEMBER: Final = "data.bin"
SHARED: Final = "shared"  # folder of the application's own where data of opened projects is
LARGEST: Final = 8 << 30
MOST_FILES: Final = 1_000_000
_SHORT: Final = 16  # letters of the sum that name a folder
_RATIO, _FREE = 200, 64 << 20  # unpacked to packed bytes of a folder, beyond some


@dataclass(frozen=True)
class Embedded:
    """Data in a project file: its `name`, whether it is a `folder`, bytes and SHA-256 of the member."""

    name: str
    folder: bool
    size: int
    sha256: str

    def record(self) -> dict[str, Any]:
        """As the document of the project has it."""
        return {"name": self.name, "folder": self.folder, "size": self.size, "sha256": self.sha256}

    @classmethod
    def read(cls, record: object) -> Embedded | None:
        """And back; None where it is something else."""
        if not isinstance(record, Mapping):
            return None
        name, folder, size, total = (record.get(key) for key in ("name", "folder", "size", "sha256"))
        if not isinstance(name, str) or not is_safe_name(name) or "/" in name or len(name) > 200:
            return None
        if type(folder) is not bool or type(size) is not int or not 0 <= size <= LARGEST:
            return None
        if not isinstance(total, str) or len(total) != 64 or set(total) - set("0123456789abcdef"):
            return None
        return cls(name, folder, size, total)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 where it is gone."""
    if path.is_file():
        return path.stat().st_size
    return sum(p.stat().st_size for p in _files(path)) if path.is_dir() else 0


@contextmanager
def packed(path: Path, watch: Watch | None = None) -> Iterator[tuple[Path, Embedded]]:
    """A file with the data, which lasts for the block, and what is to be said of it.

    Raises:
        FormatError: it is gone, too large, or can't be read.
    """
    try:
        if path.is_file():
            yield path, _described(path, path.name, folder=False, watch=watch)
            return
        if not path.is_dir():
            raise FormatError(
                f"The data is not there any more: {path}. Share the project without it, or find the data."
            )
        with tempfile.TemporaryDirectory(prefix="layerloom-") as name:
            whole = Path(name) / MEMBER
            with zipfile.ZipFile(whole, "w") as archive:
                for k, each in enumerate(_files(path)):
                    if k >= MOST_FILES:
                        raise FormatError(f"A folder of data has at most {MOST_FILES:,} files to be shared.")
                    if watch is not None:
                        watch(k, 0)
                    archive.write(each, each.relative_to(path).as_posix())
            yield whole, _described(whole, path.name, folder=True, watch=watch)
    except OSError as error:
        raise FormatError(f"The data in {path} can't be read ({error.strerror or error}).") from error


def put_in(archive: zipfile.ZipFile, file: Path, data: Embedded, watch: Watch | None = None) -> None:
    """Add the packed data to a project that is being written."""
    entry = zipfile.ZipInfo(MEMBER, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED if data.folder else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.file_size = data.size
    done = 0
    with file.open("rb") as source, archive.open(entry, "w", force_zip64=data.size > 1 << 30) as target:
        while piece := source.read(CHUNK):
            target.write(piece)
            done += len(piece)
            if watch is not None:
                watch(done, data.size)


def unpack(project: Path, data: Embedded, home: Path, watch: Watch | None = None) -> Path:
    """The data of a project file as a file or folder of its own under `home`; what is there already is not written again.

    Raises:
        FormatError: it is not what was saved, or can't be written.
    """
    place = home / data.sha256[:_SHORT] / data.name
    if place.exists():
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as name:
            copy = Path(name) / MEMBER
            with zipfile.ZipFile(project) as archive, archive.open(MEMBER) as source:
                _copy(source, copy, data, watch)
            if data.folder:
                whole = Path(name) / "folder"
                _unzip(copy, whole, watch)
                whole.replace(place)
            else:
                copy.replace(place)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise FormatError(
            f"The data in {project.name} is damaged ({error}); take an earlier copy."
        ) from error
    except OSError as error:
        raise FormatError(
            f"The data can't be written to {place.parent} ({error.strerror or error})."
        ) from error
    return place


def _files(folder: Path) -> Iterator[Path]:
    """Files in a folder, in order, links and hidden ones left out."""
    for root, names, files in os.walk(folder):
        names[:] = sorted(n for n in names if not n.startswith("."))
        for name in sorted(files):
            path = Path(root) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _described(path: Path, name: str, *, folder: bool, watch: Watch | None) -> Embedded:
    size = path.stat().st_size
    if size > LARGEST:
        raise FormatError(f"Data of up to {LARGEST:,} bytes travels with a project, this has {size:,}.")
    total = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            total.update(piece)
            if watch is not None:
                watch(file.tell(), size)
    return Embedded(name, folder, size, total.hexdigest())


def _copy(source: IO[bytes], target: Path, data: Embedded, watch: Watch | None) -> None:
    total, done = hashlib.sha256(), 0
    with target.open("wb") as file:
        while piece := source.read(CHUNK):
            done += len(piece)
            if done > data.size:
                break
            total.update(piece)
            file.write(piece)
            if watch is not None:
                watch(done, data.size)
    if done != data.size or total.hexdigest() != data.sha256:
        raise FormatError(
            "The data in the project is not that which was saved (wrong SHA-256); take an earlier copy."
        )


def _unzip(path: Path, folder: Path, watch: Watch | None) -> None:
    """A folder out of a zip, whose names stay inside and whose bytes are counted."""
    folder.mkdir()
    left = min(LARGEST, path.stat().st_size * _RATIO + _FREE)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_FILES:
            raise FormatError(
                f"A folder of data has at most {MOST_FILES:,} files, this has {len(entries):,}."
            )
        for k, entry in enumerate(entries):
            if not is_safe_name(entry.filename):
                raise FormatError(
                    f"A file in the data is named {entry.filename[:80]!a}, which could lead out of its folder."
                )
            place = folder / entry.filename
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, place.open("xb") as file:
                shutil.copyfileobj(_Counted(source, left), file, CHUNK)
                left -= file.tell()
            if watch is not None:
                watch(k + 1, len(entries))


class _Counted:
    """Reads until there would be too much."""

    def __init__(self, source: IO[bytes], left: int) -> None:
        self._source, self._left = source, left

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        piece = self._source.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise FormatError("The data in the project unpacks to suspiciously many bytes.")
        return piece
