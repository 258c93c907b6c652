"""The chain rule, edge by edge: from the loss back to one number, each edge with its local derivative.

A number may reach the loss in many ways; the slope of the loss along it is the sum over all of them of the products of
local derivatives. The chain goes the way that adds most; at each edge it says how many others there are and what they
add. Ways that part and meet again within one layer, or within the loss, are one edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.ops.op import Call, Op, OpKind
from engine.ops.tape import ONE, Apply, Tape
from engine.program.program import Node
from engine.tensor.spec import ShapeError
from engine.training.explain.formula import Expression, Leaf, combined, operand_index
from engine.training.explain.local import derivative, operands_of, reached
from engine.training.explain.names import Symbol, symbol_of
from engine.training.explain.trace import Place, Trace

MOST_BETWEEN = 100  # numbers that ways may pass through before they meet


@dataclass(frozen=True)
class ChainEdge:
    """One step of the chain rule.

    Attributes:
        of, wrt: the later number, and the one it is made of.
        of_symbol, wrt_symbol: what they are called.
        op: name of what makes the one of the other; "" for ways that part and meet again.
        origin: the canvas node that the op belongs to.
        derivative: of `of` with respect to `wrt`.
        rule: the derivative as a formula; None where the op has none that could be written.
        slope: of the loss with respect to `of`.
        ways: in how many other ways `wrt` reaches the loss from here.
        others: what they add to the slope along `wrt`.
        merged: numbers in between, of ways that part and meet again.
    """

    of: Place
    wrt: Place
    of_symbol: Symbol
    wrt_symbol: Symbol
    op: str
    origin: str
    derivative: float
    rule: Expression | None
    slope: float
    ways: int = 0
    others: float = 0.0
    merged: int = 0


@dataclass(frozen=True)
class _Way:
    node: Node
    position: int
    of: Place
    adds: float
    derivative: float  # about


def chain(trace: Trace, place: Place, through: str = "") -> tuple[ChainEdge, ...]:
    """The edges from a number to the loss, the one at the number first.

    They end before the loss where it does not depend on the number: often with a derivative of 0.

    Args:
        trace: of one example.
        place: the number.
        through: the canvas node that the first edge belongs to; "": whichever adds most.
    """
    edges: list[ChainEdge] = []
    while place.value != trace.loss:
        ways = ways_from(trace, place)
        if not edges and through:
            ways = [w for w in ways if w.node.origin == through]
        if not ways:
            return (*edges, *_stopped(trace, place, through if not edges else ""))
        edge = _meeting(trace, place, ways) if len(ways) > 1 else None
        edges.append(edge or _strongest(trace, place, ways))
        place = edges[-1].of
    return tuple(edges)


def _stopped(trace: Trace, place: Place, through: str) -> tuple[ChainEdge, ...]:
    """The edge with a derivative of 0 at which nothing more comes back, where it can be told."""
    for node in trace.readers.get(place.value, ()):
        made = node.outputs[0]
        same = trace.shape(made) == trace.shape(place.value)
        if node.op.kind is OpKind.ELEMENTWISE and same and (not through or node.origin == through):
            of = Place(made, place.index)
            names = symbol_of(trace, of), symbol_of(trace, place)
            slope = trace.gradient(of) or 0.0
            return (ChainEdge(of, place, *names, node.op.name, node.origin, 0.0, None, slope),)
    return ()


def _strongest(trace: Trace, place: Place, ways: Sequence[_Way]) -> ChainEdge:
    best = max(ways, key=lambda w: (abs(np.nan_to_num(w.adds)), abs(np.nan_to_num(w.derivative))))
    return ChainEdge(
        best.of,
        place,
        symbol_of(trace, best.of),
        symbol_of(trace, place),
        best.node.op.name,
        best.node.origin,
        derivative(trace, best.node, best.position, place.index, best.of),
        _rule(trace, best, place),
        trace.gradient(best.of) or 0.0,
        len(ways) - 1,
        sum(w.adds for w in ways if w is not best),
    )


def _meeting(trace: Trace, place: Place, ways: Sequence[_Way]) -> ChainEdge | None:
    """The edge to where all ways from a number meet; None where they don't within the node in which they part."""
    origin = ways[0].node.origin
    begun, front = {place}, {place: 1.0}
    while len(front) > 1 or place in front:
        first = min(front, key=lambda p: trace.order(p.value))
        if first.value == trace.loss or len(begun) > MOST_BETWEEN:
            return None
        along = front.pop(first)
        begun.add(first)
        for way in ways if first == place else ways_from(trace, first):
            if way.node.origin != origin:
                return None
            front[way.of] = front.get(way.of, 0.0) + along * way.derivative
        if not front:
            return None
    ((end, slope),) = front.items()
    names = symbol_of(trace, end), symbol_of(trace, place)
    return ChainEdge(
        end, place, *names, "", origin, slope, None, trace.gradient(end) or 0.0, merged=len(begun) - 1
    )


