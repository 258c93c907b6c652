"""Records what happens to one number of one unit, so that a cell of a recurrent network is written as a formula.

A `Tape` is a builder whose tensors all have one element: the value of one unit of one example. What a cell does with
them is written in ordinary ops, and the reverse pass over the tape is made of the ops' own gradient rules. A device then
runs the recorded actions for all units and examples at once. Only a product mixes units: it multiplies a value with a
weight matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.ops.op import Attrs, Call, Op, OpKind, Tensor
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec

ONE = TensorSpec((1,))


@dataclass(frozen=True, slots=True)
class Source:
    """A value that comes from outside the tape: a name, which of that name, and the number of a literal."""

    name: str
    index: int = 0
    number: float = 0.0


@dataclass(frozen=True, slots=True)
class Apply:
    """An element-wise op."""

    op: Op
    args: tuple[int, ...]
    out: int


@dataclass(frozen=True, slots=True)
class Product:
    """Values side by side times matrix number `weight`; the columns of the result are the values `outs`.

    With `transposed`, times the transpose of that matrix.
    """

    left: tuple[int, ...]
    weight: int
    transposed: bool
    outs: tuple[int, ...]


Action = Apply | Product


def results_of(action: Action) -> tuple[int, ...]:
    """Values that an action makes."""
    return (action.out,) if isinstance(action, Apply) else action.outs


def operands_of(action: Action) -> tuple[int, ...]:
    """Values that an action reads."""
    return action.args if isinstance(action, Apply) else action.left


@dataclass(frozen=True)
class Step:
    """Actions in order, with the values they start from and those that are wanted of them."""

    sources: tuple[tuple[int, Source], ...]
    actions: tuple[Action, ...]
    results: tuple[int, ...]

    def source(self, value: int) -> Source | None:
        """Where a value comes from, if it comes from outside."""
        return next((s for v, s in self.sources if v == value), None)


class Tape:
    """The builder (of `engine.ops.op`) that records."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.sources: dict[int, Source] = {}
        self._known: dict[Source, Tensor] = {}
        self._count = 0

    def source(self, name: str, index: int = 0, number: float = 0.0) -> Tensor:
        """A value from outside; the same one for the same name and number."""
        source = Source(name, index, number)
        if source not in self._known:
            tensor = self._new()
            self._known[source] = tensor
            self.sources[tensor.id] = source
        return self._known[source]

    def emit(self, op: Op, inputs: tuple[Tensor, ...], attrs: Attrs) -> tuple[Tensor, ...]:
        """Record an element-wise op.

        Raises:
            ShapeError: it looks at more than one number.
        """
        if op.kind is not OpKind.ELEMENTWISE or op.ufunc is None or not op.glsl or attrs:
            raise ShapeError(
                "A recurrent layer needs activations that look at one number at a time, "
                f"received {op.name}. Take tanh or sigmoid."
            )
        out = self._new()
        self.actions.append(Apply(op, tuple(t.id for t in inputs), out.id))
        return (out,)

    def constant(self, value: float | Array, dtype: DType = DType.FLOAT32) -> Tensor:
        """A number."""
        return self.source("literal", 0, float(value))

    def product(
        self, left: Sequence[Tensor], weight: int, count: int, *, transposed: bool = False
    ) -> tuple[Tensor, ...]:
        """Record a product with a weight matrix that gives `count` values."""
        outs = tuple(self._new() for _ in range(count))
        self.actions.append(Product(tuple(t.id for t in left), weight, transposed, tuple(t.id for t in outs)))
        return outs

    def tensor(self, value: int) -> Tensor:
        """The handle of a value."""
        return Tensor(self, value, ONE)

    def step(self, actions: Iterable[Action], results: Sequence[int], given: Mapping[int, Source]) -> Step:
        """The part of `actions` that `results` depend on, where the values `given` come from outside."""
        needed = set(results)
        kept: list[Action] = []
        for action in reversed(list(actions)):
            if any(v in needed for v in results_of(action)):
                kept.append(action)
                needed.update(operands_of(action))
        sources = {**self.sources, **given}
        return Step(
            tuple((v, sources[v]) for v in sorted(needed) if v in sources),
            tuple(reversed(kept)),
            tuple(results),
        )

    def _new(self) -> Tensor:
        self._count += 1
        return Tensor(self, self._count - 1, ONE)


def reverse(tape: Tape, grads: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """Append the reverse pass; the gradients of all values by number.

    Args:
        tape: with the forward actions.
        grads: gradients of the loss with respect to results, by the number of the result.
    """
    found = dict(grads)
    for action in reversed(list(tape.actions)):
        if not any(v in found for v in results_of(action)):
            continue
        given = tuple(found.get(v) or tape.constant(0.0) for v in results_of(action))
        for value, grad in _slopes(tape, action, given):
            found[value] = found[value] + grad if value in found else grad
    return found


def _slopes(tape: Tape, action: Action, grads: tuple[Tensor, ...]) -> list[tuple[int, Tensor]]:
    if isinstance(action, Product):
        slopes = tape.product(grads, action.weight, len(action.left), transposed=not action.transposed)
        return list(zip(action.left, slopes, strict=True))
    if action.op.gradient is None:
        return []
    inputs = tuple(map(tape.tensor, action.args))
    rules = action.op.gradient(Call(inputs, (tape.tensor(action.out),), grads, {}))
    return [
        (value, grad)
        for value, grad in zip(action.args, rules, strict=True)
        if grad is not None and tape.sources.get(value, Source("")).name != "literal"
    ]
