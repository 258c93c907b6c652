"""The network that is being drawn: parts, their weights, and values laid out as a layer needs them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.exchange.net import End, Inlet, Part
from engine.exchange.onnx.wires import Axes, Known, Wired
from engine.graph.document import UnknownLayer
from engine.layers.base import Layer
from engine.layers.flatten import Flatten
from engine.layers.permute import Permute
from engine.layers.reshape import Reshape
from engine.tensor.spec import Array, Shape


class RefusedError(Exception):
    """Why an operation of the file can't become a layer, in one sentence."""


@dataclass(eq=False)
class Drawing:
    """Parts so far.

    Attributes:
        parts: in order.
        weights: of each part by name.
        inlets: of the network.
        notes: sentences for people.
    """

    parts: dict[str, Part] = field(default_factory=dict)
    weights: dict[str, dict[str, Array]] = field(default_factory=dict)
    inlets: dict[str, Inlet] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _before: dict[End, tuple[End, Shape]] = field(
        default_factory=dict
    )  # of reshaped ends, what they are made of
    _made: dict[tuple[object, ...], End] = field(default_factory=dict)

    def add(
        self,
        name: str,
        layer: Layer | UnknownLayer,
        inputs: Sequence[End],
        weights: Mapping[str, Array] | None = None,
    ) -> End:
        """Draw a part; its first output."""
        part_id = self.free(name)
        self.parts[part_id] = Part(part_id, layer, tuple(inputs))
        if weights:
            self.weights[part_id] = dict(weights)
        return part_id, 0

    def mark(self) -> tuple[int, int, int]:
        """A moment to come back to."""
        return len(self.parts), len(self._before), len(self._made)

    def undo(self, mark: tuple[int, int, int]) -> None:
        """Forget what was drawn since."""
        kept: tuple[dict[Any, Any], ...] = (self.parts, self._before, self._made)
        for drawn, count in zip(kept, mark, strict=True):
            while len(drawn) > count:
                drawn.popitem()

    def exchange(self, part_id: str, layer: Layer, weights: Mapping[str, Array]) -> None:
        """Give a part other settings and further weights."""
        self.parts[part_id] = replace(self.parts[part_id], what=layer)
        self.weights.setdefault(part_id, {}).update(weights)

    def free(self, name: str) -> str:
        """A name like this that no part has."""
        name = name.strip("/").replace("\n", " ")[-70:] or "layer"
        taken, k = name, 1
        while taken in self.parts or taken in self.inlets:
            k += 1
            taken = f"{name} ({k})"
        return taken

    # -- laying out ----------------------------------------------------------------------------------------------
    def laid(self, value: Wired, dims: Axes, name: str = "") -> End:
        """The value on a wire whose dimensions (beside the batch) are these atoms, in this order.

        Raises:
            RefusedError: an atom is missing, so a dimension would mix with the batch.
        """
        sequence = [a for axis in dims for a in axis]
        if sorted(sequence) != list(range(1, len(value.atoms))):
            raise RefusedError("it works across the examples of a batch, which our layers keep apart")
        shape = tuple(math.prod(value.atoms[a] for a in axis) for axis in dims)
        end, wire = value.end, value.wire
        if sequence != sorted(sequence):
            end, wire = self._permuted(value, sequence, name)
        return self.reshaped(end, wire, shape, name)

    def reshaped(self, end: End, wire: Shape, shape: Shape, name: str = "") -> End:
        """An example in another shape; what was reshaped before is taken from there."""
        if wire == shape:
            return end
        source, before = self._before.get(end, (end, wire))
        if before == shape:
            return source
        key = (source, shape)
        if key not in self._made:
            layer = Flatten() if len(shape) == 1 else Reshape(target_shape=shape or (1,))
            self._made[key] = self.add(f"{name or end[0]} reshape", layer, [source])
            self._before[self._made[key]] = (source, before)
        return self._made[key]

    def _permuted(self, value: Wired, sequence: list[int], name: str) -> tuple[End, Shape]:
        """Atoms in another order: dimensions of the wire where they stay whole, otherwise as few as can be."""
        runs = _whole(value, sequence)
        if runs is None:
            runs = []
            for atom in sequence:
                if runs and atom == runs[-1][-1] + 1:
                    runs[-1].append(atom)
                else:
                    runs.append([atom])
        ordered = sorted(runs)
        shape = tuple(math.prod(value.atoms[a] for a in run) for run in ordered)
        dims = tuple(ordered.index(run) + 1 for run in runs)
        if len(dims) > 8:
            raise RefusedError("it puts more than eight dimensions in another order")
        start = self.reshaped(value.end, value.wire, shape, name)
        key = (start, dims)
        if key not in self._made:
            self._made[key] = self.add(f"{name or value.end[0]} permute", Permute(dims=dims), [start])
        return self._made[key], tuple(shape[d - 1] for d in dims)


