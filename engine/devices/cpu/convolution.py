"""Convolution as matrix products over pieces whose unfolded pictures stay in the second-level cache."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.devices.cpu.calls import Call, Scratch, Task, assign, clear, reshaped
from engine.devices.cpu.products import epilogue_calls, plain_result
from engine.ops.conv import window_of
from engine.ops.windows import Window
from engine.program.fused import FusedBody
from engine.tensor.spec import Array

PIECE_BYTES = 768 * 1024  # of unfolded picture; leaves room for filters and results in 2 MiB of cache
FOLD_BYTES = (
    3 * 1024 * 1024
)  # of gradient spread over the taps; its products are small and gain from more rows
SHORT_RUN = 16  # elements; shorter runs of columns are unfolded with the taps outside


@dataclass(frozen=True, slots=True)
class _Piece:
    """Images `images` and, of their windows, rows `rows`."""

    images: slice
    rows: slice

    @property
    def index(self) -> tuple[slice, slice]:
        return self.images, self.rows

    @property
    def shape(self) -> tuple[int, int]:
        return self.images.stop - self.images.start, self.rows.stop - self.rows.start


def _pieces(images: int, window: Window, depth: int) -> Iterator[_Piece]:
    """Pieces of at most PIECE_BYTES of columns of `depth` elements, but at least one row."""
    rows, columns = window.count
    row_bytes = 4 * columns * depth
    if row_bytes * rows <= PIECE_BYTES:
        yield from _whole_images(images, rows, PIECE_BYTES // (row_bytes * rows))
        return
    step = max(1, PIECE_BYTES // row_bytes)
    for image in range(images):
        for start in range(0, rows, step):
            yield _Piece(slice(image, image + 1), slice(start, min(start + step, rows)))


def _whole_images(images: int, rows: int, step: int) -> Iterator[_Piece]:
    for start in range(0, images, max(1, step)):
        yield _Piece(slice(start, min(start + max(1, step), images)), slice(0, rows))


class Unfolding:
    """Turns pieces of padded pictures into matrices with one row per window and one column per tap and channel."""

    def __init__(self, images: Array, window: Window, groups: int, scratch: Scratch) -> None:
        self.images = images
        self.window = window
        self.channels = images.shape[3] // groups
        self.depth = math.prod(window.size) * self.channels
        self.pieces = list(_pieces(images.shape[0], window, self.depth))
        n, rows = self.pieces[0].shape
        self._columns = scratch.take((n * rows * window.count[1] * self.depth,))
        self._padded = scratch.take((n * self._height(rows) * window.padded[1] * images.shape[3],))

    def _height(self, rows: int) -> int:
        return (rows - 1) * self.window.strides[0] + self.window.extent[0]

    @property
    def direct(self) -> bool:
        """Whether the pictures are their own columns: 1 x 1 windows at every place."""
        w = self.window
        return w.size == w.strides == (1, 1) and not any((*w.padding[0], *w.padding[1]))

    def pad(self, piece: _Piece) -> tuple[list[Call], Array]:
        """The part of the padded pictures that the piece's windows see, and the calls that make it."""
        top = piece.rows.start * self.window.strides[0] - self.window.padding[0][0]
        n, rows = piece.shape
        height, (left, right) = self._height(rows), self.window.padding[1]
        bottom = top + height
        part = self.images[piece.images, max(top, 0) : max(min(bottom, self.images.shape[1]), 0)]
        if top >= 0 and bottom <= self.images.shape[1] and not left and not right:
            return [], part
        shape = (n, height, self.window.padded[1], self.images.shape[3])
        padded = reshaped(self._padded[: math.prod(shape)], shape)
        first = max(-top, 0)
        inner = padded[:, first : first + part.shape[1], left : left + self.images.shape[2]]
        return [Call(clear, (0.0,), padded), Call(assign, (part,), inner)], padded

    def columns(self, padded: Array, piece: _Piece, group: int) -> tuple[list[Call], Array]:
        """The matrix (windows, taps x channels) of one group, and the calls that make it."""
        if self.direct:
            part = self.images[piece.index]
            flat = reshaped(part, (math.prod(part.shape[:3]), part.shape[3]))
            return [], flat[:, group * self.channels : (group + 1) * self.channels]
        (sy, sx), (dy, dx) = self.window.strides, self.window.dilation
        part = padded[..., group * self.channels : (group + 1) * self.channels]
        b0, b1, b2, b3 = part.strides
        n, rows = piece.shape
        windows = (n, rows, self.window.count[1])
        taps = (*self.window.size, self.channels)
        strides = (b0, sy * b1, sx * b2), (dy * b1, dx * b2, b3)
        count = math.prod(windows)
        memory = self._columns[: count * self.depth]
        if self.window.size[1] * self.channels >= SHORT_RUN:
            source = as_strided(part, windows + taps, strides[0] + strides[1], writeable=False)
            matrix = reshaped(memory, (count, self.depth))
            return [Call(assign, (source,), reshaped(memory, windows + taps))], matrix
        source = as_strided(part, taps + windows, strides[1] + strides[0], writeable=False)
        matrix = reshaped(memory, (self.depth, count)).T
        return [Call(assign, (source,), reshaped(memory, taps + windows))], matrix


