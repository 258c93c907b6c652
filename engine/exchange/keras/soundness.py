"""Whether the library of HDF5 comes to an end with a file, found out where it can do no harm (see probe.py)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

from engine.exchange.keras import probe
from engine.formats.errors import FormatError

SECONDS, WALL_SECONDS = 3, 40  # of the processor; and by the clock, where other programs keep it busy
BYTES_PER_SECOND = 50 << 20
MEMORY, COPIES = 1 << 30, 3  # beside so many times the file
_CHUNK = 1 << 20


def expect_sound(source: Path | bytes, title: str) -> None:
    """Return if the file can be read, or fails at once; what was found sound, and what we wrote, is not looked at again.

    Args:
        source: the file, or what is in it.
        title: what it is called in a sentence.

    Raises:
        FormatError: reading it would never end, or end this process.
    """
    digest = _digest(source)
    if digest in _sound() or getattr(sys, "frozen", False):  # a packed application has no interpreter to lend
        return
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    command = [sys.executable, "-I", str(Path(probe.__file__))]
    limits = [str(SECONDS + size // BYTES_PER_SECOND), str(MEMORY + COPIES * size)]
    own = [] if isinstance(source, bytes) else [str(source)]
    try:
        done = subprocess.run(
            [*command, *limits, *own],
            input=source if isinstance(source, bytes) else b"",
            capture_output=True,
            timeout=WALL_SECONDS + size // BYTES_PER_SECOND,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _endless(title) from None
    except OSError:  # no process to be had: then it is read as it is
        return
    if done.returncode < 0:  # by a signal
        raise _endless(title)
    _sound().add(digest)


def _endless(title: str) -> FormatError:
    return FormatError(
        f"{title} can't be read: the library for such files does not come to an end with it. It is damaged."
    )


def trust(data: bytes) -> None:
    """These bytes were made here."""
    _sound().add(_digest(data))


@cache
def _sound() -> set[bytes]:
    return set()


def _digest(source: Path | bytes) -> bytes:
    found = hashlib.sha256()
    if isinstance(source, bytes):
        found.update(source)
        return found.digest()
    with source.open("rb") as file:
        while piece := file.read(_CHUNK):
            found.update(piece)
    return found.digest()
