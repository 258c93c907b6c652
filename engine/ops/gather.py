"""Rows of a table by number: the batch out of the data set, word vectors out of an embedding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec, format_shape


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    table, index = inputs
    if index.dtype is not DType.INT32:
        raise ShapeError(f"Row numbers must be whole numbers (int32), received {index}.")
    if not table.rank or not table.shape[0]:
        raise ShapeError(f"A table needs at least one row, received {table}.")
    if table.dtype is DType.INT32 and attrs["scale"] != 1.0:
        raise ShapeError(f"Whole numbers cannot be scaled, received a scale of {attrs['scale']}.")
    dtype = DType.INT32 if table.dtype is DType.INT32 else DType.FLOAT32
    return (TensorSpec((*index.shape, *table.shape[1:]), dtype),)


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    table, index = inputs
    rows = np.take(table, index, axis=0, mode="clip")
    if table.dtype == np.int32:
        np.copyto(outputs[0], rows)
    else:
        np.multiply(rows, np.float32(attrs["scale"]), out=outputs[0])


def _gradient(call: Call) -> Sequence[Tensor | None]:
    table, index = call.inputs
    if table.dtype is not DType.FLOAT32:
        return [None, None]
    grad = call.grad if call.attrs["scale"] == 1.0 else call.grad * call.attrs["scale"]
    return [scatter_add_rows(index, grad, rows=table.shape[0]), None]


_INDEX = DType.INT32

# inputs (table float32 | uint8 | int32 (N, ...), index int32 (...)); attrs scale. Float32 (int32 of an
# int32 table) of shape index.shape + table.shape[1:]. A row number outside the table takes the nearest row.
take_rows = Op(
    "take_rows",
    OpKind.STRUCTURED,
    _infer,
    _compute,
    _gradient,
    samples=(
        Sample((TensorSpec((7, 5)), TensorSpec((11,), _INDEX)), {"scale": 1.0}, integer_high=7),
        Sample((TensorSpec((5, 3)), TensorSpec((2, 3), _INDEX)), {"scale": 0.5}, integer_high=5),
        Sample(
            (TensorSpec((5, 4, 3, 1), DType.UINT8), TensorSpec((4,), _INDEX)),
            {"scale": 1.0 / 255.0},
            integer_high=5,
        ),
        Sample((TensorSpec((9,), _INDEX), TensorSpec((4,), _INDEX)), {"scale": 1.0}, integer_high=9),
        Sample((TensorSpec((1, 1)), TensorSpec((), _INDEX)), {"scale": 1.0}, integer_high=1),
    ),
    onnx=("Gather",),
    defaults={"scale": 1.0},
)


def _infer_scatter(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    index, grad = inputs
    if index.dtype is not DType.INT32 or grad.shape[: index.rank] != index.shape:
        raise ShapeError(
            f"Each row needs a whole row number, received {index} for rows of {format_shape(grad.shape)}."
        )
    return (TensorSpec((attrs["rows"], *grad.shape[index.rank :])),)


def _compute_scatter(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (index, grad), (out,) = inputs, outputs
    numbers = np.clip(index.reshape(-1), 0, attrs["rows"] - 1)
    rows = grad.reshape(numbers.size, -1)
    flat = out.reshape(attrs["rows"], -1)
    flat.fill(0.0)
    if not numbers.size:
        return
    order = np.argsort(
        numbers, kind="stable"
    )  # equal numbers keep their order, so that the sum is always the same
    ordered = numbers[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    flat[ordered[starts]] = np.add.reduceat(rows[order], starts, axis=0)


# inputs (index int32 (...), grad float32 index.shape + rest); attrs rows. (rows, *rest): sums of equally
# numbered rows.
scatter_add_rows = Op(
    "scatter_add_rows",
    OpKind.STRUCTURED,
    _infer_scatter,
    _compute_scatter,
    lambda call: [None, take_rows(call.grad, call.inputs[0])],
    samples=(
        Sample((TensorSpec((11,), _INDEX), TensorSpec((11, 5))), {"rows": 7}, integer_high=7),
        Sample((TensorSpec((2, 3), _INDEX), TensorSpec((2, 3, 2, 3))), {"rows": 4}, integer_high=4),
        Sample((TensorSpec((1,), _INDEX), TensorSpec((1, 1))), {"rows": 1}, integer_high=1),
        Sample((TensorSpec((257,), _INDEX), TensorSpec((257,))), {"rows": 3}),
    ),
    onnx=("ScatterND",),
)
