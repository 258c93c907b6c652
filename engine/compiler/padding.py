"""Programs of networks that differ in widths as one program: that of the widest, in which the others are filled up.

A device trains many models in one launch where all of them run the same program. A network of fewer units does so with
filling in place of those it lacks, which must never be seen by the others: wherever an op would add up or compare along an
axis with filling in it, and the filling is not known to leave the result alone, it is replaced first. Weights, gradients
and slots that are filling are zero and stay zero. The random numbers that a unit meets are those it would meet alone. So
every model learns what it learns alone, within rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiler.filling import Filled, Mask, first_places, flat, same_mask
from engine.compiler.filling_ground import OtherPlacesError, Place
from engine.compiler.filling_rules import Rules
from engine.compiler.variants import UnlikeError
from engine.program.program import Node, Program, Storage
from engine.tensor.spec import Array, TensorSpec

LENGTHS = frozenset(
    {"shape", "offset", "offsets", "size", "input_shape", "weight_shape", "starts", "limits"}
)  # attrs that follow from the widths


@dataclass(frozen=True)
class Padded:
    """Several programs as one.

    Attributes:
        program: of all of them.
        feeds: (programs, ...) by the names of feeds that were constants.
        states: (programs, ...) by the names of states that tell where a program is alive; they never change.
        places: by name of a state, for each program the elements of its own state and where they are in the wide one; a
            state that is not there is the same in both.
        models: how many programs there are.
    """

    program: Program
    feeds: Mapping[str, Array]
    states: Mapping[str, Array]
    places: Mapping[str, Sequence[tuple[Array, Array]]]
    models: int

    def embed(self, name: str, number: int, array: Array) -> Array:
        """The state of a program as the wide one has it."""
        if name not in self.places:
            return array
        own, there = self.places[name][number]
        spec = self.program.named(Storage.STATE)[name].spec
        wide = np.zeros(spec.size, spec.dtype.numpy)
        wide[there] = array.reshape(-1)[own]
        return wide.reshape(spec.shape)

    def extract(self, name: str, number: int, wide: Array, like: TensorSpec) -> Array:
        """The state of a program out of the wide one's."""
        if name not in self.places:
            return wide
        own, there = self.places[name][number]
        array = np.zeros(like.size, like.dtype.numpy)
        array[own] = wide.reshape(-1)[there]
        return array.reshape(like.shape)


def padded(wide: Program, programs: Sequence[Program]) -> Padded:
    """One program for several that differ in lengths and constants only.

    Args:
        wide: a program with the largest length of each kind.
        programs: each becomes a model of it.

    Raises:
        UnlikeError: they differ in other ways, or an op does not let filling be told from the rest.
    """
    known: dict[Place, Mask | None] = {}
    for _ in range(1 + sum(m.spec.rank for m in wide.members) + len(wide.nodes)):
        try:
            return _Padding(wide, programs, known).run()
        except OtherPlacesError as error:
            if error.place in known:
                raise UnlikeError(f"{error.place[0]} would have its filling in two places.") from None
            known[error.place] = error.mask
    raise UnlikeError("The places of the filling do not settle.")


