"""What layers share that are told which dimensions to work on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from engine.layers.base import per_example
from engine.ops.movement import slice_
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.tensor.spec import Shape, ShapeError


def one_or_many(value: Any) -> Any:
    """A single number as a list of it."""
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


def twice(value: Any) -> Any:
    """A single number as a pair of it."""
    return (value, value) if isinstance(value, int) and not isinstance(value, bool) else value


def one_or_none(value: Any) -> Any:
    """As `one_or_many`; nothing is an empty list."""
    return () if value is None else one_or_many(value)


Axis = Annotated[int, Field(ge=-8, le=8)]
Axes = Annotated[tuple[Axis, ...], BeforeValidator(one_or_many), Field(min_length=1, max_length=8)]
SharedAxes = Annotated[tuple[Axis, ...], BeforeValidator(one_or_none), Field(max_length=8)]


def inner_axis(axis: int, x: Tensor, layer: str) -> int:
    """The axis counted from the front.

    Raises:
        ShapeError: `x` has no such dimension, or it is the batch.
    """
    rank = x.spec.rank
    if not -rank <= axis < rank or axis % rank == 0:
        raise ShapeError(
            f"{layer} needs a dimension beside the batch, received axis {axis} for {rank} dimensions. "
            "Set the axis to -1, the last one."
        )
    return axis % rank


def inner_axes(axes: Sequence[int], x: Tensor, layer: str) -> tuple[int, ...]:
    """The axes counted from the front, in order; raises ShapeError as `inner_axis` does, or where two are equal."""
    found = sorted(inner_axis(a, x, layer) for a in axes)
    if len(set(found)) < len(found):
        raise ShapeError(f"{layer} needs each axis once, received {tuple(axes)} for {per_example(x)}.")
    return tuple(found)


def along(shape: Shape, axes: Sequence[int]) -> Shape:
    """`shape` with 1 in all dimensions but `axes`: how values along these axes meet a tensor of that shape."""
    return tuple(n if i in axes else 1 for i, n in enumerate(shape))


def shaped(x: Tensor, shape: Shape) -> Tensor:
    """`x` in that shape; itself where it has it already, so that nothing stands between ops that could be fused."""
    return x if x.shape == shape else reshape(x, shape=shape)


def part(x: Tensor, axis: int, start: int, limit: int) -> Tensor:
    """Elements start <= i < limit of one dimension."""
    starts = tuple(start if i == axis else 0 for i in range(x.spec.rank))
    limits = tuple(limit if i == axis else n for i, n in enumerate(x.shape))
    return slice_(x, starts=starts, limits=limits)
