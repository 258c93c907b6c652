"""Reads text files piece by piece in the encoding they are written in, which is found out where nobody says it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from engine.data.errors import DataError

Encoding = Literal["auto", "utf-8", "utf-16", "latin-1"]
LARGEST_FILE = 500_000_000  # bytes
_PIECE = 4_000_000  # bytes
_HEAD = 65_536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def sniffed(path: Path) -> str:
    """The encoding of a text: by its mark, else UTF-8 if all of it is, else Windows' Latin-1.

    Raises:
        DataError: it cannot be read, is too large, or is no text.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise DataError(
                f"A text can have up to {LARGEST_FILE // 10**6} MB; {path.name} has {size // 10**6} MB. Use a part of it."
            )
        with path.open("rb") as file:
            head = file.read(_HEAD)
            marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
            if marked:
                return marked
            if b"\0" in head:
                raise DataError(
                    f"A text must not hold NUL bytes; {path.name} does, so it is something else. Leave it out."
                )
            decoder = codecs.getincrementaldecoder("utf-8")()
            piece = head
            while piece:
                decoder.decode(piece)
                piece = file.read(_PIECE)
            decoder.decode(b"", final=True)
    except OSError as error:
        raise DataError(f"The text {path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def pieces(path: Path, encoding: str) -> Iterator[str]:
    """The text, some million characters at a time, line ends as line feeds; what is no character is replaced.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open(encoding=encoding, errors="replace") as file:
            while piece := file.read(_PIECE):
                yield piece.replace("\0", "�")
    except (OSError, UnicodeError) as error:
        raise DataError(f"The text {path.name} cannot be read: {error}. Save it as UTF-8.") from error


def beginning(path: Path, most: int, encoding: Encoding = "auto") -> tuple[str, bool]:
    """The first characters of a text, and whether there are more.

    Raises:
        DataError: as `sniffed` and `pieces`.
    """
    chosen = sniffed(path) if encoding == "auto" else encoding
    text = next(pieces(path, chosen), "")
    return text[:most], len(text) > most