def ways_from(trace: Trace, place: Place) -> list[_Way]:
    """The numbers made directly of one, with what each adds to the slope of the loss along it."""
    ways = []
    for node in trace.readers.get(place.value, ()):
        for position, value in enumerate(node.inputs):
            if value != place.value:
                continue
            for change, made in reached(trace, node, position, place.index):
                flat, slopes = change.reshape(-1), trace.gradients[made].reshape(-1)
                for index in np.flatnonzero(flat):
                    k = int(index)
                    adds = float(flat[k]) * float(slopes[k])
                    ways.append(_Way(node, position, Place(made, k), adds, float(flat[k])))
    return ways


def _rule(trace: Trace, way: _Way, wrt: Place) -> Expression | None:
    """The local derivative in terms of the numbers that it is made of."""
    node = way.node
    if node.op.kind is OpKind.ELEMENTWISE and not node.attrs:
        return _written(trace, node, way.position, way.of)
    same = (o for o in operands_of(trace, way.of) if o.position == way.position and o.place == wrt)
    factor = next((o.factor for o in same), None)
    return None if factor is None else _leaf(trace, factor)


def _written(trace: Trace, node: Node, position: int, of: Place) -> Expression | None:
    """The gradient rule of an element-wise op as a formula: the rule is written as ops, so it is recorded and read."""
    if node.op.gradient is None:
        return None
    made = trace.shape(of.value)
    tape = Tape()
    places = [Place(i, operand_index(of.index, made, trace.shape(i))) for i in node.inputs]
    inputs = tuple(tape.source("input", k) for k in range(len(places)))
    output, one = tape.source("output"), tape.constant(1.0)
    try:
        slope = node.op.gradient(Call(inputs, (output,), (one,), node.attrs))[position]
    except ShapeError:
        return None
    if slope is None:
        return None
    known: dict[int, Expression] = {}
    for value, source in tape.sources.items():
        if source.name == "literal":
            known[value] = Leaf(source.number)
        elif source.name == "output":
            known[value] = _leaf(trace, of)
        else:
            known[value] = _leaf(trace, places[source.index])
    for action in tape.actions:
        if isinstance(action, Apply):
            known[action.out] = _applied(action.op, [known[i] for i in action.args])
    assert slope.spec == ONE
    return known[slope.id]


def _applied(op: Op, parts: list[Expression]) -> Expression:
    with np.errstate(all="ignore"):
        (value,) = op.evaluate(*(np.full((1,), p.value, np.float32) for p in parts))
    number = float(value[0])
    if all(isinstance(p, Leaf) and p.symbol is None for p in parts):
        return Leaf(number)
    return combined(op, parts, number)


def _leaf(trace: Trace, place: Place) -> Leaf:
    if place.value in trace.program.constants:
        return Leaf(trace.number(place))
    return Leaf(trace.number(place), symbol_of(trace, place), place)
