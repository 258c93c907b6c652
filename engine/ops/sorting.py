"""Order along a dimension: sorted values with their places, and the largest few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.gather import scatter_add_rows
from engine.ops.indexing import moved, number_along
from engine.ops.movement import slice_
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.views import reshape
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec, normalize_axis


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    if not x.rank or x.dtype is not DType.FLOAT32:
        raise ShapeError(f"Sorting needs a list of float32 numbers, received {x}.")
    return (x, TensorSpec(x.shape, DType.INT32))


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (x,) = inputs
    order = np.argsort(-x if attrs["descending"] else x, axis=-1, kind="stable")
    np.copyto(outputs[0], np.take_along_axis(x, order, axis=-1))
    np.copyto(outputs[1], order, casting="same_kind")


def _gradient(call: Call) -> Sequence[Tensor | None]:
    x = call.inputs[0]
    numbers = number_along(call.outputs[1], length=x.shape[-1])
    return [reshape(scatter_add_rows(numbers, call.grad, rows=x.spec.size), shape=x.shape)]


# along the last dimension; outputs: the values in order, and where each was. Equal values keep their order, NaN is last.
sort_last = Op(
    "sort",
    OpKind.STRUCTURED,
    _infer,
    _compute,
    _gradient,
    samples=(
        Sample((TensorSpec((3, 7)),)),
        Sample((TensorSpec((2, 3, 5)),), {"descending": True}),
        Sample((TensorSpec((4, 1)),)),
        Sample((TensorSpec((2, 1291)),), {"descending": True}),
    ),
    defaults={"descending": False},
)


def sort_pair(x: Tensor, axis: int = -1, *, descending: bool = False) -> tuple[Tensor, Tensor]:
    """The values along `axis` in order, and the place (int32) where each was."""
    axis = normalize_axis(axis, x.spec.rank)
    last = x.spec.rank - 1
    values, places = sort_last.outputs(moved(x, axis, last), descending=descending)
    return moved(values, last, axis), moved(places, last, axis)


def sort(x: Tensor, axis: int = -1, *, descending: bool = False) -> Tensor:
    """The values along `axis` in order; NaN comes last."""
    return sort_pair(x, axis, descending=descending)[0]


def argsort(x: Tensor, axis: int = -1, *, descending: bool = False) -> Tensor:
    """int32: the places along `axis` in the order of their values; equal values keep theirs."""
    return sort_pair(x, axis, descending=descending)[1]


def top_k(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The `k` largest elements of the last dimension, largest first, and their places (int32)."""
    if not 1 <= k <= x.shape[-1]:
        raise ShapeError(f"The largest k need 1 to {x.shape[-1]} of them, received {k}.")
    zeros = (0,) * x.spec.rank
    limits = (*x.shape[:-1], k)
    values, places = sort_last.outputs(x, descending=True)
    return slice_(values, starts=zeros, limits=limits), slice_(places, starts=zeros, limits=limits)
