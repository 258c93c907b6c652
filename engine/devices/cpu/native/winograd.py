"""Convolution of 3 x 3 windows in tiles of 2 x 2 results: 16 products for four results in place of 36.

F(2x2, 3x3) of Lavin and Gray ("Fast algorithms for convolutional neural networks", 2015), after S. Winograd. The 4 x 4
numbers that a tile sees and each filter are turned into 16 numbers; of their products, summed over the channels, the four
results are made. The sums are matrix products, one for each of 16 places. A group of twelve tiles is turned, multiplied
with a block of filters and turned back while it is in the first-level cache.

Twelve tiles lie behind one another for each place and each sixteen channels, and so do the filters of a block for each
place and each channel: all distances are constants, and there is one code for all shapes.

A sum is a ninth as long as that of a window by itself, so that errors are smaller, although some are added by the turning:
with 64 channels 2.6e-7 of the results in place of 4.3e-7, with 1,024 9.6e-7 in place of 1.7e-6 (root mean squares). What
a tile sees reaches all its results through sums and differences. So a number that is none, or is infinite, makes no numbers
of up to 4 x 4 results around it in place of 3 x 3; and four numbers next to one another may add up to more than the
largest number, which those by themselves are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import FUSED, VECTOR, WIDTH, Value

TILE, SIDE, TAPS = 4, 2, 3  # numbers that a tile sees along a length, its results, and the window
PLACES = TILE * TILE
GROUP = 12  # tiles multiplied at once; with two vectors of filters each, 24 of 32 registers
FEW = 4  # multiplied at once where a group is not full
VECTORS = 2
BLOCK = VECTORS * WIDTH  # filters
LINE = 64  # bytes between places, lest all sixteen share a few places of a cache
UNROLLED = 4
SUMS_NUMBERS = PLACES * GROUP * BLOCK  # of a group and a block
GROUP_CHANNELS_BYTES = 4 * GROUP * WIDTH  # of sixteen channels at one place


def group_numbers(channels: int) -> int:
    """Of twelve turned tiles."""
    return PLACES * (channels * GROUP + LINE // 4)


def filters_numbers(channels: int, filters: int) -> int:
    """Of turned filters."""
    return PLACES * (channels * filters + -(-filters // BLOCK) * LINE // 4)


Corner = tuple[Value, Value, Value]


@dataclass(frozen=True)
class Given:
    """The table of `tiles_function`.

    Tiles: all, of a picture, in a row of it. Rows and columns of results. The pictures, their height and width, and where
    the first window begins there; bytes from a picture to the next, and from a row to the next; sixteens of channels. The
    turned filters, and sixteens of them. The results, with bytes likewise. Room for twelve turned tiles and for sums.
    """

    tiles: Value
    each: Value
    across: Value
    rows: Value
    columns: Value
    pictures: Value
    height: Value
    width: Value
    top: Value
    left: Value
    next_picture: Value
    next_row: Value
    channels: Value
    filters: Value
    vectors: Value
    result: Value
    next_result: Value
    result_row: Value
    turned: Value
    sums: Value

    def corner(self, code: Code, tile: Value) -> Corner:
        """Picture, first row and first column of a tile's results, of which the last of an odd length has one."""
        b = code.b
        within, two = b.urem(tile, self.each), code.whole(SIDE)
        row, column = b.mul(b.udiv(within, self.across), two), b.mul(b.urem(within, self.across), two)
        return b.udiv(tile, self.each), row, column

    def inner_corner(self, code: Code, tile: Value) -> Corner:
        """The same, but the last of an odd length begins one before: it makes some results again, none beyond the edge."""
        picture, row, column = self.corner(code, tile)
        two = code.whole(SIDE)
        last = (code.b.sub(self.rows, two), code.b.sub(self.columns, two))
        return picture, code.min(row, last[0]), code.min(column, last[1])

    def pixel(self, code: Code) -> Value:
        """Bytes of the results of one window."""
        return code.b.mul(self.vectors, code.whole(4 * WIDTH))

    def result_at(self, code: Code, corner: Corner) -> Value:
        """Where a tile's results begin."""
        b = code.b
        picture, row, column = corner
        line = b.add(b.add(self.result, b.mul(picture, self.next_result)), b.mul(row, self.result_row))
        return b.add(line, b.mul(column, self.pixel(code)))


@dataclass(frozen=True)
class Layout:
    """Of turned tiles, whose first sixteen channels lie behind one another: bytes to the next place and sixteen."""

    place: Value
    block: Value


