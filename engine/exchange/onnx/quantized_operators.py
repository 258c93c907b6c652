"""Operators that compute in 8 bits, written as the operators in float that they stand for, between roundings (QDQ form).

ONNX Runtime's `quantize_static` writes such operators where it is told to (QOperator), `quantize_dynamic` always does.
`quantized.py` then leaves the roundings out. An operator whose scales are not in the file stays as it is, red and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from engine.exchange.onnx.graphs import OnnxGraph, OnnxNode
from engine.tensor.spec import Array

_MS = "com.microsoft."


@dataclass(frozen=True)
class _Form:
    """How an operator in 8 bits names its inputs.

    Attributes:
        op: what it does in float.
        operands: how many, each with its scale and zero point; -1: all that there are, behind those of the result.
        bias: whether a sum in 32 bits, of the product of the operands' scales, stands `before` or `behind` the scale and
            zero point of the result; "": there is none.
        axis: of the channels that the second operand has scales for.
    """

    op: str
    operands: int
    bias: str = ""
    axis: int = -1


_FORMS: Mapping[str, _Form] = MappingProxyType(
    {
        "QLinearConv": _Form("Conv", 2, "behind", axis=0),
        "QLinearMatMul": _Form("MatMul", 2),
        f"{_MS}QGemm": _Form("Gemm", 2, "before"),
        f"{_MS}QLinearAdd": _Form("Add", 2),
        f"{_MS}QLinearMul": _Form("Mul", 2),
        f"{_MS}QLinearSigmoid": _Form("Sigmoid", 1),
        f"{_MS}QLinearLeakyRelu": _Form("LeakyRelu", 1),
        f"{_MS}QLinearSoftmax": _Form("Softmax", 1),
        f"{_MS}QLinearAveragePool": _Form("AveragePool", 1),
        f"{_MS}QLinearGlobalAveragePool": _Form("GlobalAveragePool", 1),
        f"{_MS}QLinearConcat": _Form("Concat", -1),
    }
)
# these only move numbers, so they take rounded ones as they are
_MOVING = (
    "Flatten",
    "Identity",
    "MaxPool",
    "Reshape",
    "Slice",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
)
_OWN = ("opset", "channels_last")  # of the attributes, what the operator in float does not have
Scale = tuple[str, str]  # names of a scale and of a zero point


def in_float(graph: OnnxGraph) -> tuple[OnnxGraph, int]:
    """The graph without such operators as far as that can be, and how many values it rounded by what they were then."""
    if not any(node.op in _FORMS or node.op in _DYNAMIC for node in graph.nodes):
        return graph, 0
    static = _Static(dict(graph.constants))
    nodes = [made for node in graph.nodes for made in static.written(node)]
    dynamic = _Dynamic(static.constants, nodes)
    kept = tuple(made for node in nodes if (made := dynamic.written(node)) is not None)
    return replace(graph, nodes=kept, constants=dynamic.constants), dynamic.rounded


class _Static:
    """Rewrites operators whose scales are known; `constants` grow with what it needs."""

    def __init__(self, constants: dict[str, Array]) -> None:
        self.constants = constants
        self._scales: dict[str, Scale] = {}  # of rounded values, by name

    def written(self, node: OnnxNode) -> Iterator[OnnxNode]:
        """The nodes that stand in its place: the node itself where it is none of ours."""
        if node.op == "QuantizeLinear" and len(node.inputs) == 3:
            self._scales[node.outputs[0]] = node.inputs[1], node.inputs[2]
        form = _FORMS.get(node.op)
        if form is not None:
            yield from self._computing(node, form)
        elif node.op in _MOVING and node.inputs[0] in self._scales:
            scales = self._scales[node.inputs[0]]
            yield from self._around(
                node, node.op, [(node.inputs[0], scales, 0)], node.inputs[1:], [scales] * len(node.outputs)
            )
        else:
            yield node

    def _computing(self, node: OnnxNode, form: _Form) -> Iterator[OnnxNode]:
        given = (*node.inputs, *("" for _ in range(9)))
        if form.operands < 0:
            result, count = (given[0], given[1]), (len(node.inputs) - 2) // 3
            places = range(2, 2 + 3 * count, 3)
        else:
            places = range(0, 3 * form.operands, 3)
            after = 3 * form.operands + (form.bias == "before")
            result = given[after], given[after + 1]
        axis = 0 if node.attributes.get("transB") else form.axis
        operands = [(given[k], (given[k + 1], given[k + 2]), axis if n else 0) for n, k in enumerate(places)]
        scales = [scale for _, (scale, _), _ in operands]
        bias = given[3 * form.operands + (0 if form.bias == "before" else 2)] if form.bias else ""
        needed = {*scales, *filter(None, (result[0], bias))}
        if not needed <= self.constants.keys() or node.attributes.get("channels_last"):
            yield node
            return
        sums = [self._sum_of(node, bias, scales)] if bias else []
        yield from self._around(node, form.op, operands, sums, [result])

    def _sum_of(self, node: OnnxNode, name: str, scales: Sequence[str]) -> str:
        """A bias as numbers in float: whole ones times the scales of what is multiplied."""
        first, second = (np.asarray(self.constants[s], np.float32).reshape(-1) for s in scales)
        alpha = float(node.attributes.get("alpha", 1.0)) if node.op.endswith("QGemm") else 1.0
        made = f"{node.name}/bias"
        whole = np.asarray(self.constants[name], np.float32)
        self.constants[made] = np.asarray(whole * (alpha * first * second), np.float32)
        return made

    def _around(
        self,
        node: OnnxNode,
        op: str,
        operands: Sequence[tuple[str, Scale, int]],
        others: Sequence[str],
        results: Sequence[Scale],
    ) -> Iterator[OnnxNode]:
        """The operator in float, its operands brought back from 8 bits before and its results rounded behind."""
        floats = []
        for k, (name, scales, axis) in enumerate(operands):
            floats.append(f"{node.name}/operand {k}")
            given = (name, scales[0], *([scales[1]] if scales[1] else []))
            yield OnnxNode("DequantizeLinear", floats[-1], given, (floats[-1],), {"axis": axis})
        attributes = {k: v for k, v in node.attributes.items() if k not in _OWN}
        outputs = [
            f"{node.name}/result {k}" if scale else node.outputs[k] for k, (scale, _) in enumerate(results)
        ]
        yield OnnxNode(op, node.name, (*floats, *others), tuple(outputs), attributes)
        for out, name, (scale, zero) in zip(outputs, node.outputs, results, strict=True):
            if scale:
                self._scales[name] = scale, zero
                given = (out, scale, *([zero] if zero else []))
                yield OnnxNode("QuantizeLinear", f"{out} in 8 bits", given, (name,))


_PRODUCTS: Mapping[str, str] = MappingProxyType({"MatMulInteger": "MatMul", "ConvInteger": "Conv"})
_DYNAMIC = ("DynamicQuantizeLinear", *_PRODUCTS)


class _Dynamic:
    """Rewrites operators that find the scale of a value as they run: in float that scale is 1 and the zero point 0.

    The scale of the weights, which follows the product, is put on them, so that a layer is a layer again.
    """

    def __init__(self, constants: dict[str, Array], nodes: Sequence[OnnxNode]) -> None:
        self.constants = constants
        self.rounded = 0
        self._readers = Counter(name for node in nodes for name in node.inputs)
        self._weights: dict[str, str] = {}  # of products without their scale that one node reads, by name

    def written(self, node: OnnxNode) -> OnnxNode | None:
        """What stands in its place; None: nothing, its result is known."""
        if node.op == "DynamicQuantizeLinear":
            return self._unrounded(node)
        if node.op in _PRODUCTS:
            return self._product(node)
        if node.op == "Cast" and node.inputs[0] in self._weights:
            self._note(node.outputs[0], self._weights[node.inputs[0]])
            return OnnxNode("Identity", node.name, node.inputs, node.outputs)
        if node.op == "Mul" and len(node.inputs) == 2:
            return self._scaled(node)
        return node

    def _unrounded(self, node: OnnxNode) -> OnnxNode:
        self.rounded += 1
        for name, value in zip(node.outputs[1:], (1.0, 0.0), strict=False):
            self.constants[name] = np.array(value, np.float32)
        return OnnxNode("Identity", node.name, node.inputs, node.outputs[:1])

    def _product(self, node: OnnxNode) -> OnnxNode:
        """Of a value and whole numbers, of which the zero point is taken."""
        value, weight, *zeros = node.inputs
        known = self.constants.get(weight)
        starts = [self.constants.get(name) for name in zeros if name]
        if known is None or any(s is None for s in starts) or (starts and np.any(starts[0])):
            return node
        made = f"{node.name}/weights"
        start = np.asarray(starts[1], np.float32) if len(starts) > 1 else np.zeros((), np.float32)
        if start.size > 1 and node.op == "ConvInteger":
            start = start.reshape(-1, *(1 for _ in known.shape[1:]))
        self.constants[made] = np.asarray(known, np.float32) - start
        self._note(node.outputs[0], made)
        return OnnxNode(_PRODUCTS[node.op], node.name, (value, made), node.outputs, node.attributes)

    def _note(self, product: str, weights: str) -> None:
        if self._readers[product] == 1:
            self._weights[product] = weights

    def _scaled(self, node: OnnxNode) -> OnnxNode | None:
        first, second = (self.constants.get(name) for name in node.inputs)
        if first is not None and second is not None:
            self.constants[node.outputs[0]] = np.asarray(first * second)
            return None
        for product, scale in (node.inputs, node.inputs[::-1]):
            weights, factor = self._weights.get(product, ""), self.constants.get(scale)
            if weights and factor is not None:
                self.constants[weights] = _times(self.constants[weights], factor)
                return OnnxNode("Identity", node.name, (product,), node.outputs)
        return node


def _times(weights: Array, factor: Array) -> Array:
    """Weights of a product times a factor of its result: one number, or one for each channel."""
    # of a convolution, channels are the weights' first axis and the result's second
    if factor.size > 1 and weights.ndim > 2:
        factor = factor.reshape(-1, *(1 for _ in weights.shape[1:]))
    return np.asarray(weights * factor, np.float32)
