"""Explains numbers of a network for one example of its data, on a copy of its weights: nothing of a run is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.compiler.model import DATA, ModelCompiler
from engine.data.bundle import DataBundle
from engine.graph.document import ModelGraph
from engine.ops.op import OpKind
from engine.program.program import Node, Storage
from engine.tensor.spec import Array, DType, Shape
from engine.training.adaptation import HostSide, adapt_weights
from engine.training.explain.chain import ChainEdge, chain
from engine.training.explain.formula import Expression, formula
from engine.training.explain.names import Kind, Symbol, symbol_of
from engine.training.explain.trace import Place, Trace, traced
from engine.training.features import class_counts, feature_specs
from engine.training.objectives import objectives_of


@dataclass(frozen=True)
class Tensor:
    """Numbers that can be asked for: what a layer gives, or one of its weights.

    Attributes:
        node: the canvas node.
        name: of the output port or of the weight.
        is_weight: which of the two.
        value: by which the trace knows it.
        shape: of it, without the batch.
    """

    node: str
    name: str
    is_weight: bool
    value: int
    shape: Shape


@dataclass(frozen=True)
class Explained:
    """What there is to say about one number.

    Attributes:
        place, symbol, value: which number, its name, and what it is today.
        formula: what it is made of.
        slope: of the loss along it; None where the loss does not depend on it.
        edges: the chain rule from the number to the loss.
        loss: of the example.
        maker: the op that makes it: for whoever shows the program that computes it; None where nothing does.
    """

    place: Place
    symbol: Symbol
    value: float
    formula: Expression
    slope: float | None
    edges: tuple[ChainEdge, ...]
    loss: float
    maker: Node | None


class Explainer:
    """Looks at one network with some weights. Used by one thread at a time.

    Args:
        graph: without errors.
        bundle: its data.
        states: as in a snapshot; None: the weights it begins with.
        seed: that those are drawn with.

    Raises:
        LoweringError: the network cannot be trained as it is, or the weights are those of another one.
    """

    def __init__(
        self, graph: ModelGraph, bundle: DataBundle, states: Mapping[str, Array] | None = None, seed: int = 0
    ) -> None:
        self._bundle = bundle
        objectives = objectives_of(graph, bundle.spec, class_counts(bundle))
        self.compiler = ModelCompiler(graph, feature_specs(bundle.spec), objectives)
        self._host = HostSide(self.compiler, bundle.inputs, bundle.train, states)
        self._weights = dict(states) if states is not None else self._fresh(seed)
        self._traced: tuple[int, Trace] | None = None

    def _fresh(self, seed: int) -> dict[str, Array]:
        sizes = self.compiler.arena_sizes()
        states: dict[str, Array] = {name: np.zeros(size, np.float32) for name, size in sizes.items()}
        places = self.compiler.weights()
        for name, array in self.compiler.fresh_weights(seed).items():
            place = places[name].member
            states[place.arena][place.offset : place.offset + place.spec.size] = array.reshape(-1)
        adapt_weights(self.compiler, self._host.inputs(self._bundle.inputs), self._bundle.train, states)
        return states

    def trace(self, row: int) -> Trace:
        """The forward pass for a row of the data, with all slopes."""
        if self._traced is None or self._traced[0] != row:
            self._traced = (row, self._trace(row))
        return self._traced[1]

    def _trace(self, row: int) -> Trace:
        bundle, part = self._bundle, slice(row, row + 1)
        arrays = self._host.inputs({name: np.asarray(a[part]) for name, a in bundle.inputs.items()})
        arrays |= {n: np.asarray(a[part]) for n, a in {**bundle.targets, **bundle.weights}.items()}
        forward, loss = self.compiler.begun(1, 1)
        zero = np.zeros((), np.int32)
        outside: dict[tuple[Storage, str], Array] = {
            (Storage.FEED, "index"): np.zeros(1, np.int32),
            (Storage.FEED, "step"): zero,
            (Storage.FEED, "seed"): zero,
        }
        outside |= {(Storage.DATA, f"{DATA}/{name}"): array for name, array in arrays.items()}
        outside |= {(Storage.STATE, name): array for name, array in self._weights.items()}
        return traced(forward.builder, loss, forward.handles, forward.tensors, outside)

    def tensors(self, row: int) -> list[Tensor]:
        """Everything that can be asked for, in the order in which it is computed."""
        trace = self.trace(row)
        found = []
        for (node, port), value in trace.outputs.items():
            shape = trace.shape(value)[1:]
            if trace.program.values[value].spec.dtype is DType.FLOAT32:
                found.append(Tensor(node, port, False, value, shape))
            for name, weight in trace.weights.items():
                owner, _, own = name.partition("/")
                if owner == node and port == self._first_port(trace, node):
                    found.append(Tensor(node, own, True, weight, trace.shape(weight)))
        return found

    def _first_port(self, trace: Trace, node: str) -> str:
        return next(port for owner, port in trace.outputs if owner == node)

    def explain(self, place: Place, row: int, through: str = "") -> Explained:
        """What there is to say about a number.

        Args:
            place: which one.
            row: of the data, for which.
            through: the canvas node that reads it, where it is looked at in a wire.
        """
        trace = self.trace(row)
        symbol = symbol_of(trace, place)
        return Explained(
            place,
            symbol,
            trace.number(place),
            formula(trace, place),
            trace.gradient(place),
            chain(trace, place, through),
            float(trace.numbers[trace.loss].reshape(())),
            None if symbol.kind in (Kind.WEIGHT, Kind.DATA) else _computing(trace, place),
        )


def _computing(trace: Trace, place: Place) -> Node | None:
    """The node that computes a number, rather than one that only puts it somewhere else."""
    node = trace.makers.get(place.value)
    while node is not None and node.op.kind is OpKind.VIEW and node.inputs[0] in trace.makers:
        node = trace.makers[node.inputs[0]]
    return node