def _matrix(weight: Array, group: int, groups: int) -> Array:
    """Filters of one group as (taps x channels, filters)."""
    filters = weight.shape[3] // groups
    depth = math.prod(weight.shape[:3])
    return reshaped(weight, (depth, weight.shape[3]))[:, group * filters : (group + 1) * filters]


def _convolve(  # the forward pass, and the gradient with unit strides
    images: Array, weight: Array, window: Window, groups: int, plain: Array, scratch: Scratch
) -> Iterator[tuple[_Piece, list[Call]]]:
    unfolding = Unfolding(images, window, groups, scratch)
    filters = weight.shape[3] // groups
    for piece in unfolding.pieces:
        calls, padded = ([], images) if unfolding.direct else unfolding.pad(piece)
        result = plain[piece.index]
        flat = reshaped(result, (math.prod(result.shape[:3]), result.shape[3]))
        for g in range(groups):
            more, columns = unfolding.columns(padded, piece, g)
            part = flat[:, g * filters : (g + 1) * filters]
            calls += [*more, Call(np.matmul, (columns, _matrix(weight, g, groups)), part)]
        yield piece, calls


def _rows_of(operand: Array, shape: Sequence[int], piece: _Piece) -> Array:
    """The part of an operand, broadcast against `shape`, that meets the piece."""
    lead = len(shape) - operand.ndim
    index = [slice(None)] * operand.ndim
    for axis, part in enumerate(piece.index):
        if axis >= lead and operand.shape[axis - lead] == shape[axis] and shape[axis] != 1:
            index[axis - lead] = part
    return operand[tuple(index)]


def _with_epilogue(task: Task, parts: Iterator[tuple[_Piece, list[Call]]], plain: Array) -> list[Call]:
    body: FusedBody | None = task.attrs.get("epilogue")
    result: list[Call] = []
    for piece, calls in parts:
        operands = [_rows_of(a, plain.shape, piece) for a in task.inputs[2:]]
        outputs = [a[piece.index] for a in task.outputs]
        with task.scratch.inner():
            after = epilogue_calls(body, plain[piece.index], operands, outputs, task.scratch)
        result += [*calls, *after]
    return result


def conv2d_calls(task: Task) -> list[Call]:
    """Convolution, with its epilogue on each piece while it is in the cache."""
    images, weight = task.inputs[:2]
    window = window_of(images.shape, weight.shape, task.attrs)
    plain = plain_result(task)
    parts = _convolve(images, weight, window, task.attrs["groups"], plain, task.scratch)
    return _with_epilogue(task, parts, plain)


