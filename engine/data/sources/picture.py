"""A single picture, as a table of one row: what a prediction is made for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.data.pictures.decode import SUFFIXES, measured
from engine.data.pictures.source import FileColumn, FilePictureSource, PictureFiles, shown
from engine.data.sources.base import Column, Identity, Kind, Options, SourceKind, Watch
from engine.data.sources.listing import texts
from engine.settings import setting
from engine.tensor.spec import Array

_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM", b"RIFF", b"GIF8")


class PictureOptions(Options):
    """How a picture is understood."""

    alpha: bool = setting(
        False, "Keep opacity", "as a fourth channel; else a picture with opacity is laid on white"
    )


class PictureFile(FilePictureSource):
    """An opened picture."""

    def __init__(self, path: Path, options: PictureOptions) -> None:
        measured(path)
        self.kind, self.path, self.title, self.options = PICTURE, path, shown(path.name), options
        self.identity = Identity.of_file(path)
        columns = {"picture": FileColumn(path.parent, [path.name])}
        self._files = PictureFiles(columns, self.identity.digest, options.alpha)
        self.columns = (self._files.column("picture"), Column("file", Kind.TEXT))

    def count(self, watch: Watch | None = None) -> int:
        """One."""
        return 1

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """The picture in the proposed size; its name."""
        read = {}
        for name in names:
            pictured = self.column(name).kind is Kind.PICTURE
            read[name] = self._files.read(name, start, stop) if pictured else texts([self.title][start:stop])
        return read

    def _others(self, start: int, stop: int) -> dict[str, list[str]]:
        return {"file": [self.title][start:stop]}


def _matches(path: Path, head: bytes) -> float:
    named = path.suffix.lower() in SUFFIXES
    known = head.startswith(_BEGINNINGS)
    return 0.95 if named and known else 0.6 if named and head else 0.0


def _open(path: Path, options: PictureOptions, watch: Watch | None) -> PictureFile:
    return PictureFile(path, options)


PICTURE = SourceKind("picture", "Picture", SUFFIXES, PictureOptions, _matches, _open)
