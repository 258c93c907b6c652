"""Sums of what a node makes, taken while it is in the cache: what only a sum needs is never written.

The sums right behind an element-wise node or a convolution, over all dimensions but the last, are made with it: every piece
of the node's work adds up its own rows, and the rows of all pieces are added up in their order at the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.devices.cpu.calls import Call, Index, Lanes, Prepared, Task, Total, part_of, reshaped
from engine.devices.cpu.native import geometry
from engine.devices.cpu.native.chain import supports
from engine.ops.conv import is_depthwise
from engine.ops.op import OpKind
from engine.program.fused import FusedBody, FusedStep
from engine.program.program import Node, Program
from engine.tensor.spec import Array, Shape

if TYPE_CHECKING:
    from engine.devices.cpu.native.lowering import Lowering

WITH_EPILOGUE = ("conv", "conv_input_grad")  # whose work is cut into pieces of the result
LARGEST_RANK = 5  # of what is added up


def grouped(steps: Sequence[Node], program: Program) -> Iterator[tuple[Node, list[Node]]]:
    """The nodes, each with the sums behind it that can be made with it."""
    pending = list(steps)
    while pending:
        node = pending.pop(0)
        sums: list[Node] = []
        while pending and _sums_up(node, pending[0], program):
            sums.append(pending.pop(0))
        yield node, sums


def _sums_up(node: Node, following: Node, program: Program) -> bool:
    """Whether a node is a sum of the other one's result over all dimensions but the last."""
    if following.op.name != "sum" or following.inputs[0] not in node.outputs:
        return False
    shape = program.values[following.inputs[0]].spec.shape
    axes = sorted(a % len(shape) for a in following.attrs["axes"])
    large = math.prod(shape) >= geometry.SHARED_ELEMENTS and shape[-1] > 1 and len(shape) <= LARGEST_RANK
    return large and axes == list(range(len(shape) - 1)) and len(shape) > 1 and _adds_up(node, program)


def _adds_up(node: Node, program: Program) -> bool:
    """Whether there is machine code for sums of this node's pieces."""
    if node.op.name in WITH_EPILOGUE:
        wide = program.values[node.inputs[0] if node.op.name == "conv" else node.outputs[0]].spec.shape
        body = node.attrs.get("epilogue")
        return not is_depthwise(wide, node.attrs["groups"]) and (body is None or supports(body))
    single = node.op.kind is OpKind.ELEMENTWISE and node.op.ufunc is not None
    return (single or node.op.name == "fused") and supports(body_of(node, ()))


def totals_of(node: Node, sums: Sequence[Node], program: Program, targets: Sequence[Array]) -> list[Total]:
    """What `Task` has to know of the sums."""
    numbers = [s.inputs[0] for s in sums]
    own = {id(s) for s in sums}
    needed = {v for n in program.nodes if id(n) not in own for v in n.inputs}
    needed |= {*program.outputs.values(), *(value for _, value in program.updates)}
    return [
        Total(node.outputs.index(v), v in needed, target) for v, target in zip(numbers, targets, strict=True)
    ]


@dataclass(frozen=True)
class Summing:
    """A body that makes sums besides its outputs.

    Attributes:
        body: with the values that are added up behind the outputs that are written.
        written: which of the node's outputs those are.
        totals: of the node.
        rows: (totals, pieces, columns): the sums of each piece.
        lowering: makes the entries.
    """

    body: FusedBody
    written: tuple[int, ...]
    totals: Sequence[Total]
    rows: Array
    lowering: Lowering

    @classmethod
    def of(cls, body: FusedBody | None, task: Task, pieces: int, lowering: Lowering) -> Summing:
        """For so many pieces; without a body, the result is there before."""
        dropped = {t.output for t in task.totals if not t.kept}
        shape = task.outputs[0].shape
        written = tuple(k for k in range(len(task.outputs)) if k not in dropped) if body is not None else ()
        body = body or FusedBody(1, (), (0,), shape)
        outputs = [*(body.outputs[k] for k in written), *(body.outputs[t.output] for t in task.totals)]
        rows = task.scratch.take((len(task.totals), pieces, shape[-1]))
        return cls(replace(body, outputs=tuple(outputs)), written, task.totals, rows, lowering)

    def piece(self, number: int, operands: Sequence[Array], outputs: Sequence[Array]) -> Call:
        """The call for one piece of the node's operands and outputs."""
        places = [outputs[k] for k in self.written]
        rows = list(self.rows[:, number])
        entry = self.lowering.summing_chain(self.body, operands, places, rows, outputs[0].shape)
        assert entry is not None, "grouped takes only what is supported"
        return Call(Prepared([entry]), ())

    def finish(self) -> list[Call]:
        """The calls that add up the pieces."""
        columns = self.rows.shape[-1]
        entries = [
            self.lowering.sum_rows(rows, reshaped(total.target, (columns,)))
            for rows, total in zip(self.rows, self.totals, strict=True)
        ]
        return [Call(Prepared(entries), ())]


def body_of(node: Node, shape: Shape) -> FusedBody:
    """The body of a fused node or of a single element-wise op."""
    if node.op.name == "fused":
        body: FusedBody = node.attrs["body"]
        return body
    step = FusedStep(node.op, tuple(range(len(node.inputs))), tuple(node.attrs.items()))
    return FusedBody(len(node.inputs), (step,), (len(node.inputs),), shape)


def summing_calls(task: Task, lowering: Lowering) -> list[Call]:
    """An element-wise node with its sums, in pieces of its first dimension."""
    shape = task.outputs[0].shape
    pieces = _pieces(shape)
    summing = Summing.of(body_of(task.node, shape), task, len(pieces), lowering)
    lists: list[list[Call]] = []
    for number, index in enumerate(pieces):
        operands = [part_of(a, shape, index) for a in task.inputs]
        lists.append([summing.piece(number, operands, [a[index] for a in task.outputs])])
    return [Call(Lanes(lists), ()), *summing.finish()]


def _pieces(shape: Shape) -> list[Index]:
    """Stretches of the first dimension of some ten thousand elements."""
    step = max(1, geometry.TASK_ELEMENTS // math.prod(shape[1:]))
    return [(slice(start, min(start + step, shape[0])),) for start in range(0, shape[0], step)]
