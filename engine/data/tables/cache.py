"""Copies of large tables in a form that is read from anywhere at once; made when first needed, kept for the next time.

A copy belongs to one state of one file and one way of reading it, both in its key. The folder is bounded: what has not
been used for longest goes first.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from engine import paths
from engine.data.errors import DataError
from engine.data.sources.base import Identity

LARGEST_CACHE = 20_000_000_000  # bytes
_LAYOUT = 1  # of the copies; another number makes all of them anew
_SPARE = 200_000_000  # bytes left free on the disk
_ABANDONED_SECONDS = 86_400  # after which an unfinished copy is nobody's


def folder() -> Path:
    """Where the copies are; raises `DataError` where there is no such place."""
    try:
        place = paths.cache_dir() / "tables"
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise DataError(
            f"Reading tables needs a folder for copies; {error.filename} cannot be made ({error.strerror})."
        ) from error
    return place


def key(identity: Identity, kind: str, options: dict[str, Any]) -> str:
    """The name of a copy: of what file, read how."""
    said = [_LAYOUT, identity.digest, identity.size, identity.modified_ns, kind, options]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:32]


def reserve(needed: int) -> None:
    """Make sure of room for a copy; older copies give way.

    Raises:
        DataError: the disk is too full.
    """
    place = folder()
    _evict(place, LARGEST_CACHE - needed)
    free = shutil.disk_usage(place).free
    if free < needed + _SPARE:
        _evict(place, 0)
        free = shutil.disk_usage(place).free
    if free < needed + _SPARE:
        raise disk_full(needed + _SPARE, free)


def disk_full(needed: int, free: int) -> DataError:
    """The sentence for it."""
    return DataError(
        f"Reading this table needs about {needed // 10**6:,} MB on the disk of {paths.cache_dir()}; {free // 10**6:,} MB "
        "are free. Free some space and try again."
    )


def scratch(suffix: str) -> Path:
    """A new name in the folder, for a file that is moved to its place when whole."""
    return folder() / f"{os.getpid()}-{time.monotonic_ns():x}{suffix}.part"


def used(path: Path) -> None:
    """Keep a copy longer."""
    with contextlib.suppress(OSError):
        os.utime(path)


def keep(part: Path, path: Path) -> None:
    """Move a finished file to its place; where another process was faster, its copy stays."""
    try:
        part.replace(path)
    except PermissionError:  # Windows does not replace a file that is open
        remove(part)


def remove(path: Path) -> None:
    """Delete a file, if it is there and nobody holds it."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _evict(place: Path, limit: int) -> None:
    files = []
    for path in place.iterdir():
        with contextlib.suppress(OSError):
            stat = path.stat()
            if path.suffix == ".part":
                if time.time() - stat.st_mtime > _ABANDONED_SECONDS:
                    remove(path)
            elif path.is_file():
                files.append((stat.st_mtime, stat.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= limit:
            break
        remove(path)
        total -= size
