"""The cache of decoded rows: one `.npy` a column and target, written so that what was interrupted goes on where it ended.

While it is made, a set lies in `KEY.part`, and `KEY.log` says which rows of it are done; both are renamed or removed only
when all are. The log is written after the rows have reached the disk, so it never promises more than there is.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

import numpy as np
from numpy.lib.format import open_memmap, write_array_header_1_0

from engine import paths
from engine.data.decoded.job import Complaints, Job
from engine.data.errors import DataError, in_bytes
from engine.tensor.spec import Array

_SPARE = 200_000_000  # bytes that are left free for others
_SYNC_SECONDS = 2.0


@dataclass(frozen=True)
class Decoded:
    """All rows of a job: memory-mapped and read-only, zeros for the rows that `complaints` names."""

    array: Array
    complaints: Complaints


def folder() -> Path:
    """Where decoded sets lie, made if missing."""
    place = paths.cache_dir() / "decoded"
    place.mkdir(parents=True, exist_ok=True)
    return place


def finished(key: str, job: Job) -> Decoded | None:
    """The set if it is whole, marked as used just now."""
    final, log = folder() / f"{key}.npy", folder() / f"{key}.json"
    try:
        complaints = {int(row): str(text) for row, text in json.loads(log.read_text("utf-8")).items()}
        array = np.asarray(open_memmap(final, mode="r"))
        os.utime(final)
    except (OSError, ValueError, AttributeError):
        return None
    if array.shape != (job.length, *job.shape) or array.dtype != job.dtype:
        return None
    return Decoded(array, MappingProxyType(complaints))


class Partial:
    """A set that is being made.

    Attributes:
        path: the file that rows are written to.
        done: by start, the stop of each range of rows that is there.
        rows: how many that are together.
    """

    def __init__(self, key: str, job: Job) -> None:
        self._key, self._job = key, job
        self.path = folder() / f"{key}.part"
        self._log = folder() / f"{key}.log"
        self.done: dict[int, int] = {}
        self.rows = 0
        self.complaints: dict[int, str] = {}
        self._pending: list[tuple[int, int, dict[int, str]]] = []
        self._synced = time.monotonic()
        self._begin()

    def place(self, row: int) -> int:
        """The byte at which a row begins."""
        return self._offset + row * self._job.row_bytes

    def add(self, start: int, stop: int, complaints: dict[int, str]) -> None:
        """Note that rows have been written; complaints are by row of the whole job."""
        self.done[start] = stop
        self.rows += stop - start
        self.complaints.update(complaints)
        self._pending.append((start, stop, complaints))
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Bring rows to the disk, then the note that they are there."""
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        with self._log.open("a", encoding="utf-8") as log:
            log.writelines(json.dumps(entry) + "\n" for entry in self._pending)
        self._pending.clear()
        self._synced = time.monotonic()

    def finish(self) -> None:
        """All rows are there: give the set its name."""
        self.sync()
        facts = folder() / f"{self._key}.json"
        draft = facts.with_suffix(".json.new")
        draft.write_text(json.dumps(self.complaints), encoding="utf-8")
        draft.replace(facts)
        self.path.replace(self.path.with_suffix(".npy"))
        self._log.unlink(missing_ok=True)

    def _begin(self) -> None:
        """Go on with what is there of the same shape, or begin anew, with all the space reserved."""
        header = self._header()
        self._offset = len(header)
        size = self._offset + self._job.length * self._job.row_bytes
        try:
            with self.path.open("rb") as file:
                same = file.read(len(header)) == header and self.path.stat().st_size == size
        except OSError:
            same = False
        if same and self._resume():
            return
        self._log.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        make_room(size)
        with self.path.open("wb") as file:
            file.write(header)
            _reserve(file, size)

    def _header(self) -> bytes:
        buffer = io.BytesIO()
        description = {
            "descr": self._job.dtype.str,
            "fortran_order": False,
            "shape": (self._job.length, *self._job.shape),
        }
        write_array_header_1_0(buffer, description)
        return buffer.getvalue()

    def _resume(self) -> bool:
        """Read the log; False if it says nothing that can be used."""
        try:
            for line in self._log.read_text("utf-8").splitlines():
                start, stop, complaints = json.loads(line)
                self.done[int(start)] = int(stop)
                self.complaints.update({int(row): str(text) for row, text in complaints.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            self.done.clear()
            self.complaints.clear()
        self.rows = sum(stop - start for start, stop in self.done.items())
        return bool(self.done)


def make_room(size: int) -> None:
    """See that a file of so many bytes fits, if need be by removing the decoded sets that lay unused for longest.

    Raises:
        DataError: it does not fit.
    """
    place = folder()
    for old in sorted([*place.glob("*.npy"), *place.glob("*.raw")], key=_last_use):
        if shutil.disk_usage(place).free >= size + _SPARE:
            return
        with contextlib.suppress(OSError):  # in use, where that forbids it
            old.unlink()
            old.with_suffix(".json").unlink(missing_ok=True)
    free = shutil.disk_usage(place).free
    if free < size + _SPARE:
        raise DataError(
            f"The decoded data needs {in_bytes(size + _SPARE)} in {place}; {in_bytes(free)} are free there. Choose a "
            "smaller size, or make room."
        )


def _last_use(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _reserve(file: IO[bytes], size: int) -> None:
    """Take the space now where the system can, rather than fail when half is done."""
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
            return
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DataError(
                f"The decoded data needs {in_bytes(size)} of disk; there is less. Make room."
            ) from error
    file.truncate(size)


@contextlib.contextmanager
def locked(key: str) -> Iterator[bool]:
    """Hold the right to make a set, as long as the process lives; False if another process holds it."""
    path = folder() / f"{key}.lock"
    with path.open("a+b") as file:
        held = _lock(file)
        try:
            yield held
        finally:
            if held:
                _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
