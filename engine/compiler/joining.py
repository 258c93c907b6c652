"""Programs that differ in what they do, in places, as one program that does either, as each model says.

Networks with other activations, penalties or losses are alike for the most part. What they have in common is computed once;
where a common op would read one value in some of them and another value in others, a number that each model has chooses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from engine.compiler.padding import Padded
from engine.compiler.simplify import simplify
from engine.compiler.variants import LIFTED, Editor, UnlikeError
from engine.ops.elementwise import where
from engine.ops.op import OpKind
from engine.program.program import Node, Program, Storage
from engine.tensor.spec import Array, DType

# times as many nodes as one program has: beyond it models would mostly compute what they do not need
MOST_LONGER = 2.0


def joined(parts: Sequence[Padded]) -> Padded:
    """One program for the models of all parts, in their order.

    Raises:
        UnlikeError: they keep other states or read other data, or have too little in common.
    """
    whole = reduce(lambda a, b: _Join(a, b).run(), parts)
    longest = max(len(part.program.nodes) for part in parts)
    if len(parts) > 1 and len(whole.program.nodes) > MOST_LONGER * longest:
        raise UnlikeError("The programs have too little in common.")
    return whole


@dataclass(frozen=True)
class _Side:
    """One of two parts: its program, its numbers by value, and what its values are in the joined program."""

    part: Padded
    models: int
    same: dict[int, int]

    def numbers(self, value: int) -> Array | None:
        """(models, ...) or (1, ...): a constant, or what was one."""
        if value in self.part.program.constants:
            return self.part.program.constants[value][np.newaxis]
        known = self.part.program.values[value]
        return self.part.feeds.get(known.name) if known.storage is Storage.FEED else None


class _Join:
    def __init__(self, a: Padded, b: Padded) -> None:
        self._a, self._b = _Side(a, a.models, {}), _Side(b, b.models, {})
        self._editor = Editor(a.program)
        self._from_outside()
        second = np.repeat(np.array([0.0, 1.0], np.float32), [a.models, b.models])
        self._second = self._editor.lifted(second)  # whether a model is one of the second part

    def run(self) -> Padded:
        for mine, other in _aligned(self._a.part.program, self._b.part.program):
            if mine is not None and other is not None:
                self._both(mine, other)
            elif mine is not None:
                self._one(self._a, mine)
            elif other is not None:
                self._one(self._b, other)
        a, b = self._a.part.program, self._b.part.program
        theirs = {b.values[s].name: v for s, v in b.updates}
        if {a.values[s].name for s, _ in a.updates} != set(theirs) or set(a.outputs) != set(b.outputs):
            raise UnlikeError("The programs have other results.")
        last = a.nodes[-1]
        updates = [(s, self._chosen(v, theirs[a.values[s].name], last)) for s, v in a.updates]
        outputs = {name: self._chosen(v, b.outputs[name], last) for name, v in a.outputs.items()}
        program = simplify(self._editor.finish(updates, outputs))
        return Padded(
            program, self._feeds(program), self._states(), self._places(), self._a.models + self._b.models
        )

    # -- what goes in ----------------------------------------------------------------------------------------------
    def _from_outside(self) -> None:
        a, b = self._a.part.program, self._b.part.program
        for storage in (Storage.STATE, Storage.FEED, Storage.DATA):
            mine, others = _own(a, storage), _own(b, storage)
            self._a.same.update({i: i for i in mine.values()})
            for name, i in others.items():
                if name not in mine:
                    known = b.values[i]
                    self._b.same[i] = self._editor.value(known.spec, storage, name)
                elif a.values[mine[name]].spec != b.values[i].spec:
                    raise UnlikeError(f"{name} has another shape.")
                else:
                    self._b.same[i] = mine[name]
            if storage is not Storage.FEED and any(
                not n.startswith("alive/") for n in set(mine) ^ set(others)
            ):
                raise UnlikeError("The programs keep or read other things.")

    def _value(self, side: _Side, value: int) -> int:
        """What a value of one part is in the joined program."""
        numbers = side.numbers(value)
        if numbers is None:
            return side.same[value]
        return self._lifted(numbers, numbers)

    def _lifted(self, mine: Array, others: Array) -> int:
        rows = [
            np.broadcast_to(n if len(n) == side.models else n[:1], (side.models, *n.shape[1:]))
            for n, side in ((mine, self._a), (others, self._b))
        ]
        return self._editor.lifted(np.concatenate(rows))

    # -- what is done ----------------------------------------------------------------------------------------------
    def _one(self, side: _Side, node: Node) -> None:
        inputs = tuple(self._value(side, i) for i in node.inputs)
        self._append(side, node, inputs)

    def _append(self, side: _Side, node: Node, inputs: tuple[int, ...]) -> tuple[int, ...]:
        values = side.part.program.values
        outputs = tuple(self._editor.value(values[o].spec, name=values[o].name) for o in node.outputs)
        self._editor.nodes.append(replace(node, inputs=inputs, outputs=outputs))
        side.same.update(zip(node.outputs, outputs, strict=True))
        return outputs

    def _both(self, mine: Node, other: Node) -> None:
        if not all(map(self._choosable, mine.inputs, other.inputs)):
            self._one(self._a, mine)
            self._one(self._b, other)
            return
        inputs = tuple(self._chosen(a, b, mine) for a, b in zip(mine.inputs, other.inputs, strict=True))
        outputs = self._append(self._a, mine, inputs)
        self._b.same.update(zip(other.outputs, outputs, strict=True))

    def _choosable(self, mine: int, other: int) -> bool:
        """Whether there can be one value for both: whole numbers are not chosen from."""
        values = self._a.part.program.values
        if values[mine].spec.dtype is DType.FLOAT32:
            return True
        a, b = self._a.numbers(mine), self._b.numbers(other)
        if a is None or b is None:
            return a is b and self._value(self._a, mine) == self._value(self._b, other)
        return a.shape[1:] == b.shape[1:]

    def _chosen(self, mine: int, other: int, like: Node) -> int:
        """One value in the models of the first part, another one in those of the second."""
        a, b = self._a.numbers(mine), self._b.numbers(other)
        if a is not None and b is not None and a.shape[1:] == b.shape[1:] and a.dtype == b.dtype:
            return self._lifted(a, b)
        first, second = self._value(self._a, mine), self._value(self._b, other)
        if first == second:
            return first
        return self._editor.emit(where, (self._second, second, first), like)

    # -- what belongs to it ----------------------------------------------------------------------------------------
    def _feeds(self, program: Program) -> dict[str, Array]:
        used = program.named(Storage.FEED)
        return {name: array for name, array in self._editor.feeds.items() if name in used}

    def _states(self) -> dict[str, Array]:
        mine, others = self._a.part.states, self._b.part.states
        found = {}
        for name in {**mine, **others}:
            shape = (mine[name] if name in mine else others[name]).shape[1:]
            rows = [
                side.part.states.get(name, np.zeros((side.models, *shape), np.float32))
                for side in (self._a, self._b)
            ]
            found[name] = np.concatenate(rows)
        return found

    def _places(self) -> dict[str, Sequence[tuple[Array, Array]]]:
        found: dict[str, Sequence[tuple[Array, Array]]] = {}
        for name in {**self._a.part.places, **self._b.part.places}:
            pairs: list[tuple[Array, Array]] = []
            for side in (self._a, self._b):
                everything = np.arange(side.part.program.named(Storage.STATE)[name].spec.size)
                pairs += side.part.places.get(name, [(everything, everything)] * side.models)
            found[name] = pairs
        return found


def _own(program: Program, storage: Storage) -> dict[str, int]:
    """Values from outside by name, without what was a constant."""
    return {name: v.id for name, v in program.named(storage).items() if not name.startswith(LIFTED)}


def _aligned(a: Program, b: Program) -> Iterator[tuple[Node | None, Node | None]]:
    """The nodes of both in order, the same ones together: a longest common subsequence."""
    left, right = [_signature(a, n) for n in a.nodes], [_signature(b, n) for n in b.nodes]
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        below, here = lengths[i + 1], lengths[i]
        for j in range(len(right) - 1, -1, -1):
            here[j] = below[j + 1] + 1 if left[i] == right[j] else max(below[j], here[j + 1])
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right) and left[i] == right[j]:
            yield a.nodes[i], b.nodes[j]
            i, j = i + 1, j + 1
        elif j == len(right) or (i < len(left) and lengths[i + 1][j] >= lengths[i][j + 1]):
            yield a.nodes[i], None
            i += 1
        else:
            yield None, b.nodes[j]
            j += 1


def _signature(program: Program, node: Node) -> Hashable:
    """Equal for nodes that may be one."""
    values = program.values
    results = tuple(values[i].spec for i in node.outputs)
    specs = [values[i].spec for i in node.inputs]
    elementwise = node.op.kind is OpKind.ELEMENTWISE  # operands of other shapes can be chosen from
    operands = tuple(s.dtype if elementwise else s for s in specs)
    return node.op.name, tuple(sorted(node.attrs.items())), results, operands, node.phase