class _Padding(Rules):
    """One walk over all programs together."""

    def run(self) -> Padded:
        self._arenas.update({m.arena: self._arena(m.arena) for m in self._wide.members})
        for known in self._wide.values.values():
            if known.storage in (Storage.STATE, Storage.FEED, Storage.DATA):
                self._filled[known.id] = self._from_outside(known.id)
        for k, node in enumerate(self._wide.nodes):
            self._walk(k, node)
        updates = [(state, self._as_state(state, value)) for state, value in self._wide.updates]
        for name, value in self._wide.outputs.items():
            if not self._filled[value].full:
                raise UnlikeError(f"The result {name} would have filling in it.")
        program = self._editor.finish(updates, self._wide.outputs)
        places = {
            v.name: self._pairs(self._filled[i].arena)
            for i, v in self._wide.values.items()
            if v.storage is Storage.STATE and not self._filled[i].full
        }
        return Padded(program, self._editor.feeds, self._states, places, self._count)

    def _arena(self, arena: str) -> Mask | None:
        """Which elements of a flat state are alive."""
        size = next(v.spec.size for v in self._wide.values.values() if v.name == arena)
        alive = np.zeros((self._count, size), np.bool_)
        for member in self._members(arena):
            axes = self._member_axes(member)
            there = slice(member.offset, member.offset + member.spec.size)
            alive[:, there] = flat(axes, member.spec.shape, self._count)
        everything = all(
            p.members == self._wide.members or not self._differs(p, arena) for p in self._programs
        )
        return None if everything else alive

    def _differs(self, program: Program, arena: str) -> bool:
        return [m for m in program.members if m.arena == arena] != self._members(arena)

    def _pairs(self, arena: str) -> list[tuple[Array, Array]]:
        """For each program the elements of its arena, and where they are in the wide one."""
        pairs = []
        for number, program in enumerate(self._programs):
            own, there = [], []
            for member in self._members(arena):
                narrow = next(m for m in program.members if m.name == member.name)
                alive = flat(self._member_axes(member), member.spec.shape, self._count)[number]
                own.append(narrow.offset + np.arange(narrow.spec.size))
                there.append(member.offset + np.flatnonzero(alive))
            pairs.append((np.concatenate(own), np.concatenate(there)))
        return pairs

    def _from_outside(self, value: int) -> Filled:
        known, specs = self._wide.values[value], self._uses.specs(value)
        full = Filled((None,) * known.spec.rank)
        if known.storage is Storage.STATE:
            for arena, mask in self._arenas.items():
                if mask is not None and self._laid_out_like(arena, known.spec, specs):
                    return Filled((mask,), 0.0, arena)
        if any(spec != known.spec for spec in specs):
            raise UnlikeError(f"{known.name} has another shape.")
        return full

    def _laid_out_like(self, arena: str, spec: TensorSpec, specs: Sequence[TensorSpec]) -> bool:
        """Whether a state is as long as the arena is, in every program."""
        sizes = [p.named(Storage.STATE)[arena].spec for p in (self._wide, *self._programs)]
        return [spec, *specs] == sizes

    def _walk(self, k: int, node: Node) -> None:
        if len(node.outputs) != 1:
            self._untouched(k, node)
            return
        for j, value in enumerate(node.inputs):
            if value in self._wide.constants:
                node = self._with(node, j, self._constant(k, j))
        fills = [self._filled[i] for i in node.inputs]
        self._position = k
        lengths = [s.shape for s in self._uses.specs(node.outputs[0])]
        shape = self._wide.values[node.outputs[0]].spec.shape
        if all(f.full for f in fills) and all(s == shape for s in lengths):
            self._keep(node, Filled((None,) * len(shape)))
            return
        if any(_fixed(a) != _fixed(node.attrs) for a in self._uses.attrs(k)):
            raise UnlikeError(f"Settings of {node.op.name} differ.")
        filled = self._rule(node)(node, fills)
        for axis, mask in enumerate(filled.axes):
            alive = [shape[axis]] * self._count if mask is None else mask.sum(axis=1).tolist()
            if not filled.arena and alive != [s[axis] for s in lengths]:  # an arena has gaps of its own
                raise UnlikeError(f"Lengths of {node.op.name} differ in another way.")
        self._filled[node.outputs[0]] = filled

    def _untouched(self, k: int, node: Node) -> None:
        """A node of several results, in which nothing is filled."""
        for j, value in enumerate(node.inputs):
            if value in self._wide.constants:
                node = self._with(node, j, self._constant(k, j))
        specs = [(self._wide.values[o].spec, s) for o in node.outputs for s in self._uses.specs(o)]
        if not all(self._filled[i].full for i in node.inputs) or any(a != b for a, b in specs):
            raise UnlikeError(f"The operation {node.op.name} cannot be told apart from filling.")
        self._editor.nodes.append(node)
        for o in node.outputs:
            self._filled[o] = Filled((None,) * self._wide.values[o].spec.rank)

    def _constant(self, k: int, operand: int) -> int:
        """The constant that the programs use there."""
        arrays, wide = (
            self._uses.constants(k, operand),
            self._wide.constants[self._wide.nodes[k].inputs[operand]],
        )
        if any(a.ndim != wide.ndim or a.dtype != wide.dtype for a in arrays):
            raise UnlikeError("Constants of another kind.")
        if any(n > m for a in arrays for n, m in zip(a.shape, wide.shape, strict=True)):
            raise UnlikeError("A constant does not fit into the widest program.")
        axes = tuple(first_places([a.shape[i] for a in arrays], n) for i, n in enumerate(wide.shape))
        stack = np.zeros((self._count, *wide.shape), wide.dtype)
        for i, array in enumerate(arrays):
            there = tuple(map(slice, array.shape))
            stack[i, ...][there] = array
        value = self._editor.lifted(stack)
        self._filled[value] = Filled(axes, 0.0)
        return value

    def _as_state(self, state: int, value: int) -> int:
        """The new value of a state, with zeros for filling."""
        held, made = self._filled[state], self._filled[value]
        if not all(map(same_mask, held.axes, made.axes)):
            raise UnlikeError("A state would have its filling in another place.")
        if held.full or made.rest == 0.0:
            return value
        return self._masked(value, 0.0, self._wide.nodes[-1])


def _fixed(attrs: Mapping[str, object]) -> dict[str, object]:
    """The attrs that do not follow from lengths."""
    return {name: value for name, value in attrs.items() if name not in LENGTHS}
