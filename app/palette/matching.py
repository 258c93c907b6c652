"""Which layers a few typed letters mean: the one ranking behind the palette and the search on the canvas."""

from collections.abc import Iterable
from typing import Final

from app.palette.entries import LayerEntry

# A hit in the name beats one in another word for it, and that beats the summary, whatever the kind of hit.
_NAME: Final = 300.0
_WORD: Final = 200.0
_SUMMARY: Final = 100.0


def rank(query: str, entries: Iterable[LayerEntry]) -> list[LayerEntry]:
    """The entries that match `query`, best first; all of them in their order when it is blank."""
    wanted = query.strip().lower()
    if not wanted:
        return list(entries)
    scored = [(score, entry) for entry in entries if (score := _entry_score(wanted, entry)) > 0]
    return [entry for _, entry in sorted(scored, key=lambda pair: -pair[0])]


def _entry_score(wanted: str, entry: LayerEntry) -> float:
    name = _score(wanted, entry.name)
    if name:
        return _NAME + name
    word = max((_score(wanted, word) for word in entry.words), default=0.0)
    if word:
        return _WORD + word
    # Letters scattered over a sentence mean nothing: the summary is searched for the words as they are.
    return _SUMMARY if wanted in entry.summary.lower() else 0.0


def _score(wanted: str, text: str) -> float:
    """How well `wanted` fits `text`, 0 (not at all) to 100 (equal): prefix, part, or letters in order."""
    lower = text.lower()
    brevity = len(wanted) / max(len(lower), 1)
    if lower.startswith(wanted):
        return 80 + 20 * brevity
    if wanted in lower:
        return 55 + 20 * brevity
    return 40 * brevity if _has_letters_in_order(wanted, text) else 0.0


def _has_letters_in_order(wanted: str, text: str) -> bool:
    """Whether `text` contains the letters of `wanted` in order, the first of them at the start of a word."""
    starts = [i for i, c in enumerate(text) if i == 0 or c.isupper() or not text[i - 1].isalnum()]
    for start in starts:
        rest = iter(text[start:].lower())
        if text[start].lower() == wanted[0] and all(letter in rest for letter in wanted.replace(" ", "")):
            return True
    return False
