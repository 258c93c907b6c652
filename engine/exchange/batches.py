"""What is built once for two sizes of batch, compared, and so known for any: which lengths grow with the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.tensor.spec import Array

BATCHES = (61, 67)  # two sizes that hardly any layer has in its settings


class UnlikeError(ValueError):
    """Two things differ by more than lengths that grow with the batch."""


@dataclass(frozen=True)
class Rows:
    """A length that grows with the batch: so many times the number of examples."""

    factor: int = 1

    def of(self, batch: int) -> int:
        """The length for so many examples."""
        return self.factor * batch

    def __str__(self) -> str:
        return "batch" if self.factor == 1 else f"{self.factor}*batch"


Size = int | Rows


def sized(value: Any, batch: int) -> Any:
    """The same with a number for each `Rows` in it."""
    if isinstance(value, Rows):
        return value.of(batch)
    if isinstance(value, tuple):
        return tuple(sized(v, batch) for v in value)
    if isinstance(value, Mapping):
        return {k: sized(v, batch) for k, v in value.items()}
    return value


def grows(shape: tuple[Size, ...]) -> bool:
    """Whether a length grows with the batch."""
    return any(isinstance(n, Rows) for n in shape)


def compared(one: Any, other: Any) -> Any:
    """What both have, a `Rows` where a whole number grows with the batch.

    Raises:
        UnlikeError: they differ in another way.
    """
    if isinstance(one, Mapping):
        return {key: compared(one[key], other[key]) for key in one}
    if isinstance(one, tuple) and len(one) == len(other):
        return tuple(compared(a, b) for a, b in zip(one, other, strict=True))
    if one == other:
        return one
    factor, rest = divmod(one, BATCHES[0]) if isinstance(one, int) else (0, 1)
    if rest or other != factor * BATCHES[1]:
        raise UnlikeError(f"{one} for {BATCHES[0]} examples is {other} for {BATCHES[1]}.")
    return Rows(factor)


def common(one: Array, other: Array, shape: tuple[Size, ...]) -> Array:
    """A constant of this shape, once where it is the same for all examples.

    Raises:
        UnlikeError: it isn't.
    """
    small = one[tuple(slice(0, 1) if isinstance(n, Rows) else slice(None) for n in shape)]
    if not np.array_equal(np.broadcast_to(small, other.shape), other, equal_nan=other.dtype.kind == "f"):
        raise UnlikeError("A constant depends on the number of examples.")
    return small
