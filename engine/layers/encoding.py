"""Whole numbers as 0 and 1: what Discretization, CategoryEncoding and the lookups have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from engine.layers.base import Adapt
from engine.ops.elementwise import minimum
from engine.ops.movement import cast, one_hot
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.tensor.spec import Array, DType, Shape, ShapeError, format_shape

Encoding = Literal["one_hot", "multi_hot", "count"]
OutputMode = Literal["int", "one_hot", "multi_hot", "count"]


def encoded_shape(shape: Shape, mode: str, depth: int, layer: str) -> Shape:
    """Shape of encoded numbers of a shape, batch included.

    one_hot: a row for each number; a last dimension of 1 becomes the row. multi_hot and count: one row for each
    example.

    Raises:
        ShapeError: one row for an example is wanted, which has more dimensions than one.
    """
    if mode == "int":
        return shape
    if mode == "one_hot":
        return (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), depth)
    if len(shape) > 2:
        raise ShapeError(
            f"{layer} counts the numbers of one list per example under {mode}, received "
            f"{format_shape(shape[1:])} per example. Put a Flatten before it, or use one_hot."
        )
    return (shape[0], depth)


def encode(index: Tensor, mode: str, depth: int, layer: str, weights: Tensor | None = None) -> Tensor:
    """Numbers (int32) as `encoded_shape` says; a number outside [0, depth) counts as none, others by their weights.

    Source: keras/src/utils/numerical_utils.py, `encode_categorical_inputs`.
    """
    shape = encoded_shape(index.shape, mode, depth, layer)
    if mode == "int":
        return index
    ones = one_hot(index, depth=depth)
    if mode == "one_hot":
        return reshape(ones, shape=shape) if ones.shape != shape else ones
    if weights is not None:
        ones = ones * reshape(weights, shape=(*index.shape, 1))
    counted = sum_(ones, axes=(1,), keepdims=False) if index.spec.rank == 2 else ones
    one = index.builder.constant(1.0, DType.FLOAT32)
    return minimum(counted, one) if mode == "multi_hot" else counted


def encode_on_host(index: Array, mode: str, depth: int, layer: str) -> Array:
    """The same in NumPy, for layers that run on the host: int32 or float32."""
    shape = encoded_shape(index.shape, mode, depth, layer)
    if mode == "int":
        return index.astype(np.int32)
    rows = index.reshape(-1, 1) if mode == "one_hot" else index.reshape(len(index), -1)
    result = np.zeros((len(rows), depth), np.float32)
    inside = (rows >= 0) & (rows < depth)
    numbers, _ = np.nonzero(inside)
    if mode == "count":
        np.add.at(result, (numbers, rows[inside]), 1.0)
    else:
        result[numbers, rows[inside]] = 1.0
    return result.reshape(shape)


def class_numbers(depth: int, layer: str, title: str) -> Adapt:
    """What looks at training data and learns nothing, but refuses numbers that are not whole or not in [0, depth).

    Args:
        depth: how many numbers there are.
        layer: that needs them so.
        title: of the setting with their number.
    """

    def check(batches: Iterable[Array]) -> dict[str, Array]:
        for batch in batches:
            _expect_class_numbers(batch, depth, layer, title)
        return {}

    return check


def _expect_class_numbers(values: Array, depth: int, layer: str, title: str) -> None:
    wrong = values[values != np.round(values)]
    if wrong.size:
        raise ShapeError(
            f"{layer} needs whole numbers, the data has {wrong[0]:g}. Switch off Normalize in the settings of the data, "
            "or put a Discretization before it."
        )
    low, high = values.min(initial=0), values.max(initial=0)
    if low < 0:
        raise ShapeError(f"{layer} needs numbers from 0 on, the data has {low:g}. Correct the data.")
    if high >= depth:
        raise ShapeError(
            f"{layer} knows the numbers 0 to {depth - 1}, the data has {high:g}. Set {title} to {int(high) + 1}."
        )


def whole_numbers(x: Tensor, layer: str) -> Tensor:
    """`x` as int32; measured numbers lose their fraction. Raises ShapeError for text."""
    if x.dtype is DType.STRING:
        raise ShapeError(
            f"{layer} needs whole numbers, received text. Put a StringLookup or a Hashing before it."
        )
    return x if x.dtype is DType.INT32 else cast(x, dtype=DType.INT32)
