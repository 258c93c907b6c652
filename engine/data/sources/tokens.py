"""A sequence of tokens (letters, words, notes) as a table: each row is a stretch of it, and what comes next.

Rows follow each other in time, so they are split by time: what is to be predicted is later than what is learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.data.errors import DataError
from engine.data.sources.base import Column, Identity, Kind, Note, Options, Source, SourceKind, Watch
from engine.settings import setting
from engine.tensor.spec import Array, DType

_SHOWN = 80  # characters of a stretch in a cell of the page


class WindowOptions(Options):
    """How a sequence is cut into examples."""

    length: int = setting(50, "Length", "how many tokens an example has", prominent=True, ge=1, le=10_000)
    step: int = setting(
        0,
        "Step",
        "how many tokens further the next example begins; 0: where the last one ends",
        ge=0,
        le=10_000,
    )
    predict: Literal["each next", "the next"] = setting(
        "each next", "To predict", "the token after each of the example, or the one after all of it"
    )


@dataclass(frozen=True, eq=False)
class Tokens:
    """A sequence, ready to be cut.

    Attributes:
        numbers: (n,), of any whole type.
        vocabulary: the tokens by their numbers.
        encode: makes numbers, int32 (n,), of a text in the same way.
        joint: what stands between two tokens where they are shown.
        spelling: the tokens as they are shown in a text: " " where the vocabulary says "space".
    """

    numbers: Array
    vocabulary: tuple[str, ...]
    encode: Callable[[str], Array]
    joint: str = " "
    spelling: tuple[str, ...] = ()


class TokenSource(Source):
    """A sequence of tokens.

    Attributes:
        vocabulary: the tokens, by their numbers, which both columns hold.
        in_time: rows follow each other.
        encode: makes numbers, int32 (n,), of a text in the same way; used for predictions.
    """

    in_time = True

    def __init__(
        self,
        kind: SourceKind[Any],
        path: Path,
        options: WindowOptions,
        identity: Identity,
        tokens: Tokens,
        notes: Sequence[Note] = (),
    ) -> None:
        self.kind, self.path, self.title, self.options = kind, path, path.name, options
        self.identity, self.notes = identity, tuple(notes)
        self.vocabulary, self.encode = tokens.vocabulary, tokens.encode
        self._joint, self._tokens = tokens.joint, tokens.numbers
        self._spelling = tokens.spelling or tokens.vocabulary
        self._length, self._step = options.length, options.step or options.length
        if len(self._tokens) <= self._length:
            raise DataError(
                f"A text must be longer than an example of {self._length} tokens; {path.name} has {len(self._tokens):,}. "
                "Choose a smaller length."
            )
        self._each = options.predict == "each next"
        shape = (self._length,)
        self.columns = (
            Column("x", Kind.ARRAY, shape, DType.INT32),
            Column("y", Kind.ARRAY, shape if self._each else (), DType.INT32),
        )

    def count(self, watch: Watch | None = None) -> int:
        """How many examples."""
        return (len(self._tokens) - 1 - self._length) // self._step + 1

    def page(self, start: int, count: int) -> list[list[object]]:
        """Stretches of the text, and what comes next."""
        read = self.read(["x", "y"], start, start + count)
        return [
            [self._text(x), self._text(np.atleast_1d(y))] for x, y in zip(read["x"], read["y"], strict=True)
        ]

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Token numbers, int32."""
        first, last, _ = slice(start, stop).indices(self.count())
        windows = sliding_window_view(self._tokens, self._length + 1)
        rows = windows[first * self._step : max(first, last - 1) * self._step + 1 : self._step]
        rows = rows[: max(0, last - first)].astype(np.int32)
        held = {"x": rows[:, :-1], "y": rows[:, 1:] if self._each else rows[:, -1]}
        return {self.column(name).name: np.ascontiguousarray(held[name]) for name in names}

    def _text(self, tokens: Array) -> str:
        text = self._joint.join(self._spelling[token] for token in tokens[:_SHOWN])
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def smallest(size: int) -> np.dtype[Any]:
    """The type in which the numbers of so many tokens take the least memory."""
    return np.dtype(np.uint8 if size <= 2**8 else np.uint16 if size <= 2**16 else np.int32)
