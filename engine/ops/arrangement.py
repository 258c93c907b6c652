"""Elements put elsewhere, or repeated: flip, roll, tile, stack, split, padding by reflection, triangles, diagonals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from engine.ops.elementwise import where
from engine.ops.movement import concat, pad, slice_, transpose
from engine.ops.op import Attrs, Op, OpKind, Sample, Tensor
from engine.ops.reductions import broadcast_to, sum_
from engine.ops.views import reshape
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, format_shape, normalize_axis


def _infer_flip(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    for axis in attrs["axes"]:
        normalize_axis(axis, inputs[0].rank)
    return inputs


def _compute_flip(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.copyto(outputs[0], np.flip(inputs[0], attrs["axes"]))


# attrs: axes (tuple of int), whose elements come last to first
flip: Op = Op(
    "flip",
    OpKind.STRUCTURED,
    _infer_flip,
    _compute_flip,
    lambda call: [flip(call.grad, axes=call.attrs["axes"])],
    samples=(
        Sample((TensorSpec((3, 5)),), {"axes": (1,)}),
        Sample((TensorSpec((2, 3, 4)),), {"axes": (0, -1)}),
        Sample((TensorSpec((4, 3), DType.INT32),), {"axes": (0,)}, integer_high=100),
    ),
)


def part(x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    """Elements `start` to `stop` (not included) along `axis`."""
    axis = normalize_axis(axis, x.spec.rank)
    starts = tuple(start if i == axis else 0 for i in range(x.spec.rank))
    limits = tuple(stop if i == axis else n for i, n in enumerate(x.shape))
    return slice_(x, starts=starts, limits=limits)


def roll(x: Tensor, shift: int, axis: int) -> Tensor:
    """`x` moved by `shift` places along `axis`; what moves out comes in at the other end."""
    length = x.shape[normalize_axis(axis, x.spec.rank)]
    cut = -shift % length if length else 0
    return concat(part(x, axis, cut, length), part(x, axis, 0, cut), axis=axis) if cut else x


def tile(x: Tensor, repeats: Sequence[int]) -> Tensor:
    """`x` as a whole `repeats[i]` times along each dimension (the last ones, if there are fewer)."""
    counts = (1,) * (x.spec.rank - len(repeats)) + tuple(repeats)
    shape = (1,) * (len(counts) - x.spec.rank) + x.shape
    paired = tuple(v for n in shape for v in (1, n))
    spread = tuple(v for c, n in zip(counts, shape, strict=True) for v in (c, n))
    result = broadcast_to(reshape(x, shape=paired), shape=spread)
    return reshape(result, shape=tuple(c * n for c, n in zip(counts, shape, strict=True)))


def repeat(x: Tensor, repeats: int, axis: int) -> Tensor:
    """Each element along `axis` `repeats` times in a row."""
    axis = normalize_axis(axis, x.spec.rank)
    before, length, after = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    spread = broadcast_to(
        reshape(x, shape=(*before, length, 1, *after)), shape=(*before, length, repeats, *after)
    )
    return reshape(spread, shape=(*before, length * repeats, *after))


def expand_dims(x: Tensor, axis: int) -> Tensor:
    """`x` with a dimension of 1 at `axis`."""
    axis = normalize_axis(axis, x.spec.rank + 1)
    return reshape(x, shape=(*x.shape[:axis], 1, *x.shape[axis:]))


def squeeze(x: Tensor, axis: int | None = None) -> Tensor:
    """`x` without the dimension `axis`, which must be 1; without all that are 1 where none is named."""
    if axis is None:
        return reshape(x, shape=tuple(n for n in x.shape if n != 1))
    axis = normalize_axis(axis, x.spec.rank)
    if x.shape[axis] != 1:
        raise ShapeError(
            f"A dimension of 1 can be dropped, received dimension {axis} of {format_shape(x.shape)}."
        )
    return reshape(x, shape=x.shape[:axis] + x.shape[axis + 1 :])


def swap_axes(x: Tensor, a: int, b: int) -> Tensor:
    """`x` with two dimensions exchanged."""
    perm = list(range(x.spec.rank))
    a, b = (normalize_axis(axis, x.spec.rank) for axis in (a, b))
    perm[a], perm[b] = perm[b], perm[a]
    return transpose(x, perm=tuple(perm))


def stack(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Tensors of one shape along a new dimension."""
    return concat(*(expand_dims(x, axis) for x in tensors), axis=axis)


def unstack(x: Tensor, axis: int = 0) -> list[Tensor]:
    """The parts of `x` along `axis`, which is gone then."""
    return [squeeze(piece, axis) for piece in split(x, x.shape[axis], axis)]


