"""What is known beforehand is computed while the file is read; what no layer does becomes an Op."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from engine.exchange.onnx.calls import operators
from engine.exchange.onnx.drawing import RefusedError, as_wired, by_axes, spread
from engine.exchange.onnx.evaluating import evaluated
from engine.exchange.onnx.matching.pointwise import aligned, merged
from engine.exchange.onnx.steps import Result, Step, Value
from engine.exchange.onnx.tracing import Given, Traced, traced
from engine.exchange.onnx.wires import BATCHES, Known, Wired, wired
from engine.layers.op import Op
from engine.tensor.spec import Array, Shape


def folded(step: Step) -> Result | None:
    """The results, where they are known; None for others."""
    found = [v for v in step.inputs if v is not None]
    if step.node.op in ("Shape", "Size") and found and isinstance(found[0], Wired):
        return _shape(step, found[0])
    known = [v for v in found if isinstance(v, Known)]
    if len(known) < len(found):
        return None
    fixed = all(v.fixed for v in known)
    runs = [_evaluated(step, k) for k in range(1 if fixed else 2)]
    name = next((v.name for v in known if v.name), "")
    results = tuple(Known((arrays[0], arrays[-1]), name) for arrays in zip(*runs, strict=True))
    return results or None


def _evaluated(step: Step, which: int) -> list[Array]:
    inputs = [v.arrays[which] if isinstance(v, Known) else None for v in step.inputs]
    return evaluated(step.node, inputs, step.opset)


def _shape(step: Step, x: Wired) -> Known:
    shapes = [x.shape(b) for b in BATCHES]
    if step.node.op == "Size":
        one, other = (np.asarray(np.prod(s, dtype=np.int64)) for s in shapes)
    else:
        start, end = int(step.get("start", 0)), step.get("end")
        one, other = (np.asarray(s[start : None if end is None else int(end)], np.int64) for s in shapes)
    return Known((one, other))


# -- what no layer does --------------------------------------------------------------------------------------------
def generic(step: Step) -> Result:
    """An operation as an Op; raises RefusedError."""
    operator = operators().get(step.node.op)
    if operator is None:
        raise RefusedError("we have no such operation")
    if operator.pointwise:
        before = step.drawing.mark()
        try:
            return _pointwise(step)
        except RefusedError:
            step.drawing.undo(before)
    return _whole(step)


def _given(
    step: Step, wires: dict[int, tuple[Shape, str]], known: dict[int, tuple[tuple[Array, Array], bool]]
) -> Given:
    node = step.node
    wanted = [bool(o) for o in node.outputs]
    return Given(node.op, node.attributes, step.opset, wanted, wires, known, len(step.inputs))


def _put(step: Step, found: Traced, ends: list[tuple[str, int]]) -> tuple[str, int]:
    layer = Op(formula=found.formula, label=step.node.op[-60:])
    return step.put(layer, *ends, weights=found.weights)


def _pointwise(step: Step) -> Wired:
    """Number by number, on the wires as they are."""
    numbers = [k for k, v in enumerate(step.inputs) if isinstance(v, Wired)]
    rank = max(v.array.ndim if isinstance(v, Known) else v.rank for v in step.inputs if v is not None)
    values = [step.wire(k) for k in numbers]
    values = [replace(w, axes=((),) * (rank - w.rank) + w.axes) for w in values]
    laid, order = aligned(step, values)
    longest = max(laid, key=lambda w: math.prod(w.atoms))
    dims = by_axes(longest, order) if order else as_wired(longest)
    known: dict[int, tuple[tuple[Array, Array], bool]] = {}
    for k, v in enumerate(step.inputs):
        if isinstance(v, Known):
            small = v.array.size == 1 and v.array.ndim <= longest.rank and v.fixed
            array = v.array.reshape(()) if small else spread(v, longest, dims)
            known[k] = (array, array), bool(v.name) and v.kind == "float" and not small
    wires = {k: (w.wire, w.kind) for k, w in zip(numbers, laid, strict=True)}
    found = traced(_given(step, wires, known))
    end = _put(step, found, [w.end for w in laid])
    result = merged(end, laid, order, found.outputs[0][1])
    if result.wire != found.outputs[0][0]:
        raise RefusedError("its shape is not that of its inputs")
    return result


def _whole(step: Step) -> Result:
    """On values that lie as in the file, the batch first."""
    wires: dict[int, tuple[Shape, str]] = {}
    known: dict[int, tuple[tuple[Array, Array], bool]] = {}
    ends: list[tuple[str, int]] = []
    for k, v in enumerate(step.inputs):
        if isinstance(v, Known):
            known[k] = _for_batch(step, v), bool(v.name) and v.kind == "float" and v.fixed
        elif v is not None:
            plain = _batch_first(step, v)
            wires[k] = plain.wire, plain.kind
            ends.append(plain.end)
    found = traced(_given(step, wires, known))
    end = _put(step, found, ends)
    results: list[Value] = []
    for k, (shape, kind) in enumerate(found.outputs):
        order = list(range(len(shape) + 1))
        results.append(wired((end[0], k), (1, *shape), order, shape, kind))
    return tuple(results)


def _for_batch(step: Step, value: Known) -> tuple[Array, Array]:
    """What a file with batches of one puts beside the examples stands beside each of them."""
    one, other = value.arrays
    ranks = [v.rank for v in step.inputs if isinstance(v, Wired)]
    if step.node.op != "Concat" or step.baked != 1 or one.ndim != ranks[0] or one.shape[0] != 1:
        return one, other
    return tuple(np.repeat(a, b, 0) for a, b in zip((one, other), BATCHES, strict=True))  # type: ignore[return-value]  # two


def _batch_first(step: Step, value: Wired) -> Wired:
    if value.batch != 0:
        raise RefusedError("it works on a batch that is not the first axis, or mixed with another one")
    return step.plain(value)[0]
