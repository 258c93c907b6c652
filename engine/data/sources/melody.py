"""Melodies: MIDI files, or text in the notation of `engine.data.melodies.notation`; one file or a folder of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.errors import DataError
from engine.data.melodies.midi import read_melody
from engine.data.melodies.notation import Tone, looks_like_notes, read_tunes
from engine.data.sources.base import Identity, Note, SourceKind, Watch
from engine.data.sources.listing import list_files, share_of
from engine.data.sources.tokens import Tokens, TokenSource, WindowOptions, smallest
from engine.settings import setting
from engine.tensor.spec import Array

END = "end"
MIDI_SUFFIXES = (".mid", ".midi", ".smf")
SUFFIXES = (*MIDI_SUFFIXES, ".tune", ".tunes")
_LARGEST_TEXT = 50_000_000  # bytes


class MelodyOptions(WindowOptions):
    """How melodies are cut into examples."""

    length: int = setting(16, "Length", "how many notes an example has", prominent=True, ge=1, le=10_000)


def melody_text(path: Path) -> list[list[Tone]]:
    """The tunes of a text file.

    Raises:
        DataError: it cannot be read, is no text, or holds what is no note.
    """
    try:
        if path.stat().st_size > _LARGEST_TEXT:
            raise DataError(
                f"A file of melodies can have up to {_LARGEST_TEXT // 10**6} MB; {path.name} has more."
            )
        return read_tunes(path.read_text("utf-8-sig"), path.name)
    except OSError as error:
        raise DataError(f"The file {path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"A file of melodies must be UTF-8 text; {path.name} is not. Save it as UTF-8."
        ) from error


def _tunes(path: Path) -> list[list[Tone]]:
    return [read_melody(path)] if path.suffix.lower() in MIDI_SUFFIXES else melody_text(path)


def _of_folder(path: Path, watch: Watch | None) -> tuple[list[list[Tone]], Identity, list[Note]]:
    listing = list_files(path, SUFFIXES, watch)
    tunes: list[list[Tone]] = []
    notes = list(listing.notes)
    for done, name in enumerate(listing.names, start=1):
        try:
            tunes.extend(_tunes(path / name))
        except DataError as error:
            notes.append(Note(str(error), name, "warning"))
        if watch is not None:
            watch(done, len(listing.names))
    return tunes, listing.identity, notes


def _open(path: Path, options: MelodyOptions, watch: Watch | None) -> TokenSource:
    if path.is_dir():
        tunes, identity, notes = _of_folder(path, watch)
    else:
        tunes, identity, notes = _tunes(path), Identity.of_file(path), []
    if not tunes:
        raise DataError(f"A melody must have notes; {path.name} has none that can be read. Choose another.")
    words = [[*map(str, tune), END] for tune in tunes]
    vocabulary = (END, *sorted({word for tune in words for word in tune} - {END}))
    numbers = {word: number for number, word in enumerate(vocabulary)}
    tokens = np.array([numbers[word] for tune in words for word in tune], smallest(len(vocabulary)))

    def encode(text: str) -> Array:
        known = [str(tone) for tune in read_tunes(text, "the melody") for tone in tune]
        unknown = [word for word in known if word not in numbers]
        if unknown:
            raise DataError(
                f"A melody must use notes of the training; {unknown[0]} was not among them. Change it."
            )
        return np.array([numbers[word] for word in known], np.int32)

    return TokenSource(MELODY, path, options, identity, Tokens(tokens, vocabulary, encode), notes)


def _matches(path: Path, head: bytes) -> float:
    if not head:
        return 0.9 * share_of(path, SUFFIXES)
    if head.startswith(b"MThd") or path.suffix.lower() in SUFFIXES:
        return 0.97
    return 0.97 if b"\0" not in head and looks_like_notes(head.decode("utf-8", "replace")) else 0.0


MELODY = SourceKind("melody", "Melodies (MIDI)", SUFFIXES, MelodyOptions, _matches, _open)
