"""Several operators that together are one: what exporters take apart is put together again before layers are sought."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.exchange.onnx.graphs import OnnxGraph, OnnxNode
from engine.tensor.spec import Array

_NEAR = 1e-4  # of constants like the root of two


@dataclass(eq=False)
class _Web:
    """Who makes which value, and how often it is read."""

    graph: OnnxGraph

    def __post_init__(self) -> None:
        self.makers = {o: n for n in self.graph.nodes for o in n.outputs if o}
        self.uses: Counter[str] = Counter(i for n in self.graph.nodes for i in n.inputs if i)
        self.uses.update(p.name for p in self.graph.outputs)
        self.constants: dict[str, Array] = dict(self.graph.constants)
        for n in self.graph.nodes:
            value = n.attributes.get("value")
            if n.op == "Constant" and isinstance(value, np.ndarray):
                self.constants[n.outputs[0]] = value
            elif n.op == "Identity" and n.inputs[0] in self.constants:
                self.constants[n.outputs[0]] = self.constants[n.inputs[0]]

    def maker(self, value: str, *operators: str) -> OnnxNode | None:
        """The node that makes a value that nothing else reads, if it is one of these operators."""
        node = self.makers.get(value)
        return node if node is not None and node.op in operators and self.uses[value] == 1 else None

    def number(self, value: str) -> float | None:
        """A known single number."""
        array = self.constants.get(value)
        return (
            float(array.reshape(()))
            if array is not None and array.size == 1 and array.dtype.kind in "fiu"
            else None
        )

    def beside(self, node: OnnxNode, number: float) -> str:
        """The other input of an operator of two that has this number as one of them; "" if it has not."""
        for one, other in ((0, 1), (1, 0)):
            found = self.number(node.inputs[one])
            if found is not None and math.isclose(found, number, rel_tol=_NEAR, abs_tol=_NEAR):
                return node.inputs[other]
        return ""


Find = Callable[[_Web, OnnxNode], "OnnxNode | None"]


def _swish(web: _Web, node: OnnxNode) -> OnnxNode | None:
    """X · sigmoid(x)."""
    if node.op != "Mul":
        return None
    for gate, x in (node.inputs[:2], node.inputs[1::-1]):
        maker = web.maker(gate, "Sigmoid")
        if maker is not None and maker.inputs[0] == x:
            return replace(node, op="Swish", inputs=(x,), attributes={})
    return None


def _hard_swish(web: _Web, node: OnnxNode) -> OnnxNode | None:
    """X · hard_sigmoid(x) with a slope of 1/6."""
    if node.op != "Mul":
        return None
    for gate, x in (node.inputs[:2], node.inputs[1::-1]):
        maker = web.maker(gate, "HardSigmoid")
        if (
            maker is not None
            and maker.inputs[0] == x
            and math.isclose(maker.attributes.get("alpha", 0.2), 1 / 6, rel_tol=_NEAR)
        ):
            return replace(node, op="HardSwish", inputs=(x,), attributes={})
    return None


def _clipped_swish(web: _Web, node: OnnxNode) -> OnnxNode | None:
    """X · clip(x + 3, 0, 6) / 6, in any order."""
    if node.op == "Div" and web.number(node.inputs[1]) == 6.0:
        product = web.maker(node.inputs[0], "Mul")
        factors = list(product.inputs) if product is not None else []
    else:
        factors = _factors(web, node)
        sixths = [
            f for f in factors if (n := web.number(f)) is not None and math.isclose(n, 1 / 6, rel_tol=_NEAR)
        ]
        factors = [f for f in factors if f not in sixths] if len(sixths) == 1 else []
    for gate, x in (factors, factors[::-1]) if len(factors) == 2 else ():
        clip = web.maker(gate, "Clip")
        plus = (
            web.maker(clip.inputs[0], "Add")
            if clip is not None and _limits(web, clip) == (0.0, 6.0)
            else None
        )
        if plus is not None and web.beside(plus, 3.0) == x:
            return replace(node, op="HardSwish", inputs=(x,), attributes={})
    return None


def _limits(web: _Web, clip: OnnxNode) -> tuple[float | None, float | None]:
    given = [web.number(i) for i in clip.inputs[1:]] + [None, None]
    return clip.attributes.get("min", given[0]), clip.attributes.get("max", given[1])


def _gelu(web: _Web, node: OnnxNode) -> OnnxNode | None:
    """½ x (1 + erf(x / √2)), multiplied in any order."""
    factors = _factors(web, node)
    halves = [f for f in factors if (n := web.number(f)) is not None and math.isclose(n, 0.5, rel_tol=_NEAR)]
    others = [f for f in factors if f not in halves]
    if len(halves) != 1 or len(others) != 2:
        return None
    for one, x in (others, others[::-1]):
        plus = web.maker(one, "Add")
        erf = web.maker(web.beside(plus, 1.0), "Erf") if plus is not None else None
        scaled = web.maker(erf.inputs[0], "Div", "Mul") if erf is not None else None
        if scaled is None:
            continue
        wanted = math.sqrt(2.0) if scaled.op == "Div" else math.sqrt(0.5)
        if web.beside(scaled, wanted) == x and (scaled.op == "Mul" or scaled.inputs[0] == x):
            return replace(node, op="Gelu", inputs=(x,), attributes={})
    return None


def _factors(web: _Web, node: OnnxNode) -> list[str]:
    """What is multiplied in two products, one inside the other."""
    if node.op != "Mul" or len(node.inputs) != 2:
        return []
    for inner, other in (node.inputs, node.inputs[::-1]):
        maker = web.maker(inner, "Mul")
        if maker is not None:
            return [*maker.inputs, other]
    return []


def _normalized(web: _Web, node: OnnxNode) -> OnnxNode | None:
    """(x - mean) / √(mean((x - mean)²) + ε) · gamma + beta over the last axis."""
    if node.op != "Add":
        return None
    for scaled, beta in (node.inputs, node.inputs[::-1]):
        product = web.maker(scaled, "Mul")
        if product is None or web.constants.get(beta) is None:
            continue
        for quotient, gamma in (product.inputs, product.inputs[::-1]):
            found = _standardized(web, quotient) if gamma in web.constants else None
            if found is not None and web.constants[gamma].ndim == 1 == web.constants[beta].ndim:
                x, epsilon = found
                return replace(
                    node,
                    op="LayerNormalization",
                    inputs=(x, gamma, beta),
                    attributes={"axis": -1, "epsilon": epsilon},
                )
    return None


def _standardized(web: _Web, value: str) -> tuple[str, float] | None:
    """The value that is brought to mean 0 and deviation 1 along its last axis, and what is added to the variance."""
    quotient = web.maker(value, "Div")
    centered = web.makers.get(quotient.inputs[0]) if quotient is not None else None
    root = web.maker(quotient.inputs[1], "Sqrt") if quotient is not None else None
    plus = web.maker(root.inputs[0], "Add") if root is not None else None
    if plus is None or centered is None or centered.op != "Sub":
        return None
    for variance, small in (plus.inputs, plus.inputs[::-1]):
        epsilon, mean = web.number(small), web.maker(variance, "ReduceMean")
        square = web.maker(mean.inputs[0], "Pow", "Mul") if mean is not None else None
        if epsilon is None or mean is None or square is None or not _last(web, mean):
            continue
        twice = (
            square.inputs[0] == square.inputs[1]
            if square.op == "Mul"
            else web.number(square.inputs[1]) == 2.0
        )
        of = web.makers.get(square.inputs[0])
        average = web.maker(centered.inputs[1], "ReduceMean") or web.makers.get(centered.inputs[1])
        if of is None or of.op != "Sub" or not twice or average is None or average.op != "ReduceMean":
            continue
        alike = of.inputs == centered.inputs or (
            of.inputs[0] == centered.inputs[0] and _same_mean(web, of, centered)
        )
        if alike and average.inputs[0] == centered.inputs[0] and _last(web, average):
            return centered.inputs[0], epsilon
    return None


def _same_mean(web: _Web, one: OnnxNode, other: OnnxNode) -> bool:
    makers = [web.makers.get(n.inputs[1]) for n in (one, other)]
    return all(
        m is not None and m.op == "ReduceMean" and m.inputs[0] == one.inputs[0] and _last(web, m)
        for m in makers
    )


def _last(web: _Web, node: OnnxNode) -> bool:
    axes = node.attributes.get("axes")
    if axes is None and len(node.inputs) > 1 and node.inputs[1] in web.constants:
        axes = tuple(web.constants[node.inputs[1]].reshape(-1).tolist())
    return axes is not None and tuple(axes) == (-1,) and bool(node.attributes.get("keepdims", 1))


_FINDS: tuple[Find, ...] = (_swish, _hard_swish, _clipped_swish, _gelu, _normalized)


def put_together(graph: OnnxGraph) -> OnnxGraph:
    """The graph with what was found in place of the last operator of each; what nobody reads any more is left out."""
    web = _Web(graph)
    found: Mapping[str, OnnxNode] = {
        node.name: made for node in graph.nodes if (made := _first(web, node)) is not None
    }
    nodes = [found.get(n.name, n) for n in graph.nodes]
    wanted = {p.name for p in graph.outputs}
    kept: list[OnnxNode] = []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            kept.append(node)
            wanted.update(node.inputs)
    return replace(graph, nodes=tuple(reversed(kept)))


def _first(web: _Web, node: OnnxNode) -> OnnxNode | None:
    return next((made for find in _FINDS if (made := find(web, node)) is not None), None)
