"""Ops that move, join, pick and fold numbers, in ONNX."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from onnx import TensorProto

from engine.exchange.batches import Rows, Size
from engine.exchange.flat import Operation
from engine.exchange.onnx.writing_pen import ONNX_TYPES
from engine.exchange.onnx.writing_sheet import Order, Sheet, plain
from engine.formats.errors import FormatError
from engine.tensor.spec import Array, DType

Writer = Callable[[Sheet, Operation], None]
_LAST = np.iinfo(np.int64).max
_INT32, _INT64 = int(TensorProto.INT32), int(TensorProto.INT64)


def refused(sheet: Sheet, o: Operation, why: str) -> FormatError:
    """The sentence for an op that ONNX can't hold."""
    name = sheet.network.names.get(o.node, o.node) or "The network"
    return FormatError(f"{name} can't be written as ONNX: {why}; take it out, or export to another format.")


def positive(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Axes counted from the front, in order."""
    return tuple(sorted(axis % rank for axis in axes))


# -- another shape -----------------------------------------------------------------------------------------
def reshape(sheet: Sheet, o: Operation) -> None:
    """The same numbers in another shape; rows of numbers may stay in the order in which the axes lie."""
    (x,), (made,) = o.inputs, o.outputs
    shape, rank = sheet.shape(made), len(sheet.shape(x))
    order = sheet.order(x)
    target = sheet.pen.kept_shape(shape)
    owner = sheet.pen.owner

    def plainly() -> str:
        sheet.pen.owner, before = owner, sheet.pen.owner
        tensor = sheet.pen.add("Reshape", sheet.read(x), target)
        sheet.pen.owner = before
        return tensor

    if order == plain(rank) or order[0] != 0 or len(shape) != 2 or shape[0] != Rows():
        sheet.give(made, plainly())
        return
    lengths = [int(str(n)) for n in sheet.shape(x)[1:]]
    numbers = np.arange(math.prod(lengths)).reshape(lengths).transpose([a - 1 for a in order[1:]]).ravel()
    sheet.mixed[made] = sheet.pen.add("Reshape", sheet.read(x, order), target), numbers
    sheet.later(made, plainly)


def transpose(sheet: Sheet, o: Operation) -> None:
    """Only remembered; who needs the axes in that order puts them there."""
    sheet.same(o.outputs[0], o.inputs[0], tuple(o.attrs["perm"]))


def identity(sheet: Sheet, o: Operation) -> None:
    """The same value under another name."""
    sheet.same(o.outputs[0], o.inputs[0])


def broadcast_to(sheet: Sheet, o: Operation) -> None:
    """Repeats along dimensions."""
    target = sheet.pen.shape(sheet.shape(o.outputs[0]))
    sheet.give(o.outputs[0], sheet.pen.add("Expand", sheet.read(o.inputs[0]), target))


def pad(sheet: Sheet, o: Operation) -> None:
    """Numbers of one value around."""
    (x,), (made,) = o.inputs, o.outputs
    order = sheet.order(x)
    before, after = o.attrs["before"], o.attrs["after"]
    if any(isinstance(n, Rows) for n in (*before, *after)):
        raise refused(sheet, o, "it fills up the batch")
    pads = sheet.pen.whole([*(before[a] for a in order), *(after[a] for a in order)])
    dtype = sheet.value(x).dtype.numpy
    number = o.attrs["value"]
    if number == 0 and any(r.op.name in ("max_pool", "avg_pool") for r in sheet.readers.get(made, ())):
        # ONNX Runtime (1.31) takes zeros around a picture for the padding of the pooling behind, which is another
        # result, or none; it does not see this zero as one
        number = -0.0
    value = sheet.pen.array(np.asarray(number, dtype), f"number {number:g} {np.dtype(dtype)}")
    sheet.give(made, sheet.pen.add("Pad", sheet.read(x, order), pads, value), order)


def slice_(sheet: Sheet, o: Operation) -> None:
    """A part along each dimension."""
    (x,), (made,) = o.inputs, o.outputs
    order, shape = sheet.order(x), sheet.shape(x)
    cuts = [
        (order.index(axis), start, limit)
        for axis, (start, limit) in enumerate(zip(o.attrs["starts"], o.attrs["limits"], strict=True))
        if start != 0 or limit != shape[axis]
    ]
    if any(isinstance(n, Rows) for _, *ends in cuts for n in ends):
        raise refused(sheet, o, "it cuts the batch")
    whole = sheet.pen.whole
    starts, limits, axes = ([c[k] for c in cuts] for k in (1, 2, 0))
    tensor = sheet.pen.add("Slice", sheet.read(x, order), whole(starts), whole(limits), whole(axes))
    sheet.give(made, tensor, order)


def flip(sheet: Sheet, o: Operation) -> None:
    """The last element first."""
    (x,), (made,) = o.inputs, o.outputs
    order = sheet.order(x)
    axes = [order.index(a) for a in positive(o.attrs["axes"], len(order))]
    whole, count = sheet.pen.whole, len(axes)
    ends, steps = whole([-_LAST] * count), whole([-1] * count)
    tensor = sheet.pen.add("Slice", sheet.read(x, order), whole([-1] * count), ends, whole(axes), steps)
    sheet.give(made, tensor, order)


def concat(sheet: Sheet, o: Operation) -> None:
    """Side by side."""
    (made,) = o.outputs
    rank = len(sheet.shape(made))
    order = sheet.common(o.inputs, rank)
    operands = [sheet.operand(name, order) for name in o.inputs]
    sheet.give(made, sheet.pen.add("Concat", *operands, axis=order.index(o.attrs["axis"] % rank)), order)


def cast(sheet: Sheet, o: Operation) -> None:
    """Another type; a fraction is dropped."""
    (x,), (made,) = o.inputs, o.outputs
    order = sheet.order(x)
    to = ONNX_TYPES[DType(o.attrs["dtype"])]
    sheet.give(made, sheet.pen.add("Cast", sheet.read(x, order), to=to), order)


# -- folding -----------------------------------------------------------------------------------------------
def reduction(kind: str, *, axes_as_input: bool = False) -> Writer:
    """A writer of ops that fold axes of one input."""

    def write(sheet: Sheet, o: Operation) -> None:
        (x,), (made,) = o.inputs, o.outputs
        write_reduction(sheet, kind, x, made, o.attrs["axes"], o.attrs["keepdims"], as_input=axes_as_input)

    return write


def write_reduction(
    sheet: Sheet, kind: str, x: str, made: str, axes: Sequence[int], keep: bool, *, as_input: bool = False
) -> None:
    """Fold axes of a value, in the order in which it is there."""
    order = sheet.order(x)
    gone = set(positive(axes, len(order)))
    places = [k for k, axis in enumerate(order) if axis in gone]
    given = [sheet.pen.whole(places)] if as_input else []
    attributes = {} if as_input else {"axes": places}
    tensor = sheet.pen.add(kind, sheet.read(x, order), *given, keepdims=int(keep), **attributes)
    left = sorted(set(order) - gone)
    after: Order = order if keep else tuple(left.index(axis) for axis in order if axis not in gone)
    sheet.give(made, tensor, after)


def softmax(kind: str) -> Writer:
    """A writer of what is done along the last axis and keeps the shape."""

    def write(sheet: Sheet, o: Operation) -> None:
        order = sheet.order(o.inputs[0])
        tensor = sheet.pen.add(kind, sheet.read(o.inputs[0], order), axis=order.index(len(order) - 1))
        sheet.give(o.outputs[0], tensor, order)

    return write


def argmax(sheet: Sheet, o: Operation) -> None:
    """Where the largest number of the last axis is."""
    found = sheet.pen.add("ArgMax", sheet.read(o.inputs[0]), axis=-1, keepdims=0)
    sheet.give(o.outputs[0], sheet.pen.add("Cast", found, to=_INT32))


def cumsum(sheet: Sheet, o: Operation) -> None:
    """Running sums."""
    order = sheet.order(o.inputs[0])
    axis = sheet.pen.whole(order.index(o.attrs["axis"] % len(order)))
    x = sheet.read(o.inputs[0], order)
    sheet.give(o.outputs[0], sheet.pen.add("CumSum", x, axis, reverse=int(o.attrs["reverse"])), order)


def sort(sheet: Sheet, o: Operation) -> None:
    """Values in order, and where each was."""
    x = sheet.read(o.inputs[0])
    length = sheet.shape(o.inputs[0])[-1]
    if isinstance(length, Rows):
        raise refused(sheet, o, "it sorts the batch")
    count = sheet.pen.whole([length])
    values, places = sheet.pen.several("TopK", 2, x, count, axis=-1, largest=int(o.attrs["descending"]))
    sheet.give(o.outputs[0], values)
    sheet.give(o.outputs[1], sheet.pen.add("Cast", places, to=_INT32))


def fourier(sheet: Sheet, o: Operation) -> None:
    """The discrete Fourier transform; the inverse one is not divided by the length."""
    pen, shape = sheet.pen, sheet.shape(o.inputs[0])
    length, sign = int(str(shape[-2])), 1.0 if o.attrs["inverse"] else -1.0
    angles = np.outer(np.arange(length), np.arange(length)) % length * (2.0 * np.pi * sign / length)
    turns = np.array([[np.cos(angles), np.sin(angles)], [-np.sin(angles), np.cos(angles)]])
    matrix = turns.transpose(2, 0, 3, 1).reshape(2 * length, 2 * length).astype(np.float32)
    flat = pen.add("Reshape", sheet.read(o.inputs[0]), pen.kept_shape((*shape[:-2], 2 * length)))
    product = pen.add("MatMul", flat, pen.array(matrix))
    sheet.give(o.outputs[0], pen.add("Reshape", product, pen.kept_shape(shape)))


def slogdet(sheet: Sheet, o: Operation) -> None:
    """Sign and logarithm of a determinant."""
    pen = sheet.pen
    found = pen.add("Det", sheet.read(o.inputs[0]))
    sheet.give(o.outputs[0], pen.add("Sign", found))
    sheet.give(o.outputs[1], pen.add("Log", pen.add("Abs", found)))


# -- picking by number -------------------------------------------------------------------------------------
def one_hot(sheet: Sheet, o: Operation) -> None:
    """1 at the place of a class; nothing for one that there is not, which OneHot would count from the end."""
    pen, depth = sheet.pen, o.attrs["depth"]
    index = pen.add("Unsqueeze", sheet.read(o.inputs[0]), pen.whole([-1]))
    classes = pen.array(np.arange(depth, dtype=np.int32))
    sheet.give(o.outputs[0], pen.add("Cast", pen.add("Equal", index, classes), to=ONNX_TYPES[DType.FLOAT32]))


def _within(sheet: Sheet, index: str, rows: Size) -> str:
    """Numbers of rows, brought to the nearest one there is."""
    array = sheet.constant(index)
    made = sheet.makers.get(index)
    inside = array is not None and isinstance(rows, int) and 0 <= array.min() <= array.max() < rows
    while made is not None and made.op.name in ("reshape", "transpose"):
        made = sheet.makers.get(made.inputs[0])
    if inside or (made is not None and made.op.name in ("number_along", "number_nd")):
        return sheet.read(index)
    return _clipped(sheet, sheet.read(index), rows)


def _clipped(sheet: Sheet, index: str, rows: Size) -> str:
    pen = sheet.pen
    low = pen.whole(0, np.int32)
    if isinstance(rows, int):
        return pen.add("Clip", index, low, pen.whole(rows - 1, np.int32))
    last = pen.add("Sub", pen.add("Cast", pen.shape((rows,)), to=_INT32), pen.whole([1], np.int32))
    return pen.add("Max", pen.add("Min", index, last), low)


def take_rows(sheet: Sheet, o: Operation) -> None:
    """Rows of a table."""
    table, index = o.inputs
    pen = sheet.pen
    taken = pen.add("Gather", sheet.read(table), _within(sheet, index, sheet.shape(table)[0]), axis=0)
    if sheet.value(table).dtype is DType.UINT8:
        taken = pen.add("Cast", taken, to=ONNX_TYPES[DType.FLOAT32])
    scale = o.attrs["scale"]
    sheet.give(o.outputs[0], taken if scale == 1.0 else pen.add("Mul", taken, pen.number(scale)))


def number_along(sheet: Sheet, o: Operation) -> None:
    """Element numbers of positions in the last dimension."""
    pen, length = sheet.pen, o.attrs["length"]
    shape = sheet.shape(o.inputs[0])
    lead = shape[:-1]
    index = _clipped(sheet, sheet.read(o.inputs[0]), length)
    grown = [n for n in lead if isinstance(n, Rows)]
    count = math.prod(n.factor if isinstance(n, Rows) else n for n in lead)
    if grown:
        starts = pen.add("Mul", pen.counted(Rows(count)), pen.whole(length, np.int32))
        starts = pen.add("Reshape", starts, pen.kept_shape((*lead, 1)))
    else:
        numbers = np.arange(count, dtype=np.int32) * np.int32(length)
        starts = pen.array(numbers.reshape(*(int(str(n)) for n in lead), 1))
    sheet.give(o.outputs[0], pen.add("Add", index, starts))


def number_nd(sheet: Sheet, o: Operation) -> None:
    """Element numbers of positions in several dimensions."""
    pen, lengths = sheet.pen, o.attrs["lengths"]
    if any(isinstance(n, Rows) for n in lengths[1:]):
        raise refused(sheet, o, "it counts across the batch")
    index = pen.add("Max", sheet.read(o.inputs[0]), pen.whole(0, np.int32))
    rest = [n - 1 for n in lengths[1:]]
    if isinstance(lengths[0], Rows):
        first = pen.add("Sub", pen.add("Cast", pen.shape(lengths[:1]), to=_INT32), pen.whole([1], np.int32))
        last = pen.add("Concat", first, pen.whole(rest, np.int32), axis=0) if rest else first
    else:
        last = pen.whole([lengths[0] - 1, *rest], np.int32)
    steps = [math.prod(lengths[k + 1 :]) for k in range(len(lengths))]
    numbers = pen.add("Mul", pen.add("Min", index, last), pen.whole(steps, np.int32))
    sheet.give(o.outputs[0], pen.add("ReduceSum", numbers, pen.whole([-1]), keepdims=0))


def _scattered(sheet: Sheet, table: str, index: str, rows: str, shape: Sequence[Size], reduction: str) -> str:
    pen = sheet.pen
    numbers = pen.add("Cast", _clipped(sheet, sheet.read(index), shape[0]), to=_INT64)
    numbers = pen.add("Reshape", numbers, pen.whole([-1, 1]))
    updates = pen.add("Reshape", sheet.read(rows), pen.whole([-1, *(int(str(n)) for n in shape[1:])]))
    return pen.add("ScatterND", table, numbers, updates, reduction=reduction)


def scatter_add_rows(sheet: Sheet, o: Operation) -> None:
    """Sums of equally numbered rows."""
    shape = sheet.shape(o.outputs[0])
    zeros = sheet.pen.add("Expand", sheet.pen.number(0.0), sheet.pen.shape(shape))
    sheet.give(o.outputs[0], _scattered(sheet, zeros, o.inputs[0], o.inputs[1], shape, "add"))


def scatter_set_rows(sheet: Sheet, o: Operation) -> None:
    """A table with some rows replaced."""
    table, index, rows = o.inputs
    made = _scattered(sheet, sheet.read(table), index, rows, sheet.shape(table), "none")
    sheet.give(o.outputs[0], made)


# -- products ----------------------------------------------------------------------------------------------
def matmul(sheet: Sheet, o: Operation) -> None:
    """A matrix product; with constant weights, a row of numbers may come in any order."""
    a, b = o.inputs
    weight = sheet.constant(b)
    rank = len(sheet.shape(a))
    if weight is not None:
        left, right = with_weights(sheet, o, weight)
        sheet.give(o.outputs[0], sheet.pen.add("MatMul", left, right))
        return
    swapped = (*range(rank - 2), rank - 1, rank - 2)
    left = sheet.read(a, swapped if o.attrs["transpose_a"] else None)
    right = sheet.read(b, swapped if o.attrs["transpose_b"] else None)
    sheet.give(o.outputs[0], sheet.pen.add("MatMul", left, right))


def with_weights(sheet: Sheet, o: Operation, weight: Array) -> tuple[str, str]:
    """The operands of a product with constant weights."""
    a, b = o.inputs
    rank = len(sheet.shape(a))
    weight = weight.swapaxes(-1, -2) if o.attrs["transpose_b"] else weight
    mixed = None if o.attrs["transpose_a"] else sheet.mixed.get(a)
    if mixed is not None and weight.ndim == 2:
        return mixed[0], sheet.pen.array(np.ascontiguousarray(weight[mixed[1]]), b)
    swapped = (*range(rank - 2), rank - 1, rank - 2)
    left = sheet.read(a, swapped if o.attrs["transpose_a"] else None)
    return left, sheet.pen.array(np.ascontiguousarray(weight), b)


SHAPES: Mapping[str, Writer] = MappingProxyType(
    {
        "argmax": argmax,
        "broadcast_to": broadcast_to,
        "cast": cast,
        "concat": concat,
        "copy": identity,
        "cumsum": cumsum,
        "flip": flip,
        "fourier": fourier,
        "log_softmax": softmax("LogSoftmax"),
        "matmul": matmul,
        "max": reduction("ReduceMax"),
        "min": reduction("ReduceMin"),
        "number_along": number_along,
        "number_nd": number_nd,
        "one_hot": one_hot,
        "pad": pad,
        "prod": reduction("ReduceProd"),
        "reshape": reshape,
        "scatter_add_rows": scatter_add_rows,
        "scatter_set_rows": scatter_set_rows,
        "slice": slice_,
        "slogdet": slogdet,
        "softmax": softmax("Softmax"),
        "sort": sort,
        "stop_gradient": identity,
        "sum": reduction("ReduceSum", axes_as_input=True),
        "take_rows": take_rows,
        "transpose": transpose,
    }
)
