"""Reads WAV files: whole numbers of up to 32 bits and floats, any number of channels, lengths that cannot be trusted.

The standard library's `wave` knows neither floats nor the extensible header that many recorders write, and trusts the
length in the header, which programs that write to a pipe leave at 0 or at the largest number.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from engine.data.errors import DataError
from engine.tensor.spec import Array

SUFFIXES = (".wav", ".wave")
LARGEST_FILE = 2_000_000_000  # bytes
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN = (0, 0xFFFFFFFF)  # lengths of programs that did not know it when they wrote the header
_FASTEST = 1_000_000  # values a second
_MOST_CHANNELS = 64
_MOST_CHUNKS = 1_000
_HEADER = 12  # bytes: RIFF, length, WAVE


@dataclass(frozen=True)
class WavFacts:
    """What the header says.

    Attributes:
        rate: values a second of each channel.
        channels: 1 mono, 2 stereo ..
        bits: that one value takes.
        floats: whether values are floats rather than whole numbers.
        frames: values of each channel that are there.
        start: byte of the first.
        cut: whether the header promises more than is there.
    """

    rate: int
    channels: int
    bits: int
    floats: bool
    frames: int
    start: int
    cut: bool = False

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.frames / self.rate


def read_facts(path: Path) -> WavFacts:
    """The header of a WAV file.

    Raises:
        DataError: not a WAV file, or one in a coding that is not read.
    """
    try:
        with path.open("rb") as file:
            return _facts(file, path.stat().st_size, path.name)
    except OSError as error:
        raise DataError(f"The sound {path.name} cannot be read: {error.strerror or error}.") from error


def read_wav(path: Path, frames: int | None = None) -> tuple[Array, WavFacts]:
    """The values of a WAV file, -1 to 1, float32 (frames, channels); at most as many as asked for.

    Raises:
        DataError: as `read_facts`.
    """
    facts = read_facts(path)
    wanted = facts.frames if frames is None else min(frames, facts.frames)
    width = facts.bits // 8
    try:
        with path.open("rb") as file:
            file.seek(facts.start)
            raw = file.read(wanted * facts.channels * width)
    except OSError as error:
        raise DataError(f"The sound {path.name} cannot be read: {error.strerror or error}.") from error
    raw = raw[: len(raw) - len(raw) % (facts.channels * width)]
    return _values(raw, facts).reshape(-1, facts.channels), facts


def _facts(file: IO[bytes], size: int, name: str) -> WavFacts:
    head = file.read(_HEADER)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise DataError(f"A sound must be a WAV file; {name} is not. Convert it or leave it out.")
    if size > LARGEST_FILE:
        raise DataError(
            f"A sound can have up to {LARGEST_FILE // 10**9} GB; {name} has {size / 1e9:.1f} GB. Cut it into pieces."
        )
    form: tuple[int, int, int, int] | None = None
    for _ in range(_MOST_CHUNKS):
        chunk = file.read(8)
        if len(chunk) < 8:
            break
        length = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"fmt ":
            form = _form(file.read(min(length, 40)), name)
            file.seek(max(0, length - 40), 1)
        elif chunk[:4] == b"data" and form is not None:
            return _data(form, length, file.tell(), size)
        else:
            file.seek(length, 1)
        file.seek(length % 2, 1)
    raise DataError(f"A WAV file must have a format and values; {name} is cut off before them. Leave it out.")


def _form(raw: bytes, name: str) -> tuple[int, int, int, int]:
    """Coding, channels, rate, bits."""
    if len(raw) < 16:
        raise DataError(f"A WAV file must say how its values are written; {name} is damaged. Leave it out.")
    coding, channels, rate, _, _, bits = struct.unpack("<HHIIHH", raw[:16])
    if coding == _EXTENSIBLE and len(raw) >= 26:
        coding = int.from_bytes(raw[24:26], "little")
    known = (coding == _PCM and 1 <= bits <= 32) or (coding == _FLOAT and bits in (32, 64))
    if not known:
        raise DataError(
            f"A WAV file must hold whole numbers of up to 32 bits, or floats; {name} has coding {coding} of {bits} bits. "
            "Convert it."
        )
    if not 1 <= channels <= _MOST_CHANNELS or not 1 <= rate <= _FASTEST:
        raise DataError(
            f"A WAV file has 1 to {_MOST_CHANNELS} channels and up to {_FASTEST:,} values a second; {name} claims "
            f"{channels} and {rate:,}. Leave it out."
        )
    return coding, channels, rate, -(-bits // 8) * 8  # 12 bits are the upper ones of 16


def _data(form: tuple[int, int, int, int], length: int, start: int, size: int) -> WavFacts:
    coding, channels, rate, bits = form
    there = size - start
    held = there if length in _UNKNOWN else min(length, there)
    cut = length not in _UNKNOWN and length > there
    return WavFacts(rate, channels, bits, coding == _FLOAT, held // (channels * bits // 8), start, cut)


def _values(raw: bytes, facts: WavFacts) -> Array:
    """Float32 from -1 to 1; floats as they are, without what is not finite."""
    if facts.floats:
        floats = np.frombuffer(raw, "<f4" if facts.bits == 32 else "<f8").astype(np.float32)
        return np.nan_to_num(floats, nan=0.0, posinf=1.0, neginf=-1.0)
    if facts.bits == 8:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if facts.bits == 24:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4").reshape(-1).astype(np.float32) / np.float32(2**31)
    whole: Array = np.frombuffer(raw, f"<i{facts.bits // 8}")
    return whole.astype(np.float32) / np.float32(2 ** (facts.bits - 1))
