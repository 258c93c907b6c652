"""The beginning of a file of text, decoded; and a few pieces from further on.

What is no text is told here, before anything tries to read it as a table.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

from engine.data.errors import DataError
from engine.data.tables.sniff import Dialect, cut, encoding_of
from engine.data.tables.text import LONGEST_LINE, nul_bytes, too_long, wrong_encoding

_HEAD = 256_000  # characters that are looked at, and shown before the rest is read
_LEAST_LINES = 3  # of them, if need be from a longer beginning
_RAW = 8_500_000  # bytes by which the encoding is judged: letters beyond ASCII may be rare
_PROBES, _PROBE = 3, 64_000  # places further on, and bytes there
_MOST_CONTROLS = 0.02  # of the bytes; text has hardly any
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_UTF8_LETTERS = re.compile(rb"[\xc3\xc4\xc5\xce\xcf\xd0\xd1][\x80-\xbf]|[\xe2-\xe9][\x80-\xbf]{2}")
_PAGE = re.compile(rb"\s*<(?:!doctype html|html)", re.I)
_MAGIC = {
    b"PK\x03\x04": "a zip archive",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet table",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x93NUMPY": "a NumPy array",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}


@dataclass(frozen=True)
class Beginning:
    r"""The first lines of a file of text.

    Attributes:
        path: the file.
        encoding: of it.
        plain: duckdb can read the file as it is, as far as can be seen.
        head: its first characters; with \n alone between lines unless plain.
        whole: `head` is all of it.
        drop_nul: zero bytes are left out.
        doubtful: the line from which it is no UTF-8, though letters in it are; 0 where the encoding is not in doubt.
    """

    path: Path
    encoding: str
    plain: bool
    head: str
    whole: bool
    drop_nul: bool
    doubtful: int = 0


def beginning(path: Path, encoding: str, *, drop_nul: bool) -> Beginning:
    """The beginning of a file, in the given encoding or, for "auto", in that which it seems to have.

    Raises:
        DataError: empty, no text, not in that encoding, or with a first line that has no end.
        OSError: cannot be read.
    """
    with path.open("rb") as file:
        raw, more = file.read(_RAW), bool(file.read(1))
    if not raw.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \r\n\t"):
        raise DataError(f"A table must have a header and rows; {path.name} is empty. Choose another file.")
    found = encoding_of(raw, whole=not more) if encoding == "auto" else encoding
    _refuse_binary(path, raw, found)
    text = _decoded(path, raw, found, more)
    if "\0" in text:
        if not drop_nul:
            raise nul_bytes(path, 1 + text[: text.index("\0")].count("\n"))
        text = text.replace("\0", "")
    plain = found == "utf-8" and not drop_nul and not _mixed(text)
    if not plain:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    length = _enough(text, path.name)
    doubtful = _doubtful(raw, found) if encoding == "auto" else 0
    return Beginning(path, found, plain, text[:length], not more and length == len(text), drop_nul, doubtful)


def _doubtful(raw: bytes, encoding: str) -> int:
    """The first line that is no UTF-8 in a file which, as a whole, was taken for something else."""
    if encoding.startswith("utf") or not _UTF8_LETTERS.search(raw):
        return 0
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return 1 + raw[: error.start].count(b"\n")
    return 0


def _refuse_binary(path: Path, raw: bytes, encoding: str) -> None:
    what = next((name for magic, name in _MAGIC.items() if raw.startswith(magic)), None)
    if what is None and _PAGE.match(raw):
        what = "a web page (HTML)"
    if what is None and not encoding.startswith("utf-16"):
        part = raw[:65_536]
        controls = len(_CONTROLS.findall(part)) + part.count(0)
        what = "no text" if controls > 2 and controls > _MOST_CONTROLS * len(part) else None
    if what is not None:
        raise DataError(
            f"A {path.suffix or 'text'} file must be text; {path.name} is {what}. Choose another file."
        )


def _decoded(path: Path, raw: bytes, encoding: str, more: bool) -> str:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(raw, final=not more).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise wrong_encoding(path, encoding, 1 + raw[: error.start].count(b"\n")) from error


def _mixed(text: str) -> bool:
    r"""Whether lines end in several ways, which duckdb refuses, or in \r alone, which it takes for blanks at times."""
    both = text.count("\r\n")
    return text.count("\r") != both or both not in (0, text.count("\n"))


def _enough(text: str, title: str) -> int:
    """How many characters to look at: more than usual where lines are long."""
    length = _HEAD
    while (
        length < len(text)
        and text.count("\n", 0, length) < _LEAST_LINES
        and text.count("\r", 0, length) < _LEAST_LINES
    ):
        if length > LONGEST_LINE and "\n" not in text[:length]:
            raise too_long(f"line 1 of {title}")
        length *= 2
    return min(length, len(text))


def probes(text: Beginning, dialect: Dialect) -> list[list[str]]:
    """Rows from further on in the file, as far as they can be cut without what is before them."""
    size = text.path.stat().st_size
    if text.whole or size < 4 * _HEAD:
        return []
    rows: list[list[str]] = []
    with text.path.open("rb") as file:
        for place in range(1, _PROBES + 1):
            file.seek((size - _PROBE) * place // _PROBES // 2 * 2)
            piece = file.read(_PROBE).decode(
                text.encoding.replace("utf-16", "utf-16-le") if text.encoding == "utf-16" else text.encoding,
                "replace",
            )
            lines = piece.splitlines(keepends=True)[1:]
            try:
                rows += cut("".join(lines), dialect, whole=False).rows
            except csv.Error:
                continue
    return rows
