"""Depthwise convolution: nothing to multiply matrices with, so whole rows are multiplied and added tap by tap.

NumPy is fast on long runs of memory in the cache. Pictures are therefore copied, piece by piece, into planes: one for
each remainder of a position by the strides, with padding, each channel as often as it has filters. Seen there, every tap
is a box of neighbours at any stride, and the filters repeated along a row meet a whole row of it at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.devices.cpu.calls import Call, Scratch, assign, clear, reshaped
from engine.devices.cpu.unfolding import Piece, pieces
from engine.ops.windows import Lengths, Window
from engine.tensor.spec import Array

PIECE_BYTES = 128 * 1024  # of result; planes and products of the same size share the cache with it
REPEATED_BYTES = 1024 * 1024  # of filters repeated along a row


class _Planes:
    """Room for what the windows of one piece see, and where each tap finds it."""

    def __init__(self, window: Window, largest: Piece, channels: int, filters: int, scratch: Scratch) -> None:
        self.window = window
        self.channels = channels
        self.multiplier = filters // channels
        self.phases = sorted({self._phase(tap) for tap, _ in window.positions()})
        self._room = scratch.take((math.prod(self._shape(largest)),))

    def _shape(self, piece: Piece) -> tuple[int, ...]:
        w = self.window
        spans = ((n - 1) + -(-e // s) for n, e, s in zip(piece.shape[1:], w.extent, w.strides, strict=True))
        return (len(self.phases), piece.shape[0], *spans, self.channels, self.multiplier)

    def _phase(self, tap: Lengths) -> Lengths:
        """The remainders by the strides of where a tap looks: the plane it finds that on."""
        w = self.window
        return tuple(t * d % s for t, d, s in zip(tap, w.dilation, w.strides, strict=True))

    def of(self, piece: Piece) -> Array:
        """The planes (phases, images, lengths, channels, multiplier) of a piece."""
        shape = self._shape(piece)
        return reshaped(self._room[: math.prod(shape)], shape)

    def overlap(self, piece: Piece, phase: Lengths) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """Where a plane and the picture meet: index along the lengths of the plane, and of the picture."""
        w, spans = self.window, self._shape(piece)[2:-2]
        on_plane, on_picture = [], []
        for axis, (first, step) in enumerate(zip(phase, w.strides, strict=True)):
            start = piece.index[axis + 1].start * step - w.padding[axis][0] + first  # in the picture
            skip = max(0, -(start // step))
            stop = max(skip, min(spans[axis], -(-(w.image[axis] - start) // step)))
            on_plane.append(slice(skip, stop))
            on_picture.append(
                slice(start + skip * step, max(0, start + stop * step), step) if stop > skip else slice(0, 0)
            )
        return tuple(on_plane), tuple(on_picture)

    def load(self, images: Array, piece: Piece) -> list[Call]:
        """The calls that fill the planes."""
        planes = self.of(piece)
        calls: list[Call] = []
        for number, phase in enumerate(self.phases):
            inside, seen = self.overlap(piece, phase)
            source = images[(piece.index[0], *seen)]
            target = planes[number][(slice(None), *inside)]
            if target.size < planes[number].size:
                calls.append(Call(clear, (0.0,), planes[number]))
            calls += [Call(assign, (source,), target[..., m]) for m in range(self.multiplier)]
        return calls

    def store(self, images: Array, piece: Piece) -> list[Call]:
        """The calls that write what the planes hold into whole pictures, adding up the filters of a channel."""
        planes = self.of(piece)
        whole = images[piece.index[0]]
        calls: list[Call] = []
        covered = 0
        for number, phase in enumerate(self.phases):
            inside, seen = self.overlap(piece, phase)
            source, target = planes[number][(slice(None), *inside)], whole[(slice(None), *seen)]
            covered += target.size
            calls.append(Call(assign, (source[..., 0],), target))
            calls += [Call(np.add, (target, source[..., m]), target) for m in range(1, self.multiplier)]
        behind = [Call(clear, (0.0,), whole)] if covered < whole.size else []  # what no window reaches
        return behind + calls

    def tap(self, planes: Array, piece: Piece, tap: Lengths) -> Array:
        """What one tap sees in all windows of the piece: (images, window positions, filters)."""
        w = self.window
        starts = (t * d // s for t, d, s in zip(tap, w.dilation, w.strides, strict=True))
        box = tuple(slice(start, start + n) for start, n in zip(starts, piece.shape[1:], strict=True))
        seen = planes[self.phases.index(self._phase(tap))][(slice(None), *box)]
        return reshaped(seen, (*piece.shape, self.channels * self.multiplier))


class _Rows:
    """The filters of every tap, repeated so often that they meet a whole row of windows at once."""

    def __init__(self, window: Window, columns: int, filters: int, scratch: Scratch) -> None:
        taps = window.taps
        self.repeats = columns if 4 * taps * columns * filters <= REPEATED_BYTES else 1
        self.rows = scratch.take((taps, self.repeats, filters))

    def load(self, weight: Array, *, mirrored: bool = False) -> list[Call]:
        """The calls that repeat the filters."""
        flat = reshaped(weight, (weight.size // weight.shape[-1], 1, weight.shape[-1]))
        return [Call(assign, (flat[::-1] if mirrored else flat,), self.rows)]

    def of(self, tap: int, columns: int) -> Array:
        """The filters for so many windows in a row."""
        return self.rows[tap, : min(columns, self.repeats)]


def forward(
    images: Array, weight: Array, window: Window, plain: Array, scratch: Scratch, *, mirrored: bool = False
) -> Iterator[tuple[Piece, list[Call]]]:
    """The pieces of the result with the calls that make them; the weight may be read back to front."""
    filters = weight.shape[-1]
    parts = pieces(images.shape[0], window, 4 * filters, PIECE_BYTES)
    planes = _Planes(window, parts[0], images.shape[-1], filters, scratch)
    rows = _Rows(window, parts[0].shape[-1], filters, scratch)
    room = scratch.take((math.prod(parts[0].shape) * filters,))
    calls = rows.load(weight, mirrored=mirrored)
    for piece in parts:
        result = plain[piece.index]
        product = reshaped(room[: result.size], result.shape)
        calls += planes.load(images, piece)
        for number, (tap, _) in enumerate(window.positions()):
            seen = planes.tap(planes.of(piece), piece, tap)
            factors = rows.of(number, piece.shape[-1])
            calls.append(Call(np.multiply, (seen, factors), product if number else result))
            calls += [Call(np.add, (result, product), result)] if number else []
        yield piece, calls
        calls = []


def input_grad(
    grad: Array, weight: Array, window: Window, plain: Array, scratch: Scratch
) -> Iterator[tuple[Piece, list[Call]]]:
    """The gradient spread over the planes tap by tap; with unit strides, gathered by mirrored filters."""
    padding = tuple(
        (extent - 1 - before, extent - 1 - after)
        for extent, (before, after) in zip(window.extent, window.padding, strict=True)
    )
    fits = min(n for pair in padding for n in pair) >= 0
    if fits and set(window.strides) == {1} and weight.shape[-1] == plain.shape[-1]:
        turned = replace(window, image=window.count, padding=padding)
        yield from forward(grad, weight, turned, plain, scratch, mirrored=True)
        return
    filters = weight.shape[-1]
    step = max(1, PIECE_BYTES // max(1, grad[:1].nbytes))
    whole = tuple(slice(0, n) for n in window.count)
    parts = [Piece((slice(n, min(n + step, grad.shape[0])), *whole)) for n in range(0, grad.shape[0], step)]
    planes = _Planes(window, parts[0], plain.shape[-1], filters, scratch)
    rows = _Rows(window, window.count[-1], filters, scratch)
    room = scratch.take((math.prod(parts[0].shape) * filters,))
    calls = rows.load(weight)
    for piece in parts:
        slopes = grad[piece.index]
        product = reshaped(room[: slopes.size], slopes.shape)
        calls.append(Call(clear, (0.0,), planes.of(piece)))
        for number, (tap, _) in enumerate(window.positions()):
            into = planes.tap(planes.of(piece), piece, tap)
            calls.append(Call(np.multiply, (slopes, rows.of(number, piece.shape[-1])), product))
            calls.append(Call(np.add, (into, product), into))
        calls += planes.store(plain, piece)
        yield Piece((piece.index[0], *(slice(0, n) for n in window.image))), calls
        calls = []


def weight_grad(images: Array, grad: Array, window: Window, plain: Array, scratch: Scratch) -> list[Call]:
    """For each tap, the gradient times what the tap saw, added up row by row, then along the row."""
    filters = plain.shape[-1]
    parts = pieces(images.shape[0], window, 4 * filters, PIECE_BYTES)
    planes = _Planes(window, parts[0], images.shape[-1], filters, scratch)
    width = parts[0].shape[-1] * filters
    room = scratch.take((math.prod(parts[0].shape) * filters,))
    totals, partial = scratch.take((window.taps, width)), scratch.take((width,))
    ones = np.ones(math.prod(parts[0].shape[:-1]), np.float32)
    calls = [Call(clear, (0.0,), totals)]
    for piece in parts:
        slopes = grad[piece.index]
        lines, row = math.prod(piece.shape[:-1]), piece.shape[-1] * filters
        product = reshaped(room[: slopes.size], slopes.shape)
        calls += planes.load(images, piece)
        for number, (tap, _) in enumerate(window.positions()):
            total = totals[number, :row]
            calls.append(Call(np.multiply, (planes.tap(planes.of(piece), piece, tap), slopes), product))
            calls.append(Call(np.matmul, (ones[:lines], reshaped(product, (lines, row))), partial[:row]))
            calls.append(Call(np.add, (total, partial[:row]), total))
    return [*calls, _sum_columns(reshaped(totals, (window.taps, -1, filters)), plain)]


def _sum_columns(totals: Array, plain: Array) -> Call:
    def add_up(x: Array, out: Array) -> None:
        np.sum(x, axis=1, out=out)

    return Call(add_up, (totals,), reshaped(plain, (totals.shape[0], totals.shape[2])))
