"""Folders of pictures: a class per folder, parts like `train` and `test` where folders say so, and masks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from engine.data.errors import DataError
from engine.data.pictures.decode import SUFFIXES
from engine.data.pictures.source import FileColumn, FilePictureSource, PictureFiles, shown
from engine.data.sources.base import Column, Kind, Options, Source, SourceKind, Watch
from engine.data.sources.listing import Listing, Place, list_files, place_of, share_of, texts
from engine.data.sources.picture_table import PICTURE_TABLE, PictureTableOptions
from engine.settings import setting
from engine.tensor.spec import Array

_PICTURES = frozenset({"images", "image", "imgs", "img", "pictures", "photos", "inputs", "x"})
_MASKS = frozenset({"masks", "mask", "labels", "label", "annotations", "segmentation", "segmentations", "y"})
_MASK_ENDING = re.compile(r"[_-](mask|label|labels|seg|segmentation|gt)$")
_LEAST_MASKED = 0.5  # share of pictures that must have a mask before a folder is one of masks


class PictureFolderOptions(Options):
    """How a folder of pictures is understood."""

    classes: bool = setting(True, "A class per folder", "the folder a picture lies in is its class")
    masks: bool = setting(
        True, "Masks", "a folder named masks or labels beside the pictures holds a mask for each, by name"
    )
    alpha: bool = setting(
        False, "Keep opacity", "as a fourth channel; else pictures with opacity are laid on white"
    )


class PictureFolder(FilePictureSource):
    """An opened folder of pictures."""

    def __init__(self, listing: Listing, options: PictureFolderOptions) -> None:
        self.kind, self.path, self.title = PICTURE_FOLDER, listing.root, listing.root.name
        self.options, self.identity = options, listing.identity
        self._listing, self._notes = listing, listing.notes
        masks = _masks(listing.names) if options.masks else {}
        covered = set(masks.values())
        names = [name for name in listing.names if name not in covered]
        places = [place_of(_plain(name) if masks else name) for name in names]
        self._texts = _text_columns(names, places, options.classes)
        columns = {"picture": FileColumn(listing.root, names)}
        if masks:
            columns["mask"] = FileColumn(listing.root, [masks.get(name, "") for name in names], mask=True)
        self._files = PictureFiles(columns, listing.identity.digest, options.alpha)
        pictured = [self._files.column(name) for name in columns]
        self.columns = (*pictured, *(Column(name, Kind.TEXT) for name in self._texts))

    def count(self, watch: Watch | None = None) -> int:
        """The number of pictures."""
        return len(self._texts["file"])

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Pictures in the proposed size; texts."""
        read: dict[str, Array] = {}
        for name in names:
            picture = self.column(name).kind is Kind.PICTURE
            read[name] = (
                self._files.read(name, start, stop) if picture else texts(self._texts[name][start:stop])
            )
        return read

    def changed(self) -> bool:
        """Whether files came, went, or were written anew."""
        return self._listing.held.changed()

    def glance(self) -> bool:
        """The same of some of them."""
        return self._listing.held.glance()

    def _others(self, start: int, stop: int) -> dict[str, list[str | None]]:
        return {name: [cell or None for cell in cells[start:stop]] for name, cells in self._texts.items()}


def _text_columns(names: list[str], places: list[Place], classes: bool) -> dict[str, list[str]]:
    """Class and part where folders give them, and the file."""
    found: dict[str, list[str]] = {}
    if classes and any(place.label for place in places):
        found["class"] = [shown(place.label) for place in places]
    if any(place.part for place in places):
        found["part"] = [place.part for place in places]
    return {**found, "file": [shown(name) for name in names]}


def _masks(names: Sequence[str]) -> dict[str, str]:
    """By picture, the mask of the same name in a folder beside it; empty where most pictures have none."""
    masks = {_key(name): name for name in names if _within(name, _MASKS)}
    if not masks:
        return {}
    pictures = [name for name in names if not _within(name, _MASKS)]
    pairs = {name: masks[_key(name)] for name in pictures if _key(name) in masks}
    return pairs if pictures and len(pairs) >= _LEAST_MASKED * len(pictures) else {}


def _within(name: str, folders: frozenset[str]) -> bool:
    return any(folder.lower() in folders for folder in name.split("/")[:-1])


def _plain(name: str) -> str:
    """The path without the folders that say picture or mask."""
    *folders, file = name.split("/")
    return "/".join([*(f for f in folders if f.lower() not in _PICTURES | _MASKS), file])


def _key(name: str) -> str:
    """What a picture and its mask have in common."""
    stem = _plain(name).rpartition(".")[0].lower()
    return _MASK_ENDING.sub("", stem) if _within(name, _MASKS) else stem


def _matches(path: Path, head: bytes) -> float:
    return 0.9 * share_of(path, SUFFIXES) if not head else 0.0


def _open(path: Path, options: PictureFolderOptions, watch: Watch | None) -> Source:
    listing = list_files(path, SUFFIXES, watch)
    if not listing.names:
        raise DataError(
            f"A folder of pictures must hold some ({' '.join(SUFFIXES)}); {path.name} has none. Choose another folder."
        )
    table = _table_of(listing)
    if table is not None:
        known = {"alpha": options.alpha}
        try:
            return PICTURE_TABLE.open(table, PictureTableOptions.model_validate(known), watch)
        except DataError:
            pass  # a table of something else
    return PictureFolder(listing, options)


def _table_of(listing: Listing) -> Path | None:
    """The only CSV in the folder, if folders say nothing about classes."""
    if len({place_of(name).label for name in listing.names[:: max(1, len(listing.names) // 1000)]}) > 1:
        return None
    tables = [path for path in listing.root.iterdir() if path.suffix.lower() == ".csv" and path.is_file()]
    return tables[0] if len(tables) == 1 else None


PICTURE_FOLDER = SourceKind(
    name="picture_folder",
    title="Folder of pictures",
    suffixes=(),
    options=PictureFolderOptions,
    matches=_matches,
    open=_open,
)
