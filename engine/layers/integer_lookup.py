"""Any whole numbers as consecutive ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.hashes import bin_of
from engine.layers.host import Tables
from engine.layers.lookup import Lookup, OutputMode, Token
from engine.layers.string_lookup import Salt, arranged
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec

LARGEST = 2**31 - 1


class IntegerLookup(Lookup):
    """Gives every whole number its place in a vocabulary, or writes it as 0 and 1.

    Numbers that only name something (a postal code, an article) become 1, 2, 3 .., the most frequent first, as an
    Embedding needs them; or the vocabulary is given. What is not in it becomes 0. It runs on the host, directly behind
    an Input; switch off Normalize in the settings of the data.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Gives every whole number its place in a vocabulary",
        aliases=("vocabulary", "token", "index", "category", "identifier", "adapt"),
        keras="IntegerLookup",
        samples=(
            LayerSample({}, ((5, 1),), integers=True),
            LayerSample(
                {"vocabulary": [3, 1], "num_oov_indices": 2, "mask_token": 0}, ((3, 2),), integers=True
            ),
            LayerSample({"vocabulary": [1, 2], "output_mode": "one_hot"}, ((3, 1),), integers=True),
            LayerSample({"max_tokens": 4, "output_mode": "count"}, ((4, 3),), integers=True),
            LayerSample({"vocabulary": [7, 8], "invert": True}, ((4, 3),), integers=True),
        ),
    )
    vocabulary: tuple[int, ...] | None = setting(
        None, "Vocabulary", "the numbers in order; empty: learned from the data"
    )
    num_oov_indices: int = setting(
        1, "Unknown places", "places for numbers that are not in the vocabulary", ge=0, le=1_000_000
    )
    mask_token: int | None = setting(
        None, "Mask token", "a number that stands for nothing; its place is 0", ge=-LARGEST, le=LARGEST
    )
    oov_token: int = setting(
        -1, "Unknown token", "the number for unknown ones", advanced=True, ge=-LARGEST, le=LARGEST
    )
    output_mode: OutputMode = setting(
        "int", "Gives", "the place of each number, or rows of 0 and 1, counts or weights", prominent=True
    )
    invert: bool = setting(False, "Invert", "places become numbers", advanced=True)
    oov_method: Literal["floormod", "farmhash"] = setting(
        "floormod",
        "Unknown by",
        "how several unknown places are shared out: by the remainder, or by a hash",
        advanced=True,
    )
    salt: Salt = setting(None, "Salt", "two numbers that change the hash", advanced=True)

    @model_validator(mode="after")
    def _one_way(self) -> IntegerLookup:
        if self.invert and self.output_mode != "int":
            raise ValueError(f"Inverted, a lookup gives numbers, received {self.output_mode}. Set it to int.")
        if self.salt is not None and self.oov_method != "farmhash":
            raise ValueError(f"A salt is for farmhash, received it with {self.oov_method}. Remove it.")
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
        """By remainder or hash."""
        if self.oov_method == "floormod":
            return int(token) % self.num_oov_indices
        return bin_of(str(token), self.num_oov_indices, self.salt)

    def output_spec(self, x: TensorSpec) -> TensorSpec:
        """Whole numbers (batch, ..) -> int32 of the same shape, or float32 rows."""
        if x.dtype is DType.STRING:
            raise ShapeError("IntegerLookup needs whole numbers, received text. Take a StringLookup.")
        return self.encoded(x.shape)

    def rows(self, values: Array) -> list[list[int]]:
        """The numbers as they are; raises ShapeError where one is not whole."""
        wrong = values[values != np.round(values)]
        if wrong.size:
            raise ShapeError(
                f"IntegerLookup needs whole numbers, the data has {wrong[0]:g}. Switch off Normalize in the settings of "
                "the data, or put a Discretization in its place."
            )
        found: list[list[int]] = values.reshape(len(values), -1).astype(np.int64).tolist()
        return found

    def compute(self, values: Array, tables: Tables) -> Array:
        """Places, rows, or numbers."""
        if self.invert:
            return self._originals(values, tables)
        return arranged(self, self.numbers(values, tables), values.shape, tables)

    def pack_vocabulary(self, tokens: Sequence[Any]) -> Array:
        """As int64."""
        return np.asarray(tokens, np.int64)

    def unpack_vocabulary(self, table: Array) -> list[int]:
        """From int64."""
        found: list[int] = table.astype(np.int64).tolist()
        return found

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Where the vocabulary comes from."""
        source = "learned from the data" if self.vocabulary is None else f"of {len(self.vocabulary)} numbers"
        if self.invert:
            return f"Turns places back into numbers by a vocabulary {source}"
        return f"Looks every number up in a vocabulary {source}"

    def _originals(self, values: Array, tables: Tables) -> Array:
        words: list[Any] = self._specials() + self.vocabulary_of(tables)
        table = np.asarray(words, np.int32)
        index = np.array(self.rows(values), np.int64).reshape(values.shape)
        inside = (index >= 0) & (index < len(table))
        return np.where(inside, table[np.clip(index, 0, len(table) - 1)], np.int32(self.oov_token))
