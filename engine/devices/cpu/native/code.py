"""Functions of machine code under construction: arguments from a table of whole numbers, loops, loads and stores.

Every function is `void f(int64 *arguments, int64 task, int64 thread)`, so that one loop can run any list of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.vectors import FLOAT, I32, I64, INTEGERS, VECTOR, WIDTH, Value

TABLE = I64.as_pointer()
SIGNATURE = ir.FunctionType(ir.VoidType(), [TABLE, I64, I64])
BYTE = ir.IntType(8)


class Code:
    """One function; the builder stands at its end."""

    def __init__(self, module: Any, name: str) -> None:
        self.function = ir.Function(module, SIGNATURE, name)
        self.table, self.task, self.thread = self.function.args
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))

    def whole(self, number: int) -> Value:
        """A 64-bit constant."""
        return ir.Constant(I64, number)

    def argument(self, number: int) -> Value:
        """An entry of the table."""
        return self.b.load(self.b.gep(self.table, [self.whole(number)]))

    def min(self, a: Value, b: Value) -> Value:
        """The smaller of two whole numbers."""
        return self.b.select(self.b.icmp_signed("<", a, b), a, b)

    def max(self, a: Value, b: Value) -> Value:
        """The larger of two whole numbers."""
        return self.b.select(self.b.icmp_signed(">", a, b), a, b)

    def share(self, total: Value, each: Value) -> tuple[Value, Value]:
        """What the task does of `total`: from, to."""
        start = self.b.mul(self.task, each)
        return start, self.min(self.b.add(start, each), total)

    @contextmanager
    def loop(self, start: Value, stop: Value, step: int = 1) -> Iterator[Value]:
        """Counts from `start` while `step` more fit below `stop`."""
        b = self.b
        before = b.block
        head, body, after = (self.function.append_basic_block(n) for n in ("head", "body", "after"))
        b.branch(head)
        b.position_at_end(head)
        counter = b.phi(I64)
        counter.add_incoming(start, before)
        following = b.add(counter, self.whole(step))
        b.cbranch(b.icmp_signed("<=", following, stop), body, after)
        b.position_at_end(body)
        yield counter
        counter.add_incoming(following, b.block)
        b.branch(head)
        b.position_at_end(after)

    @contextmanager
    def rounds(
        self, start: Value, stop: Value, carried: Sequence[Value], step: int = 1
    ) -> Iterator[tuple[Value, list[Value]]]:
        """A loop as `loop` that hands values on; assign the new ones to the list, and read the last ones from it."""
        b = self.b
        before = b.block
        head, body, after = (self.function.append_basic_block(n) for n in ("head", "body", "after"))
        b.branch(head)
        b.position_at_end(head)
        counter = b.phi(I64)
        counter.add_incoming(start, before)
        phis = [b.phi(v.type) for v in carried]
        for phi, value in zip(phis, carried, strict=True):
            phi.add_incoming(value, before)
        following = b.add(counter, self.whole(step))
        b.cbranch(b.icmp_signed("<=", following, stop), body, after)
        b.position_at_end(body)
        values = list(phis)
        yield counter, values
        for phi, value in zip(phis, values, strict=True):
            phi.add_incoming(value, b.block)
        counter.add_incoming(following, b.block)
        b.branch(head)
        b.position_at_end(after)
        values[:] = phis

    def at(self, address: Value, kind: Any) -> Value:
        """A pointer to a number of that kind."""
        return self.b.inttoptr(address, kind.as_pointer())

    def vector(self, address: Value) -> Value:
        """Sixteen floats from memory."""
        loaded = self.b.load(self.at(address, VECTOR))
        loaded.align = 4
        return loaded

    def put(self, value: Value, address: Value) -> None:
        """Sixteen floats to memory."""
        self.b.store(value, self.at(address, VECTOR)).align = 4

    def put_halves(self, value: Value, *addresses: Value) -> None:
        """The first eight floats to a place in memory, and the others to another, if there is one."""
        half = WIDTH // 2
        for start, address in zip((0, half), addresses, strict=False):
            order = ir.Constant(ir.VectorType(I32, half), [start + k for k in range(half)])
            part = self.b.shuffle_vector(value, value, order)
            self.b.store(part, self.at(address, part.type)).align = 4

    def mask(self, count: Value) -> Value:
        """The first `count` of sixteen lanes; all of them for more, none for less than one."""
        lanes = self.splat_whole(
            self.b.trunc(self.max(self.min(count, self.whole(WIDTH)), self.whole(0)), I32)
        )
        return self.b.icmp_signed("<", ir.Constant(INTEGERS, list(range(WIDTH))), lanes)

    def part(self, address: Value, mask: Value, otherwise: float = 0.0) -> Value:
        """Floats from memory in the lanes of a mask; memory outside them is not touched."""
        rest = ir.Constant(VECTOR, [otherwise] * WIDTH)
        arguments = [self.at(address, VECTOR), ir.Constant(I32, 4), mask, rest]
        return self._masked("load", VECTOR, arguments)

    def put_part(self, value: Value, address: Value, mask: Value) -> None:
        """Floats to memory in the lanes of a mask."""
        arguments = [value, self.at(address, VECTOR), ir.Constant(I32, 4), mask]
        self._masked("store", ir.VoidType(), arguments)

    def _masked(self, what: str, result: Any, arguments: Sequence[Value]) -> Value:
        kind = ir.FunctionType(result, [a.type for a in arguments])
        name = f"llvm.masked.{what}.v{WIDTH}f32.p0"
        known = self.b.module.globals.get(name)
        return self.b.call(known or ir.Function(self.b.module, kind, name), arguments)

    @contextmanager
    def stretches(self, start: Value, stop: Value, each: Value) -> Iterator[tuple[Value, Value]]:
        """A loop over stretches of at most `each`: from, to."""
        b = self.b
        count = b.sdiv(b.add(b.sub(stop, start), b.sub(each, self.whole(1))), each)
        with self.loop(self.whole(0), count) as number:
            first = b.add(start, b.mul(number, each))
            yield first, self.min(b.add(first, each), stop)

    def square(self, place: Value, line: Value, there: Value, depth: Value, rows: int) -> list[Value]:
        """Of so many rows, `line` bytes apart, sixteen numbers each; 0 beyond `there` rows and `depth` numbers."""
        b = self.b
        mask, nothing = self.mask(depth), self.mask(self.whole(0))
        found = []
        for r in range(rows):
            known = b.select(b.icmp_signed(">", there, self.whole(r)), mask, nothing)
            found.append(self.part(b.add(place, b.mul(line, self.whole(r))), known))
        return found

    def turned(self, rows: Sequence[Value]) -> list[Value]:
        """Sixteen vectors with rows and columns exchanged, by exchanging halves of halves; of eight, in each half."""
        found = list(rows)
        kind = ir.VectorType(I32, WIDTH)
        for step in (s for s in (8, 4, 2, 1) if s < len(rows)):
            upper = [j if not j & step else WIDTH + j - step for j in range(WIDTH)]
            lower = [j + step if not j & step else WIDTH + j for j in range(WIDTH)]
            for i in (i for i in range(len(rows)) if not i & step):
                low, high = found[i], found[i + step]
                found[i] = self.b.shuffle_vector(low, high, ir.Constant(kind, upper))
                found[i + step] = self.b.shuffle_vector(low, high, ir.Constant(kind, lower))
        return found

    def expect(self, address: Value) -> None:
        """Fetch a cache line that will be written."""
        self._prefetch(address, (1, 3, 1))

    def _prefetch(self, address: Value, how: tuple[int, int, int]) -> None:
        arguments = [self.at(address, BYTE), *(ir.Constant(I32, n) for n in how)]
        kind = ir.FunctionType(ir.VoidType(), [a.type for a in arguments])
        known = self.b.module.globals.get("llvm.prefetch.p0")
        self.b.call(known or ir.Function(self.b.module, kind, "llvm.prefetch.p0"), arguments)

    def single(self, address: Value) -> Value:
        """One float from memory."""
        return self.b.load(self.at(address, FLOAT))

    def put_single(self, value: Value, address: Value) -> None:
        """One float to memory."""
        self.b.store(value, self.at(address, FLOAT))

    def splat(self, number: Value) -> Value:
        """A float in all lanes."""
        first = self.b.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.Constant(I32, 0))
        return self.b.shuffle_vector(
            first, ir.Constant(VECTOR, ir.Undefined), ir.Constant(ir.VectorType(I32, WIDTH), [0] * WIDTH)
        )

    def splat_whole(self, number: Value) -> Value:
        """A whole number of 32 bits in all lanes."""
        first = self.b.insert_element(ir.Constant(INTEGERS, ir.Undefined), number, ir.Constant(I32, 0))
        return self.b.shuffle_vector(
            first, ir.Constant(INTEGERS, ir.Undefined), ir.Constant(INTEGERS, [0] * WIDTH)
        )

    def bytes(self, count: Value) -> Value:
        """Bytes of so many floats."""
        return self.b.shl(count, self.whole(2))

    def room(self) -> Value:
        """The address of sixteen floats of the function's own, all 0."""
        with self.b.goto_entry_block():
            place = self.b.alloca(VECTOR)
            self.b.store(ir.Constant(VECTOR, [0.0] * WIDTH), place)
            return self.b.ptrtoint(place, I64)

    def move(self, source: Value, target: Value, count: Value) -> None:
        """Copy so many neighbouring floats."""
        with self.loop(self.whole(0), count, WIDTH) as k:
            self.put(self.vector(self.b.add(source, self.bytes(k))), self.b.add(target, self.bytes(k)))
        rest = self.b.and_(count, self.whole(-WIDTH))
        with self.loop(rest, count) as k:
            self.put_single(self.single(self.b.add(source, self.bytes(k))), self.b.add(target, self.bytes(k)))

    def finish(self) -> None:
        """The end of the function."""
        self.b.ret_void()
