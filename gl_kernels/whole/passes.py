"""What the parts of the generator share during one pass over a program: the text so far, and where each value is."""

from __future__ import annotations

from engine.program.program import Node, Storage
from engine.tensor.spec import DType, TensorSpec
from gl_kernels.whole.clock import Clock
from gl_kernels.whole.fused import Bounds, UnfitError
from gl_kernels.whole.prepare import Prepared
from gl_kernels.whole.rules import GLSL_KINDS
from gl_kernels.whole.scalars import scalars_of
from gl_kernels.whole.sides import Sides
from gl_kernels.whole.uniforms import Found, Places, Uniforms
from gl_kernels.whole.writer import Writer


class Pass:
    """One pass; `Found` carries over to the next one.

    Attributes:
        out: the statements of a step.
        declared: variables that live as long as the launch.
        updates: the new value of each state.
        states: those that a step reads or writes.
        feeds: the word of a row at which each feed begins.
        scalars: values that every lane computes for itself.
        clock: notes what is for which layer.

    Raises:
        UnfitError: a state holds something other than float32.
    """

    def __init__(self, prepared: Prepared, sides: Sides, bounds: Bounds, found: Found) -> None:
        self.program = prepared.program
        self.sides = sides
        self.bounds = bounds
        self.found = found
        self.out = Writer()
        self.clock = Clock(self.program, on=bounds.clocked)
        self.declared: list[str] = []
        values = self.program.values
        self.data = tuple(v.id for v in values.values() if v.storage is Storage.DATA)
        self.feeds = Places()
        for v in sorted(self.program.named(Storage.FEED).values(), key=lambda v: v.name):
            self.feeds.of(v.id, v.spec.size)
        names = {v: f"data{k}" for k, v in enumerate(self.data)}
        self.uniforms = Uniforms(self.program, found, bounds.lanes, self.feeds.starts, names)
        self.scalars = scalars_of(self.program, sides)
        self.updates = dict(self.program.updates)
        self.states = [
            v
            for v in self.program.named(Storage.STATE).values()
            if v.id in self.updates or self._is_read(v.id)
        ]
        for v in self.states:
            if v.spec.dtype is not DType.FLOAT32:
                raise UnfitError(f"The state {v.name} holds no float32 numbers.")

    def spec(self, node: Node, operand: int) -> TensorSpec:
        """Of an operand of a node; -1 is its result."""
        return self.spec_of(node.outputs[0] if operand == -1 else node.inputs[operand])

    def spec_of(self, value: int) -> TensorSpec:
        """Of a value."""
        return self.program.values[value].spec

    def kind(self, value: int) -> str:
        """The GLSL type of an element."""
        return GLSL_KINDS[self.spec_of(value).dtype]

    def slots(self, size: int) -> int:
        """Rounds in which all lanes together go through the elements of values of that size, four at a time."""
        return -(-size // (4 * self.bounds.lanes))

    def sync(self) -> None:
        """All lanes wait for each other."""
        self.out.line("SYNC")
        self.out.forget()
        self.uniforms.position += 1

    def _is_read(self, value: int) -> bool:
        return any(value in n.inputs for n in self.program.nodes)
