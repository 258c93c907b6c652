"""How a number is made, as a formula with today's values: derived from the ops between a layer's inputs and the number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.ops.op import Op, OpKind
from engine.program.program import Node
from engine.tensor.spec import DType, Shape
from engine.training.explain.local import Operand, operands_of
from engine.training.explain.names import Symbol, symbol_of
from engine.training.explain.trace import Place, Trace

INFIX = re.compile(r"\(\{0\} ([-+*/]) \{1\}\)")
MOST_TERMS = 4  # of a sum that are written out
MOST_ARGUMENTS = 4  # of a function of many numbers
DEPTH = 12  # calls within each other that are written out


@dataclass(frozen=True)
class Leaf:
    """A number: of a name, which can be looked at in turn, or a constant."""

    value: float
    symbol: Symbol | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Apply:
    """A function of one or more numbers; `more` of them are left out."""

    name: str
    arguments: tuple[Expression, ...]
    value: float
    more: int = 0


@dataclass(frozen=True)
class Infix:
    """Two numbers with a sign between them."""

    sign: str
    left: Expression
    right: Expression
    value: float


@dataclass(frozen=True)
class Term:
    """A part of a sum: a number, times a factor where there is one. `product` is what it adds."""

    of: Expression
    factor: Leaf | None
    product: float


@dataclass(frozen=True)
class Sum:
    """A sum with the largest terms first; `more` others together add `rest`."""

    terms: tuple[Term, ...]
    value: float
    more: int = 0
    rest: float = 0.0


Expression = Leaf | Apply | Infix | Sum


def formula(trace: Trace, place: Place) -> Expression:
    """A number as made of what its layer reads, its weights and constants.

    The formula ends at numbers of other layers, at weights, and at sums within sums.
    """
    node = trace.makers.get(place.value)
    origin = node.origin if node is not None else ""
    return _Writer(trace, origin).write(place, DEPTH, sums=True, first=True)


def sign_of(op: Op) -> str:
    """The sign that an op of two numbers is written with; "" where it is a function."""
    found = INFIX.fullmatch(op.glsl) if op.kind is OpKind.ELEMENTWISE else None
    return found.group(1) if found else ""


def operand_index(index: int, made: Shape, read: Shape) -> int:
    """The place in an operand of shape `read` that number `index` of an element-wise op's output is made of."""
    if not read:
        return 0
    whole = np.unravel_index(index, made) if made else ()
    own = [0 if n == 1 else int(i) for i, n in zip(whole[len(made) - len(read) :], read, strict=True)]
    return int(np.ravel_multi_index(own, read))


class _Writer:
    def __init__(self, trace: Trace, origin: str) -> None:
        self._trace, self._origin = trace, origin

    def write(self, place: Place, depth: int, *, sums: bool, first: bool = False) -> Expression:
        trace = self._trace
        node = trace.makers.get(place.value)
        ends = not first and (place.value in trace.weight_names or self._is_of_another(place, node))
        if node is None or ends or depth == 0:
            return self._leaf(place)
        if node.op.kind is OpKind.ELEMENTWISE and not node.attrs:
            return self._elementwise(node, place, depth, sums=sums)
        if place.value in trace.weight_names:
            return self._leaf(place)
        return self._structured(node, place, depth, sums=sums)

    def _is_of_another(self, place: Place, node: Node | None) -> bool:
        return node is None or node.origin != self._origin

    def _leaf(self, place: Place) -> Leaf:
        trace = self._trace
        if place.value in trace.program.constants:
            return Leaf(trace.number(place))
        return Leaf(trace.number(place), symbol_of(trace, place), place)

    def _elementwise(self, node: Node, place: Place, depth: int, *, sums: bool) -> Expression:
        trace = self._trace
        made = trace.shape(place.value)
        parts = [
            self.write(Place(i, operand_index(place.index, made, trace.shape(i))), depth - 1, sums=sums)
            for i in node.inputs
        ]
        return combined(node.op, parts, trace.number(place))

    def _structured(self, node: Node, place: Place, depth: int, *, sums: bool) -> Expression:
        trace, value = self._trace, self._trace.number(place)
        if trace.program.values[place.value].spec.dtype is not DType.FLOAT32:
            return self._leaf(place)
        operands = operands_of(trace, place)
        if len(operands) == 1 and operands[0].derivative == 1.0 and trace.number(operands[0].place) == value:
            return self.write(operands[0].place, depth - 1, sums=sums)  # the same number at another place
        linear = _linear(trace, operands, value)
        if not operands or (linear and not sums):
            return self._leaf(place)
        if linear:
            return self._sum(linear, depth, value)
        chosen = sorted(operands, key=lambda o: -abs(o.derivative))[:MOST_ARGUMENTS]
        arguments = tuple(self._leaf(o.place) for o in chosen)
        return Apply(node.op.name, arguments, value, len(operands) - len(chosen))

    def _sum(self, operands: Sequence[Operand], depth: int, value: float) -> Expression:
        trace = self._trace
        products = [o.derivative * trace.number(o.place) for o in operands]
        order = sorted(range(len(operands)), key=lambda k: (-abs(products[k]), k))
        shown = order[:MOST_TERMS] if len(order) > MOST_TERMS + 1 else order
        terms = []
        for k in shown:
            operand = operands[k]
            factor = None
            if operand.factor is not None:
                factor = self._leaf(operand.factor)
            elif operand.derivative != 1.0:
                factor = Leaf(operand.derivative)
            terms.append(Term(self.write(operand.place, depth - 1, sums=False), factor, products[k]))
        rest = math.fsum(products[k] for k in order[len(shown) :])
        return Sum(tuple(terms), value, len(order) - len(shown), rest)


def _linear(trace: Trace, operands: Sequence[Operand], value: float) -> list[Operand]:
    """The numbers whose weighted sum a number is: those of one operand, or of all together; none where it is no sum.

    Of a product of an input and a weight, the sum is over the input, with the weights as factors.
    """
    choices: list[Callable[[Operand], bool]] = []
    positions = list(dict.fromkeys(o.position for o in operands))
    plain = sorted(
        positions,
        key=lambda p: next(o.place.value in trace.weight_names for o in operands if o.position == p),
    )
    choices += [lambda o, p=p: o.position == p for p in plain]  # type: ignore[misc]  # bound at once
    choices.append(lambda _o: True)
    if len(positions) > 1:
        choices = choices[-1:] + choices[:-1] if not any(o.factor for o in operands) else choices
    for chosen in choices:
        own = [o for o in operands if chosen(o)]
        products = [o.derivative * trace.number(o.place) for o in own]
        total, size = math.fsum(products), math.fsum(map(abs, products))
        if own and math.isclose(total, value, rel_tol=1e-4, abs_tol=1e-5 * max(size, 1e-30)):
            return own
    return []


def combined(op: Op, parts: Sequence[Expression], value: float) -> Expression:
    """An element-wise op of some parts, as people write it."""
    sign = sign_of(op)
    if not sign:
        return Apply(op.name, tuple(parts), value)
    left, right = parts
    if sign == "*" and _is(left, 1.0):
        return right
    if sign in "*/" and _is(right, 1.0):
        return left
    if sign == "+" and isinstance(left, Sum) and isinstance(right, Leaf):
        return Sum((*left.terms, Term(right, None, right.value)), value, left.more, left.rest)
    return Infix(sign, left, right, value)


def _is(part: Expression, number: float) -> bool:
    return isinstance(part, Leaf) and part.symbol is None and part.value == number
