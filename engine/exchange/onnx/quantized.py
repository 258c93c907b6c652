"""Models whose weights and values were rounded to 8 bits as the networks in float that they stand for.

Weights become floats again. Values are no longer rounded on their way, which is said: predictions differ by as much as the
rounding did. What rounding cuts off at 0 stays cut off: who quantizes a model takes its ReLUs away where that does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto

from engine.exchange.onnx.graphs import OnnxGraph, OnnxNode
from engine.exchange.onnx.quantized_operators import in_float
from engine.tensor.spec import Array

_NEGATIVE = ("Add", "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul", "Mul", "Sub", "Sum")
_TYPES: Mapping[int, type[np.integer[Any]]] = {
    TensorProto.INT8: np.int8,
    TensorProto.UINT8: np.uint8,
    TensorProto.INT16: np.int16,
    TensorProto.UINT16: np.uint16,
}
_BLOCKS = ("block_size", "output_dtype")  # of newer opsets: left as they are


def ranges_of(model: ModelProto) -> dict[str, tuple[int, int]]:
    """Of constants that are small whole numbers: the least and the largest of their type, which a graph forgets."""
    found = {}
    for tensor in model.graph.initializer:
        kind = _TYPES.get(tensor.data_type)
        if kind is not None:
            found[tensor.name] = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    return found


def without_rounding(graph: OnnxGraph, ranges: Mapping[str, tuple[int, int]]) -> tuple[OnnxGraph, list[str]]:
    """The graph in float, and a sentence where values were rounded in it; `ranges` as `ranges_of` the model."""
    graph, rounded = in_float(graph)
    if not rounded and not any(node.op == "DequantizeLinear" for node in graph.nodes):
        return graph, []
    constants = dict(graph.constants)
    makers = {output: node for node in graph.nodes for output in node.outputs if output}
    nodes: list[OnnxNode] = []
    for node in graph.nodes:
        source = makers.get(node.inputs[0]) if node.op == "DequantizeLinear" else None
        weight = _weight(node, constants) if node.op == "DequantizeLinear" else None
        if weight is not None:
            constants[node.outputs[0]] = weight
        elif source is not None and _undoes(node, source, constants):
            nodes.append(_unrounded(node, source, makers, constants, ranges))
            rounded += 1
        else:
            nodes.append(node)
    read = Counter(name for node in nodes for name in node.inputs) + Counter(p.name for p in graph.outputs)
    kept = tuple(n for n in nodes if n.op != "QuantizeLinear" or read[n.outputs[0]])
    notes = [_NOTE.format(count=rounded)] if rounded else []
    return replace(graph, nodes=kept, constants=constants), notes


_NOTE = (
    "The file rounds values to 8 bits in {count} places; here they stay as they are, so predictions differ by as much as "
    "the rounding did."
)


def _weight(node: OnnxNode, constants: Mapping[str, Array]) -> Array | None:
    """(q - zero point) * scale, where all of that is known."""
    known = [constants.get(name) for name in node.inputs if name]
    if len(known) < 2 or any(a is None or a.dtype.kind not in "iuf" for a in known):
        return None
    if any(node.attributes.get(name) for name in _BLOCKS):
        return None
    whole, scale, *zero = (np.asarray(a) for a in known)
    if whole.dtype.kind == "f":
        return None
    shape = [1] * whole.ndim
    if scale.size > 1:
        axis = int(node.attributes.get("axis", 1))
        if scale.ndim != 1 or not -whole.ndim <= axis < whole.ndim or whole.shape[axis] != scale.size:
            return None
        shape[axis] = scale.size
    elif scale.size != 1:
        return None
    start = (
        zero[0].astype(np.float32).reshape(shape) if zero and zero[0].size == scale.size else np.float32(0)
    )
    return np.asarray(
        (whole.astype(np.float32) - start) * scale.astype(np.float32).reshape(shape), np.float32
    )


def _undoes(node: OnnxNode, source: OnnxNode, constants: Mapping[str, Array]) -> bool:
    """Whether a value is rounded and brought back by the same scale."""
    if source.op != "QuantizeLinear" or len(node.inputs) != len(source.inputs):
        return False
    pairs = [
        (constants.get(a), constants.get(b)) for a, b in zip(node.inputs[1:], source.inputs[1:], strict=True)
    ]
    return bool(pairs) and all(a is not None and b is not None and np.array_equal(a, b) for a, b in pairs)


def _unrounded(
    node: OnnxNode,
    source: OnnxNode,
    makers: Mapping[str, OnnxNode],
    constants: dict[str, Array],
    ranges: Mapping[str, tuple[int, int]],
) -> OnnxNode:
    """The value itself; from 0 to where the scale ends, if that begins at 0 and what makes the value does not."""
    x, outputs = source.inputs[0], node.outputs
    maker, scale = makers.get(x), constants[node.inputs[1]]
    zero, least, most = 0, 0, 255  # where none is given
    if len(node.inputs) > 2 and node.inputs[2] in ranges:
        (least, most), start = ranges[node.inputs[2]], constants[node.inputs[2]]
        zero = int(start.reshape(-1)[0]) if start.size == 1 else most
    if zero != least or scale.size != 1 or maker is None or maker.op not in _NEGATIVE:
        return OnnxNode("Identity", node.name, (x,), outputs)
    low, high = f"{node.name}/least", f"{node.name}/most"
    constants[low] = np.zeros((), np.float32)
    constants[high] = np.asarray((most - least) * float(scale.reshape(())), np.float32)
    return OnnxNode("Clip", node.name, (x, low, high), outputs)
