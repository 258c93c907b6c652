"""What is known of a value of an ONNX graph while it becomes a document.

A value of the file has axes in the file's order: batch, channels, height .. for pictures, or time, batch, features. On
our wires the batch comes first and channels last. Instead of moving numbers back and forth, a value remembers how its
axes lie on the wire: numbers on a wire are a row of *atoms* (lengths above 1 that are never divided further, the batch the
first of them), and each axis of the file is some of them. To transpose or to reshape then changes the axes and nothing
on the wire; only where a layer needs its input in one way is a Permute or Reshape drawn (`engine.exchange.onnx.drawing`).

Whatever depends on the batch is found by looking at everything twice, for two batch sizes: what differs is the batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.exchange.net import End
from engine.tensor.spec import Array, DType, Shape

BATCHES = (61, 67)  # primes, so that no product of other lengths looks like them
Axes = tuple[tuple[int, ...], ...]
Length = tuple[int, bool]  # a number, and whether it is times the batch


@dataclass(frozen=True, eq=False)
class Known:
    """A value that is known beforehand, for each of the two batch sizes.

    Attributes:
        arrays: equal (and one object) where the batch does not matter.
        name: in the file, of a weight; "" for others.
    """

    arrays: tuple[Array, Array]
    name: str = ""

    @classmethod
    def of(cls, array: Array, name: str = "") -> Known:
        """A value that does not depend on the batch."""
        return cls((array, array), name)

    @property
    def fixed(self) -> bool:
        """Whether it is the same for all batch sizes."""
        one, other = self.arrays
        return one is other or (one.shape == other.shape and np.array_equal(one, other))

    @property
    def array(self) -> Array:
        """The first one."""
        return self.arrays[0]

    def for_all(self) -> Array | None:
        """The array for every batch size, with a length of 1 where it has that of the batch; None if examples differ."""
        if self.fixed:
            return self.array
        lengths = lengths_of(self.arrays[0].shape, self.arrays[1].shape)
        if lengths is None:
            return None
        rows = self.array
        for axis, (_, batched) in enumerate(lengths):
            rows = np.take(rows, [0], axis) if batched else rows
        return rows if np.array_equal(np.broadcast_to(rows, self.array.shape), self.array) else None

    @property
    def kind(self) -> str:
        """As of a wired value."""
        return {"i": "int", "u": "int", "b": "bool", "f": "float"}.get(self.array.dtype.kind, "string")


@dataclass(frozen=True, eq=False)
class Wired:
    """A value that comes over a wire.

    Attributes:
        end: where it comes from.
        wire: shape of an example on the wire.
        atoms: lengths of the atoms, in the order in which they lie on the wire; the first is the batch.
        axes: the atoms of each axis of the file.
        kind: "float", "int" or "bool", which here is 0 and 1.
    """

    end: End
    wire: Shape
    atoms: tuple[int, ...]
    axes: Axes
    kind: str = "float"

    @property
    def rank(self) -> int:
        """Number of axes in the file."""
        return len(self.axes)

    @property
    def dtype(self) -> DType:
        """Of the numbers on the wire."""
        return DType.INT32 if self.kind == "int" else DType.FLOAT32

    def shape(self, batch: int) -> Shape:
        """Lengths of the axes of the file."""
        return tuple(math.prod(batch if a == 0 else self.atoms[a] for a in axis) for axis in self.axes)

    def length(self, axis: int) -> int:
        """Of an axis without the batch."""
        return math.prod(self.atoms[a] for a in self.axes[axis] if a)

    @property
    def batch(self) -> int | None:
        """The axis that is the batch and nothing else."""
        return next((k for k, axis in enumerate(self.axes) if axis == (0,)), None)

    def transposed(self, perm: Sequence[int]) -> Wired:
        """Its axes in another order; nothing happens on the wire."""
        return replace(self, axes=tuple(self.axes[p] for p in perm))


def wired(end: End, lengths: Sequence[int], order: Sequence[int], wire: Shape, kind: str = "float") -> Wired:
    """A value whose axes of the file lie on the wire in the order `order`, the batch first.

    Args:
        end: where it comes from.
        lengths: of all axes of the file; that of the batch does not count.
        order: axes of the file, as they lie on the wire.
        wire: shape of an example on the wire.
        kind: of the numbers.
    """
    atoms = [1]
    axes: list[tuple[int, ...]] = [()] * len(lengths)
    axes[order[0]] = (0,)
    for axis in order[1:]:
        if lengths[axis] > 1:
            axes[axis] = (len(atoms),)
            atoms.append(lengths[axis])
    return Wired(end, tuple(wire), tuple(atoms), tuple(axes), kind)


def lengths_of(one: Sequence[int], other: Sequence[int]) -> tuple[Length, ...] | None:
    """What lengths for two batch sizes say: numbers, or numbers times the batch; None where they say neither."""
    if len(one) != len(other):
        return None
    found: list[Length] = []
    for a, b in zip(one, other, strict=True):
        if a == b:
            found.append((int(a), False))
        elif a % BATCHES[0] == 0 and b == a // BATCHES[0] * BATCHES[1]:
            found.append((int(a) // BATCHES[0], True))
        else:
            return None
    return tuple(found)


def regrouped(value: Wired, lengths: Sequence[Length]) -> Wired | None:
    """The value reshaped to these lengths by dealing out its atoms anew; None where one would have to be torn apart."""
    atoms: dict[int, int] = dict(enumerate(value.atoms))
    order = list(atoms)  # as they lie on the wire
    waiting = [a for axis in value.axes for a in axis]
    axes: list[tuple[int, ...]] = []
    for length in lengths:
        number, batched = length
        group: list[int] = []
        while number > 1 or batched:
            if not waiting:
                return None
            atom = waiting[0]
            if atom == 0:
                if not batched:
                    return None
                batched = False
                group.append(waiting.pop(0))
                continue
            size = atoms[atom]
            if number > 1 and number % size == 0:
                number //= size
                group.append(waiting.pop(0))
            elif number > 1 and size % number == 0:
                rest = len(atoms)
                atoms[atom], atoms[rest] = number, size // number
                order.insert(order.index(atom) + 1, rest)
                waiting[0] = rest
                group.append(atom)
                number = 1
            else:
                return None
        axes.append(tuple(group))
    if waiting:
        return None
    places = {atom: k for k, atom in enumerate(order)}
    return replace(
        value,
        atoms=tuple(atoms[a] for a in order),
        axes=tuple(tuple(places[a] for a in axis) for axis in axes),
    )
