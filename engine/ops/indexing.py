"""Elements by number along any dimension: two small ops make element numbers, `take_rows` and its gradient do the rest.

A number outside takes the nearest place, as everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.ops.elementwise import equal, mul
from engine.ops.gather import scatter_add_rows, take_rows
from engine.ops.logic import less
from engine.ops.movement import transpose
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.reductions import broadcast_to
from engine.ops.views import reshape
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, format_shape, normalize_axis

_INDEX = DType.INT32


def _expect_index(index: TensorSpec) -> None:
    if index.dtype is not _INDEX:
        raise ShapeError(f"Positions must be whole numbers (int32), received {index}.")


# -- element numbers ---------------------------------------------------------------------------------------
def _infer_along(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    _expect_index(inputs[0])
    if not inputs[0].rank or attrs["length"] < 1:
        raise ShapeError(
            f"Positions along a dimension need one of at least 1, received {inputs[0]} for {attrs['length']}."
        )
    return (inputs[0],)


def _compute_along(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (index,), (out,) = inputs, outputs
    length = attrs["length"]
    rows = np.arange(math.prod(index.shape[:-1]), dtype=np.int32).reshape((*index.shape[:-1], 1))
    np.clip(index, 0, length - 1, out=out)
    np.add(out, rows * length, out=out)


# index (.., m) of positions in the last dimension of a tensor (.., length): their element numbers in it
number_along = Op(
    "number_along",
    OpKind.STRUCTURED,
    _infer_along,
    _compute_along,
    samples=(
        Sample((TensorSpec((3, 5), _INDEX),), {"length": 4}, integer_high=6),
        Sample((TensorSpec((7,), _INDEX),), {"length": 1}),
    ),
)


def _infer_nd(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (index,), lengths = inputs, attrs["lengths"]
    _expect_index(index)
    if not index.rank or index.shape[-1] != len(lengths) or min(lengths, default=1) < 1:
        raise ShapeError(
            f"Positions need one number for each of {len(lengths)} dimensions, received {format_shape(index.shape)}."
        )
    return (TensorSpec(index.shape[:-1], _INDEX),)


def _compute_nd(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    outputs[0].fill(0)
    for i, length in enumerate(attrs["lengths"]):
        np.multiply(outputs[0], length, out=outputs[0])
        np.add(outputs[0], np.clip(inputs[0][..., i], 0, length - 1), out=outputs[0])


# index (.., k) of positions in k dimensions of those lengths: their element numbers
number_nd = Op(
    "number_nd",
    OpKind.STRUCTURED,
    _infer_nd,
    _compute_nd,
    samples=(
        Sample((TensorSpec((5, 2), _INDEX),), {"lengths": (3, 4)}, integer_high=5),
        Sample((TensorSpec((2, 3, 1), _INDEX),), {"lengths": (7,)}, integer_high=7),
    ),
)


# -- rows put into a table ---------------------------------------------------------------------------------
def _infer_set(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    table, index, rows = inputs
    _expect_index(index)
    if not table.rank or not table.shape[0] or rows.shape != index.shape + table.shape[1:]:
        raise ShapeError(
            f"Each position needs a row of the table, received {index} and {rows} for a table of {table}."
        )
    if DType.UINT8 in (table.dtype, rows.dtype) or table.dtype is not rows.dtype:
        raise ShapeError(f"Rows and table hold numbers of one type, received {rows} and {table}.")
    return (table,)


def _compute_set(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    table, index, rows = inputs
    np.copyto(outputs[0], table)
    numbers = np.clip(index.reshape(-1), 0, table.shape[0] - 1)
    if numbers.size:
        last = numbers.size - 1 - np.unique(numbers[::-1], return_index=True)[1]
        outputs[0][numbers[last]] = rows.reshape((numbers.size, *table.shape[1:]))[last]


def _gradient_set(call: Call) -> Sequence[Tensor | None]:
    """Rows that were overwritten got no part in the result."""
    table, index, _ = call.inputs
    if table.dtype is not DType.FLOAT32:
        return [None, None, None]
    constant = table.builder.constant
    places = np.arange(index.spec.size, dtype=np.float32).reshape(index.shape)
    none = broadcast_to(constant(-1.0, DType.FLOAT32), shape=table.shape[:1])
    winner = scatter_set_rows(none, index, constant(places, DType.FLOAT32))
    kept = less(winner, constant(0.0, DType.FLOAT32))
    won = equal(take_rows(winner, index), constant(places, DType.FLOAT32))
    ones = (1,) * (table.spec.rank - 1)
    return [
        mul(call.grad, reshape(kept, shape=kept.shape + ones)),
        None,
        mul(take_rows(call.grad, index), reshape(won, shape=won.shape + ones)),
    ]


# inputs (table (N, ..), index int32 (..), rows index.shape + table.shape[1:]): the table with those rows in
# place of its own; of several rows for one place the last one stays
scatter_set_rows: Op = Op(
    "scatter_set_rows",
    OpKind.STRUCTURED,
    _infer_set,
    _compute_set,
    _gradient_set,
    samples=(
        Sample((TensorSpec((5, 3)), TensorSpec((4,), _INDEX), TensorSpec((4, 3))), integer_high=5),
        Sample((TensorSpec((3,)), TensorSpec((2, 5), _INDEX), TensorSpec((2, 5))), integer_high=3),
        Sample((TensorSpec((1, 2, 2)), TensorSpec((1,), _INDEX), TensorSpec((1, 2, 2))), integer_high=1),
    ),
    onnx=("ScatterND",),
)


# -- made of others ----------------------------------------------------------------------------------------
def moved(x: Tensor, source: int, target: int) -> Tensor:
    """`x` with dimension `source` at place `target`."""
    order = [i for i in range(x.spec.rank) if i != source]
    order.insert(target, source)
    return x if source == target else transpose(x, perm=tuple(order))


def gather(x: Tensor, index: Tensor, axis: int = 0) -> Tensor:
    """Elements `index` (int32, any shape) of `axis`, which is replaced by the dimensions of `index`."""
    axis = normalize_axis(axis, x.spec.rank)
    taken = take_rows(moved(x, axis, 0), index)
    lead = index.spec.rank
    perm = (*range(lead, lead + axis), *range(lead), *range(lead + axis, taken.spec.rank))
    return taken if axis == 0 else transpose(taken, perm=perm)


def take_along_axis(x: Tensor, index: Tensor, axis: int = -1) -> Tensor:
    """y[.., i, ..] = x[.., index[.., i, ..], ..]; `index` is int32 and as long as `x` in all other dimensions."""
    axis = normalize_axis(axis, x.spec.rank)
    if _other(index.shape, axis) != _other(x.shape, axis) or index.spec.rank != x.spec.rank:
        raise ShapeError(
            f"Positions along a dimension must be as many as there are lines, received {format_shape(index.shape)} "
            f"for {format_shape(x.shape)}."
        )
    last = x.spec.rank - 1
    lines = moved(x, axis, last)
    numbers = number_along(moved(index, axis, last), length=x.shape[axis])
    return moved(take_rows(reshape(lines, shape=(x.spec.size,)), numbers), last, axis)


def _other(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def gather_nd(x: Tensor, index: Tensor) -> Tensor:
    """The parts of `x` at positions `index` (.., k), one for each of its first k dimensions."""
    count = index.shape[-1]
    table = reshape(x, shape=(math.prod(x.shape[:count]), *x.shape[count:]))
    return take_rows(table, number_nd(index, lengths=x.shape[:count]))


def scatter_nd(index: Tensor, updates: Tensor, shape: Shape) -> Tensor:
    """Zeros of that shape with `updates` added at positions `index` (.., k) of the first k dimensions."""
    count = index.shape[-1]
    numbers = number_nd(index, lengths=tuple(shape[:count]))
    return reshape(scatter_add_rows(numbers, updates, rows=math.prod(shape[:count])), shape=tuple(shape))


def scatter_add(x: Tensor, index: Tensor, updates: Tensor) -> Tensor:
    """`x` with `updates` added to its rows `index` (int32)."""
    return x + scatter_add_rows(index, updates, rows=x.shape[0])


def scatter_update(x: Tensor, index: Tensor, updates: Tensor) -> Tensor:
    """`x` with its rows `index` (int32) replaced by `updates`; of several for one row the last one stays."""
    return scatter_set_rows(x, index, updates)
