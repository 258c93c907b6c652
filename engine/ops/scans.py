"""Running sums, products and recurrences along a dimension. attrs: axis (int), reverse (bool: from the end)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.movement import concat, pad, slice_
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.reductions import broadcast_to
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, normalize_axis


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    first = inputs[0]
    normalize_axis(attrs["axis"], first.rank)
    if any(spec != first or spec.dtype is not DType.FLOAT32 for spec in inputs):
        received = " and ".join(map(str, inputs))
        raise ShapeError(f"A running result needs float32 numbers of one shape, received {received}.")
    return (first,)


def _lines(array: Array, attrs: Attrs) -> Array:
    """`array` with the dimension in question first, in the order of the walk."""
    lines = np.moveaxis(array, attrs["axis"], 0)
    return lines[::-1] if attrs["reverse"] else lines


def _compute_cumsum(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.cumsum(_lines(inputs[0], attrs), axis=0, out=_lines(outputs[0], attrs))


def _gradient_cumsum(call: Call) -> Sequence[Tensor | None]:
    return [cumsum(call.grad, axis=call.attrs["axis"], reverse=not call.attrs["reverse"])]


_DEFAULTS: Attrs = {"axis": -1, "reverse": False}
_SHAPES: tuple[tuple[Shape, Attrs], ...] = (
    ((3, 7), {}),
    ((2, 5, 3), {"axis": 1, "reverse": True}),
    ((1,), {}),
    ((67, 2), {"axis": 0}),
)

# y[i] = x[0] + .. + x[i]
cumsum = Op(
    "cumsum",
    OpKind.STRUCTURED,
    _infer,
    _compute_cumsum,
    _gradient_cumsum,
    samples=(*(Sample((TensorSpec(s),), a) for s, a in _SHAPES), Sample((TensorSpec((1031,)),))),
    onnx=("CumSum",),
    defaults=_DEFAULTS,
)


def _compute_recurrence(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    a, b = (_lines(x, attrs) for x in inputs)
    y = _lines(outputs[0], attrs)
    y[:1] = b[:1]
    for i in range(1, y.shape[0]):
        np.multiply(a[i], y[i - 1], out=y[i, ...])
        np.add(y[i], b[i], out=y[i, ...])


def _gradient_recurrence(call: Call) -> Sequence[Tensor | None]:
    a, _ = call.inputs
    axis, reverse = call.attrs["axis"], call.attrs["reverse"]
    slope = linear_recurrence(
        shifted(a, axis, 1 if reverse else -1), call.grad, axis=axis, reverse=not reverse
    )
    return [slope * shifted(call.output, axis, -1 if reverse else 1), slope]


# inputs (a, b): y[0] = b[0] and y[i] = a[i] y[i - 1] + b[i]
linear_recurrence: Op = Op(
    "linear_recurrence",
    OpKind.STRUCTURED,
    _infer,
    _compute_recurrence,
    _gradient_recurrence,
    samples=tuple(Sample((TensorSpec(s), TensorSpec(s)), a, low=-1.0, high=1.0) for s, a in _SHAPES),
    defaults=_DEFAULTS,
)


def shifted(x: Tensor, axis: int, by: int, value: float = 0.0) -> Tensor:
    """`x` moved by `by` places along `axis`; what moves out is lost, and `value` moves in."""
    axis = normalize_axis(axis, x.spec.rank)
    by = max(-x.shape[axis], min(by, x.shape[axis]))
    starts = tuple(max(-by, 0) if i == axis else 0 for i in range(x.spec.rank))
    limits = tuple(n - max(by, 0) if i == axis else n for i, n in enumerate(x.shape))
    before = tuple(max(by, 0) if i == axis else 0 for i in range(x.spec.rank))
    after = tuple(max(-by, 0) if i == axis else 0 for i in range(x.spec.rank))
    return pad(slice_(x, starts=starts, limits=limits), before=before, after=after, value=value)


def cumprod(x: Tensor, axis: int = -1, *, reverse: bool = False) -> Tensor:
    """y[i] = x[0] · .. · x[i] along `axis`. Its gradient needs no division, so zeros do no harm."""
    axis = normalize_axis(axis, x.spec.rank)
    if not x.shape[axis]:
        return x
    shape = tuple(1 if i == axis else n for i, n in enumerate(x.shape))
    rest = tuple(n - 1 if i == axis else n for i, n in enumerate(x.shape))
    ones = broadcast_to(x.builder.constant(1.0, DType.FLOAT32), shape=shape)
    zeros = broadcast_to(x.builder.constant(0.0, DType.FLOAT32), shape=rest)
    # the running product of 1, x[0], x[1] .. as a recurrence whose constant part is the 1 alone
    parts = (zeros, ones) if reverse else (ones, zeros)
    start = concat(*parts, axis=axis) if x.shape[axis] > 1 else ones
    running = linear_recurrence(shifted(x, axis, -1 if reverse else 1), start, axis=axis, reverse=reverse)
    return running * x


def exclusive_products(x: Tensor, axis: int = -1, *, reverse: bool = False) -> Tensor:
    """y[i] = x[0] · .. · x[i - 1] along `axis`, 1 at the beginning."""
    return shifted(cumprod(x, axis, reverse=reverse), axis, -1 if reverse else 1, 1.0)
