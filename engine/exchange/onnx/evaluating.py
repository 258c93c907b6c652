"""A graph computed at once, operator by operator, on whole arrays: no batch is assumed.

What is known beforehand is computed with it while a file is read, and the operator tests of ONNX run through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.exchange.onnx.calls import FAULTS, Call, Operand, operators
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.graphs import OnnxGraph, OnnxNode, Subgraph
from engine.exchange.onnx.tensors import usual
from engine.ops.eager import EagerBuilder
from engine.ops.op import Attrs, Op, Tensor
from engine.tensor.spec import Array, ShapeError

_EXACT: Mapping[str, Any] = MappingProxyType(  # of whole numbers, which tensors hold up to 32 bits
    {
        "Add": np.add,
        "Sub": np.subtract,
        "Mul": np.multiply,
        "Max": np.maximum,
        "Min": np.minimum,
        "Neg": np.negative,
        "Abs": np.abs,
        "Sign": np.sign,
        "Equal": np.equal,
        "Less": np.less,
        "LessOrEqual": np.less_equal,
        "Greater": np.greater,
        "GreaterOrEqual": np.greater_equal,
    }
)


LARGEST = 1 << 27  # numbers of a result that is computed beforehand
DEAREST = 1 << 32  # multiply-adds for it


class _Bounded(EagerBuilder):
    """Refuses what a small file makes large."""

    def emit(self, op: Op, inputs: tuple[Tensor, ...], attrs: Attrs) -> tuple[Tensor, ...]:
        """Run one op; raises RefusedError for results that are too large."""
        specs = tuple(t.spec for t in inputs)
        try:
            outputs = op.infer(specs, attrs)
        except ShapeError:
            return super().emit(op, inputs, attrs)  # which says it, or mends it
        size, cost = max(s.size for s in outputs), op.cost(specs, outputs, attrs)
        if size > LARGEST or cost > DEAREST:
            raise RefusedError(f"it makes {size:,} numbers by {cost:,} products out of nothing")
        return super().emit(op, inputs, attrs)


def kind_of(array: Array) -> str:
    """Of the numbers of an array."""
    return {"i": "int", "u": "int", "b": "bool", "f": "float"}.get(array.dtype.kind, "string")


def evaluated(node: OnnxNode, inputs: Sequence[Array | None], opset: int) -> list[Array]:
    """The outputs of one operator.

    Args:
        node: the operator.
        inputs: float32, int64 or bool.
        opset: version of the standard operators.

    Raises:
        RefusedError: we do not have it, or not in this way.
    """
    if node.op == "Constant":
        return [constant_of(node)]
    found = operators().get(node.op)
    if found is None:
        raise RefusedError("we have no such operation")
    if any(isinstance(v, Subgraph) for v in node.attributes.values()):
        raise RefusedError("it runs a graph of its own, which is not read")
    exact = _exactly(node, inputs)
    if exact is not None:
        return [exact]
    builder = _Bounded()
    operands = [None if a is None else Operand(kind_of(a), array=a) for a in inputs]
    call = Call(node.op, node.attributes, opset, builder, operands, [bool(o) for o in node.outputs])
    try:
        with np.errstate(all="ignore"):
            result = found.translate(call)
    except (*FAULTS, MemoryError) as error:
        raise RefusedError(f"it can't be computed ({str(error)[:100]})") from error
    results: list[Any] = list(result) if isinstance(result, list | tuple) else [result]
    kinds = found.kinds(call, len(results))
    return [_array(builder, r, kind) for r, kind in zip(results, kinds, strict=False)]


def _exactly(node: OnnxNode, inputs: Sequence[Array | None]) -> Array | None:
    arrays = [a for a in inputs if a is not None]
    if any(a.dtype.kind not in "iu" for a in arrays) or not arrays:
        return None
    if node.op == "Div" and (arrays[1] != 0).all():
        quotient = np.abs(arrays[0]) // np.abs(arrays[1])
        return np.asarray(quotient * np.sign(arrays[0]) * np.sign(arrays[1]))
    function = _EXACT.get(node.op)
    if function is None:
        return None
    if len(arrays) == 1:
        return np.asarray(function(arrays[0]) if node.op in ("Neg", "Abs", "Sign") else arrays[0])
    result = arrays[0]
    for other in arrays[1:]:
        result = function(result, other)
    return np.asarray(result)


def _array(builder: EagerBuilder, result: Tensor | Array, kind: str) -> Array:
    array = builder.value(result) if isinstance(result, Tensor) else usual(np.asarray(result))
    if kind == "int":
        return array.astype(np.int64)
    return array.astype(np.bool_) if kind == "bool" else np.asarray(array, np.float32)


def constant_of(node: OnnxNode) -> Array:
    """The array of a Constant; raises RefusedError."""
    for name, value in node.attributes.items():
        if name == "value" and isinstance(value, np.ndarray):
            return value
        if name in ("value_float", "value_floats"):
            return np.asarray(value, np.float32)
        if name in ("value_int", "value_ints"):
            return np.asarray(value, np.int64)
    raise RefusedError("its value is text or sparse")


def computed(graph: OnnxGraph, inputs: Mapping[str, Array]) -> list[Array]:
    """The outputs of a graph; raises RefusedError for what we do not have."""
    values: dict[str, Array] = {**graph.constants, **{k: usual(np.asarray(v)) for k, v in inputs.items()}}
    for node in graph.nodes:
        arrays = [values[i] if i else None for i in node.inputs]
        for name, array in zip(node.outputs, evaluated(node, arrays, graph.opset), strict=False):
            values[name] = array
    return [values[p.name] for p in graph.outputs]
