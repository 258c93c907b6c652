"""Convolutions and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.matching.picks import folded
from engine.exchange.onnx.steps import Step, channels_last, from_channels_last, match, numbers
from engine.exchange.onnx.wires import Wired
from engine.layers.base import Layer
from engine.layers.op import Op
from engine.layers.registry import layers
from engine.layers.relu import ReLU
from engine.layers.relu6 import ReLU6

Pairs = tuple[tuple[int, int], ...]


def _layer(stem: str, rank: int, settings: dict[str, Any]) -> Layer:
    kind = layers().get(f"{stem}{rank}D")
    if kind is None:
        raise RefusedError(f"there is no {stem} of {rank} dimensions here")
    try:
        return kind.model_validate(settings)
    except ValueError as error:
        raise RefusedError("its settings are not those of our layer") from error


def _sizes(values: tuple[int, ...]) -> int | tuple[int, ...]:
    return values[0] if len(values) == 1 else values


def padding_of(
    step: Step, lengths: tuple[int, ...], span: tuple[int, ...], strides: tuple[int, ...]
) -> tuple[str, Pairs]:
    """How our layers say the padding ("valid", "same", "causal" or ""), and before and after each length."""
    auto, rank = step.get("auto_pad", "NOTSET"), len(lengths)
    same = tuple(_same(n, k, s) for n, k, s in zip(lengths, span, strides, strict=True))
    if auto == "VALID":
        pairs: Pairs = ((0, 0),) * rank
    elif auto in ("SAME_UPPER", "SAME_LOWER"):
        pairs = same if auto == "SAME_UPPER" else tuple((b, a) for a, b in same)
    else:
        pads = numbers(step.get("pads", (0,) * 2 * rank))
        if len(pads) != 2 * rank or min(pads) < 0:
            raise RefusedError("its padding is not what our layers can do")
        pairs = tuple(zip(pads[:rank], pads[rank:], strict=True))
    if not any(map(any, pairs)):
        return "valid", pairs
    if pairs == same:
        return "same", pairs
    if rank == 1 and pairs == ((span[0] - 1, 0),):
        return "causal", pairs
    return "", pairs


def _same(length: int, span: int, stride: int) -> tuple[int, int]:
    total = max((-(-length // stride) - 1) * stride + span - length, 0)
    return total // 2, total - total // 2


def _padded(step: Step, x: Wired, pairs: Pairs) -> Wired:
    """Zeros around, as a layer of its own."""
    rank = len(pairs)
    amount: Any = pairs[0] if rank == 1 else pairs
    layer = _layer("ZeroPadding", rank, {"padding": amount})
    end = step.put(layer, x.end, name=f"{step.node.name} pad")
    lengths = [n + sum(p) for n, p in zip(x.wire[:-1], pairs, strict=True)]
    return from_channels_last(end, lengths, x.wire[-1])


def _windows(step: Step, x: Wired, kernel: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    rank = x.rank - 2
    strides = numbers(step.get("strides", (1,) * rank))
    dilation = numbers(step.get("dilations", (1,) * rank))
    if not len(kernel) == len(strides) == len(dilation) == rank:
        raise RefusedError("its windows have another number of lengths than its input")
    span = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    return strides, dilation, span


def _counts(x: Wired, span: tuple[int, ...], strides: tuple[int, ...], pairs: Pairs) -> list[int]:
    lengths = zip(x.wire[:-1], span, strides, pairs, strict=True)
    return [(n + sum(p) - k) // s + 1 for n, k, s, p in lengths]


@match("Conv")
def conv(step: Step) -> Wired:
    """Conv1D to 3D, or DepthwiseConv where every channel is a group."""
    x, weight = channels_last(step, step.wire(0)), step.known(1)
    kernel, groups, filters = weight.shape[2:], int(step.get("group", 1)), weight.shape[0]
    strides, dilation, span = _windows(step, x, kernel)
    how, pairs = padding_of(step, x.wire[:-1], span, strides)
    counts = _counts(x, span, strides, pairs)
    rank, channels = x.rank - 2, x.wire[-1]
    depthwise = groups == channels > 1 and rank < 3 and filters % groups == 0
    if how == "causal" and depthwise:
        how = ""
    if not how:
        x, how = _padded(step, x, pairs), "valid"
    settings: dict[str, Any] = {
        "kernel_size": _sizes(kernel),
        "strides": _sizes(strides),
        "dilation_rate": _sizes(dilation),
        "padding": how,
        "use_bias": step.has(2),
    }
    turned = weight.transpose(*range(2, rank + 2), 1, 0)
    if depthwise:
        settings["depth_multiplier"] = filters // groups
        turned = turned.reshape(*kernel, groups, filters // groups)
        layer = _layer("DepthwiseConv", rank, settings)
    else:
        layer = _layer("Conv", rank, {**settings, "filters": filters, "groups": groups})
    weights = {"weight": turned, **({"bias": step.known(2)} if step.has(2) else {})}
    return from_channels_last(step.put(layer, x.end, weights=weights), counts, filters)


@match("ConvTranspose")
def conv_transpose(step: Step) -> Wired:
    """Conv1DTranspose to 3D, with what the padding cuts off cropped behind it."""
    x, weight = channels_last(step, step.wire(0)), step.known(1)
    kernel, rank, filters = weight.shape[2:], x.rank - 2, weight.shape[1]
    if int(step.get("group", 1)) != 1:
        raise RefusedError("transposed convolutions in groups are no layer here")
    strides, dilation, span = _windows(step, x, kernel)
    full = [(n - 1) * s + k for n, s, k in zip(x.wire[:-1], strides, span, strict=True)]
    extra, cut = _transposed_ends(step, x, full, strides)
    settings = {
        "filters": filters,
        "kernel_size": _sizes(kernel),
        "strides": _sizes(strides),
        "dilation_rate": _sizes(dilation),
        "padding": "valid",
        "output_padding": _sizes(extra),
        "use_bias": step.has(2),
    }
    layer = _transpose_layer(rank, settings)
    weights = {"weight": weight.transpose(*range(2, rank + 2), 1, 0)}
    if step.has(2):
        weights["bias"] = step.known(2)
    end = step.put(layer, x.end, weights=weights)
    counts = [n + e for n, e in zip(full, extra, strict=True)]
    if any(map(any, cut)):
        amount: Any = cut[0] if rank == 1 else cut
        crop = _layer("Cropping", rank, {"cropping": amount})
        end = step.put(crop, end, name=f"{step.node.name} crop")
        counts = [n - sum(c) for n, c in zip(counts, cut, strict=True)]
    return from_channels_last(end, counts, filters)


def _transpose_layer(rank: int, settings: dict[str, Any]) -> Layer:
    try:
        return layers()[f"Conv{rank}DTranspose"].model_validate(settings)
    except (ValueError, KeyError) as error:
        raise RefusedError("its settings are not those of our layer") from error


def _transposed_ends(
    step: Step, x: Wired, full: list[int], strides: tuple[int, ...]
) -> tuple[tuple[int, ...], Pairs]:
    """What is added at the end of each length, and what is cut off from both ends then."""
    rank = len(full)
    added = numbers(step.get("output_padding", (0,) * rank))
    auto = step.get("auto_pad", "NOTSET")
    wanted = step.get("output_shape")
    if wanted is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = tuple(n * s for n, s in zip(x.wire[:-1], strides, strict=True))
    if wanted is not None:
        totals = [f + a - w for f, a, w in zip(full, added, numbers(wanted)[-rank:], strict=True)]
        halves = [(t // 2, t - t // 2) for t in totals]
        pads: Pairs = tuple(h if auto != "SAME_LOWER" else h[::-1] for h in halves)
        if auto == "NOTSET":
            pads = tuple((t - t // 2, t // 2) for t in totals)
    elif auto == "VALID":
        pads = ((0, 0),) * rank
    else:
        given = numbers(step.get("pads", (0,) * 2 * rank))
        pads = tuple(zip(given[:rank], given[rank:], strict=True))
    ends = [a - p[1] for a, p in zip(added, pads, strict=True)]  # above 0: added, below: cut off
    if any(p[0] < 0 for p in pads):
        raise RefusedError("its output is larger than its windows reach")
    return tuple(max(e, 0) for e in ends), tuple((p[0], max(-e, 0)) for p, e in zip(pads, ends, strict=True))


@match("MaxPool", "AveragePool")
def pool(step: Step) -> Wired:
    """MaxPooling and AveragePooling 1D to 3D."""
    x = channels_last(step, step.wire(0))
    kernel = numbers(step.get("kernel_shape", ()))
    strides, dilation, span = _windows(step, x, kernel)
    average = step.node.op == "AveragePool"
    if max(dilation) > 1 or step.get("ceil_mode", 0) or len([o for o in step.node.outputs if o]) > 1:
        raise RefusedError("our pooling has no dilation, no ceiling and no positions")
    how, pairs = padding_of(step, x.wire[:-1], span, strides)
    counts = _counts(x, span, strides, pairs)
    if how == "same" and average and step.get("count_include_pad", 0):
        how = ""
    if not how or how == "causal":
        if average and step.get("count_include_pad", 0):
            x, how = _padded(step, x, pairs), "valid"
        elif not average:
            return _padded_maximum(step, x, pairs, (kernel, strides), counts)
        else:
            raise RefusedError("our pooling has no such padding")
    settings = {"pool_size": _sizes(kernel), "strides": _sizes(strides), "padding": how}
    layer = _layer("AveragePooling" if average else "MaxPooling", x.rank - 2, settings)
    return from_channels_last(step.put(layer, x.end), counts, x.wire[-1])


def _padded_maximum(
    step: Step, x: Wired, pairs: Pairs, sizes: tuple[tuple[int, ...], tuple[int, ...]], counts: list[int]
) -> Wired:
    """Zeros around where all numbers are above; otherwise an Op that pads with what is below everything."""
    size, strides = sizes
    part = step.drawing.parts.get(x.end[0])
    if (
        part is not None
        and isinstance(part.what, ReLU | ReLU6)
        and not getattr(part.what, "negative_slope", 0.0)
    ):
        x = _padded(step, x, pairs)
        settings = {"pool_size": _sizes(size), "strides": _sizes(strides), "padding": "valid"}
        layer = _layer("MaxPooling", len(size), settings)
    else:
        around = [[0, 0], *(list(p) for p in pairs), [0, 0]]
        layer = Op(
            formula=f"a = pad(x, {around}, 'constant', -3e38); y = max_pool(a, {list(size)}, {list(strides)})",
            label="MaxPool",
        )
    return from_channels_last(step.put(layer, x.end), counts, x.wire[-1])


@match("GlobalAveragePool", "GlobalMaxPool")
def global_pool(step: Step) -> Wired:
    """One number for every channel."""
    x = channels_last(step, step.wire(0))
    stem = "GlobalMaxPooling" if step.node.op == "GlobalMaxPool" else "GlobalAveragePooling"
    end = step.put(_layer(stem, x.rank - 2, {}), x.end)
    return _of_channels(end, x)


def _of_channels(end: Any, x: Wired) -> Wired:
    value = from_channels_last(end, [1] * (x.rank - 2), x.wire[-1])
    return Wired(value.end, (x.wire[-1],), value.atoms, value.axes)


@match("ReduceMean")
def mean(step: Step) -> Wired:
    """The mean over all places of pictures is global pooling."""
    before = step.drawing.mark()
    try:
        return _pooled(step)
    except RefusedError:
        step.drawing.undo(before)
        return folded(step)


def _pooled(step: Step) -> Wired:
    value = step.wire(0)
    axes = step.option("axes", 1)
    if axes is None or value.batch != 0 or value.kind != "float":
        raise RefusedError("it is no pooling")
    chosen = sorted(step.axis(value, int(a)) for a in np.asarray(axes).reshape(-1))
    rank = value.rank - 2
    if rank < 1 or chosen not in (list(range(2, value.rank)), list(range(1, value.rank - 1))):
        raise RefusedError("it is no pooling")
    channel = 1 if chosen[0] == 2 else value.rank - 1
    if value.axes[channel] and value.axes[channel][-1] != len(value.atoms) - 1:
        raise RefusedError("it is no pooling")
    x = step.plain(value, [*chosen, channel])[0]
    end = step.put(_layer("GlobalAveragePooling", rank, {}), x.end)
    kept = bool(step.get("keepdims", 1))
    lengths = [1 if k in chosen else value.length(k) for k in range(value.rank) if kept or k not in chosen]
    place = channel if kept else 1
    atoms: tuple[int, ...] = (1, lengths[place]) if lengths[place] > 1 else (1,)
    axes_ = [(0,) if k == 0 else ((1,) if k == place and len(atoms) > 1 else ()) for k in range(len(lengths))]
    return Wired(end, (x.wire[-1],), atoms, tuple(axes_))
