"""Ops that slide windows over pictures, in ONNX, whose tensors have the channels first; and reading at affine places."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from onnx import TensorProto

from engine.exchange.batches import Rows, sized
from engine.exchange.flat import Operation
from engine.exchange.onnx.writing_shapes import Writer, refused
from engine.exchange.onnx.writing_sheet import Sheet, channels_first
from engine.exchange.python.kit import ends
from engine.ops.windows import Window, each
from engine.tensor.spec import Array, Shape

ONE = 1  # examples, where only lengths matter


def lengths_of(sheet: Sheet, name: str) -> Shape:
    """The shape for one example."""
    shape: Shape = sized(sheet.shape(name), ONE)
    return shape


def _window(image: Shape, weight: Shape, o: Operation) -> Window:
    return Window.of(image, weight[:-2], o.attrs["strides"], o.attrs["padding"], o.attrs["dilation"])


def _attributes(window: Window) -> dict[str, Any]:
    begins, ends = zip(*window.padding, strict=True)
    return {
        "kernel_shape": list(window.size),
        "strides": list(window.strides),
        "pads": [*begins, *ends],
    }


def _filters(sheet: Sheet, name: str, first: int, second: int) -> str:
    """Filters (lengths, input, output) with axes `first` and `second` in front."""
    rank = len(sheet.shape(name))
    return sheet.read(name, (first % rank, second % rank, *range(rank - 2)))


def conv(sheet: Sheet, o: Operation, bias: str = "") -> str:
    """A convolution; gives the name of its result, channels first."""
    x, weight = o.inputs
    window = _window(lengths_of(sheet, x), lengths_of(sheet, weight), o)
    given = [sheet.read(x, channels_first(window.rank + 2)), _filters(sheet, weight, -1, -2)]
    given += [bias] if bias else []
    attributes = _attributes(window) | {"dilations": list(window.dilation), "group": o.attrs["groups"]}
    return sheet.pen.add("Conv", *given, **attributes)


def conv_transposed(sheet: Sheet, o: Operation, bias: str = "") -> str:
    """What a convolution would give back to its input: a transposed convolution; channels first."""
    x, weight = o.inputs
    image: Shape = sized(tuple(o.attrs["input_shape"]), ONE)
    window = _window(image, lengths_of(sheet, weight), o)
    rest = [
        padded - stride * (count - 1) - extent
        for padded, stride, count, extent in zip(
            window.padded, window.strides, window.count, window.extent, strict=True
        )
    ]
    given = [sheet.read(x, channels_first(window.rank + 2)), _filters(sheet, weight, -1, -2)]
    given += [bias] if bias else []
    attributes = _attributes(window) | {"dilations": list(window.dilation), "group": o.attrs["groups"]}
    return sheet.pen.add("ConvTranspose", *given, output_padding=rest, **attributes)


def _given(write: Any) -> Writer:
    def put(sheet: Sheet, o: Operation) -> None:
        order = channels_first(len(sheet.shape(o.outputs[0])))
        sheet.give(o.outputs[0], write(sheet, o), order)

    return put


def _pool(kind: str, **more: int) -> Writer:
    def write(sheet: Sheet, o: Operation) -> None:
        (x,), (made,) = o.inputs, o.outputs
        order = channels_first(len(sheet.shape(x)))
        window = Window.of(lengths_of(sheet, x), o.attrs["size"], o.attrs["strides"], o.attrs["padding"])
        tensor = sheet.pen.add(kind, sheet.read(x, order), **_attributes(window), **more)
        sheet.give(made, tensor, order)

    return write


# -- pictures read at affine places ------------------------------------------------------------------------
def affine_sample(sheet: Sheet, o: Operation) -> None:
    """Each pixel is read at a place of its own; as `engine.ops.affine`, step by step."""
    image, transform = o.inputs
    fixed = sheet.spread(transform)
    if fixed is not None and len(fixed) == 1:
        _at_fixed_places(sheet, o, fixed)
        return
    pen = sheet.pen
    _, height, width, channels = sheet.shape(image)
    if not all(isinstance(n, int) for n in (height, width, channels)):
        raise refused(sheet, o, "it reads across the batch")
    lengths = int(str(height)), int(str(width))
    size = each(o.attrs["size"], 2)
    columns = pen.array(np.arange(size[1], dtype=np.float32))
    rows = pen.array(np.arange(size[0], dtype=np.float32)[:, np.newaxis])
    parts = pen.several(
        "Split", 6, sheet.read(transform), pen.whole([1] * 6), axis=1
    )  # a0, a1, a2, b0, b1, b2, each (batch, 1)
    a0, a1, a2, b0, b1, b2 = (pen.add("Unsqueeze", p, pen.whole([2])) for p in parts)

    def place(of_columns: str, of_rows: str, start: str) -> str:
        moved = pen.add("Add", pen.add("Mul", of_columns, columns), pen.add("Mul", of_rows, rows))
        return pen.add("Add", moved, start)

    ys = _ends(sheet, place(b0, b1, b2), lengths[0], o.attrs)
    xs = _ends(sheet, place(a0, a1, a2), lengths[1], o.attrs)
    pixels = pen.add("Reshape", sheet.read(image), pen.whole([-1, int(str(channels))]))
    first = _first_pixels(sheet, lengths)
    result = ""
    for y, weight_y, inside_y in ys:
        for x, weight_x, inside_x in xs:
            flat = pen.add("Add", pen.add("Mul", y, pen.whole(lengths[1], np.int32)), x)
            values = pen.add("Gather", pixels, pen.add("Add", flat, first), axis=0)
            if o.attrs["fill_mode"] == "constant":
                inside = pen.add("Unsqueeze", pen.add("And", inside_y, inside_x), pen.whole([3]))
                values = pen.add("Where", inside, values, pen.number(o.attrs["fill_value"]))
            if weight_y:
                weight = pen.add("Unsqueeze", pen.add("Mul", weight_y, weight_x), pen.whole([3]))
                values = pen.add("Mul", values, weight)
            result = pen.add("Add", result, values) if result else values
    sheet.give(o.outputs[0], result)


def _at_fixed_places(sheet: Sheet, o: Operation, transform: Array) -> None:
    """The same where all pictures are read at the same places: pixels by number, times how much each counts."""
    image, pen, attrs = o.inputs[0], sheet.pen, o.attrs
    _, height, width, channels = lengths_of(sheet, image)
    a0, a1, a2, b0, b1, b2 = (float(t) for t in transform[0])
    size = each(attrs["size"], 2)
    columns, rows = np.arange(size[1], dtype=np.float32), np.arange(size[0], dtype=np.float32)[:, np.newaxis]
    mode, kind = attrs["fill_mode"], attrs["interpolation"]
    ys = ends(np.float32(b0) * columns + np.float32(b1) * rows + np.float32(b2), height, kind, mode)
    xs = ends(np.float32(a0) * columns + np.float32(a1) * rows + np.float32(a2), width, kind, mode)
    pixels = pen.add("Reshape", sheet.read(image), pen.whole([-1, height * width, channels]))
    result = ""
    for y, weight_y, inside_y in ys:
        for x, weight_x, inside_x in xs:
            weight = np.asarray(weight_y * weight_x, np.float32).reshape(-1, 1)
            if not weight.any():
                continue
            term = pen.add("Gather", pixels, pen.whole((y * width + x).ravel().tolist()), axis=1)
            inside = (inside_y & inside_x).reshape(-1, 1)
            if mode == "constant" and not inside.all():
                term = pen.add("Where", pen.array(inside), term, pen.number(attrs["fill_value"]))
            term = term if (weight == 1.0).all() else pen.add("Mul", term, pen.array(weight))
            result = pen.add("Add", result, term) if result else term
    sheet.give(o.outputs[0], pen.add("Reshape", result, pen.kept_shape(sheet.shape(o.outputs[0]))))


def _first_pixels(sheet: Sheet, lengths: tuple[int, int]) -> str:
    """The number of the first pixel of each picture, (batch, 1, 1)."""
    pen = sheet.pen
    starts = pen.add("Mul", pen.counted(Rows()), pen.whole(lengths[0] * lengths[1], np.int32))
    return pen.add("Reshape", starts, pen.whole([-1, 1, 1]))


def _ends(sheet: Sheet, place: str, length: int, attrs: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The one or two pixels that a place lies at: index (int32), weight ("": one), whether it is inside."""
    pen = sheet.pen
    one = pen.number(1.0)
    if attrs["interpolation"] == "nearest":
        nodes = [(pen.add("Round", place), "")]
    else:
        lower = pen.add("Floor", place)
        share = pen.add("Sub", place, lower)
        nodes = [(lower, pen.add("Sub", one, share)), (pen.add("Add", lower, one), share)]
    found = []
    for node, weight in nodes:
        index = pen.add("Cast", node, to=int(TensorProto.INT32))
        below = pen.add("Less", index, pen.whole(length, np.int32))
        inside = pen.add("And", pen.add("GreaterOrEqual", index, pen.whole(0, np.int32)), below)
        found.append((_fixed(sheet, index, length, attrs["fill_mode"]), weight, inside))
    return found


def _fixed(sheet: Sheet, index: str, length: int, mode: str) -> str:
    pen = sheet.pen
    if mode == "wrap":
        return pen.add("Mod", index, pen.whole(length, np.int32))
    if mode == "reflect":
        turned = pen.add("Mod", index, pen.whole(2 * length, np.int32))
        return pen.add("Min", turned, pen.add("Sub", pen.whole(2 * length - 1, np.int32), turned))
    return pen.add("Clip", index, pen.whole(0, np.int32), pen.whole(length - 1, np.int32))


WINDOWS: Mapping[str, Writer] = MappingProxyType(
    {
        "affine_sample": affine_sample,
        "avg_pool": _pool("AveragePool", count_include_pad=0),
        "conv": _given(conv),
        "conv_input_grad": _given(conv_transposed),
        "max_pool": _pool("MaxPool"),
    }
)
