"""Matrix products of middle size: each task packs what it needs of the right factor, and waits for nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.strips import (
    PANEL,
    ROWS,
    Left,
    Right,
    Target,
    Tile,
    pack_panels,
    pack_strip,
)
from engine.devices.cpu.native.vectors import WIDTH, Value

DEEPEST = 256  # numbers summed before the results go to memory: a strip of 8 KB
WIDEST = 12 * PANEL  # columns packed at a time: 600 KB
STRIP_BYTES = 4 * ROWS * (DEEPEST + WIDTH)
ROOM_BYTES = 4 * DEEPEST * WIDEST + STRIP_BYTES  # of packed numbers a thread


@dataclass(frozen=True)
class _Given:
    """The table.

    Sizes, the three matrices with the lengths of their rows in elements, whether the result is added to, height and
    width of a task's part and parts in a row, depth of a block, room for a strip with its bytes a thread, and room for
    panels. If LLVM knew how far the two rooms are from each other, it would take registers for it.
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
    panels: Value


@dataclass(frozen=True)
class ProductShape:
    """What the code depends on.

    Attributes:
        turned_a: whether the left factor lies column by column.
        turned_b: whether the right one does.
        strips: whether the left factor is packed; it has to be if it is turned.
    """

    turned_a: bool
    turned_b: bool
    strips: bool


def product_function(module: Any, name: str, shape: ProductShape) -> None:
    """Add the function to a module; a task is one part of the result. The table: see `_Given`."""
    code = Code(module, name)
    b = code.b
    g = _Given(*(code.argument(k) for k in range(17)))
    top = b.mul(b.udiv(code.task, g.across), g.high)
    left = b.mul(b.urem(code.task, g.across), g.wide)
    bottom, right = code.min(b.add(top, g.high), g.m), code.min(b.add(left, g.wide), g.n)
    place = b.mul(code.thread, g.room_bytes)
    room, panels = b.add(g.room, place), b.add(g.panels, place)
    lda, ldb, ldc = code.bytes(g.lda), code.bytes(g.ldb), code.bytes(g.ldc)
    zero, four = code.whole(0), code.whole(4)
    down, along = (four, lda) if shape.turned_a else (lda, four)
    before, across = (four, ldb) if shape.turned_b else (ldb, four)
    with (
        code.stretches(left, right, code.whole(WIDEST)) as (start, stop),
        code.stretches(zero, g.k, g.depth) as (first, last),
    ):
        depth, width = b.sub(last, first), b.sub(stop, start)
        source = b.add(g.b, b.add(b.mul(start, across), b.mul(first, before)))
        pack_panels(code, Right(source, ldb, width, depth, shape.turned_b), panels, zero, depth)
        added = b.or_(b.icmp_signed(">", first, zero), b.icmp_signed("!=", g.added, zero))
        tile, size = Tile(code, depth), b.mul(depth, code.whole(4 * PANEL))
        with code.stretches(top, bottom, code.whole(ROWS)) as (row, end):
            count = b.sub(end, row)
            seen = b.add(g.a, b.add(b.mul(row, down), b.mul(first, along)))
            rows = Left(seen, lda)
            if shape.strips:
                rows = pack_strip(code, room, seen, lda, count, depth, turned=shape.turned_a)
            line = b.add(b.add(g.c, b.mul(row, ldc)), code.bytes(start))
            with code.stretches(zero, width, code.whole(PANEL)) as (column, _):
                panel = b.add(panels, b.mul(b.udiv(column, code.whole(PANEL)), size))
                target = Target(b.add(line, code.bytes(column)), ldc, added)
                tile.write(rows, panel, target, count, b.sub(width, column))
    code.finish()
