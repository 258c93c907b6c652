"""Pooling tap by tap over pieces that stay in the cache; pictures that the windows tile are read in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from engine.devices.cpu.calls import Call, Chained, Task, assign, clear
from engine.ops.elementwise import add, equal, greater, maximum, mul
from engine.ops.op import Op
from engine.ops.pool import tap_counts, window_of
from engine.ops.windows import Window
from engine.program.fused import FusedBody, FusedStep
from engine.tensor.spec import Array

MOST_TAPS = 16  # in one chain
PIECE_BYTES = 512 * 1024  # of picture


def _pieces(images: Array) -> Iterator[slice]:
    step = max(1, PIECE_BYTES // max(1, images[:1].nbytes))
    for start in range(0, images.shape[0], step):
        yield slice(start, min(start + step, images.shape[0]))


def _is_tiled(window: Window) -> bool:
    """Whether every element of the picture lies in exactly one window."""
    tiles = tuple(n * k for n, k in zip(window.count, window.size, strict=True))
    return window.strides == window.size and not window.is_padded and tiles == window.image


def _room(task: Task, images: Array, window: Window) -> Array | None:
    """Working memory for one padded piece, if there is padding."""
    if not window.is_padded:
        return None
    first = next(_pieces(images))
    return task.scratch.take((first.stop, *window.padded, images.shape[-1]))


def _padded(images: Array, window: Window, room: Array | None, value: float) -> tuple[list[Call], Array]:
    if room is None:
        return [], images
    padded = room[: images.shape[0]]
    return [Call(clear, (value,), padded), Call(assign, (images,), window.unpad(padded))], padded


def _chain(ops: Sequence[Op], inputs: int) -> FusedBody:
    """All inputs folded one after the other."""
    steps = tuple(FusedStep(op, (k + 1, 0 if k == 0 else inputs + k - 1)) for k, op in enumerate(ops))
    return FusedBody(inputs, steps, (inputs + len(ops) - 1,), ())


def _fold_taps(task: Task, fill: float, combine: Callable[..., Any]) -> tuple[Window, list[Call]]:
    (images,), (out,) = task.inputs, task.outputs
    window = window_of(images.shape, task.attrs)
    lowering = task.scratch.lowering
    if lowering is not None and not window.is_padded and 1 < window.taps <= MOST_TAPS:
        taps = [images[index] for _, index in window.positions()]
        body = _chain([maximum if combine is np.maximum else add] * (len(taps) - 1), len(taps))
        if lowering.chain(body, taps, [out]) is not None:
            return window, [Call(Chained(body), tuple(taps), (out,))]
    room = _room(task, images, window)
    calls: list[Call] = []
    for piece in _pieces(images):
        more, padded = _padded(images[piece], window, room, fill)
        calls += more
        taps = [padded[index] for _, index in window.positions()]
        target = out[piece]
        calls.append(
            Call(assign, (taps[0],), target) if len(taps) == 1 else Call(combine, (taps[0], taps[1]), target)
        )
        calls += [Call(combine, (target, tap), target) for tap in taps[2:]]
    return window, calls


def max_pool_calls(task: Task) -> list[Call]:
    """The largest number of each window."""
    return _fold_taps(task, -np.inf, np.maximum)[1]


def avg_pool_calls(task: Task) -> list[Call]:
    """The mean of each window."""
    window, calls = _fold_taps(task, 0.0, np.add)
    share = (1.0 / tap_counts(window)).astype(np.float32)
    return [*calls, Call(np.multiply, (task.outputs[0], share), task.outputs[0])]


def _first_maximum(taps: int) -> FusedBody:
    """From the taps, their maximum and its gradient: the gradient of each tap."""
    inputs, steps, outputs, closed = taps + 2, [], [], -1
    pooled, grad = taps, taps + 1

    def step(op: Op, *args: int) -> int:
        steps.append(FusedStep(op, args))
        return inputs + len(steps) - 1

    for k in range(taps):
        found = step(equal, k, pooled)
        first = found if closed < 0 else step(greater, found, closed)
        closed = found if closed < 0 else step(maximum, closed, found)
        outputs.append(step(mul, grad, first))
    return FusedBody(inputs, tuple(steps), tuple(outputs), ())


def max_pool_grad_calls(task: Task) -> list[Call]:
    """The gradient of each window to the first maximum in it."""
    (images, pooled, grad), (out,) = task.inputs, task.outputs
    window = window_of(images.shape, task.attrs)
    lowering = task.scratch.lowering
    if lowering is not None and _is_tiled(window) and 1 < window.taps <= MOST_TAPS:
        indices = [index for _, index in window.positions()]
        operands = [*(images[i] for i in indices), pooled, grad]
        targets = [out[i] for i in indices]
        body = _first_maximum(len(indices))
        if lowering.chain(body, operands, targets) is not None:
            return [Call(Chained(body), tuple(operands), tuple(targets))]
    room = _room(task, images, window)
    first = next(_pieces(images)).stop
    tiled = _is_tiled(window)
    result = None if tiled else task.scratch.take((first, *window.padded, images.shape[-1]))
    found = task.scratch.take((first, *pooled.shape[1:]), np.bool_)
    closed = task.scratch.take((first, *pooled.shape[1:]), np.bool_)
    share = task.scratch.take((first, *pooled.shape[1:]))
    calls: list[Call] = []
    for piece in _pieces(images):
        n = piece.stop - piece.start
        more, padded = _padded(images[piece], window, room, -np.inf)
        target = out[piece] if result is None else result[:n]
        calls += more
        calls += [] if result is None else [Call(clear, (0.0,), target)]
        for k, (_, index) in enumerate(window.positions()):
            calls += [Call(np.equal, (padded[index], pooled[piece]), found[:n])]
            if k:
                calls += [Call(np.greater, (found[:n], closed[:n]), found[:n])]
                calls += [Call(np.logical_or, (closed[:n], found[:n]), closed[:n])]
            else:
                calls += [Call(assign, (found[:n],), closed[:n])]
            if tiled:
                calls += [Call(np.multiply, (grad[piece], found[:n]), target[index])]
            else:
                calls += [Call(np.multiply, (grad[piece], found[:n]), share[:n])]
                calls += [Call(np.add, (target[index], share[:n]), target[index])]
        calls += [] if tiled else [Call(assign, (window.unpad(target),), out[piece])]
    return calls


def avg_pool_grad_calls(task: Task) -> list[Call]:
    """The gradient of each window in equal shares to what it saw."""
    (grad,), (out,) = task.inputs, task.outputs
    window = window_of(out.shape, task.attrs)
    scale = (1.0 / tap_counts(window)).astype(np.float32)
    first = next(_pieces(out)).stop
    share = task.scratch.take((first, *grad.shape[1:]))
    result = task.scratch.take((first, *window.padded, out.shape[-1]))
    calls: list[Call] = []
    for piece in _pieces(out):
        n = piece.stop - piece.start
        calls += [Call(np.multiply, (grad[piece], scale), share[:n]), Call(clear, (0.0,), result[:n])]
        for _, index in window.positions():
            target = result[:n][index]
            calls.append(Call(np.add, (target, share[:n]), target))
        calls.append(Call(assign, (window.unpad(result[:n]),), out[piece]))
    return calls
