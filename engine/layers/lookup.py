"""Words and numbers found in a vocabulary: what StringLookup, IntegerLookup and TextVectorization have in common.

Source of the rules (reserved places, order of a learned vocabulary, weights of documents):
keras/src/layers/preprocessing/index_lookup.py.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from engine.layers.encoding import encoded_shape
from engine.layers.host import HostLayer, Tables
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec

Token = str | int
OutputMode = Literal["int", "one_hot", "multi_hot", "count", "tf_idf"]
VOCABULARY, WEIGHTS = "vocabulary", "idf_weights"  # names of the tables


class _Numbers(dict[Any, int]):
    """The number of each token; of one that is not there what `unknown` says, which is asked once."""

    def __init__(self, unknown: Callable[[Any], int]) -> None:
        super().__init__()
        self._unknown = unknown

    def __missing__(self, token: Any) -> int:
        number = self[token] = self._unknown(token)
        return number


class Lookup(HostLayer):
    """Base of layers that number tokens by their place in a vocabulary, given or learned from the data."""

    max_tokens: int | None = setting(
        None,
        "Most words",
        "size of the vocabulary with reserved places; empty: no limit",
        ge=2,
        le=100_000_000,
    )
    idf_weights: tuple[float, ...] | None = setting(
        None, "Document weights", "for tf_idf with a given vocabulary: a weight for each entry", advanced=True
    )
    pad_to_max_tokens: bool = setting(
        False,
        "Pad to most words",
        "rows as long as most words, however long the vocabulary is; always so for a learned one",
        advanced=True,
    )

    # -- what the layers say of themselves --------------------------------------------------------
    @property
    def given(self) -> tuple[Token, ...] | None:
        """The vocabulary in the settings."""
        raise NotImplementedError

    @property
    def mode(self) -> str:
        """What it gives."""
        raise NotImplementedError

    @property
    def reserved(self) -> Token | None:
        """The token that stands for padding."""
        return None

    @property
    def unknown(self) -> Token | None:
        """The token that stands for what is not in the vocabulary."""
        return None

    @property
    def unknown_places(self) -> int:
        """Numbers for what is not in the vocabulary."""
        return 1

    def bucket(self, token: Token) -> int:
        """Which of several such numbers a token gets."""
        return 0

    def rows(self, values: Array) -> list[list[Any]]:
        """The tokens of each example."""
        raise NotImplementedError

    def pack_vocabulary(self, tokens: Sequence[Any]) -> Array:
        """A learned vocabulary as an array to keep."""
        raise NotImplementedError

    def unpack_vocabulary(self, table: Array) -> Sequence[Token]:
        """And back."""
        raise NotImplementedError

    # -- settings ---------------------------------------------------------------------------------
    @model_validator(mode="after")
    def _vocabulary_is_one(self) -> Lookup:
        if self.given is not None:
            self._check_vocabulary(self.given)
        if self.idf_weights is not None and self.mode != "tf_idf":
            raise ValueError(
                f"Document weights are for tf_idf only, received them with {self.mode}. Remove them."
            )
        return self

    def _check_vocabulary(self, vocabulary: Sequence[Token]) -> None:
        tokens = self._without_reserved(vocabulary)
        if not tokens:
            raise ValueError(
                "A vocabulary holds at least one word, received none. Leave it out to have it learned."
            )
        repeated = [token for token, count in Counter(tokens).items() if count > 1]
        if repeated:
            raise ValueError(
                f"A vocabulary holds each word once, received {repeated[0]!r} twice. Remove one."
            )
        if self.reserved is not None and self.reserved in tokens:
            raise ValueError(
                f"The mask token {self.reserved!r} stands before the words, received it among them. Remove it."
            )
        if self.max_tokens is not None and self.first + len(tokens) > self.max_tokens:
            raise ValueError(
                f"With reserved places the vocabulary has {self.first + len(tokens)} entries, received {self.max_tokens} "
                "for most words. Set that higher, or leave it empty."
            )
        if self.mode == "tf_idf" and len(self.idf_weights or ()) != len(vocabulary):
            raise ValueError(
                f"tf_idf with a given vocabulary needs a document weight for each of its {len(vocabulary)} entries, "
                f"received {len(self.idf_weights or ())}."
            )

    @property
    def padding_places(self) -> int:
        """1 where number 0 is padding."""
        return int(self.reserved is not None and self.mode == "int")

    @property
    def first(self) -> int:
        """The number of the first word."""
        return self.padding_places + self.unknown_places

    def _specials(self) -> list[Token | None]:
        return [self.reserved] * self.padding_places + [self.unknown] * self.unknown_places

    def _without_reserved(self, vocabulary: Sequence[Token]) -> tuple[Token, ...]:
        """Reserved tokens may stand at the start of a given vocabulary."""
        starts = self.first > 0 and list(vocabulary[: self.first]) == self._specials()
        return tuple(vocabulary[self.first :] if starts else vocabulary)

    # -- shapes -----------------------------------------------------------------------------------
    @property
    def depth(self) -> int:
        """Length of a row of 0 and 1, or of counts; raises ShapeError where it isn't known before training."""
        if self.given is not None and not (self.pad_to_max_tokens and self.max_tokens):
            return self.first + len(self._without_reserved(self.given))
        if self.max_tokens is None:
            raise ShapeError(
                f"{self.title()} must know how long its rows are before it has seen the data, received no limit of "
                "words. Set Most words, give the vocabulary, or let it give int."
            )
        return self.max_tokens

    def encoded(self, shape: Shape) -> TensorSpec:
        """Spec of the output for tokens of that shape, batch included."""
        if self.mode == "int":
            return TensorSpec(shape, DType.INT32)
        mode = "count" if self.mode == "tf_idf" else self.mode
        return TensorSpec(encoded_shape(shape, mode, self.depth, self.title()))

    # -- learning ---------------------------------------------------------------------------------
    @property
    def adapts(self) -> bool:
        """Unless the vocabulary is given."""
        return self.given is None

    @property
    def tables(self) -> tuple[str, ...]:
        """The vocabulary, and for tf_idf the weights of documents, unless they are given."""
        if not self.adapts:
            return ()
        return (VOCABULARY, WEIGHTS) if self.mode == "tf_idf" else (VOCABULARY,)

    def adapt(self, batches: Iterable[Array]) -> dict[str, Array]:
        """The most frequent tokens, and for tf_idf log(1 + documents / (1 + documents with the token))."""
        counts: Counter[Any] = Counter()
        documents: Counter[Any] = Counter()
        number = 0
        for batch in batches:
            rows = self.rows(batch)
            counts.update(chain.from_iterable(rows))
            if self.mode == "tf_idf":
                documents.update(chain.from_iterable(map(set, rows)))
            number += len(rows)
        for special in (self.reserved, self.unknown):
            counts.pop(special, None)
        if not counts:
            raise ShapeError(f"{self.title()} found no words in the training data. Give it a vocabulary.")
        most = None if self.max_tokens is None else max(0, self.max_tokens - self.first)
        tokens = sorted(counts, key=lambda token: (counts[token], token), reverse=True)[:most]
        tables = {VOCABULARY: self.pack_vocabulary(tokens)}
        if self.mode == "tf_idf":
            shares = [math.log(1.0 + number / (1.0 + documents[token])) for token in tokens]
            tables[WEIGHTS] = np.asarray(shares, np.float32)
        return tables

    def with_tables(self, tables: Tables) -> Lookup:
        """With the learned vocabulary, and for tf_idf the weights of documents."""
        if not self.adapts or VOCABULARY not in tables:
            return self
        learned: dict[str, Any] = {"vocabulary": tuple(self.vocabulary_of(tables))}
        if self.mode != "int" and self.max_tokens is not None:
            learned["pad_to_max_tokens"] = True  # rows stay as long as they were before it had learned
        if WEIGHTS in tables:
            learned["idf_weights"] = tuple(map(float, tables[WEIGHTS].tolist()))
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(kept | learned)

    # -- looking up -------------------------------------------------------------------------------
    def vocabulary_of(self, tables: Tables) -> list[Token]:
        """The words, without reserved tokens; a word's number is its place here plus `first`."""
        if self.given is not None:
            return list(self._without_reserved(self.given))
        if VOCABULARY not in tables:
            raise ShapeError(f"{self.title()} has no vocabulary yet. Train the network, or give it one.")
        tokens = list(self.unpack_vocabulary(tables[VOCABULARY]))
        room = len(tokens) if self.max_tokens is None else max(0, self.max_tokens - self.first)
        if len(tokens) > room or len(tables.get(WEIGHTS, tokens)) != len(tokens):
            raise ShapeError(
                f"{self.title()} has room for {room} words, the vocabulary kept with the weights has {len(tokens)}. Train "
                "the network anew."
            )
        return tokens

    def numbers(self, values: Array, tables: Tables) -> list[list[int]]:
        """The number of each token of each example; padding is -1 where rows are counted."""
        table = _Numbers(self._unknown)
        table.update((token, k) for k, token in enumerate(self.vocabulary_of(tables), start=self.first))
        if self.reserved is not None:
            table[self.reserved] = 0 if self.mode == "int" else -1
        return [list(map(table.__getitem__, row)) for row in self.rows(values)]

    def _unknown(self, token: Token) -> int:
        if not self.unknown_places:
            raise ShapeError(
                f"{self.title()} has no place for what is not in its vocabulary, received {token!r}. Set Unknown places "
                "to 1."
            )
        return self.padding_places + self.bucket(token)

    def counted(self, numbers: list[list[int]], tables: Tables) -> Array:
        """Rows of 0 and 1, of counts, or of weighted counts: float32 (examples, depth)."""
        result = np.zeros((len(numbers), self.depth), np.float32)
        for row, found in zip(result, numbers, strict=True):
            inside = [number for number in found if number >= 0]
            if self.mode == "multi_hot":
                row[inside] = 1.0
            else:
                np.add.at(row, inside, 1.0)
        if self.mode == "tf_idf":
            result *= self._document_weights(tables)
        return result

    def _document_weights(self, tables: Tables) -> Array:
        """A weight for each place; those that are reserved get the mean, those that are padding 0."""
        given = np.asarray(self.idf_weights if self.given is not None else tables[WEIGHTS], np.float32)
        entries = self.first + len(self.vocabulary_of(tables))
        weights = np.zeros(self.depth, np.float32)
        weights[: entries - len(given)] = given.mean()
        weights[entries - len(given) : entries] = given
        return weights
