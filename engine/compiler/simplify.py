"""Removes what need not be computed: unused nodes, repeated ones, multiplications by one, views of views.

Rewrites never change a result beyond what float32 rounding of the same formula allows; most change no bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from engine.ops.op import OpKind
from engine.program.program import Node, Program, Storage, Value
from engine.tensor.spec import Array

_NEUTRAL: Mapping[str, Sequence[tuple[int, float]]] = MappingProxyType(  # inputs that change nothing, by op
    {"mul": ((0, 1.0), (1, 1.0)), "div": ((1, 1.0),), "add": ((0, 0.0), (1, 0.0))}
)


def simplify(program: Program) -> Program:
    """The program with dead code, common subexpressions and neutral arithmetic removed."""
    return drop_unused(_Rewriter(program).run())


class _Rewriter:
    """One forward walk; `same` maps a value to an earlier, equal one."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.same: dict[int, int] = {}
        self.seen: dict[tuple[object, ...], tuple[int, ...]] = {}
        self.producer: dict[int, Node] = {}

    def run(self) -> Program:
        nodes = [node for old in self.program.nodes if (node := self._visit(old)) is not None]
        resolve = self._resolve
        return replace(
            self.program,
            nodes=tuple(nodes),
            updates=tuple((s, resolve(v)) for s, v in self.program.updates),
            outputs={name: resolve(v) for name, v in self.program.outputs.items()},
        )

    def _resolve(self, value_id: int) -> int:
        while value_id in self.same:
            value_id = self.same[value_id]
        return value_id

    def _visit(self, old: Node) -> Node | None:
        inputs = tuple(map(self._resolve, old.inputs))
        node = self._shorten_view(old if inputs == old.inputs else replace(old, inputs=inputs))
        neutral = self._neutral(node)
        if neutral is not None:
            self.same[node.outputs[0]] = neutral
            return None
        key = (node.op.name, node.inputs, frozenset(node.attrs.items()))
        if key in self.seen:
            self.same.update(zip(node.outputs, self.seen[key], strict=True))
            return None
        self.seen[key] = node.outputs
        self.producer.update(dict.fromkeys(node.outputs, node))
        return node

    def _shorten_view(self, node: Node) -> Node:
        """A reshape of a reshape reads the original."""
        source = self.producer.get(node.inputs[0]) if node.inputs else None
        if node.op.name == "reshape" and source is not None and source.op.name == "reshape":
            return replace(node, inputs=source.inputs)
        return node

    def _neutral(self, node: Node) -> int | None:
        """The input that the node's only output equals, if there is one."""
        if node.op.name in ("reshape", "broadcast_to"):
            return self._if_of_shape(node.inputs[0], node)
        for position, scalar in _NEUTRAL.get(node.op.name, ()):
            if self._is_scalar(node.inputs[position], scalar):
                return self._if_of_shape(node.inputs[1 - position], node)
        return None

    def _if_of_shape(self, value_id: int, node: Node) -> int | None:
        alike = self._value(value_id).spec.shape == self._value(node.outputs[0]).spec.shape
        return value_id if alike else None

    def _value(self, value_id: int) -> Value:
        return self.program.values[value_id]

    def _is_scalar(self, value_id: int, number: float) -> bool:
        array: Array | None = self.program.constants.get(value_id)
        return array is not None and array.ndim == 0 and bool(array == np.float32(number))


def drop_unused(program: Program) -> Program:
    """The program without nodes whose results nobody reads."""
    needed = {v for _, v in program.updates} | set(program.outputs.values()) | {s for s, _ in program.updates}
    kept: list[Node] = []
    for node in reversed(program.nodes):
        if any(i in needed for i in node.outputs):
            kept.append(node)
            needed.update(node.inputs)
    return with_nodes(program, tuple(reversed(kept)), program.values, needed)


def with_nodes(
    program: Program, nodes: tuple[Node, ...], values: Mapping[int, Value], extra: set[int] | None = None
) -> Program:
    """The program with other nodes, keeping only values that they (or `extra`) mention.

    Named states stay even if no node mentions them: they belong to the model.
    """
    used = set(extra or ()) | {v for pair in program.updates for v in pair} | set(program.outputs.values())
    for node in nodes:
        used.update(node.inputs, node.outputs)
    keep = {i: v for i, v in values.items() if i in used or v.storage is Storage.STATE}
    constants = {i: a for i, a in program.constants.items() if i in keep}
    return replace(program, nodes=nodes, values=keep, constants=constants)


def is_elementwise(node: Node) -> bool:
    """True if the node can be a step of a fused body."""
    return node.op.kind is OpKind.ELEMENTWISE and bool(node.op.glsl)
