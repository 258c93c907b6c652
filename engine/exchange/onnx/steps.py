"""One operation of the file on its way to a layer, and the registry of those that have one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from engine.exchange.net import End
from engine.exchange.onnx.drawing import Drawing, RefusedError, as_wired, by_axes, fits_wire
from engine.exchange.onnx.graphs import OnnxNode
from engine.exchange.onnx.wires import Axes, Known, Wired, wired
from engine.layers.base import Layer
from engine.registry import import_modules
from engine.tensor.spec import Array, Shape

Value = Known | Wired
Result = Value | tuple[Value, ...]


@dataclass(eq=False)
class Step:
    """What a matching function gets.

    Attributes:
        node: the operation.
        opset: version of the standard operators.
        inputs: its values; None for those left out.
        drawing: where layers are drawn.
        uses: how often each value of the file is read.
        named: by part, the names of the values that come from it; to lie on the wire in another way is another name.
        baked: the batch size that the file was saved with, if it has one.
    """

    node: OnnxNode
    opset: int
    inputs: Sequence[Value | None]
    drawing: Drawing
    uses: Mapping[str, int]
    baked: int | None = None
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.node.attributes.get(name, default)

    def has(self, k: int) -> bool:
        """Whether there is an input of that number."""
        return k < len(self.inputs) and self.inputs[k] is not None

    def value(self, k: int) -> Value:
        """An input of any kind; raises RefusedError."""
        found = self.inputs[k] if k < len(self.inputs) else None
        if found is None:
            raise RefusedError("an input of it is missing")
        return found

    def wire(self, k: int = 0) -> Wired:
        """An input that comes over a wire; raises RefusedError."""
        found = self.value(k)
        if not isinstance(found, Wired):
            raise RefusedError("an input of it is a constant")
        return found

    def known(self, k: int) -> Array:
        """An input that is known and the same for every batch; raises RefusedError."""
        found = self.value(k)
        if not isinstance(found, Known) or not found.fixed:
            raise RefusedError("an input of it that must be a constant is computed")
        return found.array

    def option(self, name: str, k: int, default: Any = None) -> Any:
        """What is an attribute in old files and an input in new ones: a number, or a tuple of them."""
        if name in self.node.attributes:
            return self.get(name)
        if not self.has(k):
            return default
        array = self.known(k)
        return tuple(array.tolist()) if array.ndim else array.item()

    def sole(self, k: int) -> bool:
        """Whether nothing else reads the part that an input comes from, under this or another name."""
        found = self.inputs[k]
        names = self.named.get(found.end[0], ()) if isinstance(found, Wired) else ()
        return sum(self.uses.get(n, 0) for n in names) - (len(names) - 1) == 1

    def put(
        self, layer: Layer, *ends: End, weights: Mapping[str, Array] | None = None, name: str = ""
    ) -> End:
        """Draw a layer under the node's name."""
        return self.drawing.add(name or self.node.name, layer, ends, weights)

    # -- laying out ----------------------------------------------------------------------------------------------
    def axis(self, value: Wired, axis: int) -> int:
        """An axis counted from the front; raises RefusedError."""
        if not -value.rank <= axis < max(value.rank, 1):
            raise RefusedError(f"it names the axis {axis} of a value with {value.rank}")
        return axis % max(value.rank, 1)

    def along(self, value: Wired, axis: int) -> tuple[Wired, int]:
        """The value on a wire that has an axis of the file as a dimension, and which that is (1 is the first)."""
        axis = self.axis(value, axis)
        if axis == value.batch:
            raise RefusedError("it works across the examples of a batch, which our layers keep apart")
        if value.axes[axis] and fits_wire(value):
            return value, as_wired(value).index(value.axes[axis]) + 1
        if 0 in value.axes[axis]:
            raise RefusedError("it works on examples of a batch that are mixed with another dimension")
        value, order = self.plain(value)
        return value, order.index(axis)

    def plain(self, value: Wired, order: Sequence[int] | None = None) -> tuple[Wired, list[int]]:
        """The value with every axis of the file a dimension of the wire, in an order; and that order, batch first."""
        ranks = [k for k in range(value.rank) if k != value.batch] if order is None else list(order)
        if value.batch is None:
            raise RefusedError("it works on examples of a batch that are mixed with another dimension")
        ranks = [k for k in ranks if k != value.batch]
        end = self.drawing.laid(value, by_axes(value, ranks), self.node.name)
        lengths = [value.length(k) for k in range(value.rank)]
        order = [value.batch, *ranks]
        return wired(end, lengths, order, tuple(lengths[k] for k in ranks), value.kind), list(order)

    def same(self, layer: Layer, value: Wired, weights: Mapping[str, Array] | None = None) -> Wired:
        """A layer that keeps the shape, on the wire as it is."""
        return replace(value, end=self.put(layer, value.end, weights=weights))


def channels_last(step: Step, value: Wired) -> Wired:
    """(batch, channels, lengths..) of the file with the channels last on the wire."""
    if value.rank < 3 or value.batch != 0:
        raise RefusedError("it needs a batch of sequences, pictures or volumes")
    return step.plain(value, [*range(2, value.rank), 1])[0]


def seen(value: Wired) -> Axes:
    """For values that are laid out: the dimensions of the wire."""
    return as_wired(value)


def from_channels_last(end: End, lengths: Sequence[int], channels: int, kind: str = "float") -> Wired:
    """What a layer on (batch, lengths.., channels) gives, as the file sees it."""
    shape: Shape = (*lengths, channels)
    rank = len(shape) + 1
    return wired(end, [1, channels, *lengths], [0, *range(2, rank), 1], shape, kind)


Match = Callable[[Step], Result]
_FOUND: dict[str, Match] = {}


def match(*operators: str) -> Callable[[Match], Match]:
    """Register a function for operators; it raises RefusedError where no layer does what is asked."""

    def register(function: Match) -> Match:
        for name in operators:
            _FOUND[name] = function
        return function

    return register


@cache
def matches() -> Mapping[str, Match]:
    """The functions by operator."""
    import engine.exchange.onnx.matching as package  # its modules import this one

    import_modules(package.__name__)
    return _FOUND


def numbers(value: Any) -> tuple[int, ...]:
    """Whole numbers of an attribute or array."""
    return tuple(int(v) for v in np.asarray(value).reshape(-1))
