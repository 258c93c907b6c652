"""The settings of layers that add to the ends of dimensions or cut them off, and how people may write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from engine.layers.base import per_example
from engine.ops.movement import pad, slice_
from engine.ops.op import Tensor
from engine.tensor.spec import ShapeError

Margin = Annotated[int, Field(ge=0, le=65536)]


def _ends(value: Any) -> Any:
    """One number stands for both ends."""
    return (value, value) if isinstance(value, int) and not isinstance(value, bool) else value


def _dimensions(count: int) -> Any:
    def spread(value: Any) -> Any:
        """One number stands for both ends of all dimensions, one for each dimension for both of its ends."""
        if isinstance(value, int) and not isinstance(value, bool):
            return ((value, value),) * count
        return value

    return spread


Ends = Annotated[tuple[Margin, Margin], BeforeValidator(_ends)]
Ends2D = Annotated[tuple[Ends, Ends], BeforeValidator(_dimensions(2))]
Ends3D = Annotated[tuple[Ends, Ends, Ends], BeforeValidator(_dimensions(3))]


def padded(x: Tensor, ends: Sequence[tuple[int, int]]) -> Tensor:
    """`x` with so many zeros at the ends of the dimensions behind the batch; those beyond stay as they are."""
    before, after = _sides(x, ends)
    return pad(x, before=before, after=after)


def cropped(x: Tensor, ends: Sequence[tuple[int, int]], layer: str) -> Tensor:
    """`x` without so many elements at the ends of the dimensions behind the batch.

    Raises:
        ShapeError: nothing would be left.
    """
    before, after = _sides(x, ends)
    limits = tuple(n - a for n, a in zip(x.shape, after, strict=True))
    if any(start >= limit for start, limit in zip(before[1:], limits[1:], strict=True)):
        raise ShapeError(
            f"{layer} must leave something of its input, received {per_example(x)} per example and {tuple(ends)}. "
            "Cut less off."
        )
    return slice_(x, starts=before, limits=limits)


def _sides(x: Tensor, ends: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    rest = ((0, 0),) * (x.spec.rank - 1 - len(ends))
    pairs = ((0, 0), *ends, *rest)
    return tuple(first for first, _ in pairs), tuple(last for _, last in pairs)
