"""The recurrence: a cell applied to step after step of a sequence, and its gradient, an op that runs backwards.

Only what depends on the step before happens inside. The projection of all inputs is one product before it, and the
gradients of all weights are single products over all steps behind it: the gradient op gives the gradients of the
projected inputs. Sequences are time-major here (time, batch, ..), so that a step is one piece of memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from engine.ops.cells import Cell, cell, gru, lstm, simple
from engine.ops.elementwise import sigmoid, tanh
from engine.ops.matmul import matmul
from engine.ops.movement import slice_
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.reductions import sum_
from engine.ops.tape import Apply, Step
from engine.ops.views import reshape, view
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec

ALIGNMENT = 64  # elements; a part of a tensor that begins elsewhere cannot be bound by every OpenGL driver

T = TypeVar("T")


@dataclass(frozen=True)
class Operands(Generic[T]):
    """The inputs of a recurrence but x, whatever stands for them: tensors, arrays, specs, places on a device.

    Attributes:
        initial: one for each state, (batch, units).
        weights: one for each product, (units, count x units).
        biases: by product, (count x units,).
        constants: (batch, units) each.
        mask: (time, batch), 1 for steps that count.
        rest: what an op has besides.
    """

    initial: tuple[T, ...]
    weights: tuple[T, ...]
    biases: Mapping[int, T]
    constants: tuple[T, ...]
    mask: T | None
    rest: tuple[T, ...]

    @classmethod
    def of(cls, kind: Cell, inputs: Sequence[T]) -> Operands[T]:
        """Sort the inputs."""
        given = iter(inputs)

        def take(count: int) -> tuple[T, ...]:
            return tuple(next(given) for _ in range(count))

        initial, weights = take(kind.states), take(len(kind.products))
        biases = dict(zip(kind.biased, take(len(kind.biased)), strict=True))
        constants = take(kind.constants)
        mask = next(given) if kind.masked else None
        return cls(initial, weights, biases, constants, mask, tuple(given))


@dataclass(frozen=True)
class Backward(Generic[T]):
    """What the gradient op reads beside the operands of the recurrence.

    Attributes:
        sequences: the states of all steps.
        saved: (time, values, batch, units).
        grads: by state, gradients of its sequence.
        finals: gradients of the final states.
    """

    sequences: tuple[T, ...]
    saved: T
    grads: Mapping[int, T]
    finals: tuple[T, ...]

    @classmethod
    def of(cls, kind: Cell, rest: Sequence[T]) -> Backward[T]:
        """Sort what follows the operands."""
        n, used = kind.states, len(kind.used)
        grads = dict(zip(kind.used, rest[n + 1 : n + 1 + used], strict=True))
        return cls(tuple(rest[:n]), rest[n], grads, tuple(rest[n + 1 + used :]))


def order(steps: int, *, backwards: bool) -> range:
    """The numbers of the time steps in the order in which they are read."""
    return range(steps - 1, -1, -1) if backwards else range(steps)


# -- shapes ------------------------------------------------------------------------------------------------
def specs_of(kind: Cell, steps: int, batch: int, units: int) -> tuple[TensorSpec, ...]:
    """What the recurrence reads: x, then `Operands`."""
    shapes: list[Shape] = [(steps, batch, kind.lanes * units)]
    shapes += [(batch, units)] * kind.states
    shapes += [(units, w.count * units) for w in kind.products]
    shapes += [(kind.products[q].count * units,) for q in kind.biased]
    shapes += [(batch, units)] * kind.constants
    shapes += [(steps, batch)] * kind.masked
    return tuple(map(TensorSpec, shapes))


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    kind: Cell = attrs["cell"]
    x, state = inputs[:2]
    if x.rank != 3 or state.rank != 2 or not x.shape[0]:
        raise ShapeError(f"A recurrence reads (time, batch, values), received {x} and states of {state}.")
    steps, (batch, units) = x.shape[0], state.shape
    for spec, wanted in zip(inputs, specs_of(kind, steps, batch, units), strict=True):
        if spec != wanted:
            raise ShapeError(
                f"A recurrence of {units} units over {steps} steps needs {wanted}, received {spec}."
            )
    sequences = (TensorSpec((steps, batch, units)),) * kind.states
    saved = TensorSpec((steps, len(kind.saved) if attrs["keep"] else 0, batch, units))
    return (*sequences, *(state,) * kind.states, saved)


def _infer_grad(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    kind: Cell = attrs["cell"]
    given = Operands.of(kind, inputs)
    steps, batch, units = Backward.of(kind, given.rest).sequences[0].shape
    packs = (TensorSpec((steps, batch, kind.products[q].count * units)) for q in kind.packs)
    return (TensorSpec((steps, batch, kind.lanes * units)), *given.initial, *packs)


# -- by NumPy ----------------------------------------------------------------------------------------------
def _evaluate(step: Step, values: dict[int, Array], weights: Sequence[Array], like: Array) -> None:
    """All values of a step, into `values`."""
    for action in step.actions:
        if isinstance(action, Apply):
            args = [values[v] for v in action.args]
            out = np.empty(np.broadcast_shapes(*(a.shape for a in args)), like.dtype)
            action.op.compute(args, [out], {})
            values[action.out] = np.broadcast_to(out, like.shape)
            continue
        left = np.concatenate([np.broadcast_to(values[v], like.shape) for v in action.left], axis=1)
        weight = weights[action.weight]
        result = left @ (weight.T if action.transposed else weight)
        values.update(zip(action.outs, np.split(result, len(action.outs), axis=1), strict=True))


def _constants(step: Step, given: Operands[Array], dtype: np.dtype[np.generic]) -> dict[int, Array]:
    """Values that are the same in all time steps."""
    found: dict[int, Array] = {}
    for value, source in step.sources:
        if source.name == "literal":
            found[value] = np.asarray(source.number, dtype)
        elif source.name == "constant":
            found[value] = given.constants[source.index]
        elif source.name.startswith("bias"):
            bias = given.biases[int(source.name[4:])].reshape(-1, given.initial[0].shape[1])
            found[value] = bias[source.index]
    return found


def _given(step: Step, name: str) -> Iterator[tuple[int, int]]:
    return ((value, source.index) for value, source in step.sources if source.name == name)


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    kind: Cell = attrs["cell"]
    x, given, step = inputs[0], Operands.of(kind, inputs[1:]), kind.forward
    states = [state.astype(x.dtype, copy=False) for state in given.initial]
    units = states[0].shape[1]
    fixed = _constants(step, given, x.dtype)
    for t in order(len(x), backwards=attrs["backwards"]):
        values = dict(fixed)
        values.update({v: x[t][:, j * units : (j + 1) * units] for v, j in _given(step, "x")})
        values.update({v: states[j] for v, j in _given(step, "state")})
        if given.mask is not None:
            values.update({v: given.mask[t][:, np.newaxis] for v, _ in _given(step, "mask")})
        _evaluate(step, values, given.weights, states[0])
        states = [values[v] for v in step.results]
        for j, state in enumerate(states):
            outputs[j][t] = state
        for k, v in enumerate(kind.saved if attrs["keep"] else ()):
            outputs[-1][t, k] = values[v]
    for j, state in enumerate(states):
        outputs[kind.states + j][...] = state


def _compute_grad(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    kind: Cell = attrs["cell"]
    given, step = Operands.of(kind, inputs), kind.backward
    known = Backward.of(kind, given.rest)
    times = order(len(known.sequences[0]), backwards=attrs["backwards"])
    dtype, units = outputs[0].dtype, given.initial[0].shape[1]
    carry = [grad.astype(dtype, copy=False) for grad in known.finals]
    fixed = _constants(step, given, dtype)
    packs = [outputs[0], *outputs[1 + kind.states :]]
    for k, t in reversed(list(enumerate(times))):
        values = dict(fixed)
        values.update({v: carry[j] for v, j in _given(step, "carry")})
        values.update({v: known.grads[j][t] for v, j in _given(step, "grad")})
        values.update({v: known.saved[t, j] for v, j in _given(step, "saved")})
        values.update({v: known.sequences[j][t] for v, j in _given(step, "after")})
        for v, j in _given(step, "before"):
            values[v] = known.sequences[j][times[k - 1]] if k else given.initial[j]
        if given.mask is not None:
            values.update({v: given.mask[t][:, np.newaxis] for v, _ in _given(step, "mask")})
        _evaluate(step, values, given.weights, carry[0])
        results = [np.broadcast_to(values[v], carry[0].shape) for v in step.results]
        carry, lanes = results[: kind.states], iter(results[kind.states :])
        for pack in packs:
            for j in range(pack.shape[2] // units):
                pack[t][:, j * units : (j + 1) * units] = next(lanes)
    for j, grad in enumerate(carry):
        outputs[1 + j][...] = grad


# -- the gradient ------------------------------------------------------------------------------------------
def _gradient(call: Call) -> Sequence[Tensor | None]:
    kind: Cell = call.attrs["cell"]
    if not call.attrs["keep"]:  # what was not kept is computed again
        attrs = {**call.attrs, "keep": True}
        call = Call(call.inputs, recurrent.outputs(*call.inputs, **attrs), call.grads, attrs)
    n = kind.states
    used = [call.grads[j] for j in kind.used]
    results = recurrent_grad.outputs(
        *call.inputs[1:], *call.outputs[:n], call.outputs[-1], *used, *call.grads[n : 2 * n], **call.attrs
    )
    apart = dict(zip(kind.packs, results[1 + n :], strict=True))
    of_weights: list[Tensor | None] = []
    of_biases: dict[int, Tensor] = {}
    for q, weighting in enumerate(kind.products):
        slopes = apart[q] if q in apart else _lanes(results[0], weighting.place, weighting.count, kind.lanes)
        of_weights.append(_weight_gradient(call, q, slopes))
        if weighting.biased:
            of_biases[q] = sum_(slopes, axes=(0, 1))
    rest: list[Tensor | None] = [*of_biases.values(), *[None] * (kind.constants + kind.masked)]
    starts = [None if call.attrs["zero_start"] else g for g in results[1 : 1 + n]]
    return [results[0], *starts, *of_weights, *rest]


def _lanes(slopes: Tensor, first: int, count: int, lanes: int) -> Tensor:
    """`count` values from `first` on, of the `lanes` that lie side by side."""
    if count == lanes:
        return slopes
    steps, batch, width = slopes.shape
    units = width // lanes
    return slice_(slopes, starts=(0, 0, first * units), limits=(steps, batch, (first + count) * units))


def _weight_gradient(call: Call, product: int, slopes: Tensor) -> Tensor:
    """What was multiplied, transposed, times the gradients of the results, over all steps at once."""
    kind: Cell = call.attrs["cell"]
    left = kind.products[product].left
    steps, batch, width = slopes.shape
    if left.name == "saved":
        saved, units = call.outputs[-1], call.outputs[-1].shape[3]
        limits = (steps, left.index + 1, batch, units)
        rows = reshape(slice_(saved, starts=(0, left.index, 0, 0), limits=limits), shape=(-1, units))
        return matmul(rows, reshape(slopes, shape=(-1, width)), transpose_a=True)
    first, later = (steps - 1, 0) if call.attrs["backwards"] else (0, 1)
    parts: list[Tensor] = []
    if steps > 1:
        before = _rows(call.outputs[left.index], 1 - later, steps - 1)
        parts.append(matmul(before, _rows(slopes, later, steps - 1), transpose_a=True))
    if not call.attrs["zero_start"] or not parts:
        parts.append(matmul(call.inputs[1 + left.index], _rows(slopes, first, 1), transpose_a=True))
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _rows(x: Tensor, start: int, count: int) -> Tensor:
    """Time steps `start` .. `start + count` of (time, batch, n) as a matrix."""
    _, batch, width = x.shape
    if start * batch * width % ALIGNMENT == 0:
        return view(x, offset=start * batch * width, shape=(count * batch, width))
    part = slice_(x, starts=(start, 0, 0), limits=(start + count, batch, width))
    return reshape(part, shape=(count * batch, width))


def _cost(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], attrs: Attrs) -> int:
    kind: Cell = attrs["cell"]
    (steps, batch, _), units = outputs[0].shape, outputs[kind.states].shape[-1]
    return steps * batch * units * units * sum(w.count for w in kind.products)


# -- the records -------------------------------------------------------------------------------------------
def _sample(kind: Cell, steps: int, batch: int, units: int, *, backwards: bool = False) -> Sample:
    attrs = {"cell": kind, "backwards": backwards, "zero_start": False, "keep": True}
    return Sample(specs_of(kind, steps, batch, units), attrs, low=-1.0, high=1.0)


def _grad_sample(forward: Sample) -> Sample:
    kind: Cell = forward.attrs["cell"]
    outputs = _infer(forward.inputs, forward.attrs)
    finals = outputs[kind.states : 2 * kind.states]
    used = tuple(outputs[j] for j in kind.used)
    inputs = (*forward.inputs[1:], *outputs[: kind.states], outputs[-1], *used, *finals)
    return Sample(inputs, forward.attrs, low=-1.0, high=1.0)


_BEFORE = gru(tanh, sigmoid, reset_after=False, use_bias=True)
_AFTER = gru(tanh, sigmoid, reset_after=True, use_bias=True)
_SAMPLES = (
    _sample(cell(simple(tanh), lanes=1, states=2, constants=1, masked=True, held=True, used=(0, 1)), 2, 3, 1),
    _sample(cell(lstm(tanh, sigmoid), lanes=4, states=2, used=(0, 1)), 4, 3, 5, backwards=True),
    _sample(cell(lstm(tanh, sigmoid), lanes=4, states=2, masked=True, used=(0, 1)), 3, 8, 8),
    _sample(cell(_AFTER, lanes=3, states=1, constants=1, masked=True), 3, 2, 5),
    _sample(cell(_BEFORE, lanes=3, states=1, constants=1, masked=True), 2, 3, 4, backwards=True),
)

# inputs: x (time, batch, lanes x units), then `Operands`; attrs: cell (Cell), backwards (reads the last step first),
# zero_start (the initial states are zero and need no gradient), keep (the values that the gradient needs; only where no
# product reads one of them may they be dropped). Outputs: the states of all steps, each at its own time;
# the final states; the saved values. The gradient is that of the used sequences and of the final states.
recurrent = Op(
    "recurrent",
    OpKind.STRUCTURED,
    _infer,
    _compute,
    _gradient,
    samples=_SAMPLES,
    cost=_cost,
    auxiliary=1,
    defaults={"keep": True},
    onnx=("RNN", "LSTM", "GRU"),
    source="Werbos, Backpropagation through time, 1990",
)

# inputs: `Operands`, then `Backward`. Outputs: the gradients of x, of the initial states, and of the products that do not
# stand among those of x.
recurrent_grad = Op(
    "recurrent_grad",
    OpKind.STRUCTURED,
    _infer_grad,
    _compute_grad,
    samples=tuple(map(_grad_sample, _SAMPLES)),
    cost=_cost,
)
