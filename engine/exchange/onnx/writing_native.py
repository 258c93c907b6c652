"""Operators of ONNX that do at once what several ops of ours do: found by what the result was made from.

Whatever was written for the ops in between is left out of the file if nobody else reads it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from engine.exchange.batches import Rows
from engine.exchange.flat import Operation
from engine.exchange.onnx.writing_formulas import formula
from engine.exchange.onnx.writing_shapes import positive, with_weights, write_reduction
from engine.exchange.onnx.writing_sheet import Sheet, channels_first
from engine.exchange.onnx.writing_windows import conv, conv_transposed
from engine.tensor.spec import Array

Finder = Callable[[Sheet, Operation], bool]
_WINDOWED = MappingProxyType({"conv": conv, "conv_input_grad": conv_transposed})


def native(sheet: Sheet, o: Operation) -> bool:
    """Write one operator for an op and those before it, if there is one."""
    finders = _FINDERS.get(o.op.name, ())
    return any(find(sheet, o) for find in finders) or formula(sheet, o)


def _made_for(sheet: Sheet, name: str, op: str) -> Operation | None:
    """The op of that kind that made a value which nobody else reads."""
    found = sheet.maker(name, op)
    return found if found is not None and sheet.only_reader(name) is not None else None


def _vector(sheet: Sheet, name: str, length: object) -> Array | None:
    """A constant with a number for each channel, whatever ones stand around its lengths."""
    array = sheet.constant(name)
    if array is None or not array.ndim or array.shape[-1] != length or array.size != length:
        return None
    return array.reshape(-1)


# -- a bias --------------------------------------------------------------------------------------------------
def _with_bias(sheet: Sheet, o: Operation) -> bool:
    """A matrix product or a convolution, plus a number for each unit or filter."""
    x, added = o.inputs
    shape = sheet.shape(o.outputs[0])
    bias = _vector(sheet, added, shape[-1])
    if bias is None:
        return False
    product = _made_for(sheet, x, "matmul")
    if product is not None and len(shape) == 2:
        weight = sheet.constant(product.inputs[1])
        if weight is None:
            return False
        left, right = with_weights(sheet, product, weight)
        sheet.give(o.outputs[0], sheet.pen.add("Gemm", left, right, sheet.pen.array(bias, added)))
        return True
    for name, write in _WINDOWED.items():
        made = _made_for(sheet, x, name)
        if made is not None:
            tensor = write(sheet, made, sheet.pen.array(bias, added))
            sheet.give(o.outputs[0], tensor, channels_first(len(shape)))
            return True
    return False


def _of_each_place(sheet: Sheet, o: Operation) -> bool:
    """A matrix product (plus a bias) of every place of a sequence or picture, which ours does as one long table."""
    shape = sheet.shape(o.outputs[0])
    added = _made_for(sheet, o.inputs[0], "add")
    bias = _vector(sheet, added.inputs[1], shape[-1]) if added is not None else None
    product = _made_for(sheet, added.inputs[0] if added is not None else o.inputs[0], "matmul")
    weight = sheet.constant(product.inputs[1]) if product is not None else None
    shaped = sheet.maker(product.inputs[0], "reshape") if product is not None else None
    if product is None or weight is None or shaped is None or (added is not None and bias is None):
        return False
    x = shaped.inputs[0]
    if product.attrs["transpose_a"] or len(shape) < 3 or sheet.shape(x)[:-1] != shape[:-1]:
        return False
    weight = weight.T if product.attrs["transpose_b"] else weight
    if (sheet.shape(x)[-1], shape[-1]) != weight.shape:
        return False
    order = sheet.order(x)
    order = order if order[-1] == len(order) - 1 else tuple(range(len(order)))
    table = sheet.pen.array(np.ascontiguousarray(weight), product.inputs[1])
    tensor = sheet.pen.add("MatMul", sheet.read(x, order), table)
    if added is not None and bias is not None:
        tensor = sheet.pen.add("Add", tensor, sheet.pen.array(bias, added.inputs[1]))
    sheet.give(o.outputs[0], tensor, order)
    return True


# -- normalizations ------------------------------------------------------------------------------------------
def _batch_normalization(sheet: Sheet, o: Operation) -> bool:
    """(x - mean) · factor + shift with numbers for each channel; a last step that is left out adds nothing."""
    shape = sheet.shape(o.outputs[0])
    product, shift = (o, np.zeros(1, np.float32)) if o.op.name == "mul" else _shifted(sheet, o)
    centred = _made_for(sheet, product.inputs[0], "sub") if product is not None else None
    if product is None or centred is None or len(shape) < 2:
        return False
    mean = _vector(sheet, centred.inputs[1], shape[-1])
    factor = _vector(sheet, product.inputs[1], shape[-1])
    if shift is None or mean is None or factor is None:
        return False
    scale, variance, epsilon = _parts(sheet, product.inputs[1], factor)
    pen, owner = sheet.pen, sheet.pen.owner
    order = channels_first(len(shape))
    names = ("scale", "shift", "mean", "variance")
    arrays = (scale, np.broadcast_to(shift, mean.shape), mean, variance)
    given = [pen.array(np.ascontiguousarray(a), f"{owner}/{n}") for n, a in zip(names, arrays, strict=True)]
    x = sheet.read(centred.inputs[0], order)
    sheet.give(o.outputs[0], pen.add("BatchNormalization", x, *given, epsilon=epsilon), order)
    return True


def _shifted(sheet: Sheet, o: Operation) -> tuple[Operation | None, Array | None]:
    """The product before a sum, and what is added to it."""
    shift = _vector(sheet, o.inputs[1], sheet.shape(o.outputs[0])[-1])
    return _made_for(sheet, o.inputs[0], "mul"), shift


def _parts(sheet: Sheet, name: str, factor: Array) -> tuple[Array, Array, float]:
    """Scale, variance and epsilon that a factor was made from, or ones that make it."""
    plain = factor, np.ones_like(factor), 0.0
    while (shaped := sheet.maker(name, "reshape")) is not None:
        name = shaped.inputs[0]
    scaled = sheet.maker(name, "mul")
    scale: Array | None = np.ones_like(factor)
    if scaled is not None:
        name, scale = scaled.inputs[0], sheet.whole.weights.get(scaled.inputs[1])
    root = sheet.maker(name, "rsqrt")
    added = sheet.maker(root.inputs[0], "add") if root is not None else None
    if added is None or scale is None:
        return plain
    variance = sheet.whole.weights.get(added.inputs[0])
    epsilon = sheet.whole.constants.get(added.inputs[1])
    if variance is None or epsilon is None or epsilon.size != 1 or scale.size != variance.size:
        return plain
    return scale.reshape(-1), variance.reshape(-1), float(epsilon.reshape(-1)[0])


# -- means ---------------------------------------------------------------------------------------------------
def _mean(sheet: Sheet, o: Operation) -> bool:
    """A sum divided by how many numbers it is of."""
    total = _made_for(sheet, o.inputs[0], "sum")
    share = sheet.constant(o.inputs[1])
    if total is None or share is None or share.ndim:
        return False
    count = _count(sheet, total)
    if count is None or not np.isclose(float(share), 1.0 / count, rtol=1e-6, atol=0.0):
        return False
    keep = bool(total.attrs["keepdims"])
    write_reduction(sheet, "ReduceMean", total.inputs[0], o.outputs[0], total.attrs["axes"], keep)
    return True


def _count(sheet: Sheet, total: Operation) -> int | None:
    """How many numbers of an example a sum is of; None where it goes over the batch."""
    lengths = [sheet.shape(total.inputs[0])[axis] for axis in total.attrs["axes"]]
    return None if any(isinstance(n, Rows) for n in lengths) else math.prod(int(str(n)) for n in lengths)


def _mean_of(sheet: Sheet, name: str) -> tuple[str, tuple[int, ...]] | None:
    """Of what, and over which axes, a value is the mean that keeps its axes."""
    share = sheet.maker(name, "mul")
    total = sheet.maker(share.inputs[0], "sum") if share is not None else None
    if share is None or total is None or not total.attrs["keepdims"]:
        return None
    axes = positive(total.attrs["axes"], len(sheet.shape(name)))
    count, given = _count(sheet, total), sheet.constant(share.inputs[1])
    if given is None or given.ndim or count is None or not np.isclose(float(given), 1.0 / count):
        return None
    return total.inputs[0], axes


def _standardized(sheet: Sheet, name: str) -> tuple[str, int, float] | None:
    """What was brought to mean 0 and deviation 1, from which axis on, and what keeps the division from zero."""
    product = sheet.maker(name, "mul")
    root = sheet.maker(product.inputs[1], "rsqrt") if product is not None else None
    centred = sheet.maker(product.inputs[0], "sub") if product is not None else None
    added = sheet.maker(root.inputs[0], "add") if root is not None else None
    if added is None or centred is None:
        return None
    epsilon, variance = sheet.constant(added.inputs[1]), _mean_of(sheet, added.inputs[0])
    square = sheet.maker(variance[0], "square") if variance is not None else None
    average = _mean_of(sheet, centred.inputs[1])
    if epsilon is None or variance is None or square is None or average is None or epsilon.size != 1:
        return None
    rank = len(sheet.shape(name))
    same = square.inputs[0] == centred.outputs[0] and average == (centred.inputs[0], variance[1])
    if not same or variance[1] != tuple(range(variance[1][0], rank)):
        return None
    return average[0], variance[1][0], float(epsilon.reshape(-1)[0])


def _layer_normalization(sheet: Sheet, o: Operation) -> bool:
    """Mean 0 and deviation 1 along the last axes, then perhaps a scale, then perhaps a shift."""
    name, scale, shift = o.outputs[0], "", ""
    if o.op.name == "add":
        shift = o.inputs[1]
        made = _made_for(sheet, o.inputs[0], "mul")
        name = o.inputs[0] if made is not None and sheet.constant(shift) is not None else ""
    scaled = sheet.maker(name, "mul")
    if scaled is not None and sheet.constant(scaled.inputs[1]) is not None:
        name, scale = scaled.inputs[0], scaled.inputs[1]
    found = _standardized(sheet, name) if name else None
    if found is None:
        return False
    x, axis, epsilon = found
    lengths = [int(str(n)) for n in sheet.shape(x)[axis:]]
    given = []
    for part, missing in ((scale, 1.0), (shift, 0.0)):
        array = sheet.constant(part) if part else np.full(lengths, missing, np.float32)
        if array is None or list(array.shape)[-len(lengths) :] != lengths or array.size != math.prod(lengths):
            return False
        given.append(sheet.pen.array(array.reshape(lengths), part))
    tensor = sheet.pen.add("LayerNormalization", sheet.read(x), *given, axis=axis, epsilon=epsilon)
    sheet.give(o.outputs[0], tensor)
    return True


# -- rows of each example ------------------------------------------------------------------------------------
def _places_of_each(sheet: Sheet, o: Operation) -> bool:
    """The same places of every example: picked from each, not from all examples as one long table."""
    table, index = o.inputs
    shaped, made = sheet.maker(table, "reshape"), sheet.maker(index, "reshape")
    numbered = sheet.maker(made.inputs[0] if made is not None else index, "number_along")
    places = sheet.spread(numbered.inputs[0]) if numbered is not None else None
    if shaped is None or numbered is None or places is None or o.attrs["scale"] != 1.0 or len(places) != 1:
        return False
    shape, length = sheet.shape(table), numbered.attrs["length"]
    if shape[0] != Rows(length) or sheet.shape(shaped.inputs[0])[0] != Rows():
        return False
    pen = sheet.pen
    each = pen.add("Reshape", sheet.read(shaped.inputs[0]), pen.kept_shape((Rows(), length, *shape[1:])))
    taken = pen.add("Gather", each, pen.whole(places.ravel().tolist()), axis=1)
    sheet.give(o.outputs[0], pen.add("Reshape", taken, pen.kept_shape(sheet.shape(o.outputs[0]))))
    return True


_FINDERS: Mapping[str, tuple[Finder, ...]] = MappingProxyType(
    {
        "add": (_with_bias, _batch_normalization, _layer_normalization),
        "reshape": (_of_each_place,),
        "take_rows": (_places_of_each,),
        "mul": (_mean, _batch_normalization, _layer_normalization),
    }
)
