"""Convolution as matrix products over pieces whose unfolded pictures stay in the second-level cache."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.devices.cpu import depthwise
from engine.devices.cpu.calls import (
    Call,
    Lane,
    Prepared,
    Scratch,
    Task,
    accumulate,
    assign,
    clear,
    lanes_of,
    part_of,
    reshaped,
    together,
)
from engine.devices.cpu.products import epilogue_calls, plain_result
from engine.devices.cpu.tiles import Tiled, TiledGradient
from engine.devices.cpu.unfolding import Piece, Unfolding, rows
from engine.ops.conv import is_depthwise, window_of
from engine.ops.windows import Window
from engine.program.fused import FusedBody
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.devices.cpu.native.totals import Summing

PIECE_BYTES = 768 * 1024  # of unfolded picture; leaves room for filters and results in 2 MiB of cache
FOLD_BYTES = 3 * 1024 * 1024  # of gradient spread over the taps; its products gain from more rows
SPREAD_BYTES = 1024 * 1024  # the same for machine code, which gains nothing from more rows
GROUP_CHANNELS = 16  # groups of fewer channels are joined: zeros cost less than many small products

Part = tuple[Piece, list[Call]]
Parts = Iterable[Part]


@dataclass(frozen=True)
class _Filters:
    """Filters with small groups joined: `weight` has zeros where a filter does not see a channel."""

    weight: Array
    groups: int
    diagonal: Array | None  # the part of `weight` that the original fills, or None where they are the same

    @classmethod
    def of(cls, original: Array, groups: int, scratch: Scratch) -> _Filters:
        joined = _joined(groups, original.shape[-2])
        if joined == 1:
            return cls(original, groups, None)
        *size, channels, filters = original.shape
        left, each = groups // joined, filters // groups
        weight = scratch.take((*size, joined * channels, filters))
        blocks = reshaped(weight, (math.prod(size), joined, channels, left, joined, each))
        tap, row, channel, group, block, last = blocks.strides
        diagonal = as_strided(
            blocks,
            (math.prod(size), channels, left, joined, each),
            (tap, channel, group, row + block, last),
        )
        return cls(weight, left, diagonal)

    def _as_stored(self, original: Array) -> Array:
        assert self.diagonal is not None
        return reshaped(original, self.diagonal.shape)

    def load(self, original: Array) -> list[Call]:
        """The calls that fill `weight` from the original."""
        if self.diagonal is None:
            return []
        return [Call(clear, (0.0,), self.weight), Call(assign, (self._as_stored(original),), self.diagonal)]

    def store(self, original: Array) -> list[Call]:
        """The calls that write the original from `weight`."""
        if self.diagonal is None:
            return []
        return [Call(assign, (self.diagonal,), self._as_stored(original))]

    def matrix(self, group: int) -> Array:
        """Filters of one group as (taps x channels, filters)."""
        return rows(self.weight)[:, self.outputs(group)]

    def outputs(self, group: int) -> slice:
        """Output channels of a group."""
        filters = self.weight.shape[-1] // self.groups
        return slice(group * filters, (group + 1) * filters)


def _joined(groups: int, channels: int) -> int:
    """How many groups of so many channels are handled as one."""
    return next(
        n for n in range(1, groups + 1) if groups % n == 0 and (n * channels >= GROUP_CHANNELS or n == groups)
    )


def _convolve(  # the forward pass, and the gradient with unit strides
    images: Array, filters: _Filters, window: Window, plain: Array, scratch: Scratch, lane: Lane
) -> Iterator[Part]:
    if _needs_no_unfolding(images, filters, window, scratch):
        yield from _convolve_directly(images, filters.weight, window, plain, scratch, lane)
        return
    unfolding = Unfolding(images, window, filters.groups, scratch, PIECE_BYTES)
    for piece in lane.of(unfolding.pieces):
        calls, padded = ([], images) if unfolding.direct else unfolding.pad(piece)
        result = rows(plain[piece.index])
        for g in range(filters.groups):
            more, columns = unfolding.columns(padded, piece, g)
            calls += [*more, Call(np.matmul, (columns, filters.matrix(g)), result[:, filters.outputs(g)])]
        yield piece, calls


def _needs_no_unfolding(images: Array, filters: _Filters, window: Window, scratch: Scratch) -> bool:
    lowering = scratch.lowering
    if lowering is None or filters.groups > 1 or window.taps == 1:
        return False
    return lowering.convolves(window, images.shape[-1], filters.weight.shape[-1])


def _convolve_directly(
    images: Array, weight: Array, window: Window, plain: Array, scratch: Scratch, lane: Lane
) -> Iterator[Part]:
    assert scratch.lowering is not None
    unfolding = Unfolding(images, window, 1, scratch, PIECE_BYTES, weight.shape[-1])
    for piece in lane.of(unfolding.pieces):
        calls, seen = unfolding.pad(piece)
        entry = scratch.lowering.convolution(seen, weight, plain[piece.index], window)
        yield piece, [*calls, Call(Prepared([entry]), ())]


def with_epilogue(task: Task, parts: Parts, plain: Array) -> list[Call]:
    """The calls of all pieces, each followed by the node's epilogue on it while it is in the cache."""
    body: FusedBody | None = task.attrs.get("epilogue")
    result: list[Call] = []
    for piece, calls in parts:
        operands = [part_of(a, plain.shape, piece.index) for a in task.inputs[2:]]
        outputs = [a[piece.index] for a in task.outputs]
        with task.scratch.inner():
            after = epilogue_calls(body, plain[piece.index], operands, outputs, task.scratch)
        result += [*calls, *after]
    return result


