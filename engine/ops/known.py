"""Arrays that are known beforehand, in the types that tensors have. Every function takes them where it takes a tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.tensor.spec import Array


def zeros(shape: int | Sequence[int]) -> Array:
    """Nothing but 0."""
    return np.zeros(shape, np.float32)


def ones(shape: int | Sequence[int]) -> Array:
    """Nothing but 1."""
    return np.ones(shape, np.float32)


def full(shape: int | Sequence[int], value: float) -> Array:
    """Nothing but `value`."""
    return np.full(shape, value, np.float32)


def eye(rows: int, columns: int | None = None) -> Array:
    """1 on the diagonal and 0 elsewhere."""
    return np.eye(rows, columns, dtype=np.float32)


def arange(start: int, stop: int | None = None, step: int = 1) -> Array:
    """Whole numbers (int32) from `start`, or from 0, up to the one before `stop`."""
    first, last = (0, start) if stop is None else (start, stop)
    return np.arange(first, last, step, dtype=np.int32)


def linspace(start: float, stop: float, count: int) -> Array:
    """`count` numbers at equal distances from `start` to `stop`, both included."""
    return np.linspace(start, stop, count, dtype=np.float32)
