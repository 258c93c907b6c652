"""How a window sweeps over its input: which numbers two neighbouring results are made of.

The windows are not drawn from settings such as the kernel size; they are what the layer's own gradient says of which
inputs an output depends on, so strides, padding, dilation and whatever comes later show by themselves.
"""

from __future__ import annotations

import numpy as np

from engine.compiler.differentiate import differentiate
from engine.graph.facts import SpecBuilder
from engine.layers.base import Layer
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.reference.pictures.svg import Ink, Point, Svg
from engine.reference.running import execute, start_of
from engine.tensor.spec import Array, Shape, TensorSpec

_TRIALS = 128  # inputs tried: a maximum depends on one number of its window at a time
_CELL, _MARGIN, _TITLE, _ARROW = 16.0, 10.0, 18.0, 50.0


def sweep(title: str, layer: Layer, shape: Shape) -> Svg | None:
    """The windows of two neighbouring results in the middle; None for a layer that looks at one place or at all.

    Args:
        title: of the picture.
        layer: one input, one output, both (batch, places .., channels).
        shape: of one example: places .., channels.

    Raises:
        ShapeError: the layer can't take such an input.
    """
    _, _, result = _built(layer, shape)
    if result.spec.rank != len(shape) + 1:
        return None
    places = result.shape[1:-1][-2:]  # of a volume, one slice is shown
    first = tuple(max(length // 2 - 1, 0) for length in places)
    second = (*first[:-1], min(first[-1] + 1, places[-1] - 1))
    marks = [_depends(layer, shape, place) for place in (first, second)]
    if not any(1 < mark.sum() < 0.75 * mark.size for mark in marks):
        return None
    return _drawn(title, marks, [first, second], places)


def _built(layer: Layer, shape: Shape) -> tuple[SpecBuilder, Tensor, Tensor]:
    builder = SpecBuilder({})
    given = builder.program.feed("input/0", TensorSpec((_TRIALS, *shape)))
    result = layer.build(builder, given)[0]
    return builder, given, result


def _depends(layer: Layer, shape: Shape, place: tuple[int, ...]) -> Array:
    """Which places of the input the result at `place` depends on: bool, the input's places (rows, columns)."""
    builder, given, result = _built(layer, shape)
    mask = np.zeros(result.shape, np.float32)
    around: list[slice | int] = [slice(None)] * (result.spec.rank - 1)
    around[-len(place) :] = place
    mask[tuple(around)] = 1.0
    picked = result * builder.program.constant(mask)
    total = sum_(picked, axes=tuple(range(result.spec.rank)), keepdims=False)
    (slope,) = differentiate(builder.program, total, [given])
    builder.program.output("slope", slope)
    x = np.random.default_rng(3).normal(size=given.shape).astype(np.float32)
    found = execute(builder.program, {"input/0": x}, start_of(builder))["slope"]
    axes = (0, *range(1, found.ndim - 3), found.ndim - 1)  # examples, slices of a volume, channels
    touched: Array = np.abs(found).max(axis=axes) > 0.0
    return touched


def _drawn(title: str, marks: list[Array], places: list[tuple[int, ...]], result: Shape) -> Svg:
    inputs = [_flat(mark) for mark in marks]
    outputs = []
    for place in places:
        out = np.zeros(result, bool)
        out[place] = True
        outputs.append(_flat(out))
    (rows, columns), (new_rows, new_columns) = inputs[0].shape, outputs[0].shape
    width = (columns + new_columns) * _CELL + _ARROW + 2 * _MARGIN
    height = max(rows, new_rows) * _CELL + _TITLE + 2 * _MARGIN
    svg = Svg(max(width, 240.0), height, title)
    left = (_MARGIN, _MARGIN + _TITLE)
    right = (_MARGIN + columns * _CELL + _ARROW, _MARGIN + _TITLE)
    svg.text(left[0], left[1] - 6, "input", anchor="start")
    svg.text(right[0], right[1] - 6, "output", anchor="start")
    for corner, found in ((left, inputs), (right, outputs)):
        for mark, ink in zip(found, (Ink.FIRST, Ink.SECOND), strict=True):
            svg.boxes(
                [(corner[0] + c * _CELL, corner[1] + r * _CELL) for r, c in _cells(mark)],
                _CELL,
                _CELL,
                ink,
                0.45,
            )
        _lattice(svg, corner, *found[0].shape)
    middle = _MARGIN + _TITLE + min(rows, new_rows) * _CELL / 2
    start = left[0] + columns * _CELL + 13
    svg.line([(start, middle), (start + 24, middle)], Ink.DIM, 1.5)
    svg.line([(start + 18, middle - 4), (start + 24, middle), (start + 18, middle + 4)], Ink.DIM, 1.5)
    return svg


def _flat(mark: Array) -> Array:
    return mark.reshape(1, -1) if mark.ndim < 2 else mark


def _cells(mark: Array) -> list[tuple[int, int]]:
    return [(int(r), int(c)) for r, c in np.argwhere(mark)]


def _lattice(svg: Svg, corner: Point, rows: int, columns: int) -> None:
    x, y = corner
    width, height = columns * _CELL, rows * _CELL
    lying = [((x, y + row * _CELL), (x + width, y + row * _CELL)) for row in range(rows + 1)]
    upright = [((x + c * _CELL, y), (x + c * _CELL, y + height)) for c in range(columns + 1)]
    svg.segments([*lying, *upright], Ink.DIM, 0.5)
