"""Which layers a few typed letters mean: the one ranking behind the palette and the search on the canvas."""

from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from app.palette.entries import LayerEntry

# A hit in the name beats one in another word for it, and that beats the summary, whatever the kind of hit.
_NAME: Final = 300.0
_WORD: Final = 200.0
_SUMMARY: Final = 100.0
_COMMON: Final = 4.0

# "regularize" is another form of "regularization", and "attenton" a slip: so many letters at the start must be the same.
_LEAST_STEM: Final = 5
_LONGEST_ENDING: Final = 3


def rank(query: str, entries: Iterable[LayerEntry]) -> list[LayerEntry]:
    """The entries that match `query`, best first; all of them in their order when it is blank.

    A common layer comes before a rare one that fits a little better: Conv2D before Conv1D, Dropout before others.
    """
    if not query.strip():
        return list(entries)
    scored = [
        (score + (_COMMON if entry.common else 0.0), entry)
        for entry in entries
        if (score := match(query, entry.shown, entry.words, entry.summary)) > 0
    ]
    return [entry for _, entry in sorted(scored, key=lambda pair: -pair[0])]


def match(query: str, name: str, words: Iterable[str], summary: str) -> float:
    """How well a query fits something with a name, other names and a summary; 0 is not at all."""
    wanted = query.strip().lower()
    score = _score(wanted, name)
    if score:
        return _NAME + score
    score = max((_score(wanted, word) for word in words), default=0.0)
    if score:
        return _WORD + score
    # Letters scattered over a sentence mean nothing: the summary is searched for the words as they are.
    return _SUMMARY if wanted in summary.lower() else 0.0


def _score(wanted: str, text: str) -> float:
    """How well `wanted` fits `text`, 0 (not at all) to 100 (equal): prefix, part, initials, letters in order, stem."""
    lower = text.lower()
    brevity = len(wanted) / max(len(lower), 1)
    if lower.startswith(wanted):
        return 80 + 20 * brevity
    if wanted in lower:
        return 55 + 20 * brevity
    if _initials(text).startswith(wanted):
        return 45 + 5 * brevity
    if _has_letters_in_order(wanted, text):
        return 40 * brevity
    stem = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(wanted, lower, strict=False)))
    return 20 * stem / len(wanted) if stem >= max(_LEAST_STEM, len(wanted) - _LONGEST_ENDING) else 0.0


def _initials(text: str) -> str:
    """The first letters of the words of a name: `bn` of BatchNormalization, `mp2d` of MaxPooling2D."""
    found = [
        c for i, c in enumerate(text) if i == 0 or c.isupper() or c.isdigit() or not text[i - 1].isalnum()
    ]
    return "".join(found).lower()


def _has_letters_in_order(wanted: str, text: str) -> bool:
    """Whether `text` contains the letters of `wanted` in order, the first of them at the start of a word."""
    starts = [i for i, c in enumerate(text) if i == 0 or c.isupper() or not text[i - 1].isalnum()]
    for start in starts:
        rest = iter(text[start:].lower())
        if text[start].lower() == wanted[0] and all(letter in rest for letter in wanted.replace(" ", "")):
            return True
    return False
