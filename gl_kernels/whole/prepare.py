"""Makes a program small before it becomes one shader: what is known is computed now, and arenas lose their gaps.

Weights lie in an arena at aligned places, so that two thirds of a small network's arena are gaps. A work group that
walks over all parameters should not walk over those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.compiler.simplify import is_elementwise, simplify, with_nodes
from engine.ops.op import OpKind
from engine.program.program import Node, Program, Storage, Value
from engine.tensor.spec import Array, TensorSpec

LARGEST_FOLDED = 1 << 16  # elements of a value that is computed beforehand


@dataclass(frozen=True, slots=True)
class Stretch:
    """`count` elements that lie from `place` on in the arena, and from `start` on where there are no gaps."""

    place: int
    start: int
    count: int


@dataclass(frozen=True)
class Prepared:
    """A program to be fused.

    Attributes:
        program: simplified, with dense states.
        stretches: by name of a state, how its dense elements lie in the device's memory.
        lengths: elements of each state there, gaps included.
    """

    program: Program
    stretches: Mapping[str, tuple[Stretch, ...]]
    lengths: Mapping[str, int]


def prepare(program: Program) -> Prepared:
    """The program ready to be fused."""
    program = simplify(fold_constants(simplify(program)))
    lengths = {name: v.spec.size for name, v in program.named(Storage.STATE).items()}
    layouts = _layouts(program)
    if layouts:
        program = _Dense(program, layouts).run()
    stretches: dict[str, tuple[Stretch, ...]] = {
        v.name: (Stretch(0, 0, v.spec.size),) for v in program.named(Storage.STATE).values()
    }
    stretches |= {
        program.values[i].name: s
        for i, s in layouts.items()
        if i in program.values and program.values[i].storage is Storage.STATE
    }
    return Prepared(program, stretches, lengths)


def fold_constants(program: Program) -> Program:
    """The program with everything computed that depends on constants only."""
    known = dict(program.constants)
    values = dict(program.values)
    nodes: list[Node] = []
    for node in program.nodes:
        specs = [values[i].spec for i in node.outputs]
        small = sum(s.size for s in specs) <= LARGEST_FOLDED
        if not node.inputs or not small or any(i not in known for i in node.inputs):
            nodes.append(node)
            continue
        results = [np.empty(s.shape, s.dtype.numpy) for s in specs]
        with np.errstate(all="ignore"):
            node.op.compute([known[i] for i in node.inputs], results, node.attrs)
        for i, result in zip(node.outputs, results, strict=True):
            known[i] = result
            values[i] = replace(values[i], storage=Storage.CONSTANT)
    return with_nodes(replace(program, constants=known), tuple(nodes), values)


# -- arenas without gaps -----------------------------------------------------------------------------------
def _layouts(program: Program) -> dict[int, tuple[Stretch, ...]]:
    """Values that are laid out like an arena of weights, and how; none where an op looks at the gaps.

    All elements between weights are zero and stay zero: that is what arenas promise.
    """
    members: dict[str, list[tuple[int, int]]] = {}
    for member in program.members:
        members.setdefault(member.arena, []).append((member.offset, member.spec.size))
    arenas = {
        v.id: _stretches(members[v.name]) for v in program.named(Storage.STATE).values() if v.name in members
    }
    found: dict[int, tuple[Stretch, ...]] = dict(arenas)
    by_offsets = {
        (program.values[i].spec.shape, tuple(s.place for s in stretches)): stretches
        for i, stretches in arenas.items()
    }
    for node in program.nodes:
        shape = program.values[node.outputs[0]].spec.shape
        if node.op.name == "pack":
            key = (shape, tuple(sorted(node.attrs["offsets"])))
            if key in by_offsets:
                found[node.outputs[0]] = by_offsets[key]
        elif is_elementwise(node):
            alike = [found[i] for i in node.inputs if i in found]
            if alike:
                found[node.outputs[0]] = alike[0]
    _spread_backwards(program, found)
    return found if _all_dense(program, found) else {}


def _spread_backwards(program: Program, found: dict[int, tuple[Stretch, ...]]) -> None:
    """States and constants beside weights in an operation on all of them are laid out like them."""
    for node in reversed(program.nodes):
        if is_elementwise(node) and node.outputs[0] in found:
            for i in node.inputs:
                if (
                    i not in found
                    and program.values[i].spec.shape == program.values[node.outputs[0]].spec.shape
                ):
                    found[i] = found[node.outputs[0]]
    for state, value in program.updates:
        if value in found:
            found.setdefault(state, found[value])
        elif state in found:
            found.setdefault(value, found[state])


def _all_dense(program: Program, found: Mapping[int, tuple[Stretch, ...]]) -> bool:
    for node in program.nodes:
        laid_out = [i for i in (*node.inputs, *node.outputs) if i in found]
        if not laid_out or node.op.name == "view":
            continue
        if is_elementwise(node):
            shape = program.values[node.outputs[0]].spec.shape
            full = [i for i in (*node.inputs, *node.outputs) if program.values[i].spec.shape == shape]
            if any(found.get(i) != found[node.outputs[0]] for i in full) or len(shape) != 1:
                return False
        elif node.op.name == "pack":
            if any(i in found for i in node.inputs):
                return False
        elif node.op.kind is not OpKind.REDUCTION:
            return False
    return all(found.get(s) == found.get(v) for s, v in program.updates)


def _stretches(places: Sequence[tuple[int, int]]) -> tuple[Stretch, ...]:
    stretches, start = [], 0
    for offset, count in sorted(places):
        stretches.append(Stretch(offset, start, count))
        start += count
    return tuple(stretches)


class _Dense:
    """Rewrites sizes, offsets and constants of laid out values."""

    def __init__(self, program: Program, layouts: Mapping[int, tuple[Stretch, ...]]) -> None:
        self._program = program
        self._layouts = layouts

    def run(self) -> Program:
        program = self._program
        values = {i: self._value(v) for i, v in program.values.items()}
        constants = {i: self._constant(i, a) for i, a in program.constants.items()}
        nodes = tuple(self._node(n) for n in program.nodes)
        return replace(program, values=values, constants=constants, nodes=nodes, members=())

    def _value(self, value: Value) -> Value:
        stretches = self._layouts.get(value.id)
        if stretches is None:
            return value
        return replace(value, spec=TensorSpec((sum(s.count for s in stretches),), value.spec.dtype))

    def _constant(self, i: int, array: Array) -> Array:
        stretches = self._layouts.get(i)
        if stretches is None:
            return array
        return np.concatenate([array[s.place : s.place + s.count] for s in stretches])

    def _node(self, node: Node) -> Node:
        if node.op.name == "view" and node.inputs[0] in self._layouts:
            offset = dense(self._layouts[node.inputs[0]], node.attrs["offset"])
            return replace(node, attrs={**node.attrs, "offset": offset})
        if node.outputs[0] not in self._layouts:
            return node
        stretches = self._layouts[node.outputs[0]]
        if node.op.name == "pack":
            offsets = tuple(dense(stretches, o) for o in node.attrs["offsets"])
            size = sum(s.count for s in stretches)
            return replace(node, attrs={**node.attrs, "offsets": offsets, "size": size})
        if "shape" in node.attrs:
            return replace(node, attrs={**node.attrs, "shape": (sum(s.count for s in stretches),)})
        return node


def dense(stretches: Sequence[Stretch], place: int) -> int:
    """Where an element of an arena lies when there are no gaps."""
    return next(s.start + place - s.place for s in stretches if s.place <= place < s.place + s.count)