def split(x: Tensor, sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """Equal parts, as many as `sections` says, or those between the given positions.

    Raises:
        ShapeError: equal parts do not fit.
    """
    length = x.shape[normalize_axis(axis, x.spec.rank)]
    if isinstance(sections, int):
        if sections < 1 or length % sections:
            raise ShapeError(f"Equal parts must fit, received a length of {length} for {sections} parts.")
        sections = [i * (length // sections) for i in range(1, sections)]
    ends = [0, *(min(place, length) for place in sections), length]
    return [part(x, axis, a, b) for a, b in pairwise(ends)]


# -- padding -----------------------------------------------------------------------------------------------
PadMode = Literal["constant", "edge", "reflect", "symmetric", "wrap"]


def padded(
    x: Tensor, widths: Sequence[tuple[int, int]], mode: PadMode = "constant", value: float = 0.0
) -> Tensor:
    """`x` with `widths` (before, after) elements added along each dimension.

    Args:
        x: the tensor.
        widths: one pair for each dimension.
        mode: what is added: a number, the outermost element, the elements mirrored at it (once: reflect, or with it:
            symmetric), or those of the other end (wrap).
        value: of mode constant.

    Raises:
        ShapeError: more than there is to mirror.
    """
    if mode == "constant":
        before, after = tuple(w[0] for w in widths), tuple(w[1] for w in widths)
        return pad(x, before=before, after=after, value=value)
    for axis, (before_, after_) in enumerate(widths):
        if before_ or after_:
            x = _padded_along(x, axis, (before_, after_), mode)
    return x


def _padded_along(x: Tensor, axis: int, width: tuple[int, int], mode: PadMode) -> Tensor:
    length = x.shape[axis]
    available = length - 1 if mode == "reflect" else length
    if mode != "edge" and max(width) > available:
        raise ShapeError(
            f"Padding by {mode} needs as many elements to repeat, received {max(width)} for a length of {length}."
        )
    before, after = width
    if mode == "edge":
        ends = [
            _repeated(part(x, axis, 0, 1), axis, before),
            _repeated(part(x, axis, length - 1, length), axis, after),
        ]
    elif mode == "wrap":
        ends = [part(x, axis, length - before, length), part(x, axis, 0, after)]
    else:
        skip = 1 if mode == "reflect" else 0
        ends = [
            flip(part(x, axis, skip, skip + before), axes=(axis,)),
            flip(part(x, axis, length - skip - after, length - skip), axes=(axis,)),
        ]
    pieces = [ends[0]] * bool(before) + [x] + [ends[1]] * bool(after)
    return concat(*pieces, axis=axis) if len(pieces) > 1 else x


def _repeated(x: Tensor, axis: int, count: int) -> Tensor:
    shape = tuple(count if i == axis else n for i, n in enumerate(x.shape))
    return broadcast_to(x, shape=shape) if count else x


# -- triangles and diagonals -------------------------------------------------------------------------------
def _masked(x: Tensor, mask: Array) -> Tensor:
    constant = x.builder.constant
    return where(constant(mask.astype(np.float32), DType.FLOAT32), x, constant(0.0, DType.FLOAT32))


def _matrix(x: Tensor) -> Shape:
    if x.spec.rank < 2:
        raise ShapeError(f"A triangle or diagonal needs a matrix, received {format_shape(x.shape)}.")
    return x.shape[-2:]


def _lower(x: Tensor, diagonal: int) -> Array:
    m, n = _matrix(x)
    return np.tri(m, n, diagonal, np.float32)


def lower_triangle(x: Tensor, diagonal: int = 0) -> Tensor:
    """The last two dimensions with zeros above the diagonal that lies `diagonal` places over the main one."""
    return _masked(x, _lower(x, diagonal))


def upper_triangle(x: Tensor, diagonal: int = 0) -> Tensor:
    """The last two dimensions with zeros below the diagonal that lies `diagonal` places over the main one."""
    return _masked(x, 1.0 - _lower(x, diagonal - 1))


def diagonal_matrix(x: Tensor) -> Tensor:
    """(.., n) -> (.., n, n): matrices with `x` on the diagonal and zeros elsewhere."""
    length = x.shape[-1]
    rows = broadcast_to(expand_dims(x, -1), shape=(*x.shape, length))
    return _masked(rows, np.eye(length))


def diagonal_part(x: Tensor) -> Tensor:
    """(.., m, n) -> (.., min(m, n)): the diagonals."""
    m, n = _matrix(x)
    length = min(m, n)
    square = part(part(x, -2, 0, length), -1, 0, length)
    return sum_(_masked(square, np.eye(length)), axes=(x.spec.rank - 1,))


def trace(x: Tensor) -> Tensor:
    """(.., m, n) -> (..): sums of the diagonals."""
    diagonal = diagonal_part(x)
    return sum_(diagonal, axes=(diagonal.spec.rank - 1,))
