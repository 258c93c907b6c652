"""Joins element-wise neighbours into one node, and lets matrix products and convolutions apply them on the way out.

A fused node reads each operand once and writes each result once, whatever the number of steps between; a bias and an
activation cost nothing beside the product that they follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from engine.compiler.groups import Groups
from engine.compiler.simplify import is_elementwise, with_nodes
from engine.program.enclosed import EPILOGUE, around, core_of, enclosed
from engine.program.fused import FusedBody, FusedStep, fused
from engine.program.program import Node, Phase, Program
from engine.tensor.spec import DType, Shape

EPILOGUE_OPS = frozenset({"matmul", "conv", "conv_input_grad"})


@dataclass(frozen=True, slots=True)
class FusionLimits:
    """What one launch of a device can take.

    Attributes:
        operands: different tensors read or written by one fused node; an OpenGL driver may offer only eight.
        epilogues: ops that take element-wise steps at their end.
        steps: longest body, so that a generated kernel stays small enough to compile quickly.
        fronts: ops of which so many inputs, from the first on, can be formed while they are read.
        totals: ops that can give the sums of their last input's columns, too.
        gathers: whether an op takes all that can be done with its result at its end, not only the first group, and steps
            with one reader go with that rather than with what they read.
        replaces: whether a launch of element-wise steps needs one place for a state that it reads and writes anew.
    """

    operands: int = 8
    epilogues: frozenset[str] = EPILOGUE_OPS
    steps: int = 48
    fronts: Mapping[str, int] = field(default_factory=dict)
    totals: frozenset[str] = frozenset()
    gathers: bool = False
    replaces: bool = False


def fuse(program: Program, limits: FusionLimits) -> Program:
    """The program with element-wise chains and epilogues fused."""
    return _Fusion(program, limits).run()


class _Fusion:
    def __init__(self, program: Program, limits: FusionLimits) -> None:
        self.program = program
        self.limits = limits
        self.nodes = program.nodes
        self.groups = Groups(program.nodes)
        self.readers: dict[int, list[int]] = {}
        for k, node in enumerate(program.nodes):
            for v in node.inputs:
                self.readers.setdefault(v, []).append(k)
        self.becomes = {v: state for state, v in program.updates}
        self.results = {v for _, v in program.updates} | set(program.outputs.values())
        self.literals = {v for v in program.constants if program.values[v].spec.rank == 0}
        self.elementwise = [is_elementwise(node) for node in program.nodes]

    def run(self) -> Program:
        if self.limits.gathers:
            self._join_with_only_readers()
        for k in range(len(self.nodes)):
            if self.elementwise[k]:
                self._join_with_producers(k)
        for k, node in enumerate(self.nodes):
            if core_of(node).name in self.limits.epilogues and self._makes_numbers(node):
                self._give_epilogue(k)
        self._join_siblings()
        nodes = tuple(self._emit(self.groups.members[g]) for g in self.groups.ordered())
        return with_nodes(self.program, nodes, self.program.values)

    def _shape(self, k: int) -> Shape:
        return self.program.values[self.nodes[k].outputs[0]].spec.shape

    def _makes_numbers(self, node: Node) -> bool:
        """Whether there is one result, which element-wise steps can go on with."""
        return [self.program.values[v].spec.dtype for v in node.outputs] == [DType.FLOAT32]

    # -- forming groups ---------------------------------------------------------------------------
    def _join_with_producers(self, k: int) -> None:
        for v in self.nodes[k].inputs:
            p = self.groups.producer.get(v)
            if p is None or not self.elementwise[p] or self._shape(p) != self._shape(k):
                continue
            self._try_join(self.groups.of(p), self.groups.of(k))

    def _join_with_only_readers(self) -> None:
        for k in reversed(range(len(self.nodes))):
            v = self.nodes[k].outputs[0]
            readers = set(self.readers.get(v, ()))
            if not self.elementwise[k] or v in self.results or len(readers) != 1:
                continue
            (reader,) = readers
            if self.elementwise[reader] and self._shape(reader) == self._shape(k):
                self._try_join(self.groups.of(k), self.groups.of(reader))

    def _try_join(self, a: int, b: int) -> bool:
        together = sorted(set(self.groups.members[a]) | set(self.groups.members[b]))
        if len(together) > self.limits.steps:
            return False
        inputs, outputs = self._boundary(together)
        places = len(inputs) + len(outputs) - self._replaced(together, inputs, outputs)
        return places <= self.limits.operands and self.groups.join(a, b)

    def _replaced(self, members: list[int], inputs: list[int], outputs: list[int]) -> int:
        """How many of the outputs will most likely lie where an input does: new values of states read here alone."""
        if not self.limits.replaces or not all(self.elementwise[k] for k in members):
            return 0
        return sum(
            self.program.values[v].spec == self.program.values[state].spec and state in inputs
            for v in outputs
            if (state := self.becomes.get(v)) is not None
        )

    def _boundary(self, members: list[int]) -> tuple[list[int], list[int]]:
        """Values read from outside (scalar constants are literals and cost nothing), values used outside.

        An op that has an epilogue reads its own inputs, whatever the epilogue reads: such a value counts twice.
        """
        inside = {v for k in members for v in self.nodes[k].outputs}
        own = [v for k in members if not self.elementwise[k] for v in self.nodes[k].inputs]
        steps = [k for k in members if self.elementwise[k]]
        inputs = own + list(dict.fromkeys(v for k in steps for v in self.nodes[k].inputs if v not in inside))
        tensors = [v for v in inputs if v not in self.literals]
        among = set(members)
        outputs = [
            v
            for k in members
            for v in self.nodes[k].outputs
            if v in self.results or any(r not in among for r in self.readers.get(v, ()))
        ]
        return tensors, outputs

    def _give_epilogue(self, k: int) -> None:
        v = self.nodes[k].outputs[0]
        for reader in self.readers.get(v, ()):
            group = self.groups.of(reader)
            members = self.groups.members[group]
            if not self.elementwise[reader] or self._shape(reader) != self._shape(k):
                continue
            if not all(self.elementwise[m] for m in members):
                continue  # it is the epilogue of another product already
            if self._try_join(self.groups.of(k), group) and not self.limits.gathers:
                return

    def _join_siblings(self) -> None:
        """Join what an optimizer makes of the same weights or gradients in ways that do not read each other.

        Elsewhere it would keep for long what is wanted at once.
        """
        for v, readers in self.readers.items():
            alike = [
                k for k in readers if self._updates(k) and self._shape(k) == self.program.values[v].spec.shape
            ]
            for a, b in pairwise(alike):
                groups = self.groups.of(a), self.groups.of(b)
                if self._are_steps([m for g in groups for m in self.groups.members[g]]):
                    self._try_join(*groups)

    def _are_steps(self, members: list[int]) -> bool:
        """Whether they are element-wise but for an op at most, which makes one number from what others made."""
        roots = [k for k in members if not self.elementwise[k]]
        made = {v for k in members for v in self.nodes[k].outputs}
        return not roots or (
            len(roots) == 1 and self._shape(roots[0]) == () and made.isdisjoint(self.nodes[roots[0]].inputs)
        )

    def _updates(self, k: int) -> bool:
        return self.elementwise[k] and self.nodes[k].phase is Phase.UPDATE

    # -- making nodes -----------------------------------------------------------------------------
    def _emit(self, members: list[int]) -> Node:
        if len(members) == 1:
            return self.nodes[members[0]]
        root = next((k for k in members if not self.elementwise[k]), None)
        steps = [k for k in members if k != root]
        base = self.nodes[root] if root is not None else None
        operands = list(base.outputs) if base else []
        _, outputs = self._boundary(members)
        body, inputs = body_of([self.nodes[k] for k in steps], operands, outputs, self._shape(steps[0]))
        if base is None:
            last = self.nodes[steps[-1]]
            return Node(fused, tuple(inputs), tuple(outputs), {"body": body}, last.origin, last.phase)
        return _ended(base, body, inputs[1:], outputs)


def _ended(base: Node, body: FusedBody, inputs: Sequence[int], outputs: Sequence[int]) -> Node:
    """The node with a body behind its op, which reads `inputs` besides the op's result."""
    changed = replace(base, inputs=(*base.inputs, *inputs), outputs=tuple(outputs))
    if base.op.name in EPILOGUE_OPS:
        return replace(changed, attrs={**base.attrs, EPILOGUE: body})
    return replace(changed, op=enclosed, attrs={"around": replace(around(base), end=body)})


def body_of(
    nodes: Sequence[Node], first: Sequence[int], outputs: Sequence[int], shape: Shape
) -> tuple[FusedBody, list[int]]:
    """Element-wise nodes in their order as one body, and the values that it reads: `first`, then others.

    Nodes that compute the same become one step.
    """
    made = {v for node in nodes for v in node.outputs}
    inputs = [*first, *(v for node in nodes for v in node.inputs if v not in made and v not in first)]
    inputs = list(dict.fromkeys(inputs))
    position = {v: i for i, v in enumerate(inputs)}
    steps: dict[FusedStep, int] = {}
    for node in nodes:
        args = tuple(position[v] for v in node.inputs)
        step = FusedStep(node.op, args, tuple(sorted(node.attrs.items())))
        position[node.outputs[0]] = steps.setdefault(step, len(inputs) + len(steps))
    return FusedBody(len(inputs), tuple(steps), tuple(position[v] for v in outputs), shape), inputs
