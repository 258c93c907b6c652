"""Large matrix products: both factors are packed, the right one once for all threads, the left one strip by strip.

Blocks as Goto and van de Geijn chose them ("Anatomy of high-performance matrix multiplication", 2008), for a processor with
a large second-level cache: a strip of 8 rows of the left factor, which a thread packs for itself, stays in the first-level
cache, and the panels of 48 columns of the right one stream by from the second. So neighbouring results are made one after
the other, and rows of a length that is a power of two, whose lines share a few places of a cache, cost nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import FUSED, VECTOR, WIDTH, Value

TOGETHER = (8, 4, 1)
ROWS = TOGETHER[0]  # of a strip; half a vector, so that it is turned in halves
VECTORS = 3  # of a panel: 24 of 32 registers are sums, and eleven numbers are read for every 24 products
PANEL = VECTORS * WIDTH  # columns
DEEP = 256  # numbers summed before the results go to memory: a strip of 8 KB
BLOCK = 21 * PANEL  # columns that a task meets: 1 MB of panels
PACKED = 4 * BLOCK  # columns packed at a time
HIGH = 6 * ROWS  # rows of a task at most
LEAST = 2 * PANEL  # columns of a task, where they are shared out to have more tasks
SHARE = WIDTH  # numbers of each column that one task packs
UNROLLED = 4
STRIP_BYTES = 4 * ROWS * DEEP
PANELS_BYTES = 4 * DEEP * PACKED


def pack_function(module: Any, name: str, *, turned: bool) -> None:
    """Add a function that packs a block of the right factor; a task does `SHARE` numbers of each column.

    Its table: columns, depth, the block's first number, length of a row in elements, where the panels go. A panel is
    (depth, 48), with zeros for the columns that are missing.

    Args:
        module: of LLVM.
        name: of the function.
        turned: whether the factor lies column by column.
    """
    code = Code(module, name)
    b = code.b
    n, depth, source, length, target = (code.argument(k) for k in range(5))
    size, line = b.mul(depth, code.whole(4 * PANEL)), code.bytes(length)
    first, last = code.share(depth, code.whole(SHARE))
    pack = _pack_turned if turned else _pack_plain
    with code.stretches(code.whole(0), n, code.whole(PANEL)) as (column, _):
        panel = b.add(target, b.mul(b.udiv(column, code.whole(PANEL)), size))
        place = b.add(source, b.mul(column, line) if turned else code.bytes(column))
        pack(code, place, line, panel, b.sub(n, column), (first, last))
    code.finish()


def _pack_plain(
    code: Code, source: Value, line: Value, panel: Value, left: Value, depth: tuple[Value, Value]
) -> None:
    b = code.b
    masks = [code.mask(b.sub(left, code.whole(WIDTH * v))) for v in range(VECTORS)]
    with code.loop(*depth) as k:
        row, place = b.add(source, b.mul(k, line)), b.add(panel, b.mul(k, code.whole(4 * PANEL)))
        for v, mask in enumerate(masks):
            further = code.whole(4 * WIDTH * v)
            code.put(code.part(b.add(row, further), mask), b.add(place, further))


def _pack_turned(
    code: Code, source: Value, line: Value, panel: Value, left: Value, depth: tuple[Value, Value]
) -> None:
    b = code.b
    for v in range(VECTORS):
        columns = b.add(source, b.mul(code.whole(WIDTH * v), line))
        with code.stretches(*depth, code.whole(WIDTH)) as (k, stop):
            there, deep = b.sub(left, code.whole(WIDTH * v)), b.sub(stop, k)
            values = code.turned(code.square(b.add(columns, code.bytes(k)), line, there, deep, WIDTH))
            place = b.add(panel, b.add(b.mul(k, code.whole(4 * PANEL)), code.whole(4 * WIDTH * v)))
            for j, value in enumerate(values):
                with b.if_then(b.icmp_signed("<", code.whole(j), deep)):
                    code.put(value, b.add(place, code.whole(4 * PANEL * j)))


def parts_of(m: int, n: int, wanted: int) -> tuple[int, int]:
    """Rows and columns of a task, so that there are so many tasks if that is possible.

    Who computes a result, and with which others, changes no bit of it.
    """
    across = -(-n // BLOCK)
    strips = -(-m // ROWS)
    high = ROWS * max(1, min(HIGH // ROWS, strips * across // wanted))
    down = -(-m // high)
    across = max(across, min(-(-n // LEAST), -(-wanted // down)))
    return high, PANEL * -(-n // (PANEL * across))


@dataclass(frozen=True)
class _Given:
    """The table.

    Rows, columns, depth; the left factor's first number with the length of its rows in elements; the panels; the result,
    likewise; whether the result is added to; rows and columns of a task, tasks below each other; room for a strip with its
    bytes a thread.
    """

    m: Value
    n: Value
    depth: Value
    a: Value
    lda: Value
    panels: Value
    c: Value
    ldc: Value
    added: Value
    high: Value
    wide: Value
    down: Value
    room: Value
    room_bytes: Value

    @classmethod
    def of(cls, code: Code) -> _Given:
        return cls(*(code.argument(k) for k in range(14)))


def multiply_function(module: Any, name: str, *, turned: bool) -> None:
    """Add a function that multiplies the left factor with packed panels; a task is one part of the result.

    The table: see `_Given`.

    Args:
        module: of LLVM.
        name: of the function.
        turned: whether the left factor lies column by column.
    """
    _Multiply(Code(module, name), turned=turned).write()


class _Multiply:
    def __init__(self, code: Code, *, turned: bool) -> None:
        self.code = code
        self.turned = turned
        self.given = _Given.of(code)

    def write(self) -> None:
        code, b, g = self.code, self.code.b, self.given
        top = b.mul(b.urem(code.task, g.down), g.high)
        left = b.mul(b.udiv(code.task, g.down), g.wide)
        bottom, right = code.min(b.add(top, g.high), g.m), code.min(b.add(left, g.wide), g.n)
        room = b.add(g.room, b.mul(code.thread, g.room_bytes))
        with code.stretches(top, bottom, code.whole(ROWS)) as (row, stop):
            self._strip(room, row, b.sub(stop, row))
            with code.stretches(left, right, code.whole(PANEL)) as (column, _):
                self._tile(room, row, b.sub(stop, row), column)
        code.finish()

    def _strip(self, room: Value, row: Value, count: Value) -> None:
        """(depth, 8) of the left factor, with zeros for the rows that are missing."""
        code, b, g = self.code, self.code.b, self.given
        line = code.bytes(g.lda)
        if self.turned:
            mask, source = code.mask(count), b.add(g.a, code.bytes(row))
            with code.loop(code.whole(0), g.depth) as k:
                value = code.part(b.add(source, b.mul(k, line)), mask)
                code.put_halves(value, b.add(room, b.mul(k, code.whole(4 * ROWS))))
            return
        source = b.add(g.a, b.mul(row, line))
        with code.stretches(code.whole(0), g.depth, code.whole(WIDTH)) as (k, _):
            rows = code.square(b.add(source, code.bytes(k)), line, count, b.sub(g.depth, k), ROWS)
            at = b.add(room, b.mul(k, code.whole(4 * ROWS)))
            for j, value in enumerate(code.turned(rows)):
                code.put_halves(
                    value, b.add(at, code.whole(4 * ROWS * j)), b.add(at, code.whole(4 * ROWS * (j + ROWS)))
                )

    # -- a tile of the result: a strip and a panel ---------------------------------------------------------
    def _tile(self, room: Value, row: Value, count: Value, column: Value) -> None:
        code, b, g = self.code, self.code.b, self.given
        size = b.mul(g.depth, code.whole(4 * PANEL))
        panel = b.add(g.panels, b.mul(b.udiv(column, code.whole(PANEL)), size))
        target = b.add(b.add(g.c, b.mul(row, code.bytes(g.ldc))), code.bytes(column))
        width = b.sub(g.n, column)
        high = b.icmp_signed("==", count, code.whole(ROWS))
        whole = b.and_(high, b.icmp_signed(">=", width, code.whole(PANEL)))
        with b.if_else(whole) as (full, edge):
            with full:
                self._whole(room, panel, target)
            with edge:
                for vectors in range(1, VECTORS + 1):
                    wanted = b.icmp_signed(">", width, code.whole((vectors - 1) * WIDTH))
                    if vectors < VECTORS:
                        wanted = b.and_(wanted, b.icmp_signed("<=", width, code.whole(vectors * WIDTH)))
                    with b.if_then(wanted):
                        self._edge((room, panel, target), count, width, vectors)

    def _adds(self) -> Value:
        return self.code.b.icmp_signed("!=", self.given.added, self.code.whole(0))

    def _whole(self, room: Value, panel: Value, target: Value) -> None:
        code, b = self.code, self.code.b
        line = code.bytes(self.given.ldc)
        places = [
            b.add(b.add(target, b.mul(line, code.whole(w))), code.whole(4 * WIDTH * v))
            for w in range(ROWS)
            for v in range(VECTORS)
        ]
        sums = self._sums(ROWS, VECTORS, room, panel, target)
        with b.if_else(self._adds()) as (add, put):
            with add:
                for place, total in zip(places, sums, strict=True):
                    code.put(b.fadd(code.vector(place), total), place)
            with put:
                for place, total in zip(places, sums, strict=True):
                    code.put(total, place)

    def _edge(self, places: tuple[Value, Value, Value], count: Value, width: Value, vectors: int) -> None:
        """Fewer rows or columns: no memory beyond them is touched."""
        code, b = self.code, self.code.b
        room, panel, target = places
        line = code.bytes(self.given.ldc)
        masks = [code.mask(b.sub(width, code.whole(WIDTH * v))) for v in range(vectors)]
        known = [
            b.select(self._adds(), mask, code.mask(code.whole(0))) for mask in masks
        ]  # of what is added to
        row = code.whole(0)
        for together in TOGETHER:
            with code.loop(row, count, together) as first:
                sums = self._sums(together, vectors, b.add(room, code.bytes(first)), panel)
                at = b.add(target, b.mul(line, first))
                for number, total in enumerate(sums):
                    w, v = divmod(number, vectors)
                    place = b.add(b.add(at, b.mul(line, code.whole(w))), code.whole(4 * WIDTH * v))
                    code.put_part(b.fadd(code.part(place, known[v]), total), place, masks[v])
            steps = b.udiv(b.sub(count, row), code.whole(together))
            row = b.add(row, b.mul(steps, code.whole(together)))

    def _sums(
        self, together: int, vectors: int, room: Value, panel: Value, target: Value | None = None
    ) -> list[Value]:
        """Of products over the depth; lines of `target` are fetched meanwhile."""
        code, b, g = self.code, self.code.b, self.given
        zero = ir.Constant(VECTOR, [0.0] * WIDTH)
        steps = UNROLLED if together == ROWS else 1  # for few rows, code costs more than it gains
        with code.rounds(code.whole(0), g.depth, [zero] * (together * vectors), steps) as (k, sums):
            if target is not None:
                self._expect(target, b.udiv(k, code.whole(UNROLLED)))
            for number in range(steps):
                self._once(vectors, (room, panel), k, number, sums)
        if steps == 1:
            return sums
        with code.rounds(b.and_(g.depth, code.whole(-steps)), g.depth, sums) as (k, rest):
            self._once(vectors, (room, panel), k, 0, rest)
        return rest

    def _once(
        self, vectors: int, places: tuple[Value, Value], k: Value, number: int, sums: list[Value]
    ) -> None:
        """Number `k` + `number` of each row times those of all columns."""
        code, b = self.code, self.code.b
        seen = b.add(places[0], b.mul(k, code.whole(4 * ROWS)))
        row = b.add(places[1], b.mul(k, code.whole(4 * PANEL)))
        columns = [
            code.vector(b.add(row, code.whole(4 * (PANEL * number + WIDTH * v)))) for v in range(vectors)
        ]
        for w in range(len(sums) // vectors):
            one = code.splat(code.single(b.add(seen, code.whole(4 * (ROWS * number + w)))))
            for v, column in enumerate(columns):
                product = b.fmul(one, column, flags=FUSED)
                sums[w * vectors + v] = b.fadd(sums[w * vectors + v], product, flags=FUSED)

    def _expect(self, target: Value, turn: Value) -> None:
        """One line of the result at a time, since the cache waits for a few at most."""
        code, b = self.code, self.code.b
        row = b.and_(turn, code.whole(ROWS - 1))
        vector = code.min(b.udiv(turn, code.whole(ROWS)), code.whole(VECTORS - 1))
        place = b.add(target, b.mul(row, code.bytes(self.given.ldc)))
        code.expect(b.add(place, b.mul(vector, code.whole(4 * WIDTH))))
