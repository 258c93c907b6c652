"""Operators that move windows: convolution and pooling, channels first as the file has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.exchange.onnx.calls import Call, as_int, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operations import o
from engine.ops.arrangement import part
from engine.ops.conv import conv as conv_op
from engine.ops.conv import conv_input_grad
from engine.ops.op import Tensor
from engine.ops.pool import avg_pool
from engine.ops.pool import max_pool as max_pool_op

Pairs = tuple[tuple[int, int], ...]
_LOWEST = -3.4e38
LONGEST = 1 << 20  # of a window, a stride, or a padding


def last(x: Tensor) -> Tensor:
    """(batch, channels, lengths..) with the channels last."""
    return o.transpose(x, (0, *range(2, x.spec.rank), 1))


def first(x: Tensor) -> Tensor:
    """(batch, lengths.., channels) with the channels first."""
    return o.transpose(x, (0, x.spec.rank - 1, *range(1, x.spec.rank - 1)))


def numbers(value: Any, count: int, default: int) -> tuple[int, ...]:
    """So many whole numbers."""
    return (default,) * count if value is None else tuple(int(v) for v in value)


def padding(call: Call, lengths: tuple[int, ...], span: tuple[int, ...], strides: tuple[int, ...]) -> Pairs:
    """Before and after each length."""
    auto, rank = call.get("auto_pad", "NOTSET"), len(lengths)
    if auto == "VALID":
        return ((0, 0),) * rank
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        total = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(lengths, span, strides, strict=True)]
        halves = [(t // 2, t - t // 2) for t in total]
        return tuple(h if auto == "SAME_UPPER" else h[::-1] for h in halves)
    pads = numbers(call.get("pads"), 2 * rank, 0)
    if min(pads, default=0) < 0 or len(pads) != 2 * rank:
        raise RefusedError("its padding is below zero")
    return tuple(zip(pads[:rank], pads[rank:], strict=True))


@operator("Conv")
def _conv(call: Call) -> Tensor:
    x, weight = last(call.f(0)), call.f(1)
    rank = x.spec.rank - 2
    strides = numbers(call.get("strides"), rank, 1)
    dilation = numbers(call.get("dilations"), rank, 1)
    span = tuple((k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation, strict=True))
    pairs = padding(call, x.shape[1:-1], span, strides)
    turned = o.transpose(weight, (*range(2, rank + 2), 1, 0))
    groups = int(call.get("group", 1))
    y = conv_op(x, turned, strides=strides, padding=pairs, dilation=dilation, groups=groups)
    return first(y + call.f(2) if call.has(2) else y)


@operator("ConvTranspose")
def _conv_transpose(call: Call) -> Tensor:
    """The gradient of a convolution by its input, with what the padding cuts off cut off."""
    x, weight, groups = last(call.f(0)), call.f(1), int(call.get("group", 1))
    rank = x.spec.rank - 2
    strides = numbers(call.get("strides"), rank, 1)
    dilation = numbers(call.get("dilations"), rank, 1)
    added = numbers(call.get("output_padding"), rank, 0)
    span = tuple((k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation, strict=True))
    full = tuple((n - 1) * s + k for n, s, k in zip(x.shape[1:-1], strides, span, strict=True))
    pads = _cut_off(call, x.shape[1:-1], full, strides, added)
    filters = weight.shape[1]
    parts = []
    for g in range(groups):
        channels = x.shape[-1] // groups
        own = part(x, -1, g * channels, (g + 1) * channels) if groups > 1 else x
        chosen = part(weight, 0, g * channels, (g + 1) * channels) if groups > 1 else weight
        parts.append(
            conv_input_grad(
                own,
                o.transpose(chosen, (*range(2, rank + 2), 1, 0)),
                input_shape=(x.shape[0], *full, filters),
                strides=strides,
                padding=((0, 0),) * rank,
                dilation=dilation,
                groups=1,
            )
        )
    y = o.concatenate(parts, -1) if groups > 1 else parts[0]
    for k, ((before, after), n, more) in enumerate(zip(pads, full, added, strict=True), start=1):
        end = n + more - after
        if end > n:
            pairs = [(0, 0)] * (rank + 2)
            pairs[k] = (0, end - n)
            y = o.pad(y, pairs)
        y = part(y, k, before, end)
    return first(y + call.f(2) if call.has(2) else y)


def _cut_off(
    call: Call,
    lengths: tuple[int, ...],
    full: tuple[int, ...],
    strides: tuple[int, ...],
    added: tuple[int, ...],
) -> Pairs:
    auto, wanted, rank = call.get("auto_pad", "NOTSET"), call.get("output_shape"), len(full)
    if wanted is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = tuple(n * s for n, s in zip(lengths, strides, strict=True))
    if wanted is None:
        pads = numbers(call.get("pads"), 2 * rank, 0) if auto != "VALID" else (0,) * 2 * rank
        return tuple(zip(pads[:rank], pads[rank:], strict=True))
    totals = [f + a - int(w) for f, a, w in zip(full, added, wanted[-rank:], strict=True)]
    if auto == "SAME_UPPER":
        return tuple((t // 2, t - t // 2) for t in totals)
    return tuple((t - t // 2, t // 2) for t in totals)


# -- pooling -------------------------------------------------------------------------------------------------------
def _pool_windows(call: Call, lengths: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    rank = len(lengths)
    kernel = numbers(call.get("kernel_shape"), rank, 1)
    return kernel, numbers(call.get("strides"), rank, 1), numbers(call.get("dilations"), rank, 1)


def _reaching(call: Call, lengths: tuple[int, ...]) -> tuple[Pairs, Pairs, list[Any]]:
    """The padding, the same with what a ceiling adds at the ends, and for each length what its windows see."""
    kernel, strides, dilation = _pool_windows(call, lengths)
    if max((*kernel, *strides, *dilation, *call.get("pads", ())), default=0) > LONGEST or min(strides) < 1:
        raise RefusedError("its windows are larger than any input")
    span = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    pairs = padding(call, lengths, span, strides)
    wide, seen = [], []
    for n, k, s, d, w, (before, after) in zip(lengths, kernel, strides, dilation, span, pairs, strict=True):
        room = n + before + after - w
        count = room // s + 1
        if call.get("ceil_mode", 0) and room % s and count * s < n + before:  # the last one begins within
            count += 1
        seen.append((np.arange(count) * s)[:, np.newaxis] + np.arange(k) * d)
        wide.append((before, max(after, (count - 1) * s + w - n - before)))
    return pairs, tuple(wide), seen


def windowed(call: Call, x: Tensor, pairs: Pairs, seen: list[Any], filling: float) -> Tensor:
    """All that the windows see, side by side: (batch, windows · size .., channels)."""
    y = o.pad(x, [(0, 0), *pairs, (0, 0)], "constant", filling) if any(map(any, pairs)) else x
    for k, places in enumerate(seen, start=1):
        flat = places.reshape(-1)
        if not np.array_equal(flat, np.arange(y.shape[k])):
            y = o.gather(y, call.constant(flat.astype(np.int64)), k)
    return y


def _simple(call: Call, lengths: tuple[int, ...]) -> bool:
    return not call.get("ceil_mode", 0) and max(_pool_windows(call, lengths)[2], default=1) == 1


@operator("MaxPool", kind=lambda call: (call.kind(), "int"))
def _max_pool(call: Call) -> list[Tensor]:
    x = last(call.f())
    pairs, wide, seen = _reaching(call, x.shape[1:-1])
    size = tuple(p.shape[1] for p in seen)
    rank = len(size)
    if any(call.wanted[1:]):
        return _with_places(call, x, wide, seen)
    if _simple(call, x.shape[1:-1]) and rank <= 3:
        _, strides, _ = _pool_windows(call, x.shape[1:-1])
        y = o.pad(x, [(0, 0), *pairs, (0, 0)], "constant", _LOWEST) if any(map(any, pairs)) else x
        y = max_pool_op(y, size=size, strides=strides, padding=((0, 0),) * rank)
    else:
        y = windowed(call, x, wide, seen, _LOWEST)
        y = max_pool_op(y, size=size, strides=size, padding=((0, 0),) * rank)
    y = first(y)
    return [as_int(y) if call.kind() == "int" else y]


def _with_places(call: Call, x: Tensor, wide: Pairs, seen: list[Any]) -> list[Tensor]:
    """The maxima and their places in the whole input, counted as the file lays it out."""
    lengths, (batch, channels) = x.shape[1:-1], (x.shape[0], x.shape[-1])
    own = [np.clip(p - w[0], 0, n - 1) for p, w, n in zip(seen, wide, lengths, strict=True)]
    counts, sizes = [p.shape[0] for p in seen], [p.shape[1] for p in seen]
    rank = len(seen)
    flat = np.zeros([k for p in zip(counts, sizes, strict=True) for k in p], np.int64)
    stride = 1
    order = call.get("storage_order", 0)
    for k in range(rank) if order else reversed(range(rank)):
        shape = [1] * 2 * rank
        shape[2 * k], shape[2 * k + 1] = counts[k], sizes[k]
        flat = flat + own[k].reshape(shape) * stride
        stride *= lengths[k]
    perm = (*range(0, 2 * rank, 2), *range(1, 2 * rank, 2))
    table = flat.transpose(perm).reshape(*counts, math.prod(sizes))
    y = windowed(call, x, wide, seen, _LOWEST)
    y = o.reshape(y, (batch, *(k for p in zip(counts, sizes, strict=True) for k in p), channels))
    y = o.transpose(y, (0, 2 * rank + 1, *(p + 1 for p in perm)))
    y = o.reshape(y, (batch, channels, *counts, math.prod(sizes)))
    place = o.argmax(y, -1)
    chosen = o.sum(o.one_hot(place, math.prod(sizes)) * call.constant(table.astype(np.float32)), -1)
    offsets = np.arange(batch * channels).reshape(batch, channels, *(1,) * rank) * stride
    places = as_int(chosen + call.constant(offsets.astype(np.float32)))
    best = o.max(y, -1)
    return [as_int(best) if call.kind() == "int" else best, places]


@operator("AveragePool", "LpPool")
def _average_pool(call: Call) -> Tensor:
    x = last(call.f())
    pairs, wide, seen = _reaching(call, x.shape[1:-1])
    size = tuple(p.shape[1] for p in seen)
    power = float(call.get("p", 2)) if call.op == "LpPool" else 0.0
    if power:
        x = o.power(o.absolute(x), power) if power != 2.0 else o.square(x)
    y = avg_pool(windowed(call, x, wide, seen, 0.0), size=size, strides=size, padding=((0, 0),) * len(size))
    if power:
        total = y * float(math.prod(size))
        return first(o.power(total, 1.0 / power) if power != 2.0 else o.sqrt(total))
    counts = _counted(call, x.shape[1:-1], pairs, wide, seen)
    share = math.prod(size) / np.maximum(counts, 1)
    return first(y if np.all(share == 1.0) else y * call.constant(share.astype(np.float32)[..., np.newaxis]))


def _counted(call: Call, lengths: tuple[int, ...], pairs: Pairs, wide: Pairs, seen: list[Any]) -> Any:
    """How many numbers of each window count."""
    counts: Any = np.ones(())
    for n, pair, w, places in zip(lengths, pairs, wide, seen, strict=True):
        own = places - w[0]
        low, high = (-pair[0], n + pair[1]) if call.get("count_include_pad", 0) else (0, n)
        counts = np.multiply.outer(counts, ((own >= low) & (own < high)).sum(axis=1))
    return counts


@operator("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def _global_pool(call: Call) -> Tensor:
    x = call.f()
    axes = tuple(range(2, x.spec.rank))
    if call.op == "GlobalLpPool":
        y: Tensor = o.norm(x, axes, ord=float(call.get("p", 2)), keepdims=True)
    elif call.op == "GlobalMaxPool":
        y = o.max(x, axes, keepdims=True)
    else:
        y = o.mean(x, axes, keepdims=True)
    return y
