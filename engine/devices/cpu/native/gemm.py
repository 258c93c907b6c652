"""Matrix products of our own: 12 x 32 results stay in registers while a packed part of the right factor passes by.

Blocks as Goto and van de Geijn chose them ("Anatomy of high-performance matrix multiplication", 2008): a panel of 32
columns lies in the first-level cache, all panels of a task and the rows of the left factor they meet in the second. The
left factor is read where it lies, in either order, since each of its numbers is needed only once a panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import FUSED, VECTOR, WIDTH, Value

TOGETHER = (12, 8, 4, 1)
ROWS = TOGETHER[0]  # summed at once; with two vectors of columns each, 24 of 32 registers
PANEL = 2 * WIDTH  # columns
DEEPEST = 320  # numbers summed before the results go to memory: a panel of 40 KB
WIDEST = 512  # columns packed at a time
HIGHEST = 480  # rows that meet all panels before the next rows do
UNROLLED = 4
ROOM_BYTES = 4 * DEEPEST * WIDEST  # of packed columns a thread


@dataclass(frozen=True)
class _Given:
    """The table.

    Sizes, the three matrices with the lengths of their rows in elements, whether the result is added to, height and
    width of a task's part and parts in a row, depth of a block, and room for packing with its bytes a thread.
    """

    m: Value
    n: Value
    k: Value
    a: Value
    lda: Value
    b: Value
    ldb: Value
    c: Value
    ldc: Value
    added: Value
    high: Value
    wide: Value
    across: Value
    depth: Value
    room: Value
    room_bytes: Value

    @classmethod
    def of(cls, code: Code) -> _Given:
        return cls(*(code.argument(k) for k in range(16)))


@dataclass(frozen=True)
class ProductShape:
    """What the code depends on.

    Attributes:
        turned_a: whether the left factor lies column by column.
        turned_b: whether the right one does.
    """

    turned_a: bool
    turned_b: bool


def product_function(module: Any, name: str, shape: ProductShape) -> None:
    """Add the function to a module; a task is one part of the result. The table: see `_Given`."""
    _Product(Code(module, name), shape).write()


class _Product:
    def __init__(self, code: Code, shape: ProductShape) -> None:
        self.code = code
        self.given = _Given.of(code)
        self.shape = shape
        four = code.whole(4)
        row = code.bytes(self.given.lda)
        self.down, self.along = (four, row) if shape.turned_a else (row, four)  # of the left factor, in bytes

    def write(self) -> None:
        code, b, g = self.code, self.code.b, self.given
        top = b.mul(b.udiv(code.task, g.across), g.high)
        left = b.mul(b.urem(code.task, g.across), g.wide)
        bottom, right = code.min(b.add(top, g.high), g.m), code.min(b.add(left, g.wide), g.n)
        room = b.add(g.room, b.mul(code.thread, g.room_bytes))
        with code.stretches(left, right, code.whole(WIDEST)) as (start, stop):
            width = b.sub(stop, start)
            with code.stretches(code.whole(0), g.k, g.depth) as (first, last):
                depth = b.sub(last, first)
                self._pack(room, start, width, first, depth)
                adds = b.or_(
                    b.icmp_signed(">", first, code.whole(0)), b.icmp_signed("!=", g.added, code.whole(0))
                )
                with code.stretches(top, bottom, code.whole(HIGHEST)) as (above, below):
                    lines = (above, below)
                    source = b.add(g.a, b.add(b.mul(first, self.along), b.mul(above, self.down)))
                    self._panels(room, source, lines, (start, width), depth, adds)
        code.finish()

    # -- packing --------------------------------------------------------------------------------------
    def _pack(self, room: Value, start: Value, width: Value, first: Value, depth: Value) -> None:
        """The panels one after the other, each (depth, 32), with zeros for the columns that are missing."""
        code, b = self.code, self.code.b
        size = b.mul(self._padded(depth), code.whole(4 * PANEL))
        with code.stretches(code.whole(0), width, code.whole(WIDTH)) as (column, _):
            panel, half = b.udiv(column, code.whole(PANEL)), b.and_(column, code.whole(WIDTH))
            target = b.add(b.add(room, b.mul(panel, size)), code.bytes(half))
            mask = code.mask(b.sub(width, column))
            if self.shape.turned_b:
                self._pack_turned(target, b.add(start, column), b.sub(width, column), first, depth)
            else:
                self._pack_plain(target, b.add(start, column), mask, first, depth)

    def _padded(self, depth: Value) -> Value:
        return self.code.b.and_(self.code.b.add(depth, self.code.whole(WIDTH - 1)), self.code.whole(-WIDTH))

    def _pack_plain(self, target: Value, column: Value, mask: Value, first: Value, depth: Value) -> None:
        code, b, g = self.code, self.code.b, self.given
        line = code.bytes(g.ldb)
        source = b.add(g.b, b.add(b.mul(first, line), code.bytes(column)))
        with code.loop(code.whole(0), depth) as k:
            value = code.part(b.add(source, b.mul(k, line)), mask)
            code.put(value, b.add(target, b.mul(k, code.whole(4 * PANEL))))

    def _pack_turned(self, target: Value, column: Value, left: Value, first: Value, depth: Value) -> None:
        code, b, g = self.code, self.code.b, self.given
        line = code.bytes(g.ldb)
        source = b.add(g.b, b.add(b.mul(column, line), code.bytes(first)))
        with code.stretches(code.whole(0), depth, code.whole(WIDTH)) as (k, _):
            rows = code.square(b.add(source, code.bytes(k)), line, left, b.sub(depth, k), WIDTH)
            for j, value in enumerate(code.turned(rows)):
                code.put(value, b.add(target, b.mul(b.add(k, code.whole(j)), code.whole(4 * PANEL))))

    # -- multiplying ----------------------------------------------------------------------------------
    def _panels(
        self,
        room: Value,
        source: Value,
        lines: tuple[Value, Value],
        columns: tuple[Value, Value],
        depth: Value,
        adds: Value,
    ) -> None:
        code, b, g = self.code, self.code.b, self.given
        (above, below), (start, width) = lines, columns
        size = b.mul(self._padded(depth), code.whole(4 * PANEL))
        line = code.bytes(g.ldc)
        corner = b.add(b.add(g.c, b.mul(above, line)), code.bytes(start))
        with code.stretches(code.whole(0), width, code.whole(PANEL)) as (column, _):
            panel = b.add(room, b.mul(b.udiv(column, code.whole(PANEL)), size))
            left = b.sub(width, column)
            masks = [code.mask(left), code.mask(b.sub(left, code.whole(WIDTH)))]
            places = (source, panel, b.add(corner, code.bytes(column)))
            with b.if_else(b.icmp_signed("<=", left, code.whole(WIDTH))) as (one, two):
                with one:
                    self._rows(masks[:1], b.sub(below, above), depth, places, adds)
                with two:
                    self._rows(masks, b.sub(below, above), depth, places, adds)

    def _rows(
        self, masks: list[Value], count: Value, depth: Value, places: tuple[Value, Value, Value], adds: Value
    ) -> None:
        """All rows of a panel: twelve together, then what is left."""
        code, b = self.code, self.code.b
        source, panel, target = places
        line, vectors = code.bytes(self.given.ldc), len(masks)
        known = [b.select(adds, mask, code.mask(code.whole(0))) for mask in masks]  # of what is added to
        row = code.whole(0)
        for together in TOGETHER:
            with code.loop(row, count, together) as r:
                seen = b.add(source, b.mul(r, self.down))
                place = b.add(target, b.mul(r, line))
                for w in range(together):
                    for v in range(vectors):
                        code.expect(
                            b.add(b.add(place, b.mul(line, code.whole(w))), code.whole(4 * WIDTH * v))
                        )
                sums = self._sums(together, vectors, seen, panel, depth)
                self._store(sums, place, line, masks, known)
            steps = b.udiv(b.sub(count, row), code.whole(together))
            row = b.add(row, b.mul(steps, code.whole(together)))

    def _store(
        self, sums: list[Value], place: Value, line: Value, masks: list[Value], known: list[Value]
    ) -> None:
        code, b = self.code, self.code.b
        for number, total in enumerate(sums):
            w, v = divmod(number, len(masks))
            address = b.add(b.add(place, b.mul(line, code.whole(w))), code.whole(4 * WIDTH * v))
            code.put_part(b.fadd(code.part(address, known[v]), total), address, masks[v])

    def _sums(self, together: int, vectors: int, seen: Value, panel: Value, depth: Value) -> list[Value]:
        code, b = self.code, self.code.b
        lines = [b.add(seen, b.mul(self.down, code.whole(w))) for w in range(together)]
        zero = ir.Constant(VECTOR, [0.0] * WIDTH)

        def once(k: Value, number: int, sums: list[Value]) -> None:
            at = b.add(b.mul(k, self.along), b.mul(self.along, code.whole(number)))
            row = b.add(panel, b.mul(k, code.whole(4 * PANEL)))
            factors = [
                code.vector(b.add(row, code.whole(4 * (PANEL * number + WIDTH * v)))) for v in range(vectors)
            ]
            for w in range(together):
                one = code.splat(code.single(b.add(lines[w], at)))
                for v, factor in enumerate(factors):
                    product = b.fmul(one, factor, flags=FUSED)
                    sums[w * vectors + v] = b.fadd(sums[w * vectors + v], product, flags=FUSED)

        steps = UNROLLED if together == ROWS else 1  # for few rows, code costs more than it gains
        with code.rounds(code.whole(0), depth, [zero] * (together * vectors), steps) as (k, sums):
            for number in range(steps):
                once(k, number, sums)
        if steps == 1:
            return sums
        with code.rounds(b.and_(depth, code.whole(-steps)), depth, sums) as (k, rest):
            once(k, 0, rest)
        return rest
