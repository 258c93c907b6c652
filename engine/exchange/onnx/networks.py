"""The graph of an ONNX file as a network of parts: what is known is computed, what a layer does becomes that layer.

An operation that no layer does alone becomes an Op of our own operations, and one that we do not have at all a red node
that keeps its name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.exchange.net import End, Net
from engine.exchange.onnx import folding
from engine.exchange.onnx.drawing import Drawing, RefusedError, by_axes
from engine.exchange.onnx.graphs import OnnxGraph, OnnxNode, Subgraph
from engine.exchange.onnx.inputs import GUESSES, Inlets
from engine.exchange.onnx.steps import Result, Step, Value, matches
from engine.exchange.onnx.wires import Known, Wired, wired
from engine.formats.errors import FormatError
from engine.graph.document import UnknownLayer
from engine.tensor.spec import Array

MOST_COMPUTED = 1 << 29  # numbers that are made while a file is read


# what settings that no program writes lead to
_STRANGE = (ValueError, TypeError, KeyError, IndexError, ArithmeticError, MemoryError)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A network that was read.

    Attributes:
        net: the network.
        weights: of each part by name.
        notes: sentences for people.
    """

    net: Net
    weights: Mapping[str, Mapping[str, Array]]
    notes: tuple[str, ...]


@dataclass(eq=False)
class _Reader:
    graph: OnnxGraph
    drawing: Drawing = field(default_factory=Drawing)
    values: dict[str, Value] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    named: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    baked: int | None = None
    computed: int = 0

    def begin(self, guess: int) -> bool:
        """Inputs, constants, and how often each value is read; whether lengths had to be guessed."""
        for node in self.graph.nodes:
            self.uses.update(i for i in node.inputs if i)
        self.uses.update(p.name for p in self.graph.outputs)
        inlets = Inlets(self.graph, self.drawing, guess=guess)
        self.values |= inlets.values()
        self.baked = inlets.baked
        for name, array in self.graph.constants.items():
            self.values[name] = Known.of(array, name)
        return inlets.guessed

    def read(self, node: OnnxNode) -> None:
        """One operation."""
        inputs = [self.values[i] if i else None for i in node.inputs]
        step = Step(node, self.graph.opset, inputs, self.drawing, self.uses, self.baked, self.named)
        before = self.drawing.mark()
        try:
            result = self._result(step)
            count = len(result) if isinstance(result, tuple) else 1
            if any(self.uses[o] for o in node.outputs[count:] if o):
                raise RefusedError("an output of it that is read is not among what we compute")
        except RefusedError as error:
            self.drawing.undo(before)
            result = self._unknown(step, str(error))
        results = result if isinstance(result, tuple) else (result,)
        for name, value in zip(node.outputs, results, strict=False):
            if name:
                self._keep(name, value)

    def _account(self, known: Result) -> None:
        """Refuse files that make work out of nothing; what is filled with one number takes no room."""
        for value in known if isinstance(known, tuple) else (known,):
            if isinstance(value, Known) and any(value.array.strides):
                self.computed += value.array.size
        if self.computed > MOST_COMPUTED:
            raise FormatError(
                f"The model has more than {MOST_COMPUTED:,} numbers computed out of constants; save them in it."
            )

    def _keep(self, name: str, value: Value) -> None:
        self.values[name] = value
        if isinstance(value, Wired):
            self.named.setdefault(value.end[0], []).append(name)

    def _result(self, step: Step) -> Result:
        if any(isinstance(v, Subgraph) for v in step.node.attributes.values()):
            raise RefusedError("it runs a graph of its own, which is not read")
        try:
            known = folding.folded(step)
        except _STRANGE as error:
            raise RefusedError("its settings can't be read") from error
        if known is not None:
            self._account(known)
            return known
        if step.node.op in self.graph.functions:
            raise RefusedError("it is a function that the file defines")
        function = matches().get(step.node.op)
        before = self.drawing.mark()
        if function is not None:
            try:
                return function(step)
            except (RefusedError, *_STRANGE):
                self.drawing.undo(before)
        try:
            return folding.generic(step)
        except _STRANGE as error:
            raise RefusedError("its settings can't be read") from error

    # -- what we do not have -------------------------------------------------------------------------------------
    def _unknown(self, step: Step, reason: str) -> Result:
        """A red node; what comes from it has the shape that the file tells, or that of what goes in."""
        node, op = step.node, step.node.op
        wires = [v for v in step.inputs if isinstance(v, Wired)]
        sentence = f"There is no layer for the ONNX operator {op} here: {reason}."
        layer = UnknownLayer(op, _plain(node.attributes), sentence)
        end = self.drawing.add(node.name, layer, [w.end for w in wires][:64])
        self.refused[end[0]] = op
        results: list[Value] = []
        for k, name in enumerate(node.outputs[:16]):
            results.append(self._guessed(name, (end[0], k), wires))
        return tuple(results) or (self._guessed("", end, wires),)

    def _guessed(self, name: str, end: End, wires: list[Wired]) -> Wired:
        port = self.graph.known.get(name) or next((p for p in self.graph.outputs if p.name == name), None)
        if port is not None and port.shape:
            lengths = [n if isinstance(n, int) and 0 < n < 1 << 20 else 1 for n in port.shape]
        elif wires:
            return replace(wires[0], end=end)
        else:
            lengths = [1, 1]
        kind = port.kind if port is not None and port.kind in ("int", "bool") else "float"
        order = list(range(len(lengths)))
        return wired(end, lengths, order, tuple(lengths[1:]), kind)

    # -- the whole -----------------------------------------------------------------------------------------------
    def ended(self) -> Drawn:
        """The network up to the outputs of the file."""
        ends: list[End] = []
        for port in self.graph.outputs:
            value = self.values[port.name]
            if isinstance(value, Known):
                self.drawing.notes.append(
                    f"The output {port.name:.60} does not depend on the inputs and is left out."
                )
                continue
            ends.append(self._output(value))
        if not ends:
            raise FormatError("No output of the model depends on its inputs, so there is nothing to draw.")
        self._say_refused()
        used = _needed(self.drawing, ends)
        parts = tuple(p for p in self.drawing.parts.values() if p.id in used)
        net = Net(tuple(self.drawing.inlets.values()), parts, tuple(ends), "onnx")
        return Drawn(net, self.drawing.weights, tuple(dict.fromkeys(self.drawing.notes)))

    def _output(self, value: Wired) -> End:
        """As the file has it; where the batch is not the first axis, it is now."""
        if value.end[0] in self.refused:
            return value.end
        try:
            dims = by_axes(value, range(value.rank))
            return self.drawing.laid(value, dims or ((),), value.end[0])
        except RefusedError:
            self.drawing.notes.append(
                "An output mixes the examples of a batch with another dimension; it has a row for each example here."
            )
            return value.end

    def _say_refused(self) -> None:
        if not self.refused:
            return
        operators = ", ".join(sorted(set(self.refused.values())))[:200]
        count = len(self.refused)
        nodes = "One node is" if count == 1 else f"{count} nodes are"
        self.drawing.notes.append(f"{nodes} red, because there is no layer here for {operators}.")


