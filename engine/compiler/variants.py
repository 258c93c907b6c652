"""What passes that make one program of several share: how the programs correspond, and a program in the making.

A dropout rate or the strength of a penalty is a constant of a program. Where programs are alike but for such constants,
those become feeds, and one program serves all of the variants.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.ops.op import Attrs, Op
from engine.program.program import Node, Program, Storage, Value
from engine.tensor.spec import Array, DType, TensorSpec

LIFTED = "constant/"  # prefix of the feeds that constants become


class UnlikeError(ValueError):
    """Programs cannot be told as one; the sentence says why."""


def shape_of(program: Program) -> Hashable:
    """Equal for programs that are alike but for the values of their constants."""
    nodes = tuple((n.op.name, n.inputs, n.outputs, tuple(sorted(n.attrs.items()))) for n in program.nodes)
    values = tuple(
        (i, v.spec.shape, v.spec.dtype, v.storage, v.name) for i, v in sorted(program.values.items())
    )
    return nodes, values, program.updates, tuple(program.outputs.items())


class Uses:
    """How programs with the same nodes in the same order correspond.

    Constants correspond by where they are used: equal ones are one value of a program, and others may be equal in the next.

    Raises:
        UnlikeError: the programs are not alike.
    """

    def __init__(self, wide: Program, programs: Sequence[Program]) -> None:
        self._wide, self._programs = wide, programs
        self._same: list[dict[int, int]] = []
        for program in programs:
            self._same.append(_corresponding(wide, program))

    def specs(self, value: int) -> list[TensorSpec]:
        """Of what corresponds to a value of the wide program that is no constant."""
        pairs = zip(self._programs, self._same, strict=True)
        return [program.values[same[value]].spec for program, same in pairs]

    def constants(self, node: int, operand: int) -> list[Array]:
        """What each program uses there."""
        return [p.constants[p.nodes[node].inputs[operand]] for p in self._programs]

    def attrs(self, node: int) -> list[Attrs]:
        """Of that node in each program."""
        return [p.nodes[node].attrs for p in self._programs]


def _corresponding(wide: Program, program: Program) -> dict[int, int]:
    """The value of a program for each value of the wide one that is no constant."""
    if [n.op.name for n in wide.nodes] != [n.op.name for n in program.nodes]:
        raise UnlikeError("The programs do other things.")
    same: dict[int, int] = {}
    for storage in (Storage.STATE, Storage.FEED, Storage.DATA):
        ours, theirs = wide.named(storage), program.named(storage)
        if set(ours) != set(theirs):
            raise UnlikeError("The programs keep or read other things.")
        same.update({v.id: theirs[name].id for name, v in ours.items()})
    for node, other in zip(wide.nodes, program.nodes, strict=True):
        for a, b in zip(node.inputs, other.inputs, strict=True):
            if (a in wide.constants) != (b in program.constants) or (a in same and same[a] != b):
                raise UnlikeError(f"The programs use {node.op.name} in other ways.")
        same.update(zip(node.outputs, other.outputs, strict=True))
    updates = {(same[s], same.get(v)) for s, v in wide.updates}
    if updates != set(program.updates) or set(wide.outputs) != set(program.outputs):
        raise UnlikeError("The programs have other results.")
    return same


class Editor:
    """A program that is made from another one; its values keep their numbers.

    Attributes:
        feeds: what constants that differ between programs became: (programs, ...) by name.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self.values: dict[int, Value] = dict(program.values)
        self.constants: dict[int, Array] = {}
        self.nodes: list[Node] = []
        self.feeds: dict[str, Array] = {}
        self._next = max(self.values, default=0) + 1
        self._known: dict[Hashable, int] = {}

    def value(self, spec: TensorSpec, storage: Storage = Storage.TEMP, name: str = "") -> int:
        """A new value."""
        number = self._next
        self._next += 1
        self.values[number] = Value(number, spec, storage, name)
        return number

    def constant(self, array: Array) -> int:
        """A known value; equal ones are one."""
        key = (array.dtype.name, array.shape, array.tobytes())
        if key not in self._known:
            number = self.value(_spec(array), Storage.CONSTANT)
            self.constants[number] = array
            self._known[key] = number
        return self._known[key]

    def lifted(self, arrays: Array) -> int:
        """A value for (programs, ...) constants: one constant where they are equal, else a feed."""
        if np.array_equal(arrays, np.broadcast_to(arrays[:1], arrays.shape)):
            return self.constant(arrays[0])
        key = ("feed", arrays.dtype.name, arrays.shape, arrays.tobytes())
        if key not in self._known:
            name = f"{LIFTED}{len(self.feeds)}"
            self.feeds[name] = arrays
            self._known[key] = self.value(_spec(arrays[0]), Storage.FEED, name)
        return self._known[key]

    def emit(self, op: Op, inputs: Sequence[int], like: Node, **attrs: object) -> int:
        """The result of another op, which belongs to the same part of the network as a node; equal ones are one."""
        key = (op.name, tuple(inputs), tuple(sorted(attrs.items())))
        if key not in self._known:
            (spec,) = op.infer(tuple(self.values[i].spec for i in inputs), attrs)
            number = self.value(spec)
            self.nodes.append(replace(like, op=op, inputs=tuple(inputs), outputs=(number,), attrs=attrs))
            self._known[key] = number
        return self._known[key]

    def finish(self, updates: Sequence[tuple[int, int]], outputs: Mapping[str, int]) -> Program:
        """The program, with the values that are used."""
        used = {v for n in self.nodes for v in (*n.inputs, *n.outputs)}
        used |= {v for pair in updates for v in pair} | set(outputs.values())
        values = {i: v for i, v in self.values.items() if i in used or v.storage is Storage.STATE}
        return replace(
            self._program,
            values=values,
            nodes=tuple(self.nodes),
            constants={i: a for i, a in self.constants.items() if i in values},
            updates=tuple(updates),
            outputs=dict(outputs),
        )


def _spec(array: Array) -> TensorSpec:
    return TensorSpec(array.shape, DType(array.dtype.name))
