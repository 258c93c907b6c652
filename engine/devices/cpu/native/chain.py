"""A chain of element-wise ops as one function: each operand is read once, each result written once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import EMITTERS, FLOAT, WIDTH, Value, Vectors
from engine.program.fused import FusedBody

FIRST_DIMENSION = 3  # in the table, after rows, row length and share of a task


@dataclass(frozen=True)
class ChainShape:
    """What the code of a chain depends on besides its body.

    Attributes:
        along: for each operand whether it has neighbouring elements along a row; otherwise one number a row.
        fixed: for each operand whether it is one number altogether.
        rank: dimensions outside a row; 0 means a single row, of which each task does a stretch.
        summed: so many of the last outputs are added up over all rows of a task instead of written; the task's sums
            lie in one row each behind those of the task before. The rank is not 0 then.
    """

    along: tuple[bool, ...]
    fixed: tuple[bool, ...]
    rank: int
    summed: int = 0


def supports(body: FusedBody) -> bool:
    """Whether all ops of the body have machine code."""
    return all(s.op.name in EMITTERS and (not s.attrs or s.op.name == "broadcast_to") for s in body.steps)


def chain_key(body: FusedBody, shape: ChainShape) -> str:
    """Equal for chains with the same code."""
    steps = [(s.op.name, s.args) for s in body.steps]
    return repr((body.inputs, steps, body.outputs, shape))


def chain_function(module: Any, name: str, body: FusedBody, shape: ChainShape) -> None:
    """Add the function to a module.

    Its table: rows (of rank 2 and more, indices over all dimensions outside but the last), length of a row, share of a
    task (of rank 0 in elements), lengths of the dimensions outside,
    then for each operand and output the address and a stride in bytes for each of those dimensions.
    """
    _Chain(Code(module, name), body, shape).write()


class _Chain:
    def __init__(self, code: Code, body: FusedBody, shape: ChainShape) -> None:
        self.code = code
        self.body = body
        self.shape = shape
        self.vectors = Vectors(code.b)
        self.known: dict[int, Value] = {}  # by number of the value, valid where the builder stands

    def write(self) -> None:
        code, rank = self.code, self.shape.rank
        rows, length, each = (code.argument(k) for k in range(FIRST_DIMENSION))
        self.lengths = [code.argument(FIRST_DIMENSION + k) for k in range(rank)]
        places = self.body.inputs + len(self.body.outputs)
        base = FIRST_DIMENSION + rank
        self.table = [
            [code.argument(base + p * (1 + rank) + k) for k in range(1 + rank)] for p in range(places)
        ]
        self.rooms = [code.room() for k in range(self.body.inputs) if self.shape.along[k]]
        self.outs = [code.room() for _ in self.body.outputs]
        for k in range(self.body.inputs):
            if self.shape.fixed[k]:
                self.known[k] = code.splat(code.single(self.table[k][0]))
        self._compute()
        self._begin_sums(length)
        if rank == 0:
            start, stop = code.share(length, each)
            self._row([t[0] for t in self.table], start, stop)
        else:
            start, stop = code.share(rows, each)
            with code.loop(start, stop) as outer:
                first = self._addresses(outer)
                last = self.lengths[-1] if rank > 1 else code.whole(1)
                with code.loop(code.whole(0), last) as inner:
                    self._whole_row(self._behind(first, inner), length)
        code.finish()

    def _begin_sums(self, length: Value) -> None:
        """The task's own row of each sum, all 0."""
        code, b = self.code, self.code.b
        for place in self.table[len(self.table) - self.shape.summed :]:
            place[0] = b.add(place[0], b.mul(code.task, code.bytes(length)))
            with code.loop(code.whole(0), length) as k:
                code.put_single(ir.Constant(FLOAT, 0.0), b.add(place[0], code.bytes(k)))

    def _whole_row(self, addresses: list[Value], length: Value) -> None:
        code = self.code
        kept = dict(self.known)
        for k in range(self.body.inputs):
            if not self.shape.along[k] and not self.shape.fixed[k]:
                self.known[k] = code.splat(code.single(addresses[k]))
        self._compute()
        self._row(addresses, code.whole(0), length)
        self.known = kept

    def _behind(self, addresses: list[Value], index: Value) -> list[Value]:
        """Addresses of a row, given those of the first in its dimension."""
        if self.shape.rank < 2:
            return addresses
        b = self.code.b
        return [b.add(a, b.mul(index, t[-1])) for a, t in zip(addresses, self.table, strict=True)]

    def _addresses(self, outer: Value) -> list[Value]:
        """Of the first row of an index over all dimensions but the last two; of a row where there are no two."""
        b = self.code.b
        indices: list[Value] = []
        rest = outer
        dimensions = self.lengths[:-1] if self.shape.rank > 1 else self.lengths
        for length in reversed(dimensions[1:]):
            indices.insert(0, b.urem(rest, length))
            rest = b.udiv(rest, length)
        indices.insert(0, rest)
        found = []
        for address, *strides in self.table:
            for index, stride in zip(indices, strides, strict=False):  # not the last of several
                address = b.add(address, b.mul(index, stride))  # noqa: PLW2901 - a running sum
            found.append(address)
        return found

    def _compute(self) -> None:
        """All steps whose arguments are known."""
        for k, step in enumerate(self.body.steps, start=self.body.inputs):
            if k not in self.known and all(a in self.known for a in step.args):
                emit = EMITTERS[step.op.name]
                self.known[k] = emit(self.vectors, *(self.known[a] for a in step.args))

    def _row(self, addresses: list[Value], start: Value, stop: Value) -> None:
        code, b = self.code, self.code.b
        with code.loop(start, stop, WIDTH) as k:
            offset = code.bytes(k)
            self._vector([b.add(a, offset) for a in addresses])
        whole = b.and_(b.sub(stop, start), code.whole(-WIDTH))
        begin = b.add(start, whole)
        rest = b.sub(stop, begin)
        with b.if_then(b.icmp_signed(">", rest, code.whole(0))):
            offset = code.bytes(begin)
            self._tail([b.add(a, offset) for a in addresses], rest)

    def _vector(self, addresses: list[Value], *, tail: bool = False) -> None:
        """Sixteen elements; those of a tail go to the function's own memory first."""
        kept = dict(self.known)
        for k in range(self.body.inputs):
            if self.shape.along[k]:
                self.known[k] = self.code.vector(addresses[k])
        self._compute()
        targets = addresses[self.body.inputs :]
        written = len(targets) - self.shape.summed
        for number, (value, address) in enumerate(zip(self.body.outputs, targets, strict=True)):
            found = self.known[value]
            if number >= written and not tail:
                found = self.code.b.fadd(self.code.vector(address), found)
            self.code.put(found, address)
        self.known = kept

    def _tail(self, addresses: list[Value], rest: Value) -> None:
        """Fewer than sixteen: through memory of the function's own, by the same instructions."""
        code, b = self.code, self.code.b
        rooms = iter(self.rooms)
        inner = list(addresses)
        for k in range(self.body.inputs):
            if self.shape.along[k]:
                inner[k] = next(rooms)
        with code.loop(code.whole(0), rest) as j:
            for k in range(self.body.inputs):
                if self.shape.along[k]:
                    code.put_single(
                        code.single(b.add(addresses[k], code.bytes(j))), b.add(inner[k], code.bytes(j))
                    )
        inner[self.body.inputs :] = self.outs
        self._vector(inner, tail=True)
        written = len(self.outs) - self.shape.summed
        with code.loop(code.whole(0), rest) as j:
            for number, (start, room) in enumerate(
                zip(addresses[self.body.inputs :], self.outs, strict=True)
            ):
                address, value = b.add(start, code.bytes(j)), code.single(b.add(room, code.bytes(j)))
                code.put_single(b.fadd(code.single(address), value) if number >= written else value, address)
