"""What an op of a program costs by its shapes alone, whatever device runs it."""

from __future__ import annotations

from typing import NamedTuple

from engine.program.program import Node, Program, Storage


class Cost(NamedTuple):
    """Bytes that must be read and written at least, and multiply-adds of products and convolutions."""

    nbytes: int
    multiply_adds: int


def cost_of(program: Program, node: Node) -> Cost:
    """The cost of one application of a node of the program.

    Every different operand counts once. Of the data set only as much as comes out: a step reads some of its rows.
    """
    inputs = [program.values[i] for i in dict.fromkeys(node.inputs)]
    outputs = [program.values[i] for i in node.outputs]
    written = sum(v.spec.nbytes for v in outputs)
    read = sum(min(v.spec.nbytes, written) if v.storage is Storage.DATA else v.spec.nbytes for v in inputs)
    specs = tuple(program.values[i].spec for i in node.inputs)
    return Cost(read + written, node.op.cost(specs, tuple(v.spec for v in outputs), node.attrs))
