"""Einstein summation: any sum of products over named dimensions, as transposes and one batched matrix product.

`einsum("bthd,bshd->bhts", q, k)` says of each dimension what becomes of it: it stays where its letter is on the right of
the arrow, and is summed over where it is not. `...` stands for any further dimensions, which broadcast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters

import numpy as np

from engine.ops.elementwise import mul, where
from engine.ops.matmul import matmul
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.tensor.spec import DType, Shape, ShapeError, format_shape

ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Equation:
    """Letters of each operand and of the result; those for `...` have been put in."""

    operands: tuple[str, ...]
    result: str


def parse(equation: str, shapes: Sequence[Shape]) -> Equation:
    """The equation for operands of these shapes; without an arrow, the letters that occur once are the result.

    Raises:
        ShapeError: the equation does not fit the operands.
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ShapeError(
            f"An equation names the dimensions of each operand, received {len(terms)} terms in {equation!r} for "
            f"{len(shapes)} operands."
        )
    free = "".join(c for c in ascii_letters if c not in equation)
    widths = [len(s) - len(t.replace(ELLIPSIS, "")) for t, s in zip(terms, shapes, strict=True)]
    names = free[: max((w for t, w in zip(terms, widths, strict=True) if ELLIPSIS in t), default=0)]
    if not arrow:
        letters = "".join(terms).replace(".", "")
        right = (ELLIPSIS if names else "") + "".join(sorted(c for c in letters if letters.count(c) == 1))
    operands = tuple(_expand(t, names, w) for t, w in zip(terms, widths, strict=True))
    result = _expand(right, names, len(names))
    _check(equation, operands, result, shapes)
    return Equation(operands, result)


def _expand(term: str, names: str, width: int) -> str:
    return term.replace(ELLIPSIS, names[len(names) - width :] if width > 0 else "")


def _check(equation: str, operands: Sequence[str], result: str, shapes: Sequence[Shape]) -> None:
    letters = "".join((*operands, result))
    known = set("".join(operands))
    fits = all(len(t) == len(s) for t, s in zip(operands, shapes, strict=True))
    if (
        not fits
        or not all(c.isalpha() for c in letters)
        or not set(result) <= known
        or len(set(result)) < len(result)
    ):
        received = " and ".join(map(format_shape, shapes))
        raise ShapeError(
            f"An equation has a letter for each dimension, and on the right each at most once and none that is new; "
            f"received {equation!r} for {received}."
        )
    lengths: dict[str, int] = {}
    for term, shape in zip(operands, shapes, strict=True):
        for letter, length in zip(term, shape, strict=True):
            if lengths.setdefault(letter, length) != length and 1 not in (length, lengths[letter]):
                raise ShapeError(
                    f"A letter stands for one length, received {lengths[letter]} and {length} for {letter!r} "
                    f"of {equation!r}."
                )
            lengths[letter] = max(length, lengths[letter])


def einsum(equation: str, *operands: Tensor) -> Tensor:
    """The sum of products that `equation` names, over one operand or more.

    Args:
        equation: as for `numpy.einsum`, with letters and `...`.
        operands: as many as there are terms on the left.

    Raises:
        ShapeError: the equation does not fit the operands.
    """
    parsed = parse(equation, [x.shape for x in operands])
    terms = list(parsed.operands)
    letters, x = terms[0], operands[0]
    for k in range(1, len(terms)):
        later = "".join((*terms[k + 1 :], parsed.result))
        kept = "".join(c for c in dict.fromkeys(letters + terms[k]) if c in later)
        if k == len(terms) - 1:
            kept = parsed.result
        letters, x = kept, _product(x, letters, operands[k], terms[k], kept)
    return _arranged(*_single(x, letters, parsed.result), parsed.result)