def _needed(drawing: Drawing, ends: list[End]) -> set[str]:
    found: set[str] = set()
    waiting = [e[0] for e in ends]
    while waiting:
        name = waiting.pop()
        if name in found or name not in drawing.parts:
            continue
        found.add(name)
        waiting += [e[0] for e in drawing.parts[name].inputs]
    return found


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as JSON can hold them; long ones are cut."""
    found: dict[str, Any] = {}
    for name, value in list(attributes.items())[:64]:
        if isinstance(value, np.ndarray):
            found[name] = (
                value.tolist() if value.size <= 64 and value.dtype.kind in "fiub" else f"array {value.shape}"
            )
        elif isinstance(value, tuple):
            found[name] = [v if isinstance(v, int | float | str) else str(v)[:80] for v in value[:64]]
        elif isinstance(value, float) and not math.isfinite(value):
            found[name] = str(value)
        else:
            found[name] = value if isinstance(value, int | float | str) else str(value)[:80]
    return found


def network(graph: OnnxGraph) -> Drawn:
    """The network of a graph.

    Raises:
        FormatError: nothing of it can be drawn.
    """
    best: _Reader | None = None
    for guess in range(len(GUESSES)):
        reader = _Reader(graph)
        guessed = reader.begin(guess)
        for node in graph.nodes:
            reader.read(node)
        if best is None or len(reader.refused) < len(best.refused):
            best = reader
        if not guessed or not best.refused:
            break
    assert best is not None
    return best.ended()
