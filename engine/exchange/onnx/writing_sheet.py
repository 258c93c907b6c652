"""An ONNX graph in terms of the values of a flat network, with the order in which the axes of each value lie.

ONNX slides windows over channels-first tensors, ours have the channels last. Each value is therefore kept in the order in
which it was made; it is put in another one only where somebody needs that. Between two convolutions nobody does, and a
transposition of ours costs nothing until it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.exchange.batches import Rows, Size
from engine.exchange.flat import Flat, FlatValue, Operation
from engine.exchange.onnx.writing_pen import Pen
from engine.tensor.spec import Array

Order = tuple[int, ...]  # for each axis of the ONNX tensor, which axis of our value it is


def plain(rank: int) -> Order:
    """Our own order."""
    return tuple(range(rank))


def channels_first(rank: int) -> Order:
    """Batch, channels, lengths."""
    return (0, rank - 1, *range(1, rank - 1))


class Sheet:
    """What the writers of ops read and give values on.

    Args:
        network: with constants folded.
        whole: the same before that, for what its constants were made from.
        taken: names that the graph must not use inside: those of inputs and outputs.
    """

    def __init__(self, network: Flat, whole: Flat, taken: set[str]) -> None:
        self.network, self.whole = network, whole
        self.pen = Pen(taken | set(network.inputs), network.inputs[0] if network.inputs else "")
        self._forms: dict[str, dict[Order, str]] = {}
        self._later: dict[str, Callable[[], str]] = {}
        self.mixed: dict[str, tuple[str, Array]] = {}  # rows of numbers in another order, and in which
        self.truths: dict[str, tuple[str, Order]] = {}  # comparisons as bool
        self.makers = {name: o for o in whole.operations for name in o.outputs}
        self.readers: dict[str, list[Operation]] = {}
        for o in network.operations:
            for name in o.inputs:
                self.readers.setdefault(name, []).append(o)
        for name in network.inputs:
            self.give(name, name)

    # -- what is known of a value ---------------------------------------------------------------------------
    def value(self, name: str) -> FlatValue:
        """Its shape and type."""
        return self.whole.values[name] if name in self.whole.values else self.network.values[name]

    def shape(self, name: str) -> tuple[Size, ...]:
        """Its lengths."""
        return self.value(name).shape

    def constant(self, name: str) -> Array | None:
        """Its numbers, where they are known now."""
        found = self.network.weights.get(name)
        return self.network.constants.get(name) if found is None else found

    def spread(self, name: str) -> Array | None:
        """The constant that was repeated for every example to make it, or that it is."""
        while (maker := self.makers.get(name)) is not None and maker.op.name == "broadcast_to":
            name = maker.inputs[0]
        return self.constant(name)

    def maker(self, name: str, op: str) -> Operation | None:
        """The operation that made it, if it is of that kind."""
        found = self.makers.get(name)
        return found if found is not None and found.op.name == op else None

    def only_reader(self, name: str) -> Operation | None:
        """The one operation that reads it, if nobody else does."""
        found = self.readers.get(name, [])
        shown = any(value == name for _, value in self.network.outputs)
        return found[0] if len(found) == 1 and not shown else None

    # -- reading --------------------------------------------------------------------------------------------
    def read(self, name: str, order: Order | None = None) -> str:
        """The ONNX tensor that holds the value with its axes in that order (ours, if not said)."""
        array = self.constant(name)
        order = plain(len(self.shape(name))) if order is None else order
        if array is not None:
            return self.pen.array(np.ascontiguousarray(array.transpose(order)), name)
        forms = self._forms.setdefault(name, {})
        if not forms and name in self._later:
            forms[plain(len(order))] = self._later.pop(name)()
        if order not in forms:
            own, tensor = next(iter(forms.items()))
            forms[order] = self.pen.add("Transpose", tensor, perm=[own.index(axis) for axis in order])
        return forms[order]

    def order(self, name: str) -> Order:
        """An order in which it is there without effort, the examples first; ours, if that is one of them.

        Programs that read the file take what comes first for the examples, so other orders are for who asks for them.
        """
        shape = self.shape(name)
        usual = plain(len(shape))
        forms = self._forms.get(name) or {usual: ""}
        first = [order for order in forms if order and isinstance(shape[order[0]], Rows)]
        if usual in first or (not first and (usual in forms or (shape and isinstance(shape[0], Rows)))):
            return usual
        return first[0] if first else next(iter(forms))

    def common(self, names: Sequence[str], rank: int) -> Order:
        """An order in which most of these values are there and the others can be read."""
        usual = plain(rank)
        wanted = [self.order(n) for n in names if self.constant(n) is None]
        if any(len(o) not in (0, rank) for o in wanted):
            return usual
        return next((o for o in wanted if o not in (usual, ())), usual)

    def operand(self, name: str, order: Order) -> str:
        """A value that is combined with others of the rank of `order`, as broadcasting would stretch it."""
        rank = len(self.shape(name))
        if order == plain(len(order)) or not rank:
            return self.read(name)
        array = self.constant(name)
        if array is None:
            return self.read(name, order)
        wide = array.reshape((1,) * (len(order) - rank) + array.shape).transpose(order)
        return self.pen.array(np.ascontiguousarray(wide), name)

    # -- giving ---------------------------------------------------------------------------------------------
    def give(self, name: str, tensor: str, order: Order | None = None) -> None:
        """Say which ONNX tensor holds a value, and in which order."""
        self._forms.setdefault(name, {})[order or plain(len(self.shape(name)))] = tensor

    def replace(self, name: str, tensor: str, order: Order | None = None) -> None:
        """The same, instead of what held it so far."""
        self._forms.pop(name, None)
        self.give(name, tensor, order)

    def same(self, name: str, source: str, perm: Order | None = None) -> None:
        """A value that has the numbers of another, whose axes it may have in another order."""
        array = self.constant(source)
        rank = len(self.shape(source))
        if array is not None:
            self.give(name, self.read(source, perm))
            return
        perm = perm or plain(rank)
        self.read(source, self.order(source))
        for order, tensor in self._forms[source].items():
            self.give(name, tensor, tuple(perm.index(axis) for axis in order))

    def later(self, name: str, make: Callable[[], str]) -> None:
        """The value is made, in our order, by whoever is the first to read it."""
        self._later[name] = make

    def grows(self, name: str) -> bool:
        """Whether its size depends on the number of examples."""
        return any(isinstance(n, Rows) for n in self.shape(name))
