"""Which values have one row per example and which belong to the whole model, and what must wait for what.

A value is a *sample* value if its first dimension is the batch and row i depends on example i alone, but for values that
are sums over the whole batch. Lanes of the work group then compute rows side by side without waiting for each other. A
*uniform* value belongs to the model: parameters, slots, feeds, sums over the batch and all that follows from them.

Sums over the batch cut a step into phases: sample values of phase k may depend on uniform values that were made after
phase k - 1, as batch normalization's do.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.program.program import Node, Program, Storage
from engine.tensor.spec import DType, normalize_axis
from gl_kernels.whole.fused import UnfitError
from gl_kernels.whole.rules import rule_of


@dataclass(frozen=True)
class Sides:
    """How the values of a program are computed.

    Attributes:
        batch: examples a step.
        samples: values with one row per example.
        phase: of each node: of sample nodes and sums over the batch the phase they are computed in; of uniform nodes
            the phase after which they are (-1: before the first).
        sums: nodes that sum over the batch.
    """

    batch: int
    samples: frozenset[int]
    phase: dict[int, int]
    sums: frozenset[int]


_ROWS = frozenset({"softmax", "log_softmax", "argmax", "one_hot", "cast", "copy", "uniform_at"})
_MOVES = frozenset({"reshape", "transpose", "slice", "pad", "concat"})
_PROMOTABLE = frozenset({"uniform", "uniform_at", "reshape", "cast"})
_PER_ROW = frozenset({"sum", "max", "min", "prod"})


def batch_of(program: Program) -> int:
    """Rows that a step gathers from the data.

    Raises:
        UnfitError: it gathers none, or different numbers.
    """
    values = program.values
    gathered = {
        values[n.inputs[1]].spec.shape
        for n in program.nodes
        if n.op.name == "take_rows" and values[n.inputs[1]].storage is Storage.FEED
    }
    if len(gathered) != 1 or len(shape := gathered.pop()) != 1 or shape[0] < 2:
        raise UnfitError("A step must gather one batch of two examples or more.")
    return shape[0]


def sides_of(program: Program) -> Sides:
    """Tell sample values from uniform ones.

    Raises:
        UnfitError: an op has no rule, or mixes examples in another way than by a sum.
    """
    for node in program.nodes:
        if rule_of(node.op) is None or len(node.outputs) != 1:
            raise UnfitError(f"The operation {node.op.name} is not part of fused steps.")
    return _Walk(program, batch_of(program)).run()


class _Walk:
    def __init__(self, program: Program, batch: int) -> None:
        self.program = program
        self.batch = batch
        self.samples: set[int] = set()
        self.sums: set[int] = set()

    def run(self) -> Sides:
        while True:
            before = len(self.samples)
            self.sums.clear()
            for k, node in enumerate(self.program.nodes):
                self._place(k, node)
            self._promote()
            if len(self.samples) == before:
                break
        outside = {v for _, v in self.program.updates} | set(self.program.outputs.values())
        if outside & self.samples:
            raise UnfitError("A result has one row per example.")
        return Sides(self.batch, frozenset(self.samples), self._phases(), frozenset(self.sums))

    def _first(self, value: int) -> int:
        shape = self.program.values[value].spec.shape
        return shape[0] if shape else 0

    def _place(self, k: int, node: Node) -> None:
        rows = [i for i in node.inputs if i in self.samples]
        feed = node.op.name == "take_rows" and self.program.values[node.inputs[1]].storage is Storage.FEED
        if not rows and not feed:
            return
        if feed or self._keeps_rows(node):
            self.samples.update(node.outputs)
        elif self._sums_rows(node):
            self.sums.add(k)
        else:
            raise UnfitError(f"The operation {node.op.name} mixes the examples of a batch.")

    def _keeps_rows(self, node: Node) -> bool:
        """Whether row i of the result needs row i of the operands only."""
        values, name = self.program.values, node.op.name
        shape = values[node.outputs[0]].spec.shape
        rows = [i for i in node.inputs if i in self.samples]
        aligned = bool(shape) and shape[0] == self.batch and all(self._first(i) == self.batch for i in rows)
        if node.op.kind == "elementwise":
            return aligned and all(values[i].spec.rank == len(shape) for i in rows)
        if name in _PER_ROW:
            return aligned and 0 not in {
                normalize_axis(a, values[rows[0]].spec.rank) for a in node.attrs["axes"]
            }
        if name == "matmul":
            a, b = (i in self.samples for i in node.inputs)
            rank = len(shape)
            return (
                aligned and a and (rank > 2 or (not b and not node.attrs["transpose_a"])) and (rank == 2 or b)
            )
        if name == "take_rows":
            return aligned and node.inputs[0] not in self.samples
        return aligned and (name in _ROWS or (name in _MOVES and self._moves_rows(node)))

    def _moves_rows(self, node: Node) -> bool:
        attrs, name = node.attrs, node.op.name
        if name == "transpose":
            return bool(attrs["perm"][0] == 0)
        if name == "concat":
            return bool(attrs["axis"] % len(self.program.values[node.outputs[0]].spec.shape) != 0)
        return name != "pad" or (attrs["before"][0], attrs["after"][0]) == (0, 0)

    def _sums_rows(self, node: Node) -> bool:
        name = node.op.name
        if name == "sum":
            return 0 in {
                normalize_axis(a, self.program.values[node.inputs[0]].spec.rank) for a in node.attrs["axes"]
            }
        both = all(i in self.samples for i in node.inputs)
        if name == "matmul":
            rank = self.program.values[node.outputs[0]].spec.rank
            return both and rank == 2 and node.attrs["transpose_a"] and not node.attrs["transpose_b"]
        return name == "scatter_add_rows" and both

    def _promote(self) -> None:
        """Uniform values as long as the batch become sample values where rows are what is wanted of them."""
        readers: dict[int, list[Node]] = {}
        for node in self.program.nodes:
            for i in node.inputs:
                readers.setdefault(i, []).append(node)
        for node in reversed(self.program.nodes):
            made = node.outputs[0]
            if made in self.samples or self._first(made) != self.batch or not self._promotable(node):
                continue
            if any(self._wants_rows(r, made) for r in readers.get(made, ())):
                self.samples.add(made)

    def _promotable(self, node: Node) -> bool:
        floats = all(self.program.values[i].spec.dtype is not DType.UINT8 for i in node.inputs)
        return floats and (node.op.kind == "elementwise" or node.op.name in _PROMOTABLE)

    def _wants_rows(self, reader: Node, value: int) -> bool:
        if reader.outputs[0] not in self.samples:
            return False
        rank = self.program.values[value].spec.rank
        if reader.op.kind == "elementwise":
            return rank == self.program.values[reader.outputs[0]].spec.rank
        return reader.op.name in _MOVES | _ROWS | _PER_ROW or (
            reader.op.name == "matmul" and reader.inputs[0] == value
        )

    def _phases(self) -> dict[int, int]:
        made: dict[int, int] = {}
        phase: dict[int, int] = {}
        for k, node in enumerate(self.program.nodes):
            at = -1
            row = node.outputs[0] in self.samples or k in self.sums
            for i in node.inputs:
                before = made.get(i, 0 if i in self.samples else -1)
                at = max(at, before + 1 if row and i not in self.samples else before)
            phase[k] = max(at, 0) if row else at
            made[node.outputs[0]] = phase[k]
        return phase
