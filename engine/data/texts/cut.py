"""Cuts text into tokens, in two passes over pieces of it: which there are, then the number of each.

Memory is one byte a character, or two to four a word, whatever the text is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np

from engine.data.sources.tokens import Tokens, smallest
from engine.tensor.spec import Array

Unit = Literal["characters", "words"]
UNKNOWN = "unknown"
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*|[^\w\s]|\n")
_IN_WORDS = {"\n": "line end", " ": "space", "\t": "tab"}
_LONGEST_WORD = 100  # characters; a longer one is no word, and one of 100 MB would be a token


def tokenized(texts: Callable[[], Iterable[str]], unit: Unit, most: int, lower: bool) -> Tokens:
    """The text as numbers of its most frequent tokens; number 0 is all others, if there are any.

    Args:
        texts: gives the pieces of the text; called twice.
        unit: what a token is. A word is letters and digits; each sign and each line end is a token, too.
        most: how many different tokens there may be.
        lower: whether capital letters are taken for small ones.
    """
    split = _letters if unit == "characters" else _words
    counts: Counter[str] = Counter()
    for tokens in _split(texts(), split, lower):
        counts.update(tokens)
        if len(counts) > 20 * most + 1_000_000:  # names and numbers that come once, in a text of gigabytes
            counts = Counter(dict(counts.most_common(10 * most)))
    frequent = sorted(counts) if len(counts) <= most else _most_frequent(counts, most - 1)
    known = [UNKNOWN] * (len(counts) > most) + frequent
    # a word may be spelt "unknown", too: then it is the same as all others
    numbers = {token: number for number, token in reversed(list(enumerate(known)))}

    def encode_tokens(tokens: list[str]) -> Array:
        return np.fromiter((numbers.get(token, 0) for token in tokens), smallest(len(known)), len(tokens))

    found = [encode_tokens(tokens) for tokens in _split(texts(), split, lower)]
    joined = np.concatenate(found) if found else np.zeros(0, np.uint8)

    def encode(text: str) -> Array:
        return encode_tokens(split(text.lower() if lower else text)).astype(np.int32)

    vocabulary = tuple(_IN_WORDS.get(token, token) for token in known)
    spelling = tuple(token.replace("\n", "⏎") for token in known)
    return Tokens(joined, _different(vocabulary), encode, "" if unit == "characters" else " ", spelling)


def _most_frequent(counts: Counter[str], count: int) -> list[str]:
    """By frequency, then by letter, so that the same text gives the same numbers."""
    return sorted(sorted(counts, key=lambda token: (-counts[token], token))[:count])


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of classes must differ: a text may hold the word "space" besides spaces."""
    seen: Counter[str] = Counter()
    made = []
    for name in names:
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(made)


def _letters(text: str) -> list[str]:
    return list(text)


def _words(text: str) -> list[str]:
    return [word[:_LONGEST_WORD] for word in _WORD.findall(text)]


def _split(texts: Iterable[str], split: Callable[[str], list[str]], lower: bool) -> Iterator[list[str]]:
    """Tokens of a piece at a time; a word that is cut by the end of a piece counts as two."""
    for text in texts:
        yield split(text.lower() if lower else text)
