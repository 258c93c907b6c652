"""Operators that put numbers elsewhere."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from engine.exchange.onnx.calls import INT_MAX, Call, as_float, as_int, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operations import o
from engine.ops.arrangement import part
from engine.ops.indexing import moved
from engine.ops.op import Tensor
from engine.tensor.spec import DType, normalize_axis

MOST_PARTS = 4096  # of a split


@operator("Reshape")
def _reshape(call: Call) -> Tensor:
    x = call.x()
    wish = call.get("shape") if "shape" in call.attributes else call.ints(1)
    zero = bool(call.get("allowzero", 0))
    shape = [x.shape[k] if n == 0 and not zero else n for k, n in enumerate(wish)]
    return o.reshape(x, shape)


@operator("Flatten")
def _flatten(call: Call) -> Tensor:
    x = call.x()
    axis = int(call.get("axis", 1))
    axis = axis + x.spec.rank if axis < 0 else axis
    return o.reshape(x, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))


@operator("Transpose")
def _transpose(call: Call) -> Tensor:
    return o.transpose(call.x(), call.get("perm"))


@operator("Squeeze")
def _squeeze(call: Call) -> Tensor:
    x, axes = call.x(), call.option("axes", 1)
    if axes is None:
        return o.squeeze(x)
    gone = {normalize_axis(int(a), x.spec.rank) for a in (axes if isinstance(axes, tuple) else (axes,))}
    if any(x.shape[k] != 1 for k in gone):
        raise RefusedError("it takes away an axis that is longer than 1")
    return o.reshape(x, tuple(n for k, n in enumerate(x.shape) if k not in gone))


@operator("Unsqueeze")
def _unsqueeze(call: Call) -> Tensor:
    x, axes = call.x(), call.option("axes", 1, ())
    new = axes if isinstance(axes, tuple) else (axes,)
    rank = x.spec.rank + len(new)
    places = {normalize_axis(int(a), rank) for a in new}
    rest = iter(x.shape)
    return o.reshape(x, tuple(1 if k in places else next(rest) for k in range(rank)))


@operator("Concat")
def _concat(call: Call) -> Tensor:
    axis = int(call.get("axis", 1))
    tensors = [call.x(k) for k in range(len(call))]
    if len({t.dtype for t in tensors}) > 1:
        tensors = [as_float(t) for t in tensors]
    return o.concatenate(tensors, axis) if len(tensors) > 1 else tensors[0]


@operator("Split")
def _split(call: Call) -> list[Tensor]:
    x = call.x()
    axis = normalize_axis(int(call.get("axis", 0)), x.spec.rank)
    sizes = call.option("split", 1)
    count = int(call.get("num_outputs", len(call.wanted)))
    if count > MOST_PARTS:
        raise RefusedError("it has too many parts")
    if sizes is None:
        length = x.shape[axis]
        each = -(-length // count)
        sizes = [min(each, length - k * each) for k in range(count)]
    ends = [0, *accumulate(int(s) for s in (sizes if isinstance(sizes, tuple | list) else (sizes,)))]
    return [part(x, axis, a, b) for a, b in pairwise(ends)]


@operator("Slice")
def _slice(call: Call) -> Tensor:
    x = call.x()
    starts, stops = (_tuple(call.option(name, k)) for k, name in ((1, "starts"), (2, "ends")))
    axes = _tuple(call.option("axes", 3, tuple(range(len(starts)))))
    steps = _tuple(call.option("steps", 4, (1,) * len(starts)))
    for start, stop, axis, step in zip(starts, stops, axes, steps, strict=True):
        x = _cut(call, x, normalize_axis(axis, x.spec.rank), slice(start, stop, step))
    return x


def _tuple(value: Any) -> tuple[int, ...]:
    return tuple(int(v) for v in value) if isinstance(value, tuple | list) else (int(value),)


def _cut(call: Call, x: Tensor, axis: int, cut: slice) -> Tensor:
    length = x.shape[axis]
    first, last, step = cut.start, cut.stop, cut.step
    places = range(length)[
        max(min(first, length), -length - 1) : max(min(last, length), -length - 1)
        if last > -INT_MAX
        else None : step
    ]
    if step == 1:
        return part(x, axis, places.start, max(places.stop, places.start)) if places != range(length) else x
    if not len(places):
        return part(x, axis, 0, 0)
    if step == -1 and len(places) == length:
        return o.flip(x, axis)
    return o.gather(x, call.constant(np.asarray(places, np.int64)), axis)


@operator("Pad")
def _pad(call: Call) -> Tensor:
    x, mode = call.f(), call.get("mode", "constant")
    pads = _tuple(call.option("pads", 1)) if "paddings" not in call.attributes else call.get("paddings")
    axes = _tuple(call.known(3).tolist()) if call.has(3) else tuple(range(x.spec.rank))
    pairs = [(0, 0)] * x.spec.rank
    for k, axis in enumerate(axes):
        pairs[axis] = (pads[k], pads[k + len(axes)])
    for axis, (before, after) in enumerate(pairs):  # what is below zero is cut off
        if before < 0 or after < 0:
            x = part(x, axis, max(-before, 0), x.shape[axis] - max(-after, 0))
    wide = [(max(a, 0), max(b, 0)) for a, b in pairs]
    value = call.scalar("value", 2, 0.0) if mode == "constant" else 0.0
    y = o.pad(x, wide, mode, value)
    return as_int(y) if call.kind() == "int" else y


@operator("Tile")
def _tile(call: Call) -> Tensor:
    return o.tile(call.f() if call.x().dtype is DType.UINT8 else call.x(), call.ints(1))


@operator("Expand")
def _expand(call: Call) -> Tensor:
    x = call.x()
    shape = np.broadcast_shapes(x.shape, call.ints(1))
    whole = x.dtype is DType.INT32
    y = o.broadcast_to(as_float(x), shape)
    return as_int(y) if whole else y


# -- by position ---------------------------------------------------------------------------------------------------
def positions(call: Call, k: int, length: int) -> Tensor:
    """Positions along a length; those below zero count from the end."""
    operand = call.operand(k)
    if operand.array is not None:
        return call.constant(
            np.where(operand.array < 0, operand.array + length, operand.array).astype(np.int64)
        )
    index = as_float(call.x(k))
    return as_int(index + o.less(index, 0.0) * float(length))


@operator("Gather")
def _gather(call: Call) -> Tensor:
    x = call.x()
    axis = normalize_axis(int(call.get("axis", 0)), x.spec.rank)
    index = call.operand(1).array
    if index is not None and index.ndim == 0:
        place = int(index) % x.shape[axis]
        return o.squeeze(part(x, axis, place, place + 1), axis)
    return o.gather(x, positions(call, 1, x.shape[axis]), axis)


@operator("GatherElements")
def _gather_elements(call: Call) -> Tensor:
    x = call.x()
    axis = normalize_axis(int(call.get("axis", 0)), x.spec.rank)
    index = positions(call, 1, x.shape[axis])
    lead = [part_to(x, k, n) for k, n in enumerate(index.shape)]
    for k, limit in enumerate(lead):
        if k != axis and limit:
            x = part(x, k, 0, limit)
    return o.take_along_axis(x, index, axis)


def part_to(x: Tensor, axis: int, length: int) -> int:
    """How far a dimension is read, where that is not all of it; else 0."""
    return length if x.shape[axis] != length else 0


@operator("GatherND")
def _gather_nd(call: Call) -> Tensor:
    x, batches = call.x(), int(call.get("batch_dims", 0))
    index = call.known(1)
    count = index.shape[-1]
    lengths = np.asarray(x.shape[batches : batches + count])
    index = np.where(index < 0, index + lengths, index)
    if batches:
        lead = np.indices(index.shape[:batches]).reshape(batches, *index.shape[:batches])
        spread = [
            np.broadcast_to(
                a.reshape(*index.shape[:batches], *(1,) * (index.ndim - batches - 1)), index.shape[:-1]
            )
            for a in lead
        ]
        index = np.concatenate([np.stack(spread, -1), index], -1)
    return o.gather_nd(x, call.constant(index.astype(np.int64)))


@operator("ScatterElements", "Scatter")
def _scatter_elements(call: Call) -> Tensor:
    x = call.x()
    axis = normalize_axis(int(call.get("axis", 0)), x.spec.rank)
    index = call.known(1)
    index = np.where(index < 0, index + x.shape[axis], index)
    places = np.indices(index.shape)
    places[axis] = index
    numbers = np.ravel_multi_index(tuple(places), x.shape, mode="clip").reshape(-1)
    return _scattered(call, x, numbers)


@operator("ScatterND")
def _scatter_nd(call: Call) -> Tensor:
    x, index = call.x(), call.known(1)
    count = index.shape[-1]
    lengths = x.shape[:count]
    index = np.where(index < 0, index + np.asarray(lengths), index)
    rows = np.ravel_multi_index(tuple(np.moveaxis(index, -1, 0)), lengths, mode="clip").reshape(-1)
    size = math.prod(x.shape[count:])
    numbers = (rows[:, np.newaxis] * size + np.arange(size)).reshape(-1)
    return _scattered(call, x, numbers)


def _scattered(call: Call, x: Tensor, numbers: np.ndarray[Any, Any]) -> Tensor:
    """Elements of `x` by number replaced by the third input, or combined with it."""
    how = call.get("reduction", "none")
    whole = x.dtype is DType.INT32
    table = o.reshape(as_float(x), (-1,))
    updates = o.reshape(call.f(2), (-1,))
    if how == "none":
        y = o.scatter_update(table, call.constant(numbers.astype(np.int64)), updates)
    else:
        y = table
        combine = {"add": o.add, "mul": o.multiply, "max": o.maximum, "min": o.minimum}[how]
        for chosen in _apart(numbers):  # one for each place at a time
            index = call.constant(numbers[chosen].astype(np.int64))
            new = combine(o.gather(y, index), o.gather(updates, call.constant(chosen.astype(np.int64))))
            y = o.scatter_update(y, index, new)
    y = o.reshape(y, x.shape)
    return as_int(y) if whole else y


def _apart(numbers: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    seen: dict[int, int] = {}
    rounds: list[list[int]] = []
    for k, n in enumerate(numbers.tolist()):
        turn = seen.get(n, 0)
        seen[n] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(k)
    if len(rounds) > 64:
        raise RefusedError("it adds too often to one place")
    return [np.asarray(r) for r in rounds]


@operator("OneHot", kind=lambda call: call.kind(2))
def _one_hot(call: Call) -> Tensor:
    depth = int(call.known(1).reshape(-1)[0])
    index = as_float(call.x())
    index = index + o.less(index, 0.0) * float(depth)
    hot = o.one_hot(as_int(index), depth)
    last = hot.spec.rank - 1
    off, on = (v for v in np.asarray(call.known(2), np.float64).reshape(-1)[:2])
    hot = hot * float(on - off) + float(off)
    y = moved(hot, last, normalize_axis(int(call.get("axis", -1)), hot.spec.rank))
    return as_int(y) if call.kind(2) == "int" else y


@operator("Trilu")
def _triangle(call: Call) -> Tensor:
    x = call.f()
    shift = int(call.known(1).reshape(())) if call.has(1) else 0
    if 0 in x.shape:
        return call.x()
    if math.prod(x.shape[-2:]) > 1 << 24:
        raise RefusedError("its matrices are too large")
    y = o.triu(x, shift) if call.get("upper", 1) else o.tril(x, shift)
    return as_int(y) if call.kind() == "int" else y


@operator("Compress")
def _compress(call: Call) -> Tensor:
    x, axis = call.x(), call.get("axis")
    chosen = np.flatnonzero(call.known(1)).astype(np.int64)
    if axis is None:
        x, axis = o.reshape(x, (-1,)), 0
    return o.gather(x, call.constant(chosen), int(axis))


@operator("ReverseSequence")
def _reverse(call: Call) -> Tensor:
    x, lengths = call.x(), call.known(1).reshape(-1)
    time, batch = int(call.get("time_axis", 0)), int(call.get("batch_axis", 1))
    steps = np.arange(x.shape[time])
    index = np.where(steps < lengths[:, np.newaxis], lengths[:, np.newaxis] - 1 - steps, steps)
    index = index if batch < time else index.T
    shape = [1] * x.spec.rank
    shape[time], shape[batch] = x.shape[time], x.shape[batch]
    spread = np.broadcast_to(index.reshape(shape), x.shape)
    return o.take_along_axis(x, call.constant(spread.astype(np.int64)), time)


@operator("DepthToSpace")
def _depth_to_space(call: Call) -> Tensor:
    x, size = call.f(), int(call.get("blocksize", 1))
    b, c, h, w = x.shape
    if call.get("mode", "DCR") == "DCR":
        y = o.transpose(o.reshape(x, (b, size, size, c // size**2, h, w)), (0, 3, 4, 1, 5, 2))
    else:
        y = o.transpose(o.reshape(x, (b, c // size**2, size, size, h, w)), (0, 1, 4, 2, 5, 3))
    return o.reshape(y, (b, c // size**2, h * size, w * size))


@operator("SpaceToDepth")
def _space_to_depth(call: Call) -> Tensor:
    x, size = call.f(), int(call.get("blocksize", 1))
    b, c, h, w = x.shape
    y = o.reshape(x, (b, c, h // size, size, w // size, size))
    y = o.transpose(y, (0, 1, 3, 5, 2, 4) if call.get("mode", "DCR") == "CRD" else (0, 3, 5, 1, 2, 4))
    return o.reshape(y, (b, c * size**2, h // size, w // size))


@operator("CenterCropPad")
def _center(call: Call) -> Tensor:
    x, wanted = call.f(), call.ints(1)
    axes = tuple(int(a) for a in call.get("axes", range(x.spec.rank)))
    for place, length in zip(axes, wanted, strict=True):
        axis = normalize_axis(place, x.spec.rank)
        more = length - x.shape[axis]
        if more < 0:
            x = part(x, axis, -more // 2, -more // 2 + length)
        elif more:
            pairs = [(0, 0)] * x.spec.rank
            pairs[axis] = (more // 2, more - more // 2)
            x = o.pad(x, pairs)
    return x