def _in_lanes(task: Task, parts: Callable[[Lane], Parts], plain: Array) -> list[Call]:
    """The pieces of all lanes, each lane with working memory of its own, and the sums of the result."""
    every = [list(parts(lane)) for lane in lanes_of(task.scratch)]
    if not task.totals:
        lists = [with_epilogue(task, found, plain) for found in every]
        return together([calls for calls in lists if calls])
    assert task.scratch.lowering is not None
    summing = task.scratch.lowering.summing(task, sum(map(len, every)))
    numbers = itertools.count()
    lists = [
        [c for part in found for c in _summed(task, part, plain, summing, next(numbers))] for found in every
    ]
    return [*together([calls for calls in lists if calls]), *summing.finish()]


def _summed(task: Task, part: Part, plain: Array, summing: Summing, number: int) -> list[Call]:
    """A piece with its epilogue and its sums."""
    piece, calls = part
    operands = [plain[piece.index], *(part_of(a, plain.shape, piece.index) for a in task.inputs[2:])]
    return [*calls, summing.piece(number, operands, [a[piece.index] for a in task.outputs])]


def conv_calls(task: Task) -> list[Call]:
    """Convolution."""
    (images, weight), groups = task.inputs[:2], task.attrs["groups"]
    window = window_of(images.shape, weight.shape, task.attrs)
    plain = plain_result(task)
    if is_depthwise(images.shape, groups):
        return with_epilogue(task, depthwise.forward(images, weight, window, plain, task.scratch), plain)
    filters = _Filters.of(weight, groups, task.scratch)
    return filters.load(weight) + _convolved(task, images, filters, window, plain)


def _convolved(task: Task, images: Array, filters: _Filters, window: Window, plain: Array) -> list[Call]:
    """By tiles where they are worth it, else by what a window sees."""
    scratch = task.scratch
    tiled = None if filters.groups > 1 else Tiled.of(images, filters.weight, window, scratch)
    if tiled is not None:
        return tiled.filling() + _in_lanes(task, lambda lane: tiled.parts(plain, scratch, lane), plain)
    return _in_lanes(task, lambda lane: _convolve(images, filters, window, plain, scratch, lane), plain)


def conv_weight_grad_calls(task: Task) -> list[Call]:
    """Sum over pieces of columns transposed times gradient."""
    (images, grad), plain = task.inputs[:2], plain_result(task)
    groups, body = task.attrs["groups"], task.attrs.get("epilogue")
    window = window_of(images.shape, plain.shape, task.attrs)
    if is_depthwise(images.shape, groups):
        calls = depthwise.weight_grad(images, grad, window, plain, task.scratch)
    else:
        filters = _Filters.of(plain, groups, task.scratch)
        calls = [*_correlate(images, grad, window, filters, task.scratch), *filters.store(plain)]
    return calls + epilogue_calls(body, plain, task.inputs[2:], task.outputs, task.scratch)


