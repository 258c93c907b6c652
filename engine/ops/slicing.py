"""Parts of a tensor by the notation of Python and NumPy: `x[0]`, `x[:, 1:-1]`, `x[..., ::2]`, `x[None]`, `x[index]`."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.indexing import gather
from engine.ops.movement import slice_
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.tensor.spec import DType, ShapeError

Index = int | slice | None | Tensor


def item(x: Tensor, key: Any) -> Tensor:
    """The part of `x` that a key names.

    Args:
        x: the tensor.
        key: a whole number, a slice, `...`, None (a new dimension), an array or tensor of whole numbers (once), or
            several of them, one for each dimension.

    Raises:
        IndexError: a number is outside, so that unpacking and iterating end where they should.
        ShapeError: the key does not fit the tensor.
    """
    keys = _complete(x, key if isinstance(key, tuple) else (key,))
    starts, limits, steps, shape = [], [], [], []
    listed: tuple[int, Tensor] | None = None
    axis = 0
    for part in keys:
        if part is None:
            shape.append(1)
            continue
        length = x.shape[axis]
        if isinstance(part, int):
            if not -length <= part < length:
                raise IndexError(f"A position must be between {-length} and {length - 1}, received {part}.")
            start, stop, step = part % length, part % length + 1, 1
        elif isinstance(part, slice):
            start, stop, step = part.indices(length)
            shape.append(len(range(start, stop, step)))
        elif isinstance(part, Tensor):
            start, stop, step = 0, length, 1
            listed = (len(shape), part)
            shape.append(length)
        starts.append(start if step == 1 else 0)
        limits.append(max(start, stop) if step == 1 else length)
        steps.append(None if step == 1 else range(start, stop, step))
        axis += 1
    if any(s or e < n for s, e, n in zip(starts, limits, x.shape, strict=True)):
        x = slice_(x, starts=tuple(starts), limits=tuple(limits))
    for i, places in enumerate(steps):
        if places is not None:
            x = gather(x, x.builder.constant(np.array(places, np.int32), DType.INT32), i)
    if tuple(shape) != x.shape:
        x = reshape(x, shape=tuple(shape))
    return gather(x, listed[1], listed[0]) if listed else x


def _complete(x: Tensor, keys: tuple[Any, ...]) -> list[Index]:
    """A key for each dimension; arrays are tensors."""
    result: list[Index] = []
    given = sum(1 for k in keys if k is not None and k is not Ellipsis)
    rest = x.spec.rank - given
    if rest < 0 or sum(1 for k in keys if k is Ellipsis) > 1:
        raise ShapeError(
            f"A key names each of {x.spec.rank} dimensions once at most, received {len(keys)} keys."
        )
    for key in keys if any(k is Ellipsis for k in keys) else (*keys, Ellipsis):
        if key is Ellipsis:
            result += [slice(None)] * rest
        else:
            result.append(_single(x, key))
    if sum(isinstance(k, Tensor) for k in result) > 1:
        raise ShapeError("A key holds one list of positions at most; take gather_nd for several.")
    return result


def _single(x: Tensor, key: Any) -> Index:
    if key is None or isinstance(key, slice | Tensor):
        return key
    if isinstance(key, int | np.integer) and not isinstance(key, bool):
        return int(key)
    array = np.asarray(key)
    if array.dtype.kind not in "iu":
        raise ShapeError(f"Positions must be whole numbers, received {key!r:.60}.")
    return x.builder.constant(array.astype(np.int32), DType.INT32)