def _whole(value: Wired, sequence: list[int]) -> list[list[int]] | None:
    """The sequence in dimensions of the wire; None where one of them would be torn apart, or is 1."""
    if not fits_wire(value) or 1 in value.wire:
        return None
    wanted = {group[0]: list(group) for group in as_wired(value)}
    runs: list[list[int]] = []
    while sequence:
        run = wanted.get(sequence[0])
        if run is None or sequence[: len(run)] != run:
            return None
        runs.append(run)
        sequence = sequence[len(run) :]
    return runs


# -- ways to lay out -----------------------------------------------------------------------------------------------
def by_axes(value: Wired, order: Sequence[int]) -> Axes:
    """The axes of the file in this order, the batch left out.

    Raises:
        RefusedError: the batch is mixed with another axis.
    """
    if value.batch is None:
        raise RefusedError("it works on examples of a batch that are mixed with another dimension")
    return tuple(value.axes[k] for k in order if k != value.batch)


def as_wired(value: Wired) -> Axes:
    """The dimensions as they are on the wire."""
    dims: list[tuple[int, ...]] = []
    atom = 1
    for length in value.wire:
        group: list[int] = []
        while math.prod(value.atoms[a] for a in group) < length and atom < len(value.atoms):
            group.append(atom)
            atom += 1
        dims.append(tuple(group))
    return tuple(dims)


def fits_wire(value: Wired) -> bool:
    """Whether the wire's dimensions are whole axes of the file, or 1."""
    dims = as_wired(value)
    shape = tuple(math.prod(value.atoms[a] for a in axis) for axis in dims)
    return shape == value.wire and all(not d or d in value.axes for d in dims)


def spread(constant: Known, value: Wired, dims: Axes) -> Array:
    """A constant that is combined with a value number by number, in the shape (beside the batch) of a wire.

    Args:
        constant: in the order of the file, its lengths those of the value or 1.
        value: what it meets.
        dims: the atoms of each dimension of the wire.

    Raises:
        RefusedError: it is not the same for all examples, or longer than the value.
    """
    array = constant.for_all()
    if array is None or array.ndim > value.rank:
        raise RefusedError("it combines examples with numbers that depend on their place in the batch")
    array = array.reshape((1,) * (value.rank - array.ndim) + array.shape)
    shape: list[int] = []
    for length, axis in zip(array.shape, value.axes, strict=True):
        wanted = [1 if a == 0 else value.atoms[a] for a in axis]
        if length == 1:
            shape += [1] * len(axis)
        elif length == math.prod(wanted):
            shape += wanted
        else:
            raise RefusedError("a constant of it has other lengths than what it meets")
    return _in_order(array.reshape(shape), value, dims)


def _in_order(array: Array, value: Wired, dims: Axes) -> Array:
    atoms = [a for axis in value.axes for a in axis]
    own = dict(zip(atoms, array.shape, strict=True))
    sequence = [a for axis in dims for a in axis]
    turned = array.transpose([atoms.index(a) for a in (0, *sequence)]) if atoms else array
    result: list[int] = []
    for axis in dims:  # a dimension that is partly spread is spread wholly
        if any(own[a] == 1 for a in axis) and any(own[a] > 1 for a in axis):
            full = tuple(value.atoms[a] if a else 1 for a in (0, *sequence))
            turned = np.broadcast_to(turned, full)
            return np.ascontiguousarray(turned.reshape([math.prod(value.atoms[a] for a in d) for d in dims]))
        result.append(math.prod(own[a] for a in axis))
    return np.ascontiguousarray(turned.reshape(result))