def _correlate(images: Array, grad: Array, window: Window, filters: _Filters, scratch: Scratch) -> list[Call]:
    """Each lane adds up its pieces; the sums of the lanes are added up in their order."""
    sums: list[_Filters] = []
    lists: list[list[Call]] = []
    partial = scratch.take(filters.matrix(0).shape)  # of the one lane there is without machine code
    tiled = None if filters.groups > 1 else TiledGradient.of(images, grad, window, scratch)
    for lane in lanes_of(scratch):
        total = filters if not sums else replace(filters, weight=scratch.take(filters.weight.shape))
        if tiled is not None:
            calls = tiled.calls(total.weight, scratch, lane)
        elif _needs_no_unfolding(images, filters, window, scratch):
            calls = _correlated_directly(images, grad, window, total.weight, scratch, lane)
        else:
            unfolding = Unfolding(images, window, filters.groups, scratch, PIECE_BYTES)
            calls = [*_correlated(unfolding, lane, grad, total, partial)]
        if calls:
            sums.append(total)
            lists.append(calls)
    return [
        *together(lists),
        *(Call(np.add, (filters.weight, total.weight), filters.weight) for total in sums[1:]),
    ]


def _correlated_directly(
    images: Array, grad: Array, window: Window, weight: Array, scratch: Scratch, lane: Lane
) -> list[Call]:
    assert scratch.lowering is not None
    unfolding = Unfolding(images, window, 1, scratch, PIECE_BYTES, weight.shape[-1])
    mine = lane.of(unfolding.pieces)
    alone = len(unfolding.pieces) == 1  # then there is a single list, whose tasks all threads share
    calls = [Call(clear, (0.0,), weight)] if mine else []
    for piece in mine:
        more, seen = unfolding.pad(piece)
        slopes = grad[piece.index]
        entry = scratch.lowering.convolution(seen, weight, slopes, window, gradient=True, shared=alone)
        calls += [*more, Call(Prepared([entry]), ())]
    return calls


def _correlated(
    unfolding: Unfolding, lane: Lane, grad: Array, filters: _Filters, partial: Array
) -> Iterator[Call]:
    mine = lane.of(unfolding.pieces)
    for piece in mine:
        calls, padded = ([], unfolding.images) if unfolding.direct else unfolding.pad(piece)
        yield from calls
        slopes = rows(grad[piece.index])
        for g in range(filters.groups):
            more, columns = unfolding.columns(padded, piece, g)
            yield from more
            target, right = filters.matrix(g), slopes[:, filters.outputs(g)]
            if piece is mine[0]:
                yield Call(np.matmul, (columns.T, right), target)
            else:
                yield Call(accumulate, (columns.T, right, partial), target)


def conv_input_grad_calls(task: Task) -> list[Call]:
    """The gradient spread over the taps and folded back; for large pictures, convolved with mirrored filters."""
    plain = plain_result(task)
    (grad, weight), groups = task.inputs[:2], task.attrs["groups"]
    window = window_of(plain.shape, weight.shape, task.attrs)
    if is_depthwise(plain.shape, groups):
        return with_epilogue(task, depthwise.input_grad(grad, weight, window, plain, task.scratch), plain)
    filters = _Filters.of(weight, groups, task.scratch)
    fits = all(max(p) < e for p, e in zip(window.padding, window.extent, strict=True))
    large = _spread_bytes(window, filters) > FOLD_BYTES
    small = fits and set(window.strides) == {1}
    direct = (
        task.scratch.lowering is not None
        and groups == 1
        and task.scratch.lowering.convolves(mirror(window), grad.shape[-1], plain.shape[-1])
    )
    if small and (large or (direct and window.taps > 1)):
        turning, turned = _mirrored(filters, task.scratch)
        return [*filters.load(weight), *turning, *_convolved(task, grad, turned, mirror(window), plain)]
    fold = _folded if task.scratch.lowering is None or large else _folded_at_once
    return filters.load(weight) + _in_lanes(
        task, lambda lane: fold(grad, filters, window, plain, task.scratch, lane), plain
    )


def _spread_bytes(window: Window, filters: _Filters) -> int:
    """Of one image's gradient in one group, spread over all taps."""
    return 4 * math.prod(window.count) * math.prod(filters.weight.shape[:-1])


