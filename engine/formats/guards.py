"""Reading what strangers wrote: archives, JSON and tensors, each with limits that hold while reading, not by promise."""

from __future__ import annotations

import json
import math
import re
import stat
import zipfile
from dataclasses import dataclass
from typing import Any

import safetensors.numpy
from safetensors import SafetensorError

from engine.formats.errors import FormatError
from engine.tensor.spec import Array

CHUNK = 1 << 20
LONGEST_REASON = 120  # characters: zipfile quotes what it read
DEEPEST_JSON = 64
DAMAGED = "It is damaged or not complete; take an earlier copy."


@dataclass(frozen=True)
class Limits:
    """How much of an archive is read.

    Attributes:
        members: number of files in it.
        total: bytes of all files, unpacked.
        ratio: unpacked to packed bytes of one file, beyond `free` bytes. Numbers hardly shrink; a bomb shrinks a
            thousandfold.
        free: bytes up to which the ratio does not count.
    """

    members: int = 64
    total: int = 16 << 30
    ratio: int = 100
    free: int = 1 << 20


class Archive:
    """A zip whose table of contents was checked before anything is read from it.

    Args:
        zip_file: as opened.
        limits: how much of it is read.
        what: it is, in sentences.

    Raises:
        FormatError: it is no zip, or a file in it has no business there.
    """

    def __init__(self, zip_file: zipfile.ZipFile, limits: Limits, what: str = "project") -> None:
        self._what = what
        self._zip = zip_file
        self._limits = limits
        self._left = limits.total
        self._members: dict[str, zipfile.ZipInfo] = {}
        entries = zip_file.infolist()
        if len(entries) > limits.members:
            raise FormatError(f"A {what} has at most {limits.members} files in it, this has {len(entries)}.")
        for entry in entries:
            self._admit(entry)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files in it."""
        return tuple(self._members)

    def read(self, name: str, largest: int) -> bytes:
        """The unpacked bytes of one file.

        Raises:
            FormatError: it is not there, too large (counted while unpacking) or damaged.
        """
        entry = self._members.get(name)
        if entry is None:
            raise FormatError(f"There is no {name} in it, so it is not a project of this application.")
        most = min(largest, self._left)
        if entry.compress_size * self._limits.ratio < entry.file_size > self._limits.free:
            raise FormatError(f"{name} in it unpacks to {entry.file_size:,} bytes, suspiciously many.")
        if entry.file_size > most:
            raise FormatError(f"{name} in it has at most {most:,} bytes, this has {entry.file_size:,}.")
        data = bytearray()
        try:
            with self._zip.open(entry) as file:
                while piece := file.read(CHUNK):
                    data += piece
                    if len(data) > most:
                        raise FormatError(f"{name} in it unpacks to more than {most:,} bytes.")
        except FormatError:
            raise
        except Exception as error:  # zipfile, zlib, lzma and bz2 raise errors with no common base
            reason = str(error) if len(str(error)) < LONGEST_REASON else type(error).__name__
            raise FormatError(f"{name} in it can't be unpacked ({reason}). {DAMAGED}") from error
        self._left -= len(data)
        return bytes(data)

    def _admit(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        shown = ascii(name[:80])
        mode = entry.external_attr >> 16
        if not is_safe_name(name) or entry.orig_filename != name:
            raise FormatError(f"A file in it is named {shown}, which could lead out of the archive.")
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise FormatError(f"{shown} in it is a link or a device; a {self._what} holds plain files only.")
        if entry.flag_bits & 0x1:
            raise FormatError(f"{shown} in it is encrypted; a {self._what} is not.")
        if name in self._members:
            raise FormatError(f"Two files in it are named {shown}.")
        self._members[name] = entry


def is_safe_name(name: str) -> bool:
    """Whether a name in an archive stays inside: relative, with forward slashes, without `..`, drives or nulls."""
    if not name or name.startswith("/") or re.search(r"[\\:\x00-\x1f]", name):
        return False
    return all(part not in ("", ".", "..") for part in name.split("/"))


def read_json(data: bytes, deepest: int = DEEPEST_JSON) -> Any:
    """JSON in UTF-8 with finite numbers, nested at most `deepest`.

    Raises:
        FormatError: it is something else.
    """

    def refuse(constant: str) -> None:
        raise ValueError(f"numbers are finite, received {constant}")

    try:
        value = json.loads(data.decode("utf-8"), parse_constant=refuse)
    except RecursionError:
        raise FormatError(f"Its text is nested more than {deepest} deep.") from None
    except ValueError as error:
        raise FormatError(f"Its text can't be read ({error}). {DAMAGED}") from None
    level = [value]
    for _ in range(deepest):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
    raise FormatError(f"Its text is nested more than {deepest} deep.")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, float) and not math.isfinite(value):
        raise FormatError("Its numbers are to be finite, and one is not.")
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def read_tensors(data: bytes) -> dict[str, Array]:
    """The arrays of a safetensors file.

    Raises:
        FormatError: it is something else.
    """
    try:
        return safetensors.numpy.load(data)
    except (SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"Its tensors can't be read ({error}).") from error
