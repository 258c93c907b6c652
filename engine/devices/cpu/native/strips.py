"""Tiles of a matrix product: 8 x 48 results stay in registers while a strip of one factor and a panel of the other pass by.

Blocks as Goto and van de Geijn chose them ("Anatomy of high-performance matrix multiplication", 2008), for a processor with
a large second-level cache: a strip of 8 rows of the left factor stays in the first-level cache, and the panels of 48
columns of the right one stream by from the second. A strip is packed where it meets several panels, so that rows of a
length that is a power of two, whose lines share a few places of a cache, cost nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import FUSED, VECTOR, WIDTH, Value

TOGETHER = (8, 4, 1)
ROWS = TOGETHER[0]  # of a strip; half a vector, so that it is turned in halves
VECTORS = 3  # of a panel: 24 of 32 registers are sums, and eleven numbers are read for every 24 products
PANEL = VECTORS * WIDTH  # columns
UNROLLED = 4


@dataclass(frozen=True)
class Left:
    """Eight rows of the left factor.

    Attributes:
        place: of the first number.
        line: bytes from row to row, whose numbers are neighbours; None in a packed strip, where those of a column are.
    """

    place: Value
    line: Value | None = None


@dataclass(frozen=True)
class Target:
    """Where a tile of the result goes: its first number, bytes from row to row, and whether it is added to."""

    place: Value
    line: Value
    added: Value


@dataclass(frozen=True)
class Right:
    """Columns of the right factor.

    Attributes:
        place: of the first number.
        line: bytes from one row of the factor (if it is `turned`, column) to the next.
        columns: how many there are.
        depth: numbers in a column.
        turned: whether the factor lies column by column.
    """

    place: Value
    line: Value
    columns: Value
    depth: Value
    turned: bool


def pack_panels(code: Code, right: Right, target: Value, first: Value, last: Value) -> None:
    """Pack numbers `first` to `last` of each column.

    Panels of (depth, 48) follow one another at `target`, with zeros for the columns that are missing.
    """
    b = code.b
    size = b.mul(right.depth, code.whole(4 * PANEL))
    pack = _pack_turned if right.turned else _pack_plain
    with code.stretches(code.whole(0), right.columns, code.whole(PANEL)) as (column, _):
        panel = b.add(target, b.mul(b.udiv(column, code.whole(PANEL)), size))
        place = b.add(right.place, b.mul(column, right.line) if right.turned else code.bytes(column))
        pack(code, place, right.line, panel, b.sub(right.columns, column), (first, last))


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


def pack_strip(
    code: Code, room: Value, source: Value, line: Value, count: Value, depth: Value, *, turned: bool
) -> Left:
    """Pack rows of the left factor as (depth, 8), with zeros for the rows that are missing.

    Args:
        code: stands where they are packed.
        room: where the strip goes.
        source: the first number.
        line: bytes from one row of the factor (if it is `turned`, column) to the next.
        count: rows.
        depth: numbers in a row.
        turned: whether the factor lies column by column.
    """
    b, size = code.b, code.whole(4 * ROWS)
    if turned:
        mask = code.mask(count)
        with code.loop(code.whole(0), depth) as k:
            value = code.part(b.add(source, b.mul(k, line)), mask)
            code.put_halves(value, b.add(room, b.mul(k, size)))
        return Left(room)
    with code.stretches(code.whole(0), depth, code.whole(WIDTH)) as (k, _):
        rows = code.square(b.add(source, code.bytes(k)), line, count, b.sub(depth, k), ROWS)
        at = b.add(room, b.mul(k, size))
        for j, value in enumerate(code.turned(rows)):
            code.put_halves(
                value, b.add(at, code.whole(4 * ROWS * j)), b.add(at, code.whole(4 * ROWS * (j + ROWS)))
            )
    return Left(room)


class Tile:
    """Writes the code of tiles.

    Args:
        code: of the function they are part of.
        depth: numbers summed.
    """

    def __init__(self, code: Code, depth: Value) -> None:
        self.code = code
        self.depth = depth

    def write(self, left: Left, panel: Value, target: Target, count: Value, width: Value) -> None:
        """At most eight rows and 48 columns of the result; nothing beyond `count` and `width` of them is touched."""
        code, b = self.code, self.code.b
        high = b.icmp_signed("==", count, code.whole(ROWS))
        whole = b.and_(high, b.icmp_signed(">=", width, code.whole(PANEL)))
        with b.if_else(whole) as (full, edge):
            with full:
                self._whole(left, panel, target)
            with edge:
                for vectors in range(1, VECTORS + 1):
                    wanted = b.icmp_signed(">", width, code.whole((vectors - 1) * WIDTH))
                    if vectors < VECTORS:
                        wanted = b.and_(wanted, b.icmp_signed("<=", width, code.whole(vectors * WIDTH)))
                    with b.if_then(wanted):
                        self._edge(left, panel, target, (count, width), vectors)

    def _whole(self, left: Left, panel: Value, target: Target) -> None:
        code, b = self.code, self.code.b
        places = [
            b.add(b.add(target.place, b.mul(target.line, code.whole(w))), code.whole(4 * WIDTH * v))
            for w in range(ROWS)
            for v in range(VECTORS)
        ]
        sums = self._sums(ROWS, VECTORS, left, panel, target)
        with b.if_else(target.added) as (add, put):
            with add:
                for place, total in zip(places, sums, strict=True):
                    code.put(b.fadd(code.vector(place), total), place)
            with put:
                for place, total in zip(places, sums, strict=True):
                    code.put(total, place)

    def _edge(
        self, left: Left, panel: Value, target: Target, size: tuple[Value, Value], vectors: int
    ) -> None:
        """Fewer rows or columns."""
        code, b = self.code, self.code.b
        count, width = size
        masks = [code.mask(b.sub(width, code.whole(WIDTH * v))) for v in range(vectors)]
        nothing = code.mask(code.whole(0))
        known = [b.select(target.added, mask, nothing) for mask in masks]  # of what is added to
        row = code.whole(0)
        for together in TOGETHER:
            with code.loop(row, count, together) as first:
                further = code.bytes(first) if left.line is None else b.mul(first, left.line)
                rows = Left(b.add(left.place, further), left.line)
                sums = self._sums(together, vectors, rows, panel)
                at = b.add(target.place, b.mul(target.line, first))
                for number, total in enumerate(sums):
                    w, v = divmod(number, vectors)
                    place = b.add(b.add(at, b.mul(target.line, code.whole(w))), code.whole(4 * WIDTH * v))
                    code.put_part(b.fadd(code.part(place, known[v]), total), place, masks[v])
            steps = b.udiv(b.sub(count, row), code.whole(together))
            row = b.add(row, b.mul(steps, code.whole(together)))

    def _sums(
        self, together: int, vectors: int, left: Left, panel: Value, target: Target | None = None
    ) -> list[Value]:
        """Of products over the depth; lines of `target` are fetched meanwhile."""
        code, b = self.code, self.code.b
        zero = ir.Constant(VECTOR, [0.0] * WIDTH)
        rows = None
        if left.line is not None:
            rows = [b.add(left.place, b.mul(left.line, code.whole(w))) for w in range(together)]
        steps = UNROLLED if together == ROWS else 1  # for few rows, code costs more than it gains
        with code.rounds(code.whole(0), self.depth, [zero] * (together * vectors), steps) as (k, sums):
            if target is not None:
                self._expect(target, b.udiv(k, code.whole(UNROLLED)))
            for number in range(steps):
                self._once(vectors, (left.place, rows), panel, (k, number), sums)
        if steps == 1:
            return sums
        with code.rounds(b.and_(self.depth, code.whole(-steps)), self.depth, sums) as (k, rest):
            self._once(vectors, (left.place, rows), panel, (k, 0), rest)
        return rest

    def _once(
        self,
        vectors: int,
        left: tuple[Value, list[Value] | None],
        panel: Value,
        at: tuple[Value, int],
        sums: list[Value],
    ) -> None:
        """A number of each row times those of all columns; `at` is the first of a round, and how far from there.

        `left` is where the strip is, or where each of its rows is. Distances are constants, which cost no registers.
        """
        code, b = self.code, self.code.b
        (strip, rows), (k, number) = left, at
        line = b.add(panel, b.mul(k, code.whole(4 * PANEL)))
        columns = [
            code.vector(b.add(line, code.whole(4 * (PANEL * number + WIDTH * v)))) for v in range(vectors)
        ]
        for w in range(len(sums) // vectors):
            if rows is None:
                place = b.add(
                    b.add(strip, b.mul(k, code.whole(4 * ROWS))), code.whole(4 * (ROWS * number + w))
                )
            else:
                place = b.add(b.add(rows[w], code.bytes(k)), code.whole(4 * number))
            one = code.splat(code.single(place))
            for v, column in enumerate(columns):
                product = b.fmul(one, column, flags=FUSED)
                sums[w * vectors + v] = b.fadd(sums[w * vectors + v], product, flags=FUSED)

    def _expect(self, target: Target, turn: Value) -> None:
        """One line of the result at a time, since the cache waits for a few at most."""
        code, b = self.code, self.code.b
        row = b.and_(turn, code.whole(ROWS - 1))
        vector = code.min(b.udiv(turn, code.whole(ROWS)), code.whole(VECTORS - 1))
        place = b.add(target.place, b.mul(row, target.line))
        code.expect(b.add(place, b.mul(vector, code.whole(4 * WIDTH))))
