"""Text of any encoding as UTF-8, block by block: duckdb reads nothing else, and a file may be larger than memory."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

from engine.data.errors import DataError, Remedy
from engine.devices.base import Watch

_BLOCK = 4_000_000  # bytes; more than a line may have
LONGEST_LINE = 2_000_000  # bytes, duckdb's own limit
TITLES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}


def transcode(
    source: Path, encoding: str, target: Path, watch: Watch | None = None, *, drop_nul: bool = False
) -> None:
    r"""Writes `source` as UTF-8 with \n between lines.

    Raises:
        DataError: the text is not in that encoding, or has NUL bytes that shall not be dropped; says on which line.
        OSError: a file cannot be read or written.
        Interrupted: by `watch`.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    total, done, lines, held = source.stat().st_size, 0, 1, ""
    with source.open("rb") as reader, target.open("w", encoding="utf-8", newline="") as writer:
        while True:
            block = reader.read(_BLOCK)
            try:
                text = held + decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise wrong_encoding(source, encoding, lines + _lines(error)) from error
            held = "\r" if text.endswith("\r") and block else ""  # its \n may begin the next block
            text = text.removesuffix("\r") if held else text
            if not done:
                text = text.removeprefix("\ufeff")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            if "\0" in text:
                if not drop_nul:
                    raise nul_bytes(source, lines + text[: text.index("\0")].count("\n"))
                text = text.replace("\0", "")
            ends = text.count("\n")
            _refuse_endless(source, lines, ends, block)
            lines += ends
            writer.write(text)
            done += len(block)
            if watch is not None:
                watch(done, total)
            if not block:
                return


def _lines(error: UnicodeDecodeError) -> int:
    return bytes(error.object[: error.start]).count(b"\n")


def wrong_encoding(source: Path, encoding: str, line: int) -> DataError:
    """The sentence for it."""
    name = TITLES.get(encoding, encoding)
    others = [other for other in ("utf-8", "cp1252", "latin-1") if other != encoding]
    return DataError(
        f"The text must be in the encoding it is read with ({name}); line {line:,} of {source.name} is not. "
        f"Choose another encoding, or save the file as UTF-8.",
        [Remedy(f"Read as {TITLES.get(other, other)}", {"encoding": other}) for other in others],
    )


def look_through(source: Path, watch: Watch | None = None) -> None:
    """Reads through a gigabyte in a moment.

    Raises:
        DataError: the file holds a NUL byte, or a line that no table has.
        OSError: it cannot be read.
        Interrupted: by `watch`.
    """
    lines, done, total = 1, 0, source.stat().st_size
    with source.open("rb") as reader:
        while block := reader.read(_BLOCK):
            if (place := block.find(0)) >= 0:
                raise nul_bytes(source, lines + block[:place].count(b"\n"))
            ends = block.count(b"\n")
            _refuse_endless(source, lines, ends, block)
            lines += ends
            done += len(block)
            if watch is not None:
                watch(done, total)


def _refuse_endless(source: Path, line: int, ends: int, block: bytes) -> None:
    """Duckdb leaves a line that is longer than its buffers out without a word."""
    if not ends and len(block) == _BLOCK:
        raise too_long(f"line {line:,} of {source.name}")


def too_long(where: str, remedies: Sequence[Remedy] = ()) -> DataError:
    """For a line that no table has."""
    return DataError(
        f"A line can have up to {LONGEST_LINE // 10**6} MB; {where} is longer. Check delimiter and quotes, or correct it.",
        remedies,
    )


def nul_bytes(source: Path, line: int) -> DataError:
    """The sentence for it."""
    return DataError(
        f"Text has no zero bytes; line {line:,} of {source.name} has one, so the file is damaged or no text. Leave them "
        "out, or choose another file.",
        [Remedy("Leave zero bytes out", {"nul_bytes": "remove"})],
    )