def mirror(window: Window) -> Window:
    """The windows on the results (unit strides) that gather what the windows on the picture spread."""
    padding = tuple(
        (extent - 1 - before, extent - 1 - after)
        for extent, (before, after) in zip(window.extent, window.padding, strict=True)
    )
    return replace(window, image=window.count, padding=padding)


def _mirrored(filters: _Filters, scratch: Scratch) -> tuple[list[Call], _Filters]:
    """The filters back to front, with inputs and outputs exchanged, and the calls that make them."""
    *size, cin, cout = filters.weight.shape
    groups = filters.groups
    turned = _Filters(scratch.take((*size, cout // groups, cin * groups)), groups, None)
    source = filters.weight[(slice(None, None, -1),) * len(size)]
    turning = [
        Call(
            assign, (source[..., filters.outputs(g)].swapaxes(-1, -2),), turned.weight[..., turned.outputs(g)]
        )
        for g in range(groups)
    ]
    return turning, turned


def _folded(
    grad: Array, filters: _Filters, window: Window, plain: Array, scratch: Scratch, lane: Lane
) -> Iterator[Part]:
    cin, cout = filters.weight.shape[-2:]
    positions = list(window.positions())
    per_image = _spread_bytes(window, filters)
    together = max(1, min(len(positions), FOLD_BYTES * len(positions) // per_image))  # taps in one product
    step = max(1, FOLD_BYTES // per_image)
    first = min(step, grad.shape[0])
    count = math.prod(window.count)
    memory = scratch.take((together, first * count, cin))
    padded = scratch.take((first, *window.padded, plain.shape[-1]))
    turned = reshaped(filters.weight, (len(positions), cin, cout)).swapaxes(1, 2)
    for start in lane.of(range(0, grad.shape[0], step)):
        images = slice(start, min(start + step, grad.shape[0]))
        n = images.stop - images.start
        folded = padded[:n]
        calls = [Call(clear, (0.0,), folded)]
        slopes = rows(grad[images])
        for g in range(filters.groups):
            into = folded[..., g * cin : (g + 1) * cin]
            for k in range(0, len(positions), together):
                spread = memory[: min(together, len(positions) - k), : n * count]
                factors = turned[k : k + together, filters.outputs(g)]
                left = slopes[:, filters.outputs(g)]
                calls += [Call(np.matmul, (left, f), s) for f, s in zip(factors, spread, strict=True)]
                for (_, index), tap in zip(positions[k : k + together], spread, strict=True):
                    seen = reshaped(tap, (n, *window.count, cin))
                    calls.append(Call(np.add, (into[index], seen), into[index]))
        calls.append(Call(assign, (window.unpad(folded),), plain[images]))
        yield Piece((images, *(slice(0, m) for m in window.image))), calls


def _folded_at_once(
    grad: Array, filters: _Filters, window: Window, plain: Array, scratch: Scratch, lane: Lane
) -> Iterator[Part]:
    """As `_folded`, with one product for all taps: machine code adds short rows as fast as long ones."""
    cin = filters.weight.shape[-2]
    step = max(1, SPREAD_BYTES // _spread_bytes(window, filters))
    first, count = min(step, grad.shape[0]), math.prod(window.count)
    memory = scratch.take((first * count, window.taps * cin))
    padded = scratch.take((first, *window.padded, plain.shape[-1]))
    for start in lane.of(range(0, grad.shape[0], step)):
        images = slice(start, min(start + step, grad.shape[0]))
        n = images.stop - images.start
        folded, spread = padded[:n], memory[: n * count]
        calls = [Call(clear, (0.0,), folded)]
        for g in range(filters.groups):
            into = folded[..., g * cin : (g + 1) * cin]
            left = rows(grad[images])[:, filters.outputs(g)]
            calls.append(Call(np.matmul, (left, filters.matrix(g).T), spread))
            taps = reshaped(spread, (n, *window.count, window.taps, cin))
            for k, (_, index) in enumerate(window.positions()):
                calls.append(Call(np.add, (into[index], taps[..., k, :]), into[index]))
        calls.append(Call(assign, (window.unpad(folded),), plain[images]))
        yield Piece((images, *(slice(0, m) for m in window.image))), calls
