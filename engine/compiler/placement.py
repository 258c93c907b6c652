"""Which values share memory by nature: views, results that become states, and parts of flat arenas."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.ops.op import OpKind
from engine.ops.views import copy, pack
from engine.program.enclosed import enclosed
from engine.program.program import Node, Phase, Program, Storage, Value


@dataclass(frozen=True, slots=True)
class _Read:
    """Node `node` reads bytes `start` .. `stop` of a state through value `value`."""

    node: int
    value: int
    start: int
    stop: int


class Placement:
    """Aliases of a program, with copy nodes added where sharing is not possible.

    Attributes:
        program: with values for the targets of copies added.
        nodes: with the copies.
        free_packs: outputs of packs whose members are all written in place.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.free_packs: set[int] = set()
        self._values = dict(program.values)
        self._alias: dict[int, tuple[int, int]] = {}
        for node in program.nodes:
            if node.op.kind is OpKind.VIEW:
                start = node.attrs.get("offset", 0) * program.values[node.inputs[0]].spec.dtype.itemsize
                self._alias[node.outputs[0]] = (node.inputs[0], start)
        self._views = dict(self._alias)
        self._producer = {v: k for k, node in enumerate(program.nodes) for v in node.outputs}
        self._reads = self._state_reads()
        self._before: list[Node] = []
        self._after: list[Node] = []
        self._instead: dict[int, list[Node]] = {}
        for state, value in program.updates:
            self._update(state, value)
        for k, node in enumerate(program.nodes):
            if node.op is pack:
                self._spread(k, node)
        outputs = {name: self._kept(v) for name, v in program.outputs.items()}
        self.nodes = self._ordered()
        self.program = replace(program, values=self._values, outputs=outputs)

    def root(self, value: int) -> tuple[int, int]:
        """The value whose memory this one lies in, and the byte offset in it."""
        offset = 0
        while value in self._alias:
            value, step = self._alias[value]
            offset += step
        return value, offset

    def same_index(self, node: Node) -> bool:
        """Whether every element of the results depends on the operands' elements of the same index only."""
        return node.op.kind is OpKind.ELEMENTWISE or node.op.name == "fused"

    def last_use(self) -> dict[int, int]:
        """Index of the last node that reads a temporary, by root; past the end for outputs of the program."""
        last: dict[int, int] = {}
        for k, node in enumerate(self.nodes):
            last.update({self.root(v)[0]: k for v in node.inputs})
        last.update({self.root(v)[0]: len(self.nodes) for v in self.program.outputs.values()})
        return {v: k for v, k in last.items() if self._values[v].storage is Storage.TEMP}

    # -- states -----------------------------------------------------------------------------------
    def _state_reads(self) -> dict[int, list[_Read]]:
        reads: dict[int, list[_Read]] = {}
        for k, node in enumerate(self.program.nodes):
            if node.op.kind is OpKind.VIEW:
                continue
            for v in node.inputs:
                root, start = self.root(v)
                if self._values[root].storage is Storage.STATE:
                    stop = start + self._values[v].spec.nbytes
                    reads.setdefault(root, []).append(_Read(k, v, start, stop))
        return reads

    def _old_state(self, value: int) -> int | None:
        """The state whose content before the step `value` shows, if that is what it is."""
        while value in self._views:
            value = self._views[value][0]
        return value if self._values[value].storage is Storage.STATE else None

    def _kept(self, output: int) -> int:
        """The output, or a copy from before the step where it shows a state that changes in the step."""
        if self._old_state(output) not in {state for state, _ in self.program.updates}:
            return output
        return self._copy(output, self._new(output), self._before)

    def _update(self, state: int, value: int) -> None:
        root, offset = self.root(value)
        nbytes = self._values[state].spec.nbytes
        if self._old_state(value) not in (None, state):  # that state may change before the end of the step
            value = self._copy(value, self._new(value), self._before)
        elif offset == 0 and self._can_move(root, state, 0, nbytes):
            self._alias[root] = (state, 0)
            return
        elif (root, offset) == (state, 0):
            return
        self._copy(value, self._new(value, (state, 0)), self._after)

    def _can_move(self, root: int, state: int, start: int, nbytes: int) -> bool:
        """Whether the node that makes `root` may write it into the state at byte `start`."""
        value = self._values[root]
        if value.storage is not Storage.TEMP or value.spec.nbytes != nbytes or root in self._alias:
            return False
        made = self._producer[root]
        node = self.program.nodes[made]
        for read in self._reads.get(state, ()):
            if read.stop <= start or read.start >= start + nbytes or read.node < made:
                continue
            exact = (read.start, read.stop) == (start, start + nbytes)
            alike = self._values[read.value].spec.shape == value.spec.shape
            if read.node > made or not (exact and alike and self._reads_at_end(node, read.value)):
                return False
        return True

    def _reads_at_end(self, node: Node, value: int) -> bool:
        """Whether a node reads an element of a value only when it writes the results of the same index."""
        if node.op is enclosed and node.attrs["around"].end is not None:
            parts, rest = node.attrs["around"].parts(node.inputs)
            return value in rest and not any(value in part for part in parts)
        return self.same_index(node)

    # -- packs ------------------------------------------------------------------------------------
    def _spread(self, k: int, node: Node) -> None:
        output = node.outputs[0]
        state, base = self.root(output)
        if self._values[state].storage is not Storage.STATE:
            return  # a temporary would need its gaps cleared in every step: the op itself does that. Those of a state
            # are zero from the beginning and stay so.
        copies: list[Node] = []
        for member, offset in zip(node.inputs, node.attrs["offsets"], strict=True):
            start = offset * self._values[output].spec.dtype.itemsize
            root, inner = self.root(member)
            if root == state and inner == base + start:
                continue
            whole = inner == 0 and self._producer.get(root, -1) >= 0
            if whole and self._can_move(root, state, base + start, self._values[member].spec.nbytes):
                self._alias[root] = (output, start)
            else:
                self._copy(member, self._new(member, (output, start)), copies)
        self.free_packs.add(output)
        self._instead[k] = [node, *copies]

    # -- copies -----------------------------------------------------------------------------------
    def _ordered(self) -> tuple[Node, ...]:
        """The nodes with the copies; views of states stand first, where the copies from before the step find them."""
        first: list[Node] = []
        middle: list[Node] = []
        for k, node in enumerate(self.program.nodes):
            of_state = node.op.kind is OpKind.VIEW and self._old_state(node.outputs[0]) is not None
            (first if of_state else middle).extend(self._instead.get(k, [node]))
        return tuple(first + self._before + middle + self._after)

    def _new(self, like: int, alias: tuple[int, int] | None = None) -> int:
        value = Value(max(self._values) + 1, self._values[like].spec)
        self._values[value.id] = value
        if alias is not None:
            self._alias[value.id] = alias
        return value.id

    def _copy(self, source: int, target: int, where: list[Node]) -> int:
        where.append(Node(copy, (source,), (target,), phase=Phase.UPDATE))
        return target
