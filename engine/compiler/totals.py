"""Lets the product that makes the gradient of weights make that of the bias, too: it reads all numbers of that sum."""

from __future__ import annotations

from dataclasses import replace

from engine.compiler.fuse import FusionLimits
from engine.compiler.simplify import with_nodes
from engine.program.enclosed import Enclosure, enclosed
from engine.program.program import Node, Program


def ride_along(program: Program, limits: FusionLimits) -> Program:
    """The program with sums over columns joined to products that read the same tensor as their right side."""
    products = {node.inputs[-1]: k for k, node in enumerate(program.nodes) if _carries(program, node, limits)}
    nodes: list[Node | None] = list(program.nodes)
    for k, node in enumerate(program.nodes):
        product = products.get(node.inputs[0]) if _sums_columns(program, node) else None
        carrier = nodes[product] if product is not None else None
        if product is None or carrier is None or carrier.op is enclosed:
            continue
        first, last = sorted((k, product))
        if _is_read(program, program.nodes[first].outputs[0], first, last):
            continue
        around = Enclosure(carrier.op, carrier.attrs, (None,) * len(carrier.inputs), totals=True)
        joined = replace(
            carrier, op=enclosed, outputs=(*carrier.outputs, *node.outputs), attrs={"around": around}
        )
        nodes[k] = nodes[product] = None
        nodes[last] = joined
    return with_nodes(program, tuple(node for node in nodes if node is not None), program.values)


def _carries(program: Program, node: Node, limits: FusionLimits) -> bool:
    """Whether a node is one product of matrices whose right side lies row by row."""
    if node.op.name not in limits.totals:
        return False
    left, right = (program.values[v].spec for v in node.inputs)
    if node.op.name == "matmul":
        return left.rank == right.rank == 2 and not node.attrs["transpose_b"]
    return bool(node.attrs["groups"] == 1)


def _sums_columns(program: Program, node: Node) -> bool:
    if node.op.name != "sum" or node.attrs["keepdims"]:
        return False
    axes = {a % program.values[node.inputs[0]].spec.rank for a in node.attrs["axes"]}
    return axes == set(range(program.values[node.inputs[0]].spec.rank - 1))


def _is_read(program: Program, value: int, first: int, last: int) -> bool:
    """Whether a node between two places reads a value."""
    return any(value in node.inputs for node in program.nodes[first + 1 : last + 1])
