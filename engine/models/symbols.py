"""Drawing a network in a script: calling a layer on symbols gives symbols, whose shapes are known at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.facts import layer_facts
from engine.layers.base import Layer
from engine.layers.input import Input as Source
from engine.layers.registry import layers
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, format_shape

COLUMN, ROW = 250.0, 150.0  # of the canvas, where a drawn network may be looked at later


@dataclass(frozen=True, eq=False)
class Call:
    """One use of a layer: of which inputs it makes which outputs, and the weights it starts with, if they are known."""

    layer: Layer
    inputs: tuple[Symbol, ...]
    outputs: tuple[TensorSpec, ...]
    starts: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Symbol:
    """A value of a network that is being drawn; made by `Input` and by calling layers.

    Attributes:
        call: what makes it; None for an input.
        port: which of the outputs of the call it is.
        spec: without the batch.
        name: of an input; "" gives it one when a model is made of it.
    """

    call: Call | None
    port: int
    spec: TensorSpec
    name: str = ""

    @property
    def shape(self) -> tuple[int | None, ...]:
        """As in Keras: None for the batch, then the shape of one example."""
        return (None, *self.spec.shape)

    @property
    def dtype(self) -> DType:
        """Element type."""
        return self.spec.dtype

    def __repr__(self) -> str:
        return f"<Symbol {self.name or (self.call.layer.title() if self.call else '')} {format_shape(self.spec.shape)}>"

    def apply(
        self, layer: Layer, inputs: Sequence[object], starts: Mapping[str, Array] | None = None
    ) -> Symbol | tuple[Symbol, ...]:
        """The outputs of a layer on symbols; called by `layer(..)`.

        Raises:
            ShapeError: the layer can't be built on these shapes; one sentence.
            TypeError: an input is no symbol.
        """
        symbols = tuple(i for i in inputs if isinstance(i, Symbol))
        if len(symbols) < len(inputs):
            wrong = next(i for i in inputs if not isinstance(i, Symbol))
            raise TypeError(
                f"{layer.title()} is called on what Input(..) and other layers gave, received {wrong!r:.60}."
            )
        _ports(layer, len(symbols))
        facts = layer_facts(layer, tuple(s.spec for s in symbols))
        if facts.error:
            raise ShapeError(facts.error)
        call = Call(layer, symbols, facts.outputs, starts or {})
        made = tuple(Symbol(call, k, spec) for k, spec in enumerate(facts.outputs))
        return made[0] if len(made) == 1 else made

    def __add__(self, other: Symbol) -> Symbol:
        return self._merged("Add", other)

    def __sub__(self, other: Symbol) -> Symbol:
        return self._merged("Subtract", other)

    def __mul__(self, other: Symbol) -> Symbol:
        return self._merged("Multiply", other)

    def _merged(self, kind: str, other: Symbol) -> Symbol:
        made = self.apply(layers()[kind](), (self, other))
        assert isinstance(made, Symbol)  # merge layers have one output
        return made


def Input(shape: Shape | int, *, dtype: str = "float32", name: str = "") -> Symbol:  # noqa: N802 - as in Keras
    """Where data enters: `shape` of one example, without the batch.

    >>> Input((28, 28, 1)).shape
    (None, 28, 28, 1)

    Raises:
        ShapeError: one sentence on a shape or type that data can't have.
    """
    kinds = [kind.value for kind in DType]
    if dtype not in kinds:
        raise ShapeError(f"An input holds {', '.join(kinds)}, received {dtype!r}. Take float32 for numbers.")
    lengths = shape if isinstance(shape, list | tuple) else (shape,)
    if not all(str(n).isdecimal() and n > 0 for n in lengths):
        raise ShapeError(
            f"The shape of an input has lengths from 1 on, without the batch, received {shape!r}. "
            "Give every length as a number: sequences of different lengths are padded to the longest."
        )
    return Symbol(None, 0, TensorSpec(tuple(lengths), DType(dtype)), name)


def _ports(layer: Layer, wires: int) -> list[str]:
    """The input port of each of so many inputs, in order; a variadic port takes all that are left for it."""
    ports = layer.input_ports()
    names: list[str] = []
    for port in ports:
        names += [port.name] * (wires - len(names) if port.variadic else int(len(names) < wires))
    needed = sum(p.minimum for p in ports)
    if len(names) != wires or wires < needed:
        raise ShapeError(
            f"{layer.title()} takes {needed or len(ports)} inputs, received {wires}. Call it on all of them."
        )
    return names


@dataclass(frozen=True, eq=False)
class Drawing:
    """Symbols as a document.

    Attributes:
        graph: sources, layers and wires.
        inputs: names of the features, in the order of the model's inputs.
        ends: (node, port) of each output.
        starts: weights that are known already, by `<node>/<weight>`.
    """

    graph: ModelGraph
    inputs: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]
    starts: Mapping[str, Array] = field(default_factory=dict)


def draw(inputs: Sequence[Symbol], outputs: Sequence[Symbol]) -> Drawing:
    """The document of a network; the same layer object used twice shares its weights.

    Raises:
        ShapeError: an output depends on an input that is not among `inputs`.
    """
    graph = ModelGraph()
    places: dict[tuple[int, int], tuple[str, str]] = {}
    names = _feature_names(inputs)
    for row, (symbol, name) in enumerate(zip(inputs, names, strict=True)):
        node = graph.new_node(Source(feature=name), (0.0, ROW * row))
        graph.insert_node(node)
        places[id(symbol), 0] = (node.id, "output")
    owners: dict[int, str] = {}
    starts: dict[str, Array] = {}
    for column, call in enumerate(_in_order(inputs, outputs), start=1):
        owner = owners.get(id(call.layer))
        made = graph.new_node(call.layer, (COLUMN * column, 0.0))
        node = Node(made.id, made.layer, made.name, made.position, owner)
        graph.insert_node(node)
        if owner is None:
            owners[id(call.layer)] = node.id
            starts |= {f"{node.id}/{name}": array for name, array in call.starts.items()}
        for symbol, port in zip(call.inputs, _ports(call.layer, len(call.inputs)), strict=True):
            graph.insert_edge(Edge(*_place(places, symbol), node.id, port))
        for k, out in enumerate(call.layer.output_ports()):
            places[id(call), k] = (node.id, out.name)
    return Drawing(graph, names, tuple(_place(places, o) for o in outputs), starts)


def _place(places: dict[tuple[int, int], tuple[str, str]], symbol: Symbol) -> tuple[str, str]:
    maker = symbol if symbol.call is None else symbol.call
    return places[id(maker), symbol.port]


def _feature_names(inputs: Sequence[Symbol]) -> tuple[str, ...]:
    taken = {i.name for i in inputs if i.name}
    free = (name for k in count() if (name := f"x{k}") not in taken)
    if len(inputs) == 1:
        return (inputs[0].name or "x",)
    return tuple(i.name or next(free) for i in inputs)


def _in_order(inputs: Sequence[Symbol], outputs: Sequence[Symbol]) -> list[Call]:
    """All calls that the outputs depend on, each after those it reads (no recursion: networks may be deep)."""
    known = {id(i) for i in inputs}
    order: dict[int, Call] = {}
    stack = list(reversed(outputs))
    while stack:
        symbol = stack[-1]
        if id(symbol) in known or (symbol.call is not None and id(symbol.call) in order):
            stack.pop()
            continue
        if symbol.call is None:
            raise ShapeError(
                f"The model depends on the input {symbol.name or format_shape(symbol.spec.shape)}, which is not among "
                "its inputs. Give all inputs to Model(inputs, outputs)."
            )
        waiting = [
            i
            for i in symbol.call.inputs
            if id(i) not in known and (i.call is None or id(i.call) not in order)
        ]
        if waiting:
            stack += reversed(waiting)
        else:
            order[id(symbol.call)] = symbol.call
            stack.pop()
    return list(order.values())
