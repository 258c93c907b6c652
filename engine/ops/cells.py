"""Cells of recurrent networks: what happens in one time step, declared once as a formula, and its gradient derived.

A cell sees the projected input of its step (some values for each unit), its states of the step before, and products of
those with weight matrices. A new kind of cell is one function; the reverse pass, what has to be kept for it, and the
programs of the devices follow from the recorded ops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from engine.ops.elementwise import where
from engine.ops.op import Tensor
from engine.ops.tape import Product, Source, Step, Tape, operands_of, results_of, reverse

Activation = Callable[[Tensor], Tensor]


class Seen(StrEnum):
    """Values of a step that are worth a look."""

    OUTPUT = "Output"
    CELL = "Cell"
    INPUT_GATE = "Input gate"
    FORGET_GATE = "Forget gate"
    OUTPUT_GATE = "Output gate"
    UPDATE_GATE = "Update gate"
    RESET_GATE = "Reset gate"
    CANDIDATE = "Candidate"


class CellInputs:
    """What a cell's formula may use."""

    def __init__(self, tape: Tape, lanes: int, states: int, constants: int) -> None:
        self._tape = tape
        self.x = [tape.source("x", j) for j in range(lanes)]
        self.states = [tape.source("state", j) for j in range(states)]
        self.constants = [tape.source("constant", j) for j in range(constants)]
        self.products: list[tuple[Tensor, int, bool]] = []
        self.named: dict[Seen, Tensor] = {}

    def product(self, left: Tensor, count: int, *, biased: bool = False) -> list[Tensor]:
        """`left` times a weight matrix of `count` times as many columns, plus a bias of its own if `biased`."""
        number = len(self.products)
        self.products.append((left, count, biased))
        outs = self._tape.product((left,), number, count)
        if biased:
            return [out + self._tape.source(f"bias{number}", j) for j, out in enumerate(outs)]
        return list(outs)

    def show(self, values: Mapping[Seen, Tensor]) -> None:
        """Let these values of a step be seen."""
        self.named |= values


Formula = Callable[[CellInputs], Sequence[Tensor]]


@dataclass(frozen=True, slots=True)
class Weighting:
    """A product of a cell with a weight matrix (units, count x units).

    Attributes:
        count: values for each unit.
        biased: whether a bias is added to it.
        left: what is multiplied, a `state` (of the step before) or a `saved` value.
        place: the first of the gradients of x that equal those of the result, or -1 if they are others.
    """

    count: int
    biased: bool
    left: Source
    place: int


@dataclass(frozen=True)
class Cell:
    """A cell, ready to run forwards and backwards.

    Attributes:
        lanes: values of the projected input for each unit.
        states: values that go from step to step, for each unit; the first is the output.
        constants: values for each unit and example that are the same in all steps.
        products: with weight matrices, in the order of the steps.
        masked: whether steps may be left out, which keeps the states.
        used: states whose values in all steps are used outside, so that they have gradients.
        forward: makes the new states from the sources x, state, constant, bias<product>, mask.
        saved: values of the forward step that the backward step reads, kept for all time steps.
        backward: makes the gradients of the old states, of x, and of the products in `packs`, one after the other, from
            the sources carry (gradients of the new states from the step behind), grad (those from outside), before and
            after (states), saved, constant, bias<product>, mask.
        named: values of a step that are worth a look, each an `after` (state) or a `saved` value.
    """

    lanes: int
    states: int
    constants: int
    products: tuple[Weighting, ...]
    masked: bool
    used: tuple[int, ...]
    forward: Step
    saved: tuple[int, ...]
    backward: Step
    named: tuple[tuple[Seen, Source], ...]

    @property
    def packs(self) -> tuple[int, ...]:
        """Products whose gradients stand apart from those of x."""
        return tuple(q for q, w in enumerate(self.products) if w.place < 0)

    @property
    def multiplies_saved(self) -> bool:
        """Whether a product reads a saved value, which must then be kept in any case."""
        return any(w.left.name == "saved" for w in self.products)

    @property
    def biased(self) -> tuple[int, ...]:
        """Products with a bias."""
        return tuple(q for q, w in enumerate(self.products) if w.biased)


def cell(
    formula: Formula,
    *,
    lanes: int,
    states: int,
    constants: int = 0,
    masked: bool = False,
    held: bool = False,
    used: tuple[int, ...] | None = None,
) -> Cell:
    """The cell of a formula that gives the new states.

    Args:
        formula: what one step does.
        lanes: values of the projected input for each unit.
        states: how many it has, with the one that is `held`.
        constants: values that stay the same in all steps.
        masked: steps may be left out.
        held: the last of the states follows the first from another start: the output while nothing was read yet.
        used: states that are used in all steps, not only at the end; by default the output.
    """
    tape = Tape()
    inputs = CellInputs(tape, lanes, states, constants)
    made = list(formula(inputs))
    if held:
        made.append(made[0])
    shown = (len(made) - 1 if held else 0,)
    return _derived(tape, inputs, made, masked=masked, used=shown if used is None else used)


