"""Refuses workbooks that would unpack to more than the memory holds, before anything unpacks them.

A sheet of 10 kB may claim cells at either end of it, or unpack to terabytes; and what an archive says of its sizes need
not be true. So each sheet is unpacked here once, in small pieces that are counted and thrown away.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from engine.data.errors import DataError

LARGEST_UNPACKED = 1_000_000_000  # bytes of all sheets and texts
MOST_CELLS = 20_000_000  # of the rectangle around a sheet's cells; a reader holds all of it
_MOST_MEMBERS = 10_000
_PIECE = 1_000_000
_ROW = re.compile(rb'<row [^>]*?\br="(\d{1,9})"')
_WIDE = re.compile(rb'<c [^>]*?\br="([A-Z]{2,3})\d')


def guard(path: Path) -> None:
    """Looks through a zipped workbook.

    Raises:
        DataError: damaged, or too large unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS:
                raise _too_large(path, f"{len(members):,} parts")
            left = LARGEST_UNPACKED
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")):
                    left -= _checked(archive, member, path, left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise DataError(
            f"A workbook must be whole and without a password; {path.name} cannot be unpacked ({error}). Save it anew."
        ) from error


def _checked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, limit: int) -> int:
    """Bytes the member has, unpacked."""
    size, rows, columns = 0, 1, 1
    sheet = "sheet" in member.filename.lower()
    extent = _OdsExtent(path) if member.filename == "content.xml" else None
    for piece in _pieces(archive, member):
        size += len(piece)
        if size > limit:
            raise _too_large(path, f"more than {LARGEST_UNPACKED // 10**6:,} MB")
        if sheet:
            rows = max(rows, *map(int, _ROW.findall(piece)), 1)
            columns = max(columns, *map(_number, set(_WIDE.findall(piece))), 1)
            if rows * columns > MOST_CELLS:
                raise _too_large(path, f"{rows:,} rows and {columns:,} columns")
        if extent is not None:
            extent.feed(piece)
    return size


class _OdsExtent:
    """The rectangle around a table's cells in OpenDocument, where a cell or a row can be repeated at will."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = self._repeated = self._column = self._width = self._bottom = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._started
        self._parser.EndElementHandler = self._ended

    def feed(self, piece: bytes) -> None:
        """More of the XML."""
        try:
            self._parser.Parse(piece)
        except expat.ExpatError as error:
            raise zipfile.BadZipFile(str(error)) from error

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._rows = self._width = self._bottom = 0
        elif name == "table:table-row":
            self._repeated, self._column = _times(attributes, "table:number-rows-repeated"), 0
        elif name == "table:table-cell":
            self._column += _times(attributes, "table:number-columns-repeated")
            if any(key.endswith("value-type") for key in attributes):
                self._width = max(self._width, self._column)
                self._bottom = self._rows + self._repeated

    def _ended(self, name: str) -> None:
        if name == "table:table-row":
            self._rows += self._repeated
            if self._bottom * self._width > MOST_CELLS:
                raise _too_large(self._path, f"{self._bottom:,} rows and {self._width:,} columns")


def _times(attributes: dict[str, str], name: str) -> int:
    count = attributes.get(name, "1")
    return int(count) if count.isdecimal() and len(count) < 12 else MOST_CELLS


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            yield piece


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large(path: Path, received: str) -> DataError:
    return DataError(
        f"A workbook can unpack to up to {LARGEST_UNPACKED // 10**6:,} MB with {MOST_CELLS // 10**6} million cells a "
        f"sheet; {path.name} has {received}. Save the sheet as CSV."
    )