def conv2d_weight_grad_calls(task: Task) -> list[Call]:
    """Sum over pieces of columns transposed times gradient."""
    (images, grad), plain = task.inputs[:2], plain_result(task)
    groups = task.attrs["groups"]
    window = window_of(images.shape, plain.shape, task.attrs)
    unfolding = Unfolding(images, window, groups, task.scratch)
    filters = plain.shape[3] // groups
    partial = task.scratch.take((unfolding.depth, filters))
    result: list[Call] = []
    for piece in unfolding.pieces:
        calls, padded = ([], images) if unfolding.direct else unfolding.pad(piece)
        part = grad[piece.index]
        flat = reshaped(part, (math.prod(part.shape[:3]), part.shape[3]))
        for g in range(groups):
            more, columns = unfolding.columns(padded, piece, g)
            target = _matrix(plain, g, groups)
            slopes = flat[:, g * filters : (g + 1) * filters]
            first = piece is unfolding.pieces[0]
            calls += [*more, Call(np.matmul, (columns.T, slopes), target if first else partial)]
            calls += [] if first else [Call(np.add, (target, partial), target)]
        result += calls
    body = task.attrs.get("epilogue")
    return result + epilogue_calls(body, plain, task.inputs[2:], task.outputs, task.scratch)


def conv2d_input_grad_calls(task: Task) -> list[Call]:
    """The gradient spread over the taps and folded back; for large pictures, convolved with mirrored filters."""
    plain = plain_result(task)
    window = window_of(plain.shape, task.inputs[1].shape, task.attrs)
    (top, bottom), (left, right) = window.padding
    fits = max(top, bottom) < window.extent[0] and max(left, right) < window.extent[1]
    large = _spread_bytes(task, window) > FOLD_BYTES
    kernel = _mirrored if large and fits and window.strides == (1, 1) else _folded
    parts = kernel(task, window, plain)
    return _with_epilogue(task, parts, plain)


def _spread_bytes(task: Task, window: Window) -> int:
    """Of one image's gradient, spread over all taps."""
    return 4 * math.prod(window.count) * math.prod(task.inputs[1].shape[:3])


def _mirrored(task: Task, window: Window, plain: Array) -> Iterator[tuple[_Piece, list[Call]]]:
    grad, weight = task.inputs[:2]
    groups = task.attrs["groups"]
    kh, kw, cin, cout = weight.shape
    mirrored = task.scratch.take((kh, kw, cout // groups, cin * groups))
    turning: list[Call] = []
    for g in range(groups):
        source = weight[::-1, ::-1, :, g * (cout // groups) : (g + 1) * (cout // groups)]
        turning.append(Call(assign, (source.swapaxes(2, 3),), mirrored[..., g * cin : (g + 1) * cin]))
    padding = tuple(
        (extent - 1 - before, extent - 1 - after)
        for extent, (before, after) in zip(window.extent, window.padding, strict=True)
    )
    turned = replace(window, image=window.count, padding=(padding[0], padding[1]))
    for piece, more in _convolve(grad, mirrored, turned, groups, plain, task.scratch):
        yield piece, turning + more
        turning = []


def _folded(task: Task, window: Window, plain: Array) -> Iterator[tuple[_Piece, list[Call]]]:
    grad, weight = task.inputs[:2]
    groups = task.attrs["groups"]
    kh, kw, cin, cout = weight.shape
    filters, taps = cout // groups, kh * kw
    rows, width = window.count
    pieces = list(_whole_images(grad.shape[0], rows, FOLD_BYTES // _spread_bytes(task, window)))
    memory = task.scratch.take((taps, pieces[0].shape[0] * rows * width, cin))
    padded = task.scratch.take((pieces[0].shape[0], *window.padded, plain.shape[3]))
    turned = reshaped(weight, (taps, cin, cout)).swapaxes(1, 2)
    for piece in pieces:
        n = piece.shape[0]
        spread, folded = memory[:, : n * rows * width], padded[:n]
        calls = [Call(clear, (0.0,), folded)]
        slopes = reshaped(grad[piece.images], (n * rows * width, cout))
        for g in range(groups):
            channels = slice(g * filters, (g + 1) * filters)
            calls.append(Call(np.matmul, (slopes[:, channels], turned[:, channels]), spread))
            for (_, _, index), tap in zip(window.taps(), spread, strict=True):
                target = folded[index][..., g * cin : (g + 1) * cin]
                calls.append(Call(np.add, (target, reshaped(tap, (n, rows, width, cin))), target))
        whole = _Piece(piece.images, slice(0, plain.shape[1]))
        calls.append(Call(assign, (window.unpad(folded),), plain[piece.images]))
        yield whole, calls
