"""Sentences as rows of numbers."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from itertools import chain, islice
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.host import Tables, packed, unpacked
from engine.layers.lookup import Lookup, Token
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, format_shape

_WORD = re.compile(r"[^ \t\n\v\f\r]+")
# TensorFlow's: only the letters of ASCII are lowered
_LOWER: dict[int, str | None] = {
    ord(a): b for a, b in zip(string.ascii_uppercase, string.ascii_lowercase, strict=True)
}
_NO_PUNCTUATION: dict[int, str | None] = dict.fromkeys(map(ord, string.punctuation))
_REMOVED = MappingProxyType(
    {
        "lower": _LOWER,
        "strip_punctuation": _NO_PUNCTUATION,
        "lower_and_strip_punctuation": _LOWER | _NO_PUNCTUATION,
    }
)
_BETWEEN = "\x1e"  # ends a record; no such letter is changed above, or splits words
_OTHER_BLANKS = re.compile("[\x1c-\x1f]")  # of ASCII, at which Python would split, too
GroupSize = Annotated[int, Field(ge=1, le=100)]
Standardize = Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"]


class TextVectorization(Lookup):
    """Turns sentences into rows of word numbers, or into counts of words.

    The text is brought to lower case without punctuation, split into words (or letters), and each word gets its number in
    a vocabulary: 0 is padding, 1 an unknown word, 2 the most frequent one. The vocabulary is given, or learned from the
    training data. Put an Embedding behind it; or let it count words (multi_hot, count, tf_idf), and put a Dense behind it.
    It runs on the host, directly behind an Input.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Turns sentences into rows of word numbers",
        aliases=(
            "text",
            "tokenizer",
            "words",
            "vocabulary",
            "bag of words",
            "tf-idf",
            "ngram",
            "nlp",
            "adapt",
        ),
        keras="TextVectorization",
        common=True,
        samples=(
            LayerSample({"output_sequence_length": 3}, ((5, 1),), texts=True),
            LayerSample(
                {"output_sequence_length": 4, "split": "character", "standardize": "lower"},
                ((3,),),
                texts=True,
            ),
            LayerSample({"max_tokens": 9, "output_mode": "tf_idf", "ngrams": 2}, ((4, 1),), texts=True),
            LayerSample({"vocabulary": ["so", "end"], "output_mode": "multi_hot"}, ((4, 1),), texts=True),
            LayerSample({"split": None, "standardize": None}, ((4, 3),), texts=True),
        ),
    )
    standardize: Standardize | None = setting(
        "lower_and_strip_punctuation", "Standardize", "what is done with the text first; empty: nothing"
    )
    split: Literal["whitespace", "character"] | None = setting(
        "whitespace", "Split", "into words or letters; empty: each text is one word"
    )
    ngrams: GroupSize | tuple[GroupSize, ...] | None = setting(
        None,
        "Word groups",
        "also groups of up to so many words, or of each of these numbers",
        advanced=True,
    )
    output_mode: Literal["int", "multi_hot", "count", "tf_idf"] = setting(
        "int", "Gives", "word numbers in order, or a row with a place for each word", prominent=True
    )
    output_sequence_length: int | None = setting(
        None,
        "Length",
        "word numbers per text: longer ones are cut, shorter ones padded",
        prominent=True,
        ge=1,
        le=1_000_000,
    )
    vocabulary: tuple[str, ...] | None = setting(
        None, "Vocabulary", "the words in order; empty: learned from the data"
    )

    @property
    def given(self) -> tuple[Token, ...] | None:
        """As set."""
        return self.vocabulary

    @property
    def mode(self) -> str:
        """As set."""
        return self.output_mode

    @property
    def reserved(self) -> Token | None:
        """The empty word."""
        return ""

    @property
    def unknown(self) -> Token | None:
        """As in Keras."""
        return "[UNK]"

    def output_spec(self, x: TensorSpec) -> TensorSpec:
        """Text (batch,) or (batch, 1) -> int32 (batch, length), or float32 (batch, most words)."""
        if x.dtype is not DType.STRING:
            raise ShapeError(
                "TextVectorization needs text, received numbers. Connect it to an Input of text."
            )
        if self.split is not None and x.shape[1:] not in ((), (1,)):
            raise ShapeError(
                f"TextVectorization splits one text per example, received {format_shape(x.shape[1:])}. Switch off Split."
            )
        if self.output_mode != "int":
            return self.encoded((x.shape[0], 1))
        if self.output_sequence_length is not None:
            return self.encoded((x.shape[0], self.output_sequence_length))
        if self.split is None and self.ngrams is None and x.rank == 2:
            return self.encoded(x.shape)
        raise ShapeError(
            "TextVectorization must know how many word numbers to give for a text, received no length. Set Length, or let "
            "it give counts."
        )

    def rows(self, values: Array) -> list[list[str]]:
        """The words of each text."""
        width = values.size // max(1, len(values))
        texts = self._standardized(values.reshape(-1).tolist())
        if self.split == "whitespace":
            found = _words(texts)
        elif self.split == "character":
            found = [list(text) for text in texts]
        else:
            found = [texts[k : k + width] for k in range(0, len(texts), width)]
        return found if self.ngrams is None else [self._groups(words, self.ngrams) for words in found]

    def _standardized(self, texts: list[str]) -> list[str]:
        """All texts in one go, with a letter between them that none of them has: a call for each takes far longer."""
        removed = _REMOVED.get(self.standardize or "")
        if removed is None or not texts:
            return texts
        joined = _BETWEEN.join(texts)
        if joined.count(_BETWEEN) >= len(texts):
            return [text.translate(removed) for text in texts]
        return joined.translate(removed).split(_BETWEEN)

    @staticmethod
    def _groups(words: list[str], ngrams: int | tuple[int, ...]) -> list[str]:
        widths = range(1, ngrams + 1) if isinstance(ngrams, int) else ngrams
        return [" ".join(words[k : k + n]) for n in widths for k in range(len(words) - n + 1)]

    def compute(self, values: Array, tables: Tables) -> Array:
        """Numbers with padding, or counts."""
        numbers = self.numbers(values, tables)
        if self.output_mode != "int":
            return self.counted(numbers, tables)
        length = self.output_sequence_length or (len(numbers[0]) if numbers else 0)
        result = np.zeros((len(numbers), length), np.int32)
        counts = np.fromiter(map(len, numbers), np.int64, len(numbers)).clip(0, length)
        kept = chain.from_iterable(islice(found, length) for found in numbers)
        result[np.arange(length) < counts[:, np.newaxis]] = np.fromiter(kept, np.int32, int(counts.sum()))
        return result

    def plain(self, tables: Tables) -> dict[str, Any] | None:
        """Word numbers without groups; counts and groups are for programs that have this layer."""
        if self.output_mode != "int" or self.ngrams is not None or self.output_sequence_length is None:
            return None
        removed = _REMOVED.get(self.standardize or "", {})
        return {
            "lower": ord("A") in removed,
            "removed": "".join(chr(letter) for letter, becomes in removed.items() if becomes is None),
            "split": self.split,
            "vocabulary": self.vocabulary_of(tables),
            "first": self.first,
            "unknown": self.padding_places,
            "length": self.output_sequence_length,
        }

    def pack_vocabulary(self, tokens: Sequence[Any]) -> Array:
        """As bytes."""
        return packed(tokens)

    def unpack_vocabulary(self, table: Array) -> list[str]:
        """From bytes."""
        return unpacked(table)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What becomes of a text."""
        source = "learned from the data" if self.vocabulary is None else f"of {len(self.vocabulary)} words"
        parts = {"whitespace": "words", "character": "letters"}.get(self.split or "", "texts")
        if self.output_mode == "int":
            return f"Turns each text into {outputs[0][-1]} numbers of {parts} in a vocabulary {source}"
        return f"Counts the {parts} of each text in a vocabulary {source}"


def _words(texts: list[str]) -> list[list[str]]:
    """Split at the blanks of ASCII."""
    joined = "".join(texts)
    if joined.isascii() and not _OTHER_BLANKS.search(joined):
        return [text.split() for text in texts]
    return [_WORD.findall(text) for text in texts]
