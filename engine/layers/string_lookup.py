"""Words as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, model_validator

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.encoding import encode_on_host
from engine.layers.hashes import bin_of
from engine.layers.host import Tables, packed, unpacked
from engine.layers.lookup import Lookup, OutputMode, Token
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec


def _as_pair(value: Any) -> Any:
    """One number is used twice."""
    return (value, value) if isinstance(value, int) and not isinstance(value, bool) else value


Salt = Annotated[tuple[int, int] | None, BeforeValidator(_as_pair)]


class StringLookup(Lookup):
    """Gives every word its number in a vocabulary, or writes it as 0 and 1.

    The vocabulary is given, or learned from the training data: the most frequent words first. Words that are not in it
    share the number 0 (1 if there is a mask token), or one of several by their hash. Use it on columns of text that hold
    one of some names, and put an Embedding behind it. It runs on the host, directly behind an Input.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Gives every word its number in a vocabulary",
        aliases=("text", "vocabulary", "token", "index", "category", "string", "adapt"),
        keras="StringLookup",
        samples=(
            LayerSample({}, ((5, 1),), texts=True),
            LayerSample(
                {"vocabulary": ["so", "far"], "num_oov_indices": 3, "mask_token": ""}, ((3, 2),), texts=True
            ),
            LayerSample({"vocabulary": ["so"], "output_mode": "one_hot"}, ((3, 1),), texts=True),
            LayerSample({"max_tokens": 4, "output_mode": "multi_hot"}, ((4, 3),), texts=True),
            LayerSample({"max_tokens": 6, "output_mode": "tf_idf"}, ((4, 3),), texts=True),
            LayerSample({"vocabulary": ["a", "b"], "invert": True}, ((4, 3),), integers=True),
        ),
    )
    vocabulary: tuple[str, ...] | None = setting(
        None, "Vocabulary", "the words in order; empty: learned from the data"
    )
    num_oov_indices: int = setting(
        1, "Unknown places", "numbers for words that are not in the vocabulary", ge=0, le=1_000_000
    )
    mask_token: str | None = setting(None, "Mask token", "a word that stands for nothing; its number is 0")
    oov_token: str = setting(
        "[UNK]", "Unknown token", "the word for unknown ones", advanced=True, max_length=200
    )
    output_mode: OutputMode = setting(
        "int", "Gives", "the number of each word, or rows of 0 and 1, counts or weights", prominent=True
    )
    invert: bool = setting(False, "Invert", "numbers become words", advanced=True)
    salt: Salt = setting(None, "Salt", "two numbers that change the hash of unknown words", advanced=True)

    @model_validator(mode="after")
    def _inverted_as_numbers(self) -> StringLookup:
        if self.invert and self.output_mode != "int":
            raise ValueError(f"Inverted, a lookup gives words, received {self.output_mode}. Set it to int.")
        return self

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
        """As set."""
        return self.mask_token

    @property
    def unknown(self) -> Token | None:
        """As set."""
        return self.oov_token

    @property
    def unknown_places(self) -> int:
        """As set."""
        return self.num_oov_indices

    def bucket(self, token: Token) -> int:
        """By FarmHash64, or by SipHash with a salt."""
        return bin_of(str(token), self.num_oov_indices, self.salt)

    def output_spec(self, x: TensorSpec) -> TensorSpec:
        """Text (batch, ..) -> int32 of the same shape, or float32 rows."""
        if self.invert:
            if x.dtype is DType.STRING:
                raise ShapeError(
                    "StringLookup turns numbers into words here, received text. Switch off Invert."
                )
            return TensorSpec(x.shape, DType.STRING)
        if x.dtype is not DType.STRING:
            raise ShapeError(
                "StringLookup needs text, received numbers. Connect it to an Input of text, or take an IntegerLookup."
            )
        return self.encoded(x.shape)

    def rows(self, values: Array) -> list[list[str]]:
        """The words as they are."""
        found: list[list[str]] = values.reshape(len(values), -1).tolist()
        return found

    def compute(self, values: Array, tables: Tables) -> Array:
        """Numbers, rows, or words."""
        if self.invert:
            return self._words(values, tables)
        numbers = self.numbers(values, tables)
        return arranged(self, numbers, values.shape, tables)

    def pack_vocabulary(self, tokens: Sequence[Any]) -> Array:
        """As bytes."""
        return packed(tokens)

    def unpack_vocabulary(self, table: Array) -> list[str]:
        """From bytes."""
        return unpacked(table)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Where the vocabulary comes from."""
        source = "learned from the data" if self.vocabulary is None else f"of {len(self.vocabulary)} words"
        if self.invert:
            return f"Turns numbers back into words by a vocabulary {source}"
        return f"Looks every word up in a vocabulary {source}"

    def _words(self, values: Array, tables: Tables) -> Array:
        words: list[Any] = self._specials() + self.vocabulary_of(tables)
        inside = (values >= 0) & (values < len(words))
        found = [
            words[int(number)] if known else self.oov_token
            for number, known in zip(values.reshape(-1), inside.reshape(-1), strict=True)
        ]
        return np.array(found, DType.STRING.numpy).reshape(values.shape)


def arranged(layer: Lookup, numbers: list[list[int]], shape: Shape, tables: Tables) -> Array:
    """The numbers of `numbers` in the shape of the tokens, or encoded as the layer says."""
    if layer.mode in ("int", "one_hot"):
        index = np.array(numbers, np.int64).reshape(shape)
        return encode_on_host(index, layer.mode, 0 if layer.mode == "int" else layer.depth, layer.title())
    return layer.counted(numbers, tables)
