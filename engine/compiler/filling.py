"""Where the numbers of a narrow value lie in a wide one, and what lies between them.

A network of 20 units is trained as one of 50 of which 30 are filling. Along each axis of a value it is known which places
are alive in which of the narrow programs; what ops do to axes, they do to these masks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.compiler.variants import UnlikeError
from engine.ops.op import Op
from engine.tensor.spec import Shape

Mask = npt.NDArray[np.bool_]  # (programs, length): which places of an axis are alive
Axes = tuple[Mask | None, ...]  # None: all of them, in all programs


@dataclass(frozen=True, eq=False)
class Filled:
    """What is known of a value.

    Attributes:
        axes: the places that are alive, along each axis; a number is alive where it is along all of them.
        rest: the number in all other places; None where it is not known.
        arena: name of the flat state that it is laid out like.
    """

    axes: Axes
    rest: float | None = None
    arena: str = ""

    @property
    def full(self) -> bool:
        """Whether everything is alive."""
        return all(mask is None for mask in self.axes)

    def filled_with(self, rest: float | None) -> Filled:
        """The same with another filling."""
        return replace(self, rest=rest)


def first_places(lengths: Sequence[int], length: int) -> Mask | None:
    """So many places of an axis, in each program, from the beginning."""
    if all(n == length for n in lengths):
        return None
    return np.arange(length) < np.asarray(lengths)[:, np.newaxis]


def is_prefix(mask: Mask) -> bool:
    """Whether the places that are alive come first in every program."""
    return bool(np.all(mask == (np.arange(mask.shape[1]) < mask.sum(axis=1)[:, np.newaxis])))


def same_mask(a: Mask | None, b: Mask | None) -> bool:
    """Whether the same places are alive."""
    return a is b or (a is not None and b is not None and bool(np.array_equal(a, b)))


def flat(axes: Axes, shape: Shape, programs: int) -> Mask:
    """(programs, elements): whether each element is alive."""
    alive = np.ones((programs, *shape), np.bool_)
    for axis, mask in enumerate(axes):
        if mask is not None:
            alive &= mask.reshape(programs, *(n if i == axis else 1 for i, n in enumerate(shape)))
    return alive.reshape(programs, -1)


def reshaped(axes: Axes, source: Shape, target: Shape) -> Axes:
    """The axes after a reshape.

    Raises:
        UnlikeError: what is alive is no longer told by axes.
    """
    found: list[Mask | None] = []
    for (first, last), (begin, end) in _groups(source, target):
        part, into = axes[first:last], target[begin:end]
        if all(mask is None for mask in part):
            found += [None] * len(into)
            continue
        programs = next(mask.shape[0] for mask in part if mask is not None)
        found += _split(flat(part, source[first:last], programs), into)
    return tuple(found)


def _groups(source: Shape, target: Shape) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Axes of both shapes that hold the same elements, as few together as possible."""
    groups = []
    i = j = 0
    while i < len(source) or j < len(target):
        first, begin = i, j
        a = source[i] if i < len(source) else 1
        b = target[j] if j < len(target) else 1
        i, j = min(i + 1, len(source)), min(j + 1, len(target))
        while a != b:
            if a < b:
                a, i = a * source[i], i + 1
            else:
                b, j = b * target[j], j + 1
        groups.append(((first, i), (begin, j)))
    return groups


def _split(alive: Mask, shape: Shape) -> list[Mask | None]:
    programs = len(alive)
    whole = alive.reshape(programs, *shape)
    masks: list[Mask | None] = []
    for axis in range(len(shape)):
        others = tuple(i + 1 for i in range(len(shape)) if i != axis)
        mask: Mask = np.asarray(whole.any(axis=others))
        masks.append(None if mask.all() else mask)
    if not np.array_equal(flat(tuple(masks), shape, programs), alive):
        raise UnlikeError("A reshape mixes what is alive with what is not.")
    return masks


ANNIHILATED = {"mul": (0, 1), "div": (0,), "relu_grad": (1,)}  # operands that make the result zero


def rest_of(op: Op, attrs: dict[str, object], operands: Sequence[tuple[float | None, bool]]) -> float | None:
    """The filling of an element-wise result, where it is a known and finite number.

    Args:
        op: element-wise.
        attrs: of the node.
        operands: of each the number in these places, if it is known, and whether it is alive there.
    """
    numbers = [number for number, _ in operands]
    if all(number is not None for number in numbers):
        result = np.empty((), np.float32)
        with np.errstate(all="ignore"):
            op.compute([np.asarray(number, np.float32) for number in numbers], [result], attrs)
        return float(result) if math.isfinite(result) else None
    if op.name == "where" and numbers[1] is not None and numbers[1] == numbers[2]:
        return numbers[1]
    finite = all(number is not None or alive for number, alive in operands)
    return 0.0 if finite and any(numbers[i] == 0.0 for i in ANNIHILATED.get(op.name, ())) else None
