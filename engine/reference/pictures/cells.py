"""Numbers as little squares: what goes into a layer at the left, what comes out at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.reference.pictures.svg import Ink, Point, Svg
from engine.tensor.spec import Array

_CELL, _GAP, _TITLE, _ARROW, _MARGIN = 14.0, 10.0, 16.0, 44.0, 8.0
_MOST = 10  # cells a side
_MOST_BLOCKS = 4
_LONGEST = 24  # letters of a text
_LEVELS = (0.0, 0.12, 0.3, 0.5, 0.75, 1.0)
_LETTER = 6.2


@dataclass(frozen=True)
class Tensor:
    """One array of a picture, without the batch, and its name."""

    name: str
    values: Array


def cells(title: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Svg:
    """Arrays before and after, in one scale: blue above zero, orange below, the stronger the larger."""
    floats = [np.abs(t.values).max() for t in (*inputs, *outputs) if t.values.dtype.kind == "f"]
    scale = max([float(most) for most in floats if np.isfinite(most)], default=1.0) or 1.0
    (left_width, left_height), (right_width, right_height) = _extent(inputs), _extent(outputs)
    height = max(left_height, right_height) + 2 * _MARGIN
    svg = Svg(left_width + _ARROW + right_width + 2 * _MARGIN, height, title)
    _column(svg, inputs, (_MARGIN, (height - left_height) / 2), scale)
    if inputs:
        _arrow(svg, _MARGIN + left_width + 8, height / 2)
    _column(svg, outputs, (_MARGIN + left_width + _ARROW, (height - right_height) / 2), scale)
    return svg


def _blocks(values: Array) -> list[Array]:
    """The array as a few matrices: channels side by side, a volume as its slices."""
    if values.ndim <= 1:
        return [values.reshape(1, -1)]
    if values.ndim == 2:
        return [values]
    flat = values.reshape(-1, *values.shape[-3:])[0] if values.ndim > 4 else values
    if flat.ndim == 4:
        return [flat[depth, :, :, 0] for depth in range(min(flat.shape[0], _MOST_BLOCKS))]
    return [flat[:, :, channel] for channel in range(min(flat.shape[2], _MOST_BLOCKS))]


def _shown(block: Array) -> Array:
    return block[:_MOST, :_MOST]


def _extent(tensors: Sequence[Tensor]) -> Point:
    sizes = [_size(tensor) for tensor in tensors]
    return max((w for w, _ in sizes), default=0.0), sum(h for _, h in sizes) + _GAP * max(len(sizes) - 1, 0)


def _size(tensor: Tensor) -> Point:
    shapes = [_shown(block).shape for block in _blocks(tensor.values)]
    width = sum(columns * _width(tensor.values) for _, columns in shapes) + _GAP * (len(shapes) - 1)
    words = len(_caption(tensor)) * _LETTER
    return max(width, words), max(rows for rows, _ in shapes) * _CELL + _TITLE


def _caption(tensor: Tensor) -> str:
    shape = " \N{MULTIPLICATION SIGN} ".join(map(str, tensor.values.shape)) or "one number"
    return f"{tensor.name} {shape}"


def _column(svg: Svg, tensors: Sequence[Tensor], corner: Point, scale: float) -> None:
    x, y = corner
    for tensor in tensors:
        svg.text(x, y + 10, _caption(tensor), anchor="start")
        left, width = x, _width(tensor.values)
        for block in map(_shown, _blocks(tensor.values)):
            _grid(svg, block, (left, y + _TITLE), width, scale)
            left += block.shape[1] * width + _GAP
        y += _size(tensor)[1] + _GAP


def _width(values: Array) -> float:
    """Of one cell: what is written in it must fit."""
    if values.dtype.kind == "f":
        return _CELL
    return max([_CELL, *(len(_word(value)) * _LETTER + 6 for value in values.ravel())])


def _word(value: object) -> str:
    """A whole number or a text as it is written in its cell."""
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _grid(svg: Svg, block: Array, corner: Point, width: float, scale: float) -> None:
    rows, columns = block.shape
    places = [
        ((row, column), (corner[0] + column * width, corner[1] + row * _CELL))
        for row in range(rows)
        for column in range(columns)
    ]
    if block.dtype.kind != "f":
        for cell, (x, y) in places:
            svg.text(x + width / 2, y + 11, _word(block[cell]), Ink.TEXT)
    else:
        levels = np.searchsorted(_LEVELS, np.round(np.abs(block) / scale, 3), side="right")
        for ink, sign in ((Ink.FIRST, 1.0), (Ink.SECOND, -1.0)):
            for level, opacity in enumerate(_LEVELS[1:], 1):
                filled = [
                    (x + 0.5, y + 0.5)
                    for cell, (x, y) in places
                    if min(levels[cell], len(_LEVELS) - 1) == level and sign * block[cell] > 0
                ]
                svg.boxes(filled, _CELL - 1, _CELL - 1, ink, opacity)
    svg.frame(corner[0], corner[1], columns * width, rows * _CELL, Ink.DIM)


def _arrow(svg: Svg, x: float, y: float) -> None:
    svg.line([(x, y), (x + 24, y)], Ink.DIM, 1.5)
    svg.line([(x + 18, y - 4), (x + 24, y), (x + 18, y + 4)], Ink.DIM, 1.5)
