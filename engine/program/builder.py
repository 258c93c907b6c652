"""Builds programs: the place where ops called on tensors become nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from engine.ops.op import Attrs, Op, Tensor
from engine.ops.views import view
from engine.program.program import Member, Node, Phase, Program, Storage, Value
from engine.tensor.spec import Array, DType, TensorSpec

ARENA_ALIGNMENT = 64  # elements; 256 bytes, the largest offset alignment OpenGL drivers ask for


class Arena:
    """A flat float32 state that grows while weights are placed in it, each at an aligned offset."""

    def __init__(self, value_id: int, name: str) -> None:
        self.id = value_id
        self.name = name
        self.size = 0
        self.members: dict[str, Member] = {}

    def place(self, name: str, spec: TensorSpec) -> Member:
        """Reserve room for one weight."""
        member = Member(self.name, name, self.size, spec)
        self.size += -(-spec.size // ARENA_ALIGNMENT) * ARENA_ALIGNMENT
        self.members[name] = member
        return member


class ProgramBuilder:
    """Receives ops (the `Builder` protocol of `engine.ops.op`) and hands out a `Program` at the end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._values: dict[int, Value] = {}
        self._nodes: list[Node] = []
        self._constants: dict[int, Array] = {}
        self._scalars: dict[tuple[float, DType], Tensor] = {}
        self._updates: list[tuple[int, int]] = []
        self._outputs: dict[str, int] = {}
        self._named: dict[tuple[Storage, str], Tensor] = {}
        self._arenas: dict[str, Arena] = {}
        self._origin = ""
        self._phase = Phase.FORWARD

    # -- the Builder protocol ---------------------------------------------------------------------
    def emit(self, op: Op, inputs: tuple[Tensor, ...], attrs: Attrs) -> tuple[Tensor, ...]:
        """Append one op; raises ShapeError where its shape rule says so."""
        specs = op.infer(tuple(t.spec for t in inputs), attrs)
        outputs = tuple(self._new(spec) for spec in specs)
        self._nodes.append(
            Node(
                op,
                tuple(t.id for t in inputs),
                tuple(t.id for t in outputs),
                dict(attrs),
                self._origin,
                self._phase,
            )
        )
        return outputs

    def constant(self, value: float | Array, dtype: DType = DType.FLOAT32) -> Tensor:
        """A known tensor; equal scalars are one value."""
        if not isinstance(value, np.ndarray):
            key = (float(value), dtype)
            if key not in self._scalars:
                self._scalars[key] = self._constant(np.asarray(value, dtype.numpy))
            return self._scalars[key]
        return self._constant(value.astype(dtype.numpy))

    # -- values from outside ----------------------------------------------------------------------
    def feed(self, name: str, spec: TensorSpec) -> Tensor:
        """A value given anew for every step."""
        return self._outside(Storage.FEED, name, spec)

    def data(self, name: str, spec: TensorSpec) -> Tensor:
        """A value bound once."""
        return self._outside(Storage.DATA, name, spec)

    def state(self, name: str, spec: TensorSpec) -> Tensor:
        """A value that survives steps."""
        return self._outside(Storage.STATE, name, spec)

    def arena(self, name: str) -> Arena:
        """The flat state `name`; its length is known when the program is finished."""
        if name not in self._arenas:
            handle = self._new(TensorSpec((0,)), Storage.STATE, name)
            self._arenas[name] = Arena(handle.id, name)
        return self._arenas[name]

    def member(self, member: Member) -> Tensor:
        """The weight at its place in an arena, as a tensor."""
        arena = self.arena(member.arena)
        handle = Tensor(self, arena.id, self._values[arena.id].spec)
        return view(handle, offset=member.offset, shape=member.spec.shape)

    def seal(self, name: str) -> Tensor:
        """The whole arena as one flat tensor. No weight can be placed in it afterwards."""
        arena = self.arena(name)
        spec = TensorSpec((arena.size,))
        self._values[arena.id] = Value(arena.id, spec, Storage.STATE, name)
        return Tensor(self, arena.id, spec)

    # -- results ----------------------------------------------------------------------------------
    def update(self, state: Tensor, value: Tensor) -> None:
        """After the step, `state` holds `value` (of the same shape)."""
        self._updates.append((state.id, value.id))

    def output(self, name: str, value: Tensor) -> None:
        """Let callers read `value` after a step."""
        self._outputs[name] = value.id

    @contextmanager
    def origin(self, node: str) -> Iterator[None]:
        """Nodes made inside belong to this canvas node."""
        before, self._origin = self._origin, node
        try:
            yield
        finally:
            self._origin = before

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """Nodes made inside belong to this part of the step."""
        before, self._phase = self._phase, phase
        try:
            yield
        finally:
            self._phase = before

    @property
    def nodes(self) -> list[Node]:
        """The nodes so far, in order."""
        return self._nodes

    def tensor(self, value_id: int) -> Tensor:
        """The handle of a value."""
        return Tensor(self, value_id, self._values[value_id].spec)

    def storage(self, value_id: int) -> Storage:
        """Where a value lives."""
        return self._values[value_id].storage

    def finish(self) -> Program:
        """The program; arenas are sealed."""
        members = tuple(m for arena in self._arenas.values() for m in arena.members.values())
        for name in self._arenas:
            self.seal(name)
        return Program(
            self.name,
            self._values,
            tuple(self._nodes),
            self._constants,
            tuple(self._updates),
            self._outputs,
            members,
        )

    # -- helpers ----------------------------------------------------------------------------------
    def _new(self, spec: TensorSpec, storage: Storage = Storage.TEMP, name: str = "") -> Tensor:
        value = Value(len(self._values), spec, storage, name)
        self._values[value.id] = value
        return Tensor(self, value.id, spec)

    def _constant(self, array: Array) -> Tensor:
        handle = self._new(TensorSpec(array.shape, DType(array.dtype.name)), Storage.CONSTANT)
        self._constants[handle.id] = array
        return handle

    def _outside(self, storage: Storage, name: str, spec: TensorSpec) -> Tensor:
        if (storage, name) not in self._named:
            self._named[storage, name] = self._new(spec, storage, name)
        return self._named[storage, name]
