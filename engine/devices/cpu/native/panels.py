"""Large matrix products: the right factor is packed once for all threads, the left one strip by strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.strips import PANEL, ROWS, Right, Target, Tile, pack_panels, pack_strip
from engine.devices.cpu.native.vectors import WIDTH, Value

DEEP = 384  # numbers summed before the results go to memory: a strip of 12 KB
BLOCK = 14 * PANEL  # columns that a task meets: 1 MB of panels
PACKED = 4 * BLOCK  # columns packed at a time
HIGH = 6 * ROWS  # rows of a task at most
LEAST = 2 * PANEL  # columns of a task, where they are shared out to have more tasks
SHARE = WIDTH  # numbers of each column that one task packs
PANELS_BYTES = 4 * DEEP * PACKED


def pack_function(module: Any, name: str, *, turned: bool) -> None:
    """Add a function that packs a block of the right factor; a task does `SHARE` numbers of each column.

    Its table: columns, depth, the block's first number, length of a row in elements, where the panels go.

    Args:
        module: of LLVM.
        name: of the function.
        turned: whether the factor lies column by column.
    """
    code = Code(module, name)
    n, depth, source, length, target = (code.argument(k) for k in range(5))
    right = Right(source, code.bytes(length), n, depth, turned)
    pack_panels(code, right, target, *code.share(depth, code.whole(SHARE)))
    code.finish()


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


def multiply_function(module: Any, name: str, *, turned: bool) -> None:
    """Add a function that multiplies the left factor with packed panels; a task is one part of the result.

    The table: see `_Given`.

    Args:
        module: of LLVM.
        name: of the function.
        turned: whether the left factor lies column by column.
    """
    code = Code(module, name)
    b = code.b
    g = _Given(*(code.argument(k) for k in range(14)))
    top = b.mul(b.urem(code.task, g.down), g.high)
    left = b.mul(b.udiv(code.task, g.down), g.wide)
    bottom, right = code.min(b.add(top, g.high), g.m), code.min(b.add(left, g.wide), g.n)
    room = b.add(g.room, b.mul(code.thread, g.room_bytes))
    lda, ldc, size = code.bytes(g.lda), code.bytes(g.ldc), b.mul(g.depth, code.whole(4 * PANEL))
    added, tile = b.icmp_signed("!=", g.added, code.whole(0)), Tile(code, g.depth)
    with code.stretches(top, bottom, code.whole(ROWS)) as (row, stop):
        count = b.sub(stop, row)
        source = b.add(g.a, code.bytes(row) if turned else b.mul(row, lda))
        strip = pack_strip(code, room, source, lda, count, g.depth, turned=turned)
        line = b.add(g.c, b.mul(row, ldc))
        with code.stretches(left, right, code.whole(PANEL)) as (column, _):
            panel = b.add(g.panels, b.mul(b.udiv(column, code.whole(PANEL)), size))
            target = Target(b.add(line, code.bytes(column)), ldc, added)
            tile.write(strip, panel, target, count, b.sub(g.n, column))
    code.finish()