def _derived(
    tape: Tape,
    inputs: CellInputs,
    made: Sequence[Tensor],
    *,
    masked: bool,
    used: tuple[int, ...],
) -> Cell:
    old, new = inputs.states, list(made)
    if masked:
        mask = tape.source("mask")
        new = [where(mask, n, o) for n, o in zip(made, old, strict=True)]
    forward = list(tape.actions)
    grads: dict[int, Tensor] = {}
    for j, state in enumerate(new):
        grad = tape.source("carry", j)
        grad = grad + tape.source("grad", j) if j in used else grad
        grads[state.id] = grads[state.id] + grad if state.id in grads else grad
    found = reverse(tape, grads)
    zero = tape.constant(0.0).id

    def slope(value: int) -> int:
        return found[value].id if value in found else zero

    of_products = [tuple(map(slope, action.outs)) for action in forward if isinstance(action, Product)]
    of_x = tuple(slope(t.id) for t in inputs.x)
    places = [_place(of_x, wanted) for wanted in of_products]
    apart = [v for wanted, place in zip(of_products, places, strict=True) if place < 0 for v in wanted]
    results = [*(slope(t.id) for t in old), *of_x, *apart]
    actions = tape.actions[len(forward) :]
    saved = _saved(tape, forward, actions, results, inputs, old, new)
    given = {t.id: Source("before", j) for j, t in enumerate(old)}
    given |= {t.id: Source("after", j) for j, t in enumerate(new)}
    given |= {v: Source("saved", k) for k, v in enumerate(saved)}
    before = {t.id: Source("state", j) for j, t in enumerate(old)}
    shown = {v: Source("saved", k) for k, v in enumerate(saved)}
    shown |= {t.id: Source("after", j) for j, t in enumerate(made)}
    weightings = tuple(
        Weighting(count, biased, before.get(left.id) or Source("saved", saved.index(left.id)), place)
        for (left, count, biased), place in zip(inputs.products, places, strict=True)
    )
    return Cell(
        len(inputs.x),
        len(new),
        len(inputs.constants),
        weightings,
        masked,
        used,
        tape.step(forward, [t.id for t in new], {}),
        tuple(saved),
        tape.step(actions, results, given),
        tuple((name, shown[t.id]) for name, t in inputs.named.items() if t.id in shown),
    )


def _place(of_x: tuple[int, ...], wanted: tuple[int, ...]) -> int:
    for start in range(len(of_x) - len(wanted) + 1):
        if of_x[start : start + len(wanted)] == wanted:
            return start
    return -1


def _saved(
    tape: Tape,
    forward: Sequence[object],
    backward: Sequence[object],
    results: Sequence[int],
    inputs: CellInputs,
    old: Sequence[Tensor],
    new: Sequence[Tensor],
) -> list[int]:
    """Values of the forward step, in their order, that are read again and that nobody else keeps."""
    made = [t.id for t in inputs.x]
    made += [v for action in tape.actions[: len(forward)] for v in results_of(action)]
    step = tape.step(tape.actions[len(forward) :], results, {})
    read = {v for action in step.actions for v in operands_of(action)} | set(results)
    read |= {left.id for left, _, _ in inputs.products}
    kept = {t.id for t in (*old, *new)}
    return [v for v in made if v in read and v not in kept]


# -- the cells of Keras ------------------------------------------------------------------------------------
def _dropped(inputs: CellInputs) -> Tensor:
    """The output of the step before, with dropout if there is a mask for it."""
    return inputs.states[0] * inputs.constants[0] if inputs.constants else inputs.states[0]


@cache
def simple(activation: Activation) -> Formula:
    """A fully connected step: h' = activation(x + h U). Source: Elman, Finding structure in time, 1990."""

    def formula(inputs: CellInputs) -> list[Tensor]:
        (p,) = inputs.product(_dropped(inputs), 1)
        return [activation(inputs.x[0] + p)]

    return formula


@cache
def lstm(activation: Activation, recurrent_activation: Activation) -> Formula:
    """Long short-term memory, gates in Keras's order: input, forget, candidate, output.

    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; Gers et al., Learning to forget, 2000.
    """

    def formula(inputs: CellInputs) -> list[Tensor]:
        products = inputs.product(_dropped(inputs), 4)
        z = [x + p for x, p in zip(inputs.x, products, strict=True)]
        i, f = recurrent_activation(z[0]), recurrent_activation(z[1])
        g, o = activation(z[2]), recurrent_activation(z[3])
        c = f * inputs.states[1] + g * i
        gates = {Seen.INPUT_GATE: i, Seen.FORGET_GATE: f, Seen.CANDIDATE: g, Seen.OUTPUT_GATE: o}
        inputs.show({Seen.CELL: c, **gates})
        return [o * activation(c), c]

    return formula


@cache
def gru(
    activation: Activation, recurrent_activation: Activation, *, reset_after: bool, use_bias: bool
) -> Formula:
    """Gated recurrent unit, gates in Keras's order: update, reset, candidate.

    `reset_after`: the reset gate acts after the product with the weights (with a bias of its own), else before it.
    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, 2014 (v3: before, v1: after).
    """

    def formula(inputs: CellInputs) -> list[Tensor]:
        h, dropped = inputs.states[0], _dropped(inputs)
        p = inputs.product(dropped, 3, biased=use_bias) if reset_after else inputs.product(dropped, 2)
        z = recurrent_activation(inputs.x[0] + p[0])
        r = recurrent_activation(inputs.x[1] + p[1])
        inner = r * p[2] if reset_after else inputs.product(r * dropped, 1)[0]
        candidate = activation(inputs.x[2] + inner)
        inputs.show({Seen.UPDATE_GATE: z, Seen.RESET_GATE: r, Seen.CANDIDATE: candidate})
        return [z * h + (candidate - z * candidate)]

    return formula
