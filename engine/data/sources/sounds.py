"""Folders of WAV files, a class per folder; or a single one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.data.decoded.job import complaint
from engine.data.decoded.make import decode_all
from engine.data.errors import DataError
from engine.data.pictures.source import shown
from engine.data.sounds.source import SoundJob, Sounds, SoundSource
from engine.data.sounds.target import SoundTarget, proposed_target
from engine.data.sounds.wav import SUFFIXES, WavFacts, read_facts
from engine.data.sources.base import Column, Identity, Kind, Note, Options, SourceKind, Watch
from engine.data.sources.listing import Listing, list_files, place_of, share_of, texts
from engine.settings import setting
from engine.tensor.spec import Array

_SAMPLE = 200  # files whose headers are read when a folder is opened
_VERSION = 1
_DRAWN = 64  # columns of the small picture of a wave


class SoundOptions(Options):
    """How a folder of sounds is understood."""

    classes: bool = setting(True, "A class per folder", "the folder a sound lies in is its class")


class SoundFolder(SoundSource):
    """Opened WAV files."""

    def __init__(self, path: Path, listing: Listing, options: SoundOptions) -> None:
        self.kind, self.path, self.title, self.options = SOUNDS, path, shown(path.name), options
        self.identity = listing.identity if path.is_dir() else Identity.of_file(path)
        self._listing = listing
        places = [place_of(name) for name in listing.names]
        self._texts: dict[str, list[str]] = {}
        if options.classes and any(place.label for place in places):
            self._texts["class"] = [shown(place.label) for place in places]
        if any(place.part for place in places):
            self._texts["part"] = [place.part for place in places]
        self._texts["file"] = [shown(name) for name in listing.names]
        facts, complaints = self._sampled()
        self._target = proposed_target(facts)
        lengths = {f.frames for f in facts}
        self.notes = (*listing.notes, *complaints, *_remarks(facts))
        samples = self._target.samples if len(lengths) == 1 and len({f.rate for f in facts}) == 1 else -1
        sound = Column("sound", Kind.SOUND, (samples, self._target.channels))
        self.columns = (sound, *(Column(name, Kind.TEXT) for name in self._texts))

    def count(self, watch: Watch | None = None) -> int:
        """The number of files."""
        return len(self._listing.names)

    def page(self, start: int, count: int) -> list[list[object]]:
        """Small pictures of the waves, and their classes."""
        rows = range(*slice(start, start + count).indices(self.count()))
        return [[self._drawn(row), *(cells[row] or None for cells in self._texts.values())] for row in rows]

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Sounds as proposed; texts."""
        read = {}
        for name in names:
            if self.column(name).kind is Kind.SOUND:
                read[name], complaints = self._job(self._target).part(start, stop).decode()
                self._note({start + row: text for row, text in complaints.items()})
            else:
                read[name] = texts(self._texts[name][start:stop])
        return read

    def proposed(self, name: str) -> SoundTarget:
        """As the base says."""
        return self._target

    def sounds(self, name: str, target: SoundTarget, watch: Watch | None = None) -> Sounds:
        """As the base says."""
        if self.column(name).kind is not Kind.SOUND:
            raise DataError(f"The column {name!r} of {self.title} holds no sounds. Choose another.")
        key = hashlib.sha256(repr((_VERSION, self.identity.digest, target)).encode()).hexdigest()[:32]
        made = decode_all(key, self._job(target), watch)
        self._note(dict(made.complaints))
        return Sounds(made.array, np.array(sorted(made.complaints), np.int64))

    def changed(self) -> bool:
        """Whether files came, went, or were written anew."""
        return self._listing.held.changed()

    def glance(self) -> bool:
        """The same of some of them."""
        return self._listing.held.glance()

    def _job(self, target: SoundTarget) -> SoundJob:
        return SoundJob(str(self._listing.root), self._listing.names, target)

    def _sampled(self) -> tuple[list[WavFacts], list[Note]]:
        facts, complaints = [], []
        for name in self._listing.names[:: max(1, self.count() // _SAMPLE)]:
            try:
                facts.append(read_facts(self._listing.root / name))
            except DataError as error:
                complaints.append(Note(complaint(error, name), shown(name), "warning"))
        return facts, complaints

    def _drawn(self, row: int) -> Array | None:
        """The wave as a picture, uint8 (32, 64, 1); None where it cannot be read."""
        rows, complaints = self._job(self._target).part(row, row + 1).decode()
        if complaints:
            self._note({row: complaints[0]})
            return None
        peaks = [float(np.abs(piece).max(initial=0)) for piece in np.array_split(rows[0], _DRAWN)]
        heights = np.abs(np.arange(-15.5, 16) / 15.5)[:, np.newaxis]
        return ((heights <= np.array(peaks) / max(*peaks, 1e-9)) * 255).astype(np.uint8)[..., np.newaxis]

    def _note(self, complaints: dict[int, str]) -> None:
        known = {note.place for note in self.notes}
        places = {shown(self._listing.names[row]): text for row, text in complaints.items()}
        new = (Note(text, place, "warning") for place, text in places.items() if place not in known)
        self.notes = (*self.notes, *new)[:1_000]


def _remarks(facts: Sequence[WavFacts]) -> list[Note]:
    remarks = []
    if any(f.cut for f in facts):
        remarks.append(
            Note("Some sounds are shorter than their headers say; what is there is used.", severity="warning")
        )
    if len({f.rate for f in facts}) > 1:
        remarks.append(Note("The sounds have different rates; all are brought to one."))
    if any(f.channels > 1 for f in facts):
        remarks.append(Note("Sounds of several channels are mixed to one."))
    return remarks


def _matches(path: Path, head: bytes) -> float:
    if head:
        return 0.95 if head[:4] == b"RIFF" and head[8:12] == b"WAVE" else 0.0
    return 0.9 * share_of(path, SUFFIXES)


def _open(path: Path, options: SoundOptions, watch: Watch | None) -> SoundFolder:
    if path.is_dir():
        listing = list_files(path, SUFFIXES, watch)
    else:
        read_facts(path)
        status = path.stat()
        identity = Identity.of_listing([(path.name, status.st_size, status.st_mtime_ns)])
        listing = Listing.of_one(path, identity)
    if not listing.names:
        raise DataError(
            f"A folder of sounds must hold WAV files; {path.name} has none. Choose another folder."
        )
    return SoundFolder(path, listing, options)


SOUNDS = SourceKind("sounds", "Sounds (WAV)", SUFFIXES, SoundOptions, _matches, _open)
