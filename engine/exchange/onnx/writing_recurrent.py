"""Recurrences in ONNX: its own LSTM, GRU and RNN where they are the same, else a Scan whose body is the recorded cell."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from onnx import GraphProto, TensorProto, ValueInfoProto, helper

from engine.exchange.flat import Operation
from engine.exchange.onnx.writing_elementwise import ELEMENTWISE
from engine.exchange.onnx.writing_pen import Pen
from engine.exchange.onnx.writing_shapes import Writer
from engine.exchange.onnx.writing_sheet import Sheet
from engine.layers.activations import activations
from engine.ops.cells import Cell, Formula, cell, gru, lstm, simple
from engine.ops.recurrent import Operands
from engine.ops.tape import Apply, Step
from engine.tensor.spec import Array

# functions that the recurrent operators of ONNX take and ONNX Runtime computes in them: their names there
_FUNCTIONS = MappingProxyType(
    {
        "tanh": "Tanh",
        "sigmoid": "Sigmoid",
        "relu": "Relu",
        "softsign": "Softsign",
        "softplus": "Softplus",
        "hard_sigmoid": "HardSigmoid",
    }
)
_GATES = ("sigmoid", "hard_sigmoid", "tanh", "relu")
_SLOPES = MappingProxyType({"HardSigmoid": (1.0 / 6.0, 0.5)})  # alpha and beta of those that have some


def recurrent(sheet: Sheet, o: Operation) -> None:
    """All steps of a recurrence."""
    kind: Cell = o.attrs["cell"]
    if not _native(sheet, o, kind):
        _scanned(sheet, o, kind)


# -- any cell ----------------------------------------------------------------------------------------------
def _scanned(sheet: Sheet, o: Operation, kind: Cell) -> None:
    given = Operands.of(kind, o.inputs[1:])
    count = kind.states
    outer = Operands(
        tuple(map(sheet.read, given.initial)),
        tuple(map(sheet.read, given.weights)),
        {q: sheet.read(name) for q, name in given.biases.items()},
        tuple(map(sheet.read, given.constants)),
        sheet.read(given.mask) if given.mask else None,
        (),
    )
    units = sheet.shape(given.initial[0])[1]
    scanned = [sheet.read(o.inputs[0]), *([outer.mask] if outer.mask else [])]
    body = _body(sheet.pen, kind, outer, int(str(units)))
    direction = int(o.attrs["backwards"])
    made = sheet.pen.several(
        "Scan",
        2 * count,
        *outer.initial,
        *scanned,
        body=body,
        num_scan_inputs=len(scanned),
        scan_input_directions=[direction] * len(scanned),
        scan_output_directions=[direction] * count,
    )
    for j in range(count):
        sheet.give(o.outputs[j], made[count + j])
        sheet.give(o.outputs[count + j], made[j])


def _body(outer: Pen, kind: Cell, given: Operands[str], units: int) -> GraphProto:
    """One step; weights and constants are those of the graph around it."""
    pen = Pen(outer.taken)
    pen.owner = f"{outer.owner}/step"
    step = kind.forward
    states = [pen.name(f"{pen.owner}/state") for _ in range(kind.states)]
    x = pen.name(f"{pen.owner}/x")
    mask = pen.name(f"{pen.owner}/mask") if given.mask else ""
    values = _sources(pen, step, given, states, x, mask, kind, units)
    for action in step.actions:
        if isinstance(action, Apply):
            values[action.out] = ELEMENTWISE[action.op.name](pen, *(values[v] for v in action.args))
            continue
        left = [values[v] for v in action.left]
        joined = left[0] if len(left) == 1 else pen.add("Concat", *left, axis=1)
        product = pen.add("MatMul", joined, given.weights[action.weight])
        values.update(zip(action.outs, _lanes(pen, product, len(action.outs), units), strict=True))
    results = [pen.add("Identity", values[v]) for v in step.results]
    shown = [pen.add("Identity", r) for r in results]
    inputs = [*states, x, *([mask] if mask else [])]
    used = {name for node in pen.nodes for name in node.input}
    return helper.make_graph(
        pen.nodes,
        pen.owner,
        [_described(name) for name in inputs],
        [_described(name) for name in (*results, *shown)],
        pen.initializers(used),
    )


def _described(name: str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


def _lanes(pen: Pen, x: str, count: int, units: int) -> list[str]:
    if count == 1:
        return [x]
    return pen.several("Split", count, x, pen.whole([units] * count), axis=1)


def _sources(
    pen: Pen,
    step: Step,
    given: Operands[str],
    states: Sequence[str],
    x: str,
    mask: str,
    kind: Cell,
    units: int,
) -> dict[int, str]:
    """Names of what a step starts from, by value."""
    lanes = _lanes(pen, x, kind.lanes, units)
    biases: dict[int, list[str]] = {}
    for q, name in given.biases.items():
        count = kind.products[q].count
        biases[q] = (
            [name] if count == 1 else pen.several("Split", count, name, pen.whole([units] * count), axis=0)
        )
    wide = pen.add("Unsqueeze", mask, pen.whole([1])) if mask else ""
    found: dict[int, str] = {}
    for value, source in step.sources:
        if source.name == "x":
            found[value] = lanes[source.index]
        elif source.name == "state":
            found[value] = states[source.index]
        elif source.name == "literal":
            found[value] = pen.number(source.number)
        elif source.name == "constant":
            found[value] = given.constants[source.index]
        elif source.name == "mask":
            found[value] = wide
        else:
            found[value] = biases[int(source.name[4:])][source.index]
    return found


# -- the operators of ONNX ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Kind:
    """An operator that computes a cell.

    Attributes:
        operator: its name.
        gates: for each of its gates, which of ours it is.
        functions: its activations.
        reset_after: of a GRU.
    """

    operator: str
    gates: tuple[int, ...]
    functions: tuple[str, ...]
    reset_after: bool | None = None


def _kind_of(kind: Cell) -> _Kind | None:
    """The operator that computes a cell."""
    if kind.masked or kind.constants:
        return None
    known = _steps_of(kind.lanes, kind.states, bool(kind.biased))
    return next((found for step, found in known if step == kind.forward), None)


@cache
def _steps_of(lanes: int, states: int, biased: bool) -> tuple[tuple[Step, _Kind], ...]:
    """What the operators do in one step, as our cells would record it."""
    return tuple(
        (cell(formula, lanes=lanes, states=states).forward, found)
        for of, formula, found in _formulas(biased=biased)
        if of == (lanes, states)
    )


def _formulas(*, biased: bool) -> Iterator[tuple[tuple[int, int], Formula, _Kind]]:
    """Lanes, states and formula of each operator with each of its activations, the usual ones first."""
    known = {name: activations()[name].function for name in _FUNCTIONS}
    for name, function in known.items():
        yield (1, 1), simple(function), _Kind("RNN", (0,), (_FUNCTIONS[name],))
    for name, gate in itertools.product(_FUNCTIONS, _GATES):
        of_gates, titles = known[gate], (_FUNCTIONS[gate], _FUNCTIONS[name])
        yield (4, 2), lstm(known[name], of_gates), _Kind("LSTM", (0, 3, 1, 2), (*titles, titles[1]))
        for after in (True, False):
            formula = gru(known[name], of_gates, reset_after=after, use_bias=biased)
            yield (3, 1), formula, _Kind("GRU", (0, 1, 2), titles, after)


@dataclass(frozen=True)
class _Projection:
    """How the inputs of all steps are multiplied, before the recurrence.

    Attributes:
        source: what is multiplied, a value with the features last.
        time_first: whether its rows are steps of examples, or else examples of steps.
        weight: (features, lanes x units).
        bias: (lanes x units,) or None.
    """

    source: str
    time_first: bool
    weight: Array
    bias: Array | None


def _projection(sheet: Sheet, x: str) -> _Projection | None:
    """The product that made the inputs `x` (time, batch, values) of a recurrence, if it was one with constant weights."""
    time_first = True
    turned = sheet.maker(x, "transpose")
    if turned is not None and tuple(turned.attrs["perm"]) == (1, 0, 2):
        time_first, x = False, turned.inputs[0]
    shaped = sheet.maker(x, "reshape")
    if shaped is None or len(sheet.shape(shaped.inputs[0])) != 2:
        return None
    name, bias = shaped.inputs[0], None
    added = sheet.maker(name, "add")
    if added is not None:
        bias, name = sheet.constant(added.inputs[1]), added.inputs[0]
        if bias is None or bias.ndim != 1:
            return None
    product = sheet.maker(name, "matmul")
    weight = sheet.constant(product.inputs[1]) if product is not None else None
    if product is None or weight is None or product.attrs["transpose_a"] or product.attrs["transpose_b"]:
        return None
    return _Projection(product.inputs[0], time_first, weight, bias)


def _native(sheet: Sheet, o: Operation, kind: Cell) -> bool:
    """Write one operator that does it all, if there is one."""
    found, projection = _kind_of(kind), _projection(sheet, o.inputs[0])
    given = Operands.of(kind, o.inputs[1:])
    weights = [sheet.constant(w) for w in given.weights]
    biases = [sheet.constant(b) for b in given.biases.values()]
    cells_read = any(sheet.readers.get(name) for name in o.outputs[1 : kind.states])
    if found is None or projection is None or cells_read or any(a is None for a in (*weights, *biases)):
        return False
    units = int(str(sheet.shape(given.initial[0])[1]))
    recurrent = np.concatenate([w for w in weights if w is not None], axis=1)
    zeros = np.zeros(kind.lanes * units, np.float32)
    inner = np.concatenate([b for b in biases if b is not None]) if biases else zeros
    bias = [
        _gates(b, found.gates, units) for b in (zeros if projection.bias is None else projection.bias, inner)
    ]
    pen, owner = sheet.pen, sheet.pen.owner
    operands = [
        _steps(sheet, projection, o.inputs[0]),
        pen.array(_gates(projection.weight, found.gates, units)[np.newaxis], f"{owner}/W"),
        pen.array(_gates(recurrent, found.gates, units)[np.newaxis], f"{owner}/R"),
        pen.array(np.concatenate(bias)[np.newaxis], f"{owner}/B"),
    ]
    starts = [sheet.spread(name) for name in given.initial]
    if any(s is None or s.any() for s in starts):
        operands += ["", *(pen.add("Unsqueeze", sheet.read(n), pen.whole([0])) for n in given.initial)]
    direction = "reverse" if o.attrs["backwards"] else "forward"
    attributes: dict[str, Any] = {
        "hidden_size": units,
        "direction": direction,
        "activations": list(found.functions),
    }
    slopes = [_SLOPES[name] for name in found.functions if name in _SLOPES]
    if slopes:
        attributes["activation_alpha"] = [alpha for alpha, _ in slopes]
        attributes["activation_beta"] = [beta for _, beta in slopes]
    if found.reset_after is not None:
        attributes["linear_before_reset"] = int(found.reset_after)
    made = pen.several(found.operator, 1 + kind.states, *operands, **attributes)
    for name, tensor, axis in zip((o.outputs[0], *o.outputs[kind.states :]), made, (1, 0, 0), strict=False):
        sheet.give(name, pen.add("Squeeze", tensor, pen.whole([axis])))
    return True


def _gates(array: Array, gates: Sequence[int], units: int) -> Array:
    """Columns of our gates as rows of those of ONNX: (.., lanes x units) -> (lanes x units, ..)."""
    parts = [array[..., g * units : (g + 1) * units] for g in gates]
    return np.ascontiguousarray(np.concatenate(parts, axis=-1).T)


def _steps(sheet: Sheet, projection: _Projection, x: str) -> str:
    """The inputs of all steps, (time, batch, features)."""
    steps, batch, _ = sheet.shape(x)
    features = projection.weight.shape[0]
    shape = (steps, batch, features) if projection.time_first else (batch, steps, features)
    shaped = sheet.maker(projection.source, "reshape")
    order = (0, 1, 2) if projection.time_first else (1, 0, 2)
    if shaped is not None and sheet.shape(shaped.inputs[0]) == shape:
        return sheet.read(shaped.inputs[0], order)
    tensor = sheet.pen.add("Reshape", sheet.read(projection.source), sheet.pen.kept_shape(shape))
    return tensor if projection.time_first else sheet.pen.add("Transpose", tensor, perm=list(order))


def linear_recurrence(sheet: Sheet, o: Operation) -> None:
    """y[i] = a[i] y[i - 1] + b[i] along an axis."""
    a, b = o.inputs
    rank = len(sheet.shape(a))
    axis = o.attrs["axis"] % rank
    outer = sheet.pen
    pen = Pen(outer.taken)
    pen.owner = f"{outer.owner}/step"
    before, factor, term = (pen.name(f"{pen.owner}/{n}") for n in ("before", "factor", "term"))
    y = pen.add("Add", pen.add("Mul", factor, before), term)
    shown = pen.add("Identity", y)
    given, made = ([_described(n) for n in names] for names in ((before, factor, term), (y, shown)))
    body = helper.make_graph(pen.nodes, pen.owner, given, made)
    rest = [n for k, n in enumerate(sheet.shape(a)) if k != axis]
    start = outer.add("Expand", outer.number(0.0), outer.shape(rest)) if rest else outer.number(0.0)
    direction = int(o.attrs["reverse"])
    _, running = outer.several(
        "Scan",
        2,
        start,
        sheet.read(a),
        sheet.read(b),
        body=body,
        num_scan_inputs=2,
        scan_input_axes=[axis, axis],
        scan_input_directions=[direction, direction],
        scan_output_axes=[axis],
        scan_output_directions=[direction],
    )
    sheet.give(o.outputs[0], running)


RECURRENCES: Mapping[str, Writer] = MappingProxyType(
    {"linear_recurrence": linear_recurrence, "recurrent": recurrent}
)