def tiles_function(module: Any, name: str) -> None:
    """Add the function that convolves a piece; the table: see `Given`."""
    code = Code(module, name)
    b = code.b
    g = Given(*(code.argument(k) for k in range(len(fields(Given)))))
    block = code.whole(GROUP_CHANNELS_BYTES)
    layout = Layout(b.add(b.mul(g.channels, block), code.whole(LINE)), block)
    products, zeros = _Products(code, g, layout.place), code.room()
    with code.stretches(code.whole(0), g.tiles, code.whole(GROUP)) as (first, last):
        with code.loop(first, last) as tile:
            target = b.add(g.turned, b.mul(b.sub(tile, first), code.whole(4 * WIDTH)))
            turn_tile(code, g, g.inner_corner(code, tile), (target, layout), zeros)
        with code.stretches(code.whole(0), g.vectors, code.whole(VECTORS)) as (vector, end):
            both = b.icmp_signed("==", b.sub(end, vector), code.whole(VECTORS))
            with b.if_else(both) as (two, one):
                with two:
                    products.write(vector, (first, last), VECTORS)
                with one:
                    products.write(vector, (first, last), 1)
    code.finish()


def turn_tile(code: Code, g: Given, corner: Corner, to: tuple[Value, Layout], zeros: Value) -> None:
    """Of all channels; outside the picture there are zeros, sixteen of which are given."""
    b = code.b
    picture, row, column = corner
    target, layout = to
    row, column = b.add(row, g.top), b.add(column, g.left)
    pixel = b.mul(g.channels, code.whole(4 * WIDTH))
    source = b.add(
        b.add(g.pictures, b.mul(picture, g.next_picture)),
        b.add(b.mul(row, g.next_row), b.mul(column, pixel)),
    )
    there = [_inside(code, row, g.height), _inside(code, column, g.width)]
    whole = there[0][0]
    for known in (*there[0][1:], *there[1]):
        whole = b.and_(whole, known)
    places = [
        b.add(b.mul(g.next_row, code.whole(y)), b.mul(pixel, code.whole(x)))
        for y in range(TILE)
        for x in range(TILE)
    ]

    def turn(known: Sequence[Value] | None) -> None:
        with code.loop(code.whole(0), g.channels) as block:
            first = b.add(source, b.mul(block, code.whole(4 * WIDTH)))
            addresses = [b.add(first, place) for place in places]
            if known is not None:
                addresses = [b.select(k, a, zeros) for k, a in zip(known, addresses, strict=True)]
            seen = [code.vector(a) for a in addresses]
            at = b.add(target, b.mul(block, layout.block))
            for k, value in enumerate(square(seen, TILE, lambda four: _turned_line(code, four))):
                code.put(value, b.add(at, b.mul(layout.place, code.whole(k))))

    with b.if_else(whole) as (inner, edge):
        with inner:
            turn(None)
        with edge:
            turn([b.and_(y, x) for y in there[0] for x in there[1]])


def _inside(code: Code, first: Value, length: Value) -> list[Value]:
    """Whether each of four numbers from `first` on lies in the picture."""
    b = code.b
    numbers = [b.add(first, code.whole(k)) for k in range(TILE)]
    return [b.icmp_unsigned("<", n, length) for n in numbers]  # those before it are huge


def square(values: Sequence[Value], columns: int, line: Any) -> list[Value]:
    """`line` of each column of a matrix, then of each row of what came out."""
    turned = list(zip(*[line(values[k::columns]) for k in range(columns)], strict=True))
    return [value for row in turned for value in line(row)]


def _turned_line(code: Code, d: Sequence[Value]) -> list[Value]:
    b = code.b
    return [b.fsub(d[0], d[2]), b.fadd(d[1], d[2]), b.fsub(d[2], d[1]), b.fsub(d[1], d[3])]


def _result_line(code: Code, m: Sequence[Value]) -> list[Value]:
    b = code.b
    return [b.fadd(b.fadd(m[0], m[1]), m[2]), b.fsub(b.fsub(m[1], m[2]), m[3])]


def _filter_line(code: Code, f: Sequence[Value]) -> list[Value]:
    b = code.b
    half = ir.Constant(VECTOR, [0.5] * WIDTH)
    both, middle = b.fmul(b.fadd(f[0], f[2]), half), b.fmul(f[1], half)
    return [f[0], b.fadd(both, middle), b.fsub(both, middle), f[2]]


