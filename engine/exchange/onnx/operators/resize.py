"""Resize and Upsample: every axis by a small matrix of weights, whatever the method is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.exchange.onnx.calls import Call, as_int, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operations import o
from engine.ops.op import Tensor
from engine.tensor.spec import Array

LARGEST = 1 << 24  # numbers of the matrix of one axis


@operator("Resize", "Upsample")
def _resize(call: Call) -> Tensor:
    x = call.f()
    scales, sizes = target(call, x.shape)
    if any(n < 1 or n * m > LARGEST for n, m in zip(sizes, x.shape, strict=True)):
        raise RefusedError("it resizes to nothing, or to more than can be held")
    y = x
    for axis, (scale, size) in enumerate(zip(scales, sizes, strict=True)):
        if scale == 1.0 and size == x.shape[axis] and not _crops(call):
            continue
        matrix = weights(call, x.shape[axis], size, scale, _box(call, axis, x.spec.rank))
        y = _along(call, y, axis, matrix)
    if _crops(call):
        y = _outside(call, y, x.shape, sizes, scales)
    return as_int(o.round(y)) if call.kind() == "int" else y


def _crops(call: Call) -> bool:
    return bool(call.get("coordinate_transformation_mode", "") == "tf_crop_and_resize")


def target(call: Call, shape: tuple[int, ...]) -> tuple[list[float], list[int]]:
    """Factor and length of each axis."""
    rank = len(shape)
    if call.op == "Upsample":
        scales = call.option("scales", 1)
        return [float(s) for s in scales], [math.floor(n * s) for n, s in zip(shape, scales, strict=True)]
    place = 1 if call.opset < 11 else 2
    axes = [int(a) % rank for a in call.get("axes", range(rank))]
    factors, lengths = [1.0] * rank, list(shape)
    if call.has(place) and call.known(place).size:
        for axis, s in zip(axes, call.known(place).reshape(-1), strict=True):
            factors[axis] = float(s)
            box = _box(call, axis, rank)
            reach = (box[1] - box[0]) if box else 1.0
            lengths[axis] = math.floor(shape[axis] * reach * float(s) + 1e-6)
    elif call.has(3):
        wanted = dict(zip(axes, call.ints(3), strict=True))
        policy = call.get("keep_aspect_ratio_policy", "stretch")
        ratios = [w / shape[a] for a, w in wanted.items()]
        common = min(ratios) if policy == "not_larger" else max(ratios)
        for axis, length in wanted.items():
            if policy == "stretch":
                lengths[axis], factors[axis] = length, length / shape[axis]
            else:
                lengths[axis], factors[axis] = math.floor(common * shape[axis] + 0.5), common
    else:
        raise RefusedError("neither factors nor lengths are given")
    return factors, lengths


def _box(call: Call, axis: int, rank: int) -> tuple[float, float] | None:
    """Which part of an axis is shown, in shares."""
    if not _crops(call):
        return None
    axes = [int(a) % rank for a in call.get("axes", range(rank))]
    if axis not in axes:
        return 0.0, 1.0
    roi, k = call.known(1).reshape(-1), axes.index(axis)
    return float(roi[k]), float(roi[k + len(axes)])


def places(call: Call, before: int, after: int, scale: float, box: tuple[float, float] | None) -> Array:
    """Where each element of the result lies on the axis before."""
    x = np.arange(after, dtype=np.float64)
    mode = call.get("coordinate_transformation_mode", "half_pixel" if call.opset >= 11 else "asymmetric")
    if call.op == "Upsample" or call.opset < 11 or mode == "asymmetric":
        return x / scale
    if mode == "align_corners":
        return x * (before - 1) / (before * scale - 1) if after > 1 else x * 0.0
    if mode == "pytorch_half_pixel":
        return (x + 0.5) / scale - 0.5 if after > 1 else x * 0.0 - 0.5
    if mode == "half_pixel_symmetric":
        shown = before * scale
        return before / 2 * (1 - after / shown) + (x + 0.5) / scale - 0.5
    if mode == "tf_half_pixel_for_nn":
        return (x + 0.5) / scale
    if mode == "tf_crop_and_resize":
        assert box is not None
        start, stop = box
        if after > 1:
            return start * (before - 1) + x * (stop - start) * (before - 1) / (after - 1)
        return x * 0.0 + 0.5 * (start + stop) * (before - 1)
    return (x + 0.5) / scale - 0.5


def weights(call: Call, before: int, after: int, scale: float, box: tuple[float, float] | None) -> Array:
    """What each element before gives to each after: (after, before)."""
    place, mode = places(call, before, after, scale, box), call.get("mode", "nearest")
    if mode == "nearest":
        chosen: Array = np.eye(before)[np.clip(_rounded(call, place).astype(int), 0, before - 1)]
        return chosen
    kernel: Any = _cubic(float(call.get("cubic_coeff_a", -0.75))) if mode == "cubic" else _triangle
    width = max(1.0, 1.0 / scale) if call.get("antialias", 0) else 1.0
    reach = math.ceil((2 if mode == "cubic" else 1) * width)
    matrix = np.zeros((after, before))
    low = np.floor(place).astype(int)
    total = np.zeros(after)
    for k in range(-reach, reach + 1):
        index = low + k
        share = kernel(np.abs(place - index) / width)
        if call.get("exclude_outside", 0):
            share = np.where((index < 0) | (index >= before), 0.0, share)
        total += share
        np.add.at(matrix, (np.arange(after), np.clip(index, 0, before - 1)), share)
    return matrix / total[:, np.newaxis]


def _rounded(call: Call, place: Array) -> Array:
    how = call.get("nearest_mode", "round_prefer_floor")
    if call.op == "Upsample" or call.opset < 11 or how == "floor":
        return np.floor(place + 1e-9)
    if how == "ceil":
        return np.ceil(place - 1e-9)
    return np.ceil(place - 0.5) if how == "round_prefer_floor" else np.floor(place + 0.5)


def _triangle(distance: Array) -> Array:
    return np.maximum(0.0, 1.0 - distance)


def _cubic(a: float) -> Any:
    def kernel(d: Array) -> Array:
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        return np.where(d <= 1, near, np.where(d < 2, far, 0.0))

    return kernel


def _along(call: Call, x: Tensor, axis: int, matrix: Array) -> Tensor:
    if (np.count_nonzero(matrix, axis=1) == 1).all() and (matrix.max(axis=1) == 1.0).all():
        return o.gather(x, call.constant(matrix.argmax(axis=1).astype(np.int64)), axis)
    last = x.spec.rank - 1
    moved = o.swapaxes(x, axis, last) if axis != last else x
    y = o.matmul(moved, call.constant(matrix.T.astype(np.float32)))
    return o.swapaxes(y, axis, last) if axis != last else y


def _outside(call: Call, y: Tensor, shape: tuple[int, ...], sizes: list[int], scales: list[float]) -> Tensor:
    """What lies beyond the axis gets a number of its own."""
    inside: Any = np.ones(())
    for axis, n in enumerate(shape):
        place = places(call, n, sizes[axis], scales[axis], _box(call, axis, len(shape)))
        inside = np.multiply.outer(inside, (place >= 0) & (place <= n - 1))
    if inside.all():
        return y
    return o.where(call.constant(inside.astype(np.float32)), y, float(call.get("extrapolation_value", 0.0)))
