"""Functions of machine code on rows: soft-max, positions of maxima, classes; stored numbers and random ones.

All take from the table: rows, columns, rows of a task, source, target. A row is done sixteen lanes at a time, the last of
them by a mask. `take_bytes` and `uniform` have tables of their own.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import BYTE, Code
from engine.devices.cpu.native.vectors import FLOAT, I32, I64, INTEGERS, VECTOR, WIDTH, Value, Vectors
from engine.ops.random import MULTIPLIERS, ROUNDS, WEYL

NOWHERE = 0x7FFFFFFF  # a position behind all others
WORDS = ir.VectorType(I64, WIDTH)
BYTES = ir.VectorType(BYTE, WIDTH)


def softmax_function(module: Any, name: str) -> None:
    """Add the function to a module: powers of e by their sum, after the largest score is taken off."""
    rows = _Rows(Code(module, name))
    with rows.each() as (source, target):
        largest = rows.largest(source)

        def power(address: Value, mask: Value) -> Value:
            return rows.v.exp(rows.v.sub(rows.code.part(address, mask, -math.inf), largest))

        total = rows.total(source, target, power)
        rows.again(target, target, lambda value: rows.v.div(value, total))
    rows.code.finish()


def log_softmax_function(module: Any, name: str) -> None:
    """Add the function to a module: scores less the logarithm of the sum of their powers."""
    rows = _Rows(Code(module, name))
    with rows.each() as (source, target):
        largest = rows.largest(source)

        def power(address: Value, mask: Value) -> Value:
            return rows.v.exp(rows.v.sub(rows.code.part(address, mask, -math.inf), largest))

        shift = rows.v.log(rows.total(source, None, power))
        rows.again(source, target, lambda value: rows.v.sub(rows.v.sub(value, largest), shift))
    rows.code.finish()


def argmax_function(module: Any, name: str) -> None:
    """Add the function to a module: the first of the largest numbers, or of those that are none."""
    rows = _Rows(Code(module, name))
    code, b = rows.code, rows.code.b
    with rows.each(target_columns=code.whole(1)) as (source, target):
        start = [ir.Constant(VECTOR, [-math.inf] * WIDTH), ir.Constant(INTEGERS, [NOWHERE] * WIDTH)]
        with code.rounds(code.whole(0), rows.blocks, start) as (block, best):
            first = b.mul(block, code.whole(WIDTH))
            mask = code.mask(b.sub(rows.columns, first))
            value = code.part(b.add(source, code.bytes(first)), mask, -math.inf)
            lanes = ir.Constant(INTEGERS, list(range(WIDTH)))
            places = b.add(code.splat_whole(b.trunc(first, I32)), lanes)
            places = b.select(mask, places, ir.Constant(INTEGERS, [NOWHERE] * WIDTH))
            best[:] = rows.better(best, [value, places])
        for half in (8, 4, 2, 1):
            best[:] = rows.better(best, [rows.turned(v, half) for v in best])
        place = b.extract_element(best[1], ir.Constant(I32, 0))
        b.store(place, code.at(target, I32))
    code.finish()


def one_hot_function(module: Any, name: str) -> None:
    """Add the function to a module: rows with a 1 at the place that a whole number says."""
    rows = _Rows(Code(module, name))
    code, b = rows.code, rows.code.b
    with rows.each(source_columns=code.whole(1)) as (source, target):
        wanted = code.splat_whole(b.load(code.at(source, I32)))
        with code.loop(code.whole(0), rows.blocks) as block:
            first = b.mul(block, code.whole(WIDTH))
            lanes = ir.Constant(INTEGERS, list(range(WIDTH)))
            places = b.add(code.splat_whole(b.trunc(first, I32)), lanes)
            value = b.uitofp(b.icmp_signed("==", places, wanted), VECTOR)
            mask = code.mask(b.sub(rows.columns, first))
            code.put_part(value, b.add(target, code.bytes(first)), mask)
    code.finish()


def whole_to_float_function(module: Any, name: str) -> None:
    """Add the function to a module: int32 as float32."""
    rows = _Rows(Code(module, name))
    with rows.each() as (source, target):
        rows.again(source, target, lambda v: rows.code.b.sitofp(rows.code.b.bitcast(v, INTEGERS), VECTOR))
    rows.code.finish()


def float_to_whole_function(module: Any, name: str) -> None:
    """Add the function to a module: float32 as int32, without the fraction."""
    rows = _Rows(Code(module, name))
    with rows.each() as (source, target):
        rows.again(source, target, lambda v: rows.code.b.bitcast(rows.code.b.fptosi(v, INTEGERS), VECTOR))
    rows.code.finish()


def take_bytes_function(module: Any, name: str) -> None:
    """Add the function to a module: rows of bytes by number as floats times a scale.

    Its table: rows, bytes in a row, rows of a task, table, numbers (int32), target, rows of the table, bits of the scale.
    """
    code = Code(module, name)
    b = code.b
    total, length, each, table, numbers, target, count, bits = (code.argument(k) for k in range(8))
    scale = b.bitcast(b.trunc(bits, I32), FLOAT)
    start, stop = code.share(total, each)
    with code.loop(start, stop) as row:
        number = b.sext(b.load(code.at(b.add(numbers, code.bytes(row)), I32)), I64)
        number = code.max(code.min(number, b.sub(count, code.whole(1))), code.whole(0))
        source = b.add(table, b.mul(number, length))
        place = b.add(target, b.mul(row, code.bytes(length)))
        with code.loop(code.whole(0), length, WIDTH) as k:
            loaded = b.load(code.at(b.add(source, k), BYTES))
            loaded.align = 1
            value = b.uitofp(b.zext(loaded, INTEGERS), VECTOR)
            code.put(b.fmul(value, code.splat(scale)), b.add(place, code.bytes(k)))
        with code.loop(b.and_(length, code.whole(-WIDTH)), length) as k:
            one = b.uitofp(b.zext(b.load(code.at(b.add(source, k), BYTE)), I32), FLOAT)
            code.put_single(b.fmul(one, scale), b.add(place, code.bytes(k)))
    code.finish()


def uniform_function(module: Any, name: str) -> None:
    """Add the function to a module: the random numbers of `engine.ops.random`, sixteen counters at a time.

    Its table: counters, numbers, counters of a task (a multiple of sixteen), addresses of seed, step and target, stream.
    """
    code = Code(module, name)
    b = code.b
    counters, numbers, each, seed, step, target, stream = (code.argument(k) for k in range(7))
    key = b.zext(b.load(code.at(seed, I32)), I64)
    time = b.zext(b.load(code.at(step, I32)), I64)
    start, stop = code.share(counters, each)
    low = _words(0xFFFFFFFF)
    blocks = b.udiv(b.add(b.sub(stop, start), code.whole(WIDTH - 1)), code.whole(WIDTH))
    with code.loop(code.whole(0), blocks) as block:
        first = b.add(start, b.mul(block, code.whole(WIDTH)))
        place = b.add(_all(b, first), ir.Constant(WORDS, list(range(WIDTH))))
        c = [place, _all(b, time), _all(b, stream), _words(0)]
        for r in range(ROUNDS):
            k0 = _all(b, b.and_(b.add(key, code.whole((r * WEYL[0]) & 0xFFFFFFFF)), code.whole(0xFFFFFFFF)))
            k1 = _words((r * WEYL[1]) & 0xFFFFFFFF)
            p0, p1 = b.mul(c[0], _words(MULTIPLIERS[0])), b.mul(c[2], _words(MULTIPLIERS[1]))
            high0, high1 = (b.lshr(p, _words(32)) for p in (p0, p1))
            c = [
                b.xor(b.xor(high1, c[1]), k0),
                b.and_(p1, low),
                b.xor(b.xor(high0, c[3]), k1),
                b.and_(p0, low),
            ]
        found = [b.fmul(b.uitofp(b.trunc(b.lshr(w, _words(8)), INTEGERS), VECTOR), _scale()) for w in c]
        for j, value in enumerate(_woven(b, found)):
            number = b.add(b.mul(first, code.whole(4)), code.whole(WIDTH * j))
            code.put_part(value, b.add(target, code.bytes(number)), code.mask(b.sub(numbers, number)))
    code.finish()


def _words(number: int) -> Value:
    return ir.Constant(WORDS, [number] * WIDTH)


def _scale() -> Value:
    return ir.Constant(VECTOR, [2.0**-24] * WIDTH)


def _all(b: Any, number: Value) -> Value:
    """A 64-bit number in all lanes."""
    first = b.insert_element(ir.Constant(WORDS, ir.Undefined), number, ir.Constant(I32, 0))
    return b.shuffle_vector(first, ir.Constant(WORDS, ir.Undefined), ir.Constant(INTEGERS, [0] * WIDTH))


def _woven(b: Any, four: list[Value]) -> list[Value]:
    """The lanes of four vectors in turns: four vectors."""

    def pair(x: Value, y: Value) -> list[Value]:
        orders = [[k // 2 + WIDTH // 2 * half + WIDTH * (k % 2) for k in range(WIDTH)] for half in (0, 1)]
        return [b.shuffle_vector(x, y, ir.Constant(INTEGERS, order)) for order in orders]

    even, odd = pair(four[0], four[2]), pair(four[1], four[3])
    return [v for x, y in zip(even, odd, strict=True) for v in pair(x, y)]


class _Rows:
    """A function over the rows of a task."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.v = Vectors(code.b)
        self._total, self.columns, self._each, self._source, self._target = (
            code.argument(k) for k in range(5)
        )
        self.blocks = code.b.udiv(code.b.add(self.columns, code.whole(WIDTH - 1)), code.whole(WIDTH))

    def each(self, source_columns: Value | None = None, target_columns: Value | None = None) -> _EachRow:
        """A loop over rows: addresses of their source and target."""
        columns = [source_columns or self.columns, target_columns or self.columns]
        start, stop = self.code.share(self._total, self._each)
        return _EachRow(self.code, (start, stop), [self._source, self._target], columns)

    def turned(self, value: Value, steps: int) -> Value:
        """The lanes moved on in a ring."""
        order = [(k + steps) % WIDTH for k in range(WIDTH)]
        return self.code.b.shuffle_vector(value, value, ir.Constant(INTEGERS, order))

    def largest(self, source: Value) -> Value:
        """The largest number of the row in all lanes; no number where one is none."""
        start = [ir.Constant(VECTOR, [-math.inf] * WIDTH)]
        with self.code.rounds(self.code.whole(0), self.blocks, start) as (block, best):
            address, mask = self._at(source, block)
            best[0] = self._maximum(best[0], self.code.part(address, mask, -math.inf))
        for half in (8, 4, 2, 1):
            best[0] = self._maximum(best[0], self.turned(best[0], half))
        return best[0]

    def _maximum(self, a: Value, b: Value) -> Value:
        larger = self.v.maximum(a, b)
        return self.code.b.select(self.v.is_nan(b), b, larger)

    def better(self, one: list[Value], other: list[Value]) -> list[Value]:
        """Of two vectors of numbers and places, lane by lane the larger number, or the first of equal ones."""
        b = self.code.b
        (x, at), (y, there) = one, other
        x_none, y_none = self.v.is_nan(x), self.v.is_nan(y)
        same = b.or_(b.fcmp_ordered("==", x, y), b.and_(x_none, y_none))
        larger = b.or_(b.fcmp_ordered(">", y, x), b.and_(y_none, b.not_(x_none)))
        taken = b.or_(larger, b.and_(same, b.icmp_signed("<", there, at)))
        return [b.select(taken, y, x), b.select(taken, there, at)]

    def total(self, source: Value, target: Value | None, value: Any) -> Value:
        """The sum of a value of all lanes in all lanes; the values themselves go to the target."""
        code, b = self.code, self.code.b
        zero = ir.Constant(VECTOR, [0.0] * WIDTH)
        with code.rounds(code.whole(0), self.blocks, [zero]) as (block, sums):
            address, mask = self._at(source, block)
            found = value(address, mask)
            if target is not None:
                code.put_part(found, self._at(target, block)[0], mask)
            sums[0] = b.fadd(sums[0], b.select(mask, found, zero))
        for half in (8, 4, 2, 1):
            sums[0] = b.fadd(sums[0], self.turned(sums[0], half))
        return sums[0]

    def again(self, source: Value, target: Value, change: Any) -> None:
        """Every number of the row changed."""
        with self.code.loop(self.code.whole(0), self.blocks) as block:
            address, mask = self._at(source, block)
            self.code.put_part(change(self.code.part(address, mask)), self._at(target, block)[0], mask)

    def _at(self, row: Value, block: Value) -> tuple[Value, Value]:
        first = self.code.b.mul(block, self.code.whole(WIDTH))
        mask = self.code.mask(self.code.b.sub(self.columns, first))
        return self.code.b.add(row, self.code.bytes(first)), mask


class _EachRow:
    def __init__(
        self, code: Code, span: tuple[Value, Value], bases: list[Value], columns: list[Value]
    ) -> None:
        self._code, self._bases, self._columns = code, bases, columns
        self._loop = code.loop(*span)

    def __enter__(self) -> tuple[Value, Value]:
        row, code = self._loop.__enter__(), self._code
        source, target = (
            code.b.add(base, code.b.mul(row, code.bytes(columns)))
            for base, columns in zip(self._bases, self._columns, strict=True)
        )
        return source, target

    def __exit__(self, *error: Any) -> None:
        self._loop.__exit__(*error)
