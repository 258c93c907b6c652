"""Which layers a few typed letters mean: the one ranking behind the palette and the search on the canvas."""

from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from app.palette.entries import LayerEntry

# A clear hit in the name beats one in another word for it, that beats the summary, and this beats a vague hit anywhere.
_NAME: Final = 300.0
_WORD: Final = 200.0
_SUMMARY: Final = 100.0
_COMMON: Final = 4.0
_CLEAR: Final = 45.0  # of a score; below are letters in order, which many a name has
_IN_NAME: Final = 10.0  # that a vague hit in the name is worth more than one in another word

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
    in_name = _score(wanted, name)
    if in_name >= _CLEAR:
        return _NAME + in_name
    in_words = max((_score(wanted, word) for word in words), default=0.0)
    if in_words >= _CLEAR:
        return _WORD + in_words
    # Letters scattered over a sentence mean nothing: the summary is searched for the words as they are.
    if wanted in summary.lower():
        return _SUMMARY
    return in_name + _IN_NAME if in_name else in_words


def _score(wanted: str, text: str) -> float:
    """How well `wanted` fits `text`, 0 (not at all) to 100 (equal).

    Best is the beginning; then whole words, the beginning of a word, any part; then initials, letters in order, the stem.
    """
    lower = text.lower()
    brevity = len(wanted) / max(len(lower), 1)
    if lower.startswith(wanted):
        return 80 + 20 * brevity
    if wanted in lower:
        return _part(wanted, text, lower) + 10 * brevity
    if _initials(text).startswith(wanted):
        return 45 + 5 * brevity
    if _has_letters_in_order(wanted, text):
        return 40 * brevity
    stem = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(wanted, lower, strict=False)))
    return 20 * stem / len(wanted) if stem >= max(_LEAST_STEM, len(wanted) - _LONGEST_ENDING) else 0.0


def _part(wanted: str, text: str, lower: str) -> float:
    """What a part of a text is worth: "picture" is a word of "Save a picture" and only begins one of "Draw pictures"."""
    best, start = 50.0, lower.find(wanted)
    while start >= 0:
        stop = start + len(wanted)
        begins = not text[start - 1].isalnum() or text[start].isupper()
        ends = stop == len(text) or not text[stop].isalnum()
        best = max(best, 68.0 if begins and ends else 58.0 if begins else 50.0)
        start = lower.find(wanted, start + 1)
    return best


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
