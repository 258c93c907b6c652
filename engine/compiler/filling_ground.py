"""What every rule on filling needs: where values are alive, nodes that are kept, and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.compiler.filling import Axes, Filled, Mask, first_places, is_prefix, same_mask
from engine.compiler.variants import Editor, UnlikeError, Uses
from engine.ops.elementwise import greater, where
from engine.ops.views import reshape
from engine.program.program import Member, Node, Program, Storage
from engine.tensor.spec import Array, Shape, TensorSpec

Place = tuple[str, int]  # a weight or a node, and an axis of it


class OtherPlacesError(Exception):
    """An axis that was taken to be filled from the beginning has its filling elsewhere."""

    def __init__(self, place: Place, mask: Mask | None) -> None:
        super().__init__(place)
        self.place, self.mask = place, mask


class Ground:
    """Programs that are walked over together, and the one that is made of them."""

    def __init__(
        self, wide: Program, programs: Sequence[Program], known: Mapping[Place, Mask | None]
    ) -> None:
        """`known`: where axes are alive that are not filled from the beginning."""
        self._wide, self._programs, self._known = wide, programs, known
        self._count = len(programs)
        self._uses = Uses(wide, programs)
        self._editor = Editor(wide)
        self._filled: dict[int, Filled] = {}
        self._places: dict[int, str] = {}  # what may be filled elsewhere than from the beginning, by value
        self._states: dict[str, Array] = {}
        self._alive_states: dict[str, int] = {}
        self._position = 0  # of the node in the wide program
        self._arenas: dict[str, Mask | None] = {}

    def _members(self, arena: str) -> list[Member]:
        return [m for m in self._wide.members if m.arena == arena]

    def _member_axes(self, member: Member) -> Axes:
        own = [next((m for m in p.members if m.name == member.name), None) for p in self._programs]
        shapes = [m.spec.shape for m in own if m is not None]
        if len(shapes) < self._count or any(len(s) != member.spec.rank for s in shapes):
            raise UnlikeError(f"Not all of the programs have the weight {member.name}.")
        return self._settled(member.name, member.spec.shape, shapes)

    def _settled(self, name: str, shape: Shape, shapes: Sequence[Shape]) -> Axes:
        """Filled from the beginning along each axis, unless it is known where."""
        axes: list[Mask | None] = []
        for axis, length in enumerate(shape):
            mask = first_places([s[axis] for s in shapes], length)
            axes.append(self._known.get((name, axis), mask) if mask is not None else None)
        return tuple(axes)

    def _keep(self, node: Node, filled: Filled) -> Filled:
        """The node as it is."""
        self._editor.nodes.append(node)
        self._filled[node.outputs[0]] = filled
        return filled

    def _with(self, node: Node, operand: int, value: int) -> Node:
        return replace(node, inputs=(*node.inputs[:operand], value, *node.inputs[operand + 1 :]))

    def _known_number(self, value: int) -> float | None:
        array = self._editor.constants.get(value)
        return float(array.reshape(())) if array is not None and array.size == 1 else None

    def _agree(self, value: int, axis: int, own: Mask | None, wanted: Mask | None) -> None:
        """See to it that an operand is alive where another one says."""
        if same_mask(own, wanted):
            return
        if value in self._places and own is not None:
            raise OtherPlacesError((self._places[value], axis), wanted)
        raise UnlikeError("Two operands are alive in different places.")

    def _named(self, node: Node) -> str:
        """Make the places of a node's result open to what follows; the name they have."""
        name = f"node {self._position}"
        self._places[node.outputs[0]] = name
        return name

    def _masked(self, value: int, rest: float, like: Node) -> int:
        """The value with another filling."""
        filled = self._filled[value]
        if filled.rest == rest:
            return value
        shape, filling = (
            self._editor.values[value].spec.shape,
            self._editor.constant(np.asarray(rest, np.float32)),
        )
        made = value
        for axis, mask in enumerate(filled.axes):
            if mask is not None:
                condition = self._alive(mask, len(shape) - axis - 1, like)
                made = self._editor.emit(where, (condition, made, filling), like)
        self._filled[made] = filled.filled_with(rest)
        return made

    def _alive(self, mask: Mask, behind: int, like: Node) -> int:
        """1.0 where an axis is alive that has so many others behind it."""
        length = mask.shape[1]
        shape = (length,) + (1,) * behind
        if is_prefix(mask):
            numbers = self._editor.constant(np.arange(length, dtype=np.float32).reshape(shape))
            count = self._editor.lifted(mask.sum(axis=1).astype(np.float32))
            return self._editor.emit(greater, (count, numbers), like)
        name = next(
            (n for n, a in self._states.items() if np.array_equal(a, mask)), f"alive/{len(self._states)}"
        )
        if name not in self._states:
            self._states[name] = mask.astype(np.float32)
            self._alive_states[name] = self._editor.value(TensorSpec((length,)), Storage.STATE, name)
        state = self._alive_states[name]
        return state if not behind else self._editor.emit(reshape, (state,), like, shape=shape)
