"""What attention layers share: their ports, and weights over places that leave out what is masked."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from engine.layers.base import LayerBuilder, Port, expect_numbers, expect_rank
from engine.layers.dropout import Dropout
from engine.layers.scope import part
from engine.layers.weighted import Weighted
from engine.ops.elementwise import mul, where
from engine.ops.op import Tensor
from engine.ops.softmax import softmax
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array, DType, ShapeError, format_shape

INPUTS = (Port("query"), Port("value", minimum=0), Port("key", minimum=0))
EXCLUDED = -1e9  # added to the scores of places that are left out
PAIRS = 2**28  # of places in a table of which may look at which, 1 GiB


class Sequences(NamedTuple):
    """What asks, what is looked at, and what it is looked up by; each (batch, time, .., numbers)."""

    query: Tensor
    value: Tensor
    key: Tensor


class Attending(Weighted):
    """Base of the attention layers: optional wires, causal order, weights as a second output."""

    use_causal_mask: bool = setting(
        False, "Causal", "each place sees only itself and those before it", prominent=False
    )
    return_attention_scores: bool = setting(
        False, "Give the weights", "a second output: how much each place looks at each other", advanced=True
    )

    def output_ports(self) -> tuple[Port, ...]:
        """The result, and the weights where they are wanted."""
        ports = super().output_ports()
        return (*ports, Port("scores")) if self.return_attention_scores else ports

    def keras_call(self, tensors: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """A list of query, value and key; a query alone looks at itself."""
        return [tensors * 2 if len(tensors) == 1 else tensors], {}

    def sequences(self, inputs: tuple[Tensor, ...], rank: int | None = 2) -> Sequences:
        """The inputs by their roles: a missing value is the query itself, a missing key the value.

        Raises:
            ShapeError: they are not sequences that fit together.
        """
        query = inputs[0]
        value = inputs[1] if len(inputs) > 1 else query
        key = inputs[2] if len(inputs) > 2 else value
        for x in (query, value, key):
            expect_numbers(x, self.title())
            if rank is not None or x.spec.rank < 3:
                expect_rank(x, 2, self.title(), "sequences (time × numbers)")
        if value.shape[:-1] != key.shape[:-1] or query.spec.rank != value.spec.rank:
            raise ShapeError(
                f"{self.title()} needs a key for each value, received {format_shape(value.shape[1:])} and "
                f"{format_shape(key.shape[1:])} per example. Wire both from layers of one length."
            )
        return Sequences(query, value, key)

    def expect_equal_width(self, one: Tensor, other: Tensor) -> None:
        """Raise ShapeError unless both have as many numbers at each place."""
        if one.shape[-1] != other.shape[-1]:
            raise ShapeError(
                f"{self.title()} needs as many numbers in the query as in the key, received {one.shape[-1]} and "
                f"{other.shape[-1]}. Put a Dense before one of them."
            )

    def result(self, b: LayerBuilder, query: Tensor, y: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
        """One tensor per output port; the mask of the query goes on."""
        b.set_mask(y, b.mask(query))
        return (y, weights) if self.return_attention_scores else (y,)


def expect_pairs(rows: int, columns: int) -> None:
    """Raise ShapeError where a table of all pairs of places could not be held."""
    if rows * columns > PAIRS:
        raise ShapeError(
            f"Attention compares every place with every other, at most {PAIRS:,} pairs, received {rows:,} × {columns:,}. "
            "Make the sequence shorter before it, with a pooling layer or a convolution with strides."
        )


def causal(rows: int, columns: int) -> Array:
    """(rows, columns): 1 where a place may look, itself and before."""
    expect_pairs(rows, columns)
    return np.tri(rows, columns, dtype=np.float32)


def window(rows: int, columns: int, width: int) -> Array:
    """(rows, columns): 1 for places less than `width` apart."""
    expect_pairs(rows, columns)
    distance = np.arange(rows)[:, None] - np.arange(columns)[None, :]
    return np.asarray(np.abs(distance) < width, np.float32)


def both(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    """1 where both masks (of 0 and 1) are; None leaves nothing out."""
    return b if a is None else a if b is None else mul(a, b)


def known(x: Tensor, mask: Array) -> Tensor:
    """A mask that is known beforehand."""
    return x.builder.constant(mask, DType.FLOAT32)


def over_rows(mask: Tensor | None, rank: int) -> Tensor | None:
    """(batch, time) for what is looked at, as (batch, 1 .., time) of that rank."""
    return None if mask is None else reshape(mask, shape=(mask.shape[0], *(1,) * (rank - 2), mask.shape[1]))


def over_columns(mask: Tensor | None, rank: int) -> Tensor | None:
    """(batch, time) for what asks, as (batch, 1 .., time, 1) of that rank."""
    return (
        None if mask is None else reshape(mask, shape=(mask.shape[0], *(1,) * (rank - 3), mask.shape[1], 1))
    )


def weights_of(scores: Tensor, mask: Tensor | None, *, empty: bool) -> Tensor:
    """Soft-max over the last dimension, with next to nothing where the mask is 0.

    Args:
        scores: (.., asking, looked at).
        mask: broadcasts to the scores.
        empty: exactly nothing there, even where all places are left out.
    """
    if mask is None:
        return softmax(scores)
    low = scores.builder.constant(EXCLUDED, DType.FLOAT32)
    if empty:
        return softmax(where(mask, scores, low)) * mask
    return softmax(where(mask, scores, scores + low))


def dropped(b: LayerBuilder, x: Tensor, rate: float) -> Tensor:
    """Dropout while training."""
    return part(b, "dropout", Dropout(rate=rate), x)[0] if rate else x
