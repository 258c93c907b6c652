"""Unpacks what is compressed into the cache, so that it can be memory-mapped like what is not.

The size is known beforehand, from a header that may lie: what cannot be true is refused before a byte is written, and
not one byte more than announced is ever unpacked.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path
from typing import IO

from engine.data.decoded.store import folder, make_room
from engine.data.errors import DataError
from engine.devices.base import Watch

_DENSEST = 1_100  # deflate makes at most 1,032 bytes of one
_STEP = 4_000_000  # bytes


def check_ratio(label: str, size: int, packed: int) -> None:
    """Refuse an announced size that no deflated file of that size can have.

    Raises:
        DataError: it is impossible.
    """
    if size > _DENSEST * max(packed, 64):
        raise DataError(
            f"An array must be as large as its header says; {label} claims {size:,} bytes in {packed:,} packed ones. The "
            "file is damaged; save it again."
        )


def unpacked(stream: IO[bytes], size: int, key: str, label: str, watch: Watch | None = None) -> Path:
    """The next `size` bytes of a stream, which must be its last, as a file in the cache.

    Args:
        stream: what decompresses.
        size: what it must give.
        key: names the content.
        label: the file, for sentences.
        watch: called with bytes done and all bytes.

    Raises:
        DataError: damaged, longer or shorter than announced, or no space.
        Interrupted: by `watch`.
    """
    final = folder() / f"{key}.raw"
    if final.is_file() and final.stat().st_size == size:
        os.utime(final)
        return final
    make_room(size)
    try:
        handle, temporary = tempfile.mkstemp(dir=folder(), suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                _copy(stream, file, size, label, watch)
            Path(temporary).replace(final)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except (OSError, EOFError, zlib.error, ValueError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{label} cannot be unpacked: {error}. Save it again.") from error
    return final


def _copy(stream: IO[bytes], file: IO[bytes], size: int, label: str, watch: Watch | None) -> None:
    done = 0
    while done < size:
        block = stream.read(min(_STEP, size - done))
        if not block:
            break
        file.write(block)
        done += len(block)
        if watch is not None:
            watch(done, size)
    if done < size or stream.read(1):
        received = f"{done:,}" if done < size else "more"
        raise DataError(
            f"A file must be as large as its header says; {label} should unpack to {size:,} bytes and has {received}. "
            "It is damaged; save it again."
        )
