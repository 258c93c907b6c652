"""The intermediate representation: one training step (or evaluation, or prediction) as straight-line single assignment.

Passes map a `Program` to a `Program`; devices execute one. Nothing in it knows of layers or of a canvas, except that
a node remembers the canvas node it came from (`origin`) so that times and counters can be shown there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.ops.op import Attrs, Op
from engine.tensor.spec import Array, TensorSpec


class Storage(StrEnum):
    """Where a value lives and how long."""

    FEED = "feed"  # given anew for every step: batch indices, step number, learning rate
    DATA = "data"  # bound once, read-only: the data set
    STATE = "state"  # survives steps and programs: parameters, optimizer slots, accumulators
    CONSTANT = "constant"  # known when the program is made
    TEMP = "temp"  # lives within one step; memory is planned


class Phase(StrEnum):
    """What part of a training step a node belongs to."""

    FORWARD = "forward"
    BACKWARD = "backward"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Value:
    """One tensor of a program. `name` identifies feeds, data and states across programs; elsewhere it is a hint."""

    id: int
    spec: TensorSpec
    storage: Storage = Storage.TEMP
    name: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One application of an op; inputs and outputs are value ids. `origin` and `phase` say whom its time belongs to."""

    op: Op
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attrs: Attrs = field(default_factory=dict)
    origin: str = ""
    phase: Phase = Phase.FORWARD


@dataclass(frozen=True)
class Member:
    """The place of one weight inside a flat arena state: `shape` elements from element `offset` on."""

    arena: str
    name: str
    offset: int
    spec: TensorSpec


@dataclass(frozen=True)
class Program:
    """A step: nodes in an order that respects their data flow.

    Attributes:
        name: for people ("train", "evaluate", "predict").
        values: by id.
        nodes: topologically ordered.
        constants: arrays of the CONSTANT values by id.
        updates: (state id, value id): after the step the state holds the value. All reads of a state see the
            state as it was before the step.
        outputs: values a caller may read after a step, by name.
        members: weights (and their gradients) inside the arenas.
    """

    name: str
    values: Mapping[int, Value]
    nodes: tuple[Node, ...]
    constants: Mapping[int, Array]
    updates: tuple[tuple[int, int], ...]
    outputs: Mapping[str, int]
    members: tuple[Member, ...] = ()

    def named(self, storage: Storage) -> dict[str, Value]:
        """Values of one storage class by name."""
        return {v.name: v for v in self.values.values() if v.storage is storage}
