"""The words of melodies: `C4/4` is a quarter of middle C, `F#5/8.` a dotted eighth, `R/2` a half of silence.

After the stroke stands the part of a whole note, as on paper; 6 and 12 are triplets. Bars (`|`) are for the eye, a line
that begins with `#` is a title, and an empty line or a title ends a tune.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from engine.data.errors import DataError

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
PARTS = ("1.", "1", "2.", "2", "4.", "4", "6", "8.", "8", "12", "16.", "16")
_WORD = re.compile(r"(?:([A-G])([#b]?)(-1|[0-9])|(R))/(1\.?|2\.?|4\.?|6|8\.?|12|16\.?)")
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFT = {"": 0, "#": 1, "b": -1}
_HIGHEST = 127
_LONGEST_WORD = 8


@dataclass(frozen=True)
class Tone:
    """A note or a silence.

    Attributes:
        pitch: as MIDI counts, 60 for middle C; None for silence.
        part: how long, as a word ends: "4" a quarter, "8." a dotted eighth.
    """

    pitch: int | None
    part: str

    @property
    def length(self) -> Fraction:
        """How long, in whole notes."""
        return part_length(self.part)

    def __str__(self) -> str:
        if self.pitch is None:
            return f"R/{self.part}"
        return f"{NAMES[self.pitch % 12]}{self.pitch // 12 - 1}/{self.part}"


def part_length(part: str) -> Fraction:
    """A part of a whole note, as a fraction: 1/4 for "4", 3/16 for "8."."""
    plain = Fraction(1, int(part.rstrip(".")))
    return plain * Fraction(3, 2) if part.endswith(".") else plain


def nearest_part(quarters: float) -> str:
    """The part that comes closest, by ratio, to a length in quarters."""
    return min(PARTS, key=lambda part: abs(_ratio(4 * float(part_length(part)), quarters)))


def _ratio(length: float, other: float) -> float:
    larger, smaller = max(length, other), max(min(length, other), 1e-6)
    return larger / smaller


def tone(word: str) -> Tone:
    """The note a word stands for.

    Raises:
        DataError: it is no such word.
    """
    matched = _WORD.fullmatch(word)
    if matched is None:
        raise DataError(
            f"A note is written like C4/4, F#5/8. or R/2, received {word[:20]!r}. Correct the melody there."
        )
    letter, sign, octave, rest, part = matched.groups()
    if rest:
        return Tone(None, part)
    pitch = 12 * (int(octave) + 1) + _STEPS[letter] + _SHIFT[sign]
    if not 0 <= pitch <= _HIGHEST:
        raise DataError(f"A note must lie between C-1 and G9, received {word}. Correct the melody there.")
    return Tone(pitch, part)


def read_tunes(text: str, label: str) -> list[list[Tone]]:
    """The tunes of a text.

    Raises:
        DataError: a word that is no note; names the line.
    """
    tunes: list[list[Tone]] = [[]]
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            tunes.append([])
            continue
        try:
            tunes[-1].extend(tone(word) for word in line.replace("|", " ").split())
        except DataError as error:
            raise DataError(f"Line {number} of {label}: {error}") from error
    return [tune for tune in tunes if tune]


def looks_like_notes(text: str) -> bool:
    """Whether most words of the beginning of a text are notes."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    words = " ".join(lines[:50]).replace("|", " ").split()[:200]
    notes = sum(len(word) <= _LONGEST_WORD and _WORD.fullmatch(word) is not None for word in words)
    return len(words) >= 4 and notes >= 0.8 * len(words)
