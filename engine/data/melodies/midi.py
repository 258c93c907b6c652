"""Reads standard MIDI files and takes the melody out of them: at each moment the highest note that begins.

Source of the format: Standard MIDI Files 1.0, MIDI Manufacturers Association, 1988.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.data.errors import DataError
from engine.data.melodies.notation import Tone, nearest_part

LARGEST_FILE = 20_000_000  # bytes
_DRUMS = 9
_META, _SYSEX = 0xFF, (0xF0, 0xF7)
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_SECONDS_A_QUARTER = 0.5  # of files that count in film frames: the tempo that is meant where none is given
_FILM = {24: 24.0, 25: 25.0, 29: 30 / 1.001, 30: 30.0}
_AUDIBLE_REST = 0.2  # quarters; a shorter gap is how the note was played
_LONGEST = 8.0  # quarters; of a rest


@dataclass(frozen=True, order=True)
class _Note:
    """Begin and end in ticks, and the pitch."""

    begin: int
    pitch: int
    end: int


def read_melody(path: Path) -> list[Tone]:
    """The melody of a MIDI file.

    Raises:
        DataError: it cannot be read, is no MIDI file, is damaged, or holds no notes.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DataError(f"A MIDI file can have up to {LARGEST_FILE // 10**6} MB; {path.name} has more.")
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"The file {path.name} cannot be read: {error.strerror or error}.") from error
    if raw[:4] != b"MThd" or len(raw) < 14:
        raise DataError(
            f"A MIDI file must begin with MThd; {path.name} does not. Convert it or leave it out."
        )
    ticks = _ticks_a_quarter(int.from_bytes(raw[12:14], "big"), path.name)
    notes = sorted(note for track in _tracks(raw, path.name) for note in _notes(track, path.name))
    melody = _melody(notes, ticks) if notes else []
    if not melody:
        raise DataError(f"A melody must have notes; {path.name} has none (drums are left out). Leave it out.")
    return melody


def _ticks_a_quarter(division: int, name: str) -> float:
    if not division & 0x8000:
        if division == 0:
            raise DataError(
                f"A MIDI file must say how long a quarter is; {name} says 0 ticks. Save it again."
            )
        return float(division)
    frames = 256 - (division >> 8)
    if frames not in _FILM or not division & 0xFF:
        raise DataError(
            f"A MIDI file counts 24, 25, 29 or 30 film frames a second; {name} says {frames}. Save it again."
        )
    return _FILM[frames] * (division & 0xFF) * _SECONDS_A_QUARTER


def _tracks(raw: bytes, name: str) -> Iterator[bytes]:
    place = 8 + int.from_bytes(raw[4:8], "big")
    while place + 8 <= len(raw):
        length = int.from_bytes(raw[place + 4 : place + 8], "big")
        if place + 8 + length > len(raw):
            raise _cut_off(name)
        if raw[place : place + 4] == b"MTrk":
            yield raw[place + 8 : place + 8 + length]
        place += 8 + length
    if place != len(raw) and place > len(raw):
        raise _cut_off(name)


def _cut_off(name: str) -> DataError:
    return DataError(
        f"A MIDI file must be as long as it says; {name} is cut off or damaged. Get it again, or leave it out."
    )


def _notes(track: bytes, name: str) -> Iterator[_Note]:
    """The notes of a track; one that is never ended lasts as long as the track."""
    sounding: dict[tuple[int, int], int] = {}
    now = 0
    for now, status, first, second in _events(track, name):
        key = (status & 0x0F, first)
        if status >> 4 not in (0x8, 0x9) or key[0] == _DRUMS:
            continue
        if key in sounding:
            yield _Note(sounding.pop(key), first, now)
        if status >> 4 == 0x9 and second:
            sounding[key] = now
    yield from (_Note(begin, pitch, now) for (_, pitch), begin in sounding.items())


def _events(track: bytes, name: str) -> Iterator[tuple[int, int, int, int]]:
    """Ticks since the begin, status byte, and one or two bytes of data; all 0 for events that are of no channel."""
    place = now = status = 0
    try:
        while place < len(track):
            pause, place = _number(track, place, name)
            now += pause
            if track[place] == _META or track[place] in _SYSEX:
                place += 2 if track[place] == _META else 1
                length, place = _number(track, place, name)
                place += length
                status = 0
                yield now, 0, 0, 0
                continue
            if track[place] & 0x80:
                status, place = track[place], place + 1
            count = _DATA_BYTES.get(status >> 4)
            if count is None:
                raise _cut_off(name)
            first, second = track[place], track[place + 1] if count == 2 else 0
            if (first | second) & 0x80:
                raise _cut_off(name)
            place += count
            yield now, status, first, second
    except IndexError as error:
        raise _cut_off(name) from error


def _number(track: bytes, place: int, name: str) -> tuple[int, int]:
    """A number of up to four bytes of seven bits, and where it ends."""
    value = 0
    for _ in range(4):
        byte = track[place]
        place += 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, place
    raise _cut_off(name)


def _melody(notes: list[_Note], ticks: float) -> list[Tone]:
    """The highest note at each begin, until the next begins; notes are in the order of begin and pitch."""
    highest: dict[int, _Note] = {note.begin: note for note in notes}
    line = list(highest.values())
    ends = [note.begin for note in line[1:]] + [max(note.end for note in line)]
    tones = []
    for note, following in zip(line, ends, strict=True):
        held = min(note.end, following)
        rest = (following - held) / ticks
        if rest < _AUDIBLE_REST:
            held, rest = following, 0.0
        if held > note.begin:
            tones.append(Tone(note.pitch, nearest_part((held - note.begin) / ticks)))
        if rest:
            tones.append(Tone(None, nearest_part(min(rest, _LONGEST))))
    return tones
