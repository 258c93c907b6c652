"""From tokens to text and back, by the names that a data set gives its classes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.data.bundle import DataSpec
from engine.data.errors import DataError
from engine.data.melodies.notation import Tone, tone
from engine.training.predictions.answers import Answer

SIGNS = {"line end": "\n", "space": " ", "tab": "\t", "unknown": "\N{REPLACEMENT CHARACTER}"}
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*|[^\w\s]|\n")
_MOSTLY = 0.8
_PLAIN = "/4"  # of notes without a length


def continues(spec: DataSpec, answer: Answer) -> bool:
    """Whether an answer is the next token after each that was read, so that the network can go on writing."""
    inputs = [spec.features[name] for name in spec.inputs]
    return (
        len(inputs) == 1
        and inputs[0].kind == "index"
        and len(inputs[0].shape) == 1
        and answer.feature.shape == inputs[0].shape
        and bool(answer.classes)
        and answer.classes == inputs[0].class_names
    )


def is_in_letters(names: Sequence[str]) -> bool:
    """Whether tokens are letters rather than words."""
    plain = [name for name in names if name not in SIGNS]
    return sum(len(name) == 1 for name in plain) >= _MOSTLY * max(1, len(plain))


def spelled(names: Sequence[str], tokens: Sequence[int]) -> str:
    """The text that tokens stand for."""
    parts = [SIGNS.get(names[t], names[t]) if 0 <= t < len(names) else SIGNS["unknown"] for t in tokens]
    if is_in_letters(names):
        return "".join(parts)
    text = " ".join(parts)
    return re.sub(r" ?\n ?", "\n", re.sub(r" ([.,;:!?)\]'\u2019])", r"\1", text))


def tokens_of(names: Sequence[str], text: str) -> tuple[tuple[int, ...], str]:
    """Tokens of a text, and what of it there is no token for; such parts are left out."""
    places = {SIGNS.get(name, name): k for k, name in reversed(list(enumerate(names)))}
    lower = not any(name != name.lower() for name in names if len(name) == 1 or name.isalpha())
    pieces = list(text) if is_in_letters(names) else _WORD.findall(text)
    found, strange = [], []
    for piece in pieces:
        place = places.get(piece, places.get(piece.lower()) if lower else None)
        (found.append(place) if place is not None else strange.append(piece))
    return tuple(found), "".join(dict.fromkeys(strange))


def note_of(name: str) -> Tone | None:
    """The note or silence that a token stands for, a quarter where it has no length; None for the end of a tune."""
    for word in (name, name + _PLAIN):
        try:
            return tone(word)
        except DataError:
            continue
    return None


def is_melody(names: Sequence[str]) -> bool:
    """Whether tokens are notes."""
    return len(names) > 1 and sum(note_of(name) is not None for name in names) >= _MOSTLY * len(names)