class _Products:
    """Writes the products of a group with a block of filters, and their results."""

    def __init__(self, code: Code, given: Given, place_bytes: Value) -> None:
        self.code = code
        self.g = given
        self.place_bytes = place_bytes

    def write(self, vector: Value, tiles: tuple[Value, Value], vectors: int) -> None:
        """Of at most twelve tiles with one or two vectors of filters.

        Where there are fewer tiles, what lies in the places of the missing ones is multiplied, too, and nobody reads it.
        """
        code, b, g = self.code, self.code.b, self.g
        channels = b.mul(g.channels, code.whole(WIDTH))
        full_place = b.add(b.mul(channels, code.whole(4 * BLOCK)), code.whole(LINE))
        blocks = b.udiv(vector, code.whole(VECTORS))
        right = b.add(g.filters, b.mul(blocks, b.mul(full_place, code.whole(PLACES))))
        step = b.add(b.mul(channels, code.whole(4 * WIDTH * vectors)), code.whole(LINE))
        count = b.sub(tiles[1], tiles[0])
        with code.loop(code.whole(0), code.whole(PLACES)) as place:
            seen = b.add(g.turned, b.mul(place, self.place_bytes))
            weights = b.add(right, b.mul(place, step))
            target = b.add(g.sums, b.mul(place, code.whole(4 * GROUP * BLOCK)))
            with b.if_else(b.icmp_signed(">", count, code.whole(GROUP - FEW))) as (full, few):
                with full:
                    self._place(seen, weights, target, GROUP, vectors)
                with few, code.stretches(code.whole(0), count, code.whole(FEW)) as (tile, _):
                    moved = b.add(seen, b.mul(tile, code.whole(4 * WIDTH)))
                    below = b.add(target, b.mul(tile, code.whole(4 * BLOCK)))
                    self._place(moved, weights, below, FEW, vectors)
        self._turn_back(vector, tiles, vectors)

    def _turn_back(self, vector: Value, tiles: tuple[Value, Value], vectors: int) -> None:
        code, b, g = self.code, self.code.b, self.g
        with code.loop(*tiles) as tile:
            corner = g.inner_corner(code, tile)
            target = b.add(g.result_at(code, corner), b.mul(vector, code.whole(4 * WIDTH)))
            sums = b.add(g.sums, b.mul(b.sub(tile, tiles[0]), code.whole(4 * BLOCK)))
            for v in range(vectors):
                further = code.whole(4 * WIDTH * v)
                self._results(b.add(sums, further), b.add(target, further), g.pixel(code))

    def _place(self, left: Value, right: Value, target: Value, tiles: int, vectors: int) -> None:
        """The products of so many tiles at one place, summed over the channels."""
        code, b = self.code, self.code.b
        zero = ir.Constant(VECTOR, [0.0] * WIDTH)
        row = 4 * WIDTH * vectors  # of filters
        with code.rounds(code.whole(0), self.g.channels, [zero] * (tiles * vectors)) as (block, outer):
            seen = b.add(left, b.mul(block, code.whole(GROUP_CHANNELS_BYTES)))
            weights = b.add(right, b.mul(block, code.whole(WIDTH * row)))
            with code.rounds(code.whole(0), code.whole(WIDTH), outer, UNROLLED) as (k, inner):
                number, filters = b.add(seen, code.bytes(k)), b.add(weights, b.mul(k, code.whole(row)))
                for j in range(UNROLLED):
                    factors = [
                        code.vector(b.add(filters, code.whole(row * j + 4 * WIDTH * v)))
                        for v in range(vectors)
                    ]
                    for t in range(tiles):
                        one = code.splat(code.single(b.add(number, code.whole(4 * (WIDTH * t + j)))))
                        for v, factor in enumerate(factors):
                            product = b.fmul(one, factor, flags=FUSED)
                            inner[t * vectors + v] = b.fadd(inner[t * vectors + v], product, flags=FUSED)
            outer[:] = inner
        for k, value in enumerate(outer):
            t, v = divmod(k, vectors)
            code.put(value, b.add(target, code.whole(4 * (t * BLOCK + v * WIDTH))))

    def _results(self, sums: Value, target: Value, pixel: Value) -> None:
        """Four results of a tile, of sixteen filters."""
        code, b = self.code, self.code.b
        found = [code.vector(b.add(sums, code.whole(4 * GROUP * BLOCK * place))) for place in range(PLACES)]
        results = square(found, TILE, lambda four: _result_line(code, four))
        for k, value in enumerate(results):
            y, x = divmod(k, SIDE)
            line = b.add(target, b.mul(self.g.result_row, code.whole(y)))
            code.put(value, b.add(line, b.mul(pixel, code.whole(x))))


def filters_function(module: Any, name: str) -> None:
    """Add the function that turns filters; a task does one channel.

    Its table: filters (3, 3, channels, filters), channels, sixteens of filters, where they go.
    """
    code = Code(module, name)
    b = code.b
    source, channels, vectors, target = (code.argument(k) for k in range(4))
    row = b.mul(vectors, code.whole(4 * WIDTH))
    tap = b.mul(row, channels)
    whole = b.add(b.mul(channels, code.whole(4 * BLOCK)), code.whole(LINE))
    with code.loop(code.whole(0), vectors) as vector:
        first = b.add(source, b.add(b.mul(code.task, row), b.mul(vector, code.whole(4 * WIDTH))))
        found = [code.vector(b.add(first, b.mul(tap, code.whole(k)))) for k in range(TAPS * TAPS)]
        block = b.udiv(vector, code.whole(VECTORS))
        left = b.sub(vectors, b.mul(block, code.whole(VECTORS)))
        each = b.mul(code.min(left, code.whole(VECTORS)), code.whole(4 * WIDTH))  # bytes of a channel
        step = b.add(b.mul(each, channels), code.whole(LINE))
        at = b.add(b.add(target, b.mul(block, b.mul(whole, code.whole(PLACES)))), b.mul(code.task, each))
        at = b.add(at, b.mul(b.urem(vector, code.whole(VECTORS)), code.whole(4 * WIDTH)))
        for k, value in enumerate(square(found, TAPS, lambda three: _filter_line(code, three))):
            code.put(value, b.add(at, b.mul(step, code.whole(k))))
    code.finish()