def _single(x: Tensor, letters: str, kept: str) -> tuple[Tensor, str]:
    """One operand with repeated letters made one, and summed over those that are not kept."""
    while len(set(letters)) < len(letters):
        repeated = next(c for c in letters if letters.count(c) > 1)
        x, letters = _diagonal(x, letters, repeated)
    axes = tuple(i for i, c in enumerate(letters) if c not in kept)
    if axes:
        x = sum_(x, axes=axes)
    return x, "".join(c for c in letters if c in kept)


def _diagonal(x: Tensor, letters: str, repeated: str) -> tuple[Tensor, str]:
    first = letters.index(repeated)
    second = letters.index(repeated, first + 1)
    length = x.shape[first]
    shape = tuple(length if i in (first, second) else 1 for i in range(len(letters)))
    constant = x.builder.constant
    mask = constant(np.eye(length, dtype=np.float32).reshape(shape), DType.FLOAT32)
    only = where(mask, x, constant(0.0, DType.FLOAT32))
    return sum_(only, axes=(second,)), letters[:second] + letters[second + 1 :]


def _arranged(x: Tensor, letters: str, wanted: str) -> Tensor:
    """`x` with its dimensions in the order of `wanted`, 1 for those that it lacks."""
    perm = tuple(letters.index(c) for c in wanted if c in letters)
    if perm != tuple(range(len(perm))):
        x = transpose(x, perm=perm)
    if len(perm) == len(wanted):
        return x
    lengths = dict(zip((c for c in wanted if c in letters), x.shape, strict=True))
    return reshape(x, shape=tuple(lengths.get(c, 1) for c in wanted))


def _without_ones(x: Tensor, letters: str, other: dict[str, int]) -> tuple[Tensor, str]:
    """`x` without dimensions of 1 that broadcast against the other operand's."""
    keep = [i for i, c in enumerate(letters) if not (x.shape[i] == 1 and other.get(c, 1) > 1)]
    if len(keep) == len(letters):
        return x, letters
    return reshape(x, shape=tuple(x.shape[i] for i in keep)), "".join(letters[i] for i in keep)


def _lengths(x: Tensor, letters: str) -> dict[str, int]:
    return dict(zip(letters, x.shape, strict=True))


def _product(a: Tensor, left: str, b: Tensor, right: str, kept: str) -> Tensor:
    """The product of two operands, summed over letters that are not kept, with its dimensions as in `kept`."""
    a, left = _single(a, left, kept + right)
    b, right = _single(b, right, kept + left)
    in_a, in_b = _lengths(a, left), _lengths(b, right)
    a, left = _without_ones(a, left, in_b)
    b, right = _without_ones(b, right, in_a)
    a, left = _single(a, left, kept + right)
    b, right = _single(b, right, kept + left)
    summed = [c for c in left if c in right and c not in kept]
    if not summed:
        return mul(_arranged(a, left, kept), _arranged(b, right, kept))
    lengths = _lengths(a, left) | _lengths(b, right)
    batch = [c for c in kept if c in left and c in right]
    rows = [c for c in left if c in kept and c not in batch]
    columns = [c for c in right if c in kept and c not in batch]
    a, flip_a = _matrices(a, left, (batch, rows, summed))
    b, flip_b = _matrices(b, right, (batch, summed, columns))
    product = matmul(a, b, transpose_a=flip_a, transpose_b=flip_b)
    order = "".join((*batch, *rows, *columns))
    result = reshape(product, shape=tuple(lengths[c] for c in order))
    return _arranged(result, order, kept)


def _matrices(x: Tensor, letters: str, wanted: tuple[list[str], list[str], list[str]]) -> tuple[Tensor, bool]:
    """`x` as a stack of matrices over the three groups of letters; True where they are stored transposed."""
    stack, rows, columns = wanted
    lengths = _lengths(x, letters)
    swapped = letters == "".join((*stack, *columns, *rows))
    groups = (stack, columns, rows) if swapped else wanted
    arranged = _arranged(x, letters, "".join(c for group in groups for c in group))
    sizes = [math.prod(lengths[c] for c in group) for group in groups]
    return reshape(arranged, shape=tuple(sizes if stack else sizes[1:])), swapped
