"""The gradient of the filters of a convolution by tiles: what `winograd` does with filters, turned round.

The 16 numbers that a tile is turned into, times 16 that its slopes are turned into, summed over all tiles, are the gradient
of the 16 numbers that a filter is turned into. The sums are matrix products, too, over tiles in place of channels; they
stay in memory while tiles pass by, and are turned back once at the end. What is no number makes none of the nine numbers of
its channel, or its filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import FUSED, VECTOR, WIDTH, Value
from engine.devices.cpu.native.winograd import (
    BLOCK,
    LINE,
    PLACES,
    SIDE,
    TILE,
    UNROLLED,
    VECTORS,
    Corner,
    Given,
    Layout,
    square,
    turn_tile,
)

SUMS = 16  # registers: of eight channels with two vectors of filters each, or of sixteen with one


def tiles_numbers(channels: int, tiles: int) -> int:
    """Of so many turned tiles."""
    return PLACES * (channels * tiles + LINE // 4)


def slopes_numbers(filters: int, tiles: int) -> int:
    """Of so many tiles' turned slopes."""
    return PLACES * (-(-filters // BLOCK) * BLOCK * tiles + LINE // 4)


def sums_numbers(channels: int, filters: int) -> int:
    """Of the gradient of turned filters."""
    return PLACES * (channels * filters + LINE // 4)


def gradient_function(module: Any, name: str) -> None:
    """Add the function that adds what a piece gives to the sums.

    Its table is that of `Given`, with slopes in place of results, sums in place of filters, and room for turned slopes in
    place of sums; behind it the tiles there is room for.
    """
    code = Code(module, name)
    b = code.b
    words = len(fields(Given))
    g = Given(*(code.argument(k) for k in range(words)))
    together = code.argument(words)
    block, panel = b.mul(together, code.whole(4 * WIDTH)), b.mul(together, code.whole(4 * BLOCK))
    tiles = Layout(b.add(b.mul(g.channels, block), code.whole(LINE)), block)
    panels = b.udiv(b.add(g.vectors, code.whole(VECTORS - 1)), code.whole(VECTORS))
    slopes = Layout(b.add(b.mul(panels, panel), code.whole(LINE)), panel)
    zeros = code.room()
    with code.stretches(code.whole(0), g.tiles, together) as (first, last):
        with code.loop(first, last) as tile:
            number, corner = b.sub(tile, first), g.corner(code, tile)
            seen = b.add(g.turned, b.mul(number, code.whole(4 * WIDTH)))
            turn_tile(code, g, corner, (seen, tiles), zeros)
            _turn_slopes(
                code, g, corner, (b.add(g.sums, b.mul(number, code.whole(4 * BLOCK))), slopes), zeros
            )
        with code.loop(code.whole(0), code.whole(PLACES)) as place:
            left, right = b.mul(place, tiles.place), b.mul(place, slopes.place)
            _add_products(
                code,
                g,
                place,
                (b.add(g.turned, left), tiles),
                (b.add(g.sums, right), slopes),
                b.sub(last, first),
            )
    code.finish()


def _turn_slopes(code: Code, g: Given, corner: Corner, to: tuple[Value, Layout], zeros: Value) -> None:
    """Of all filters; beyond the edge there are zeros."""
    b = code.b
    _, row, column = corner
    target, layout = to
    source, right, below = g.result_at(code, corner), g.pixel(code), g.result_row
    more_rows = b.icmp_signed("<", b.add(row, code.whole(1)), g.rows)
    more_columns = b.icmp_signed("<", b.add(column, code.whole(1)), g.columns)
    known = [None, more_columns, more_rows, b.and_(more_rows, more_columns)]
    distances = [code.whole(0), right, below, b.add(right, below)]
    with code.loop(code.whole(0), g.vectors) as vector:
        first = b.add(source, b.mul(vector, code.whole(4 * WIDTH)))
        places = [b.add(first, d) for d in distances]
        there = [p if k is None else b.select(k, p, zeros) for k, p in zip(known, places, strict=True)]
        values = square([code.vector(p) for p in there], SIDE, lambda two: _slope_line(code, two))
        at = b.add(target, b.mul(b.udiv(vector, code.whole(VECTORS)), layout.block))
        at = b.add(at, b.mul(b.urem(vector, code.whole(VECTORS)), code.whole(4 * WIDTH)))
        for k, value in enumerate(values):
            code.put(value, b.add(at, b.mul(layout.place, code.whole(k))))


def _slope_line(code: Code, y: Sequence[Value]) -> list[Value]:
    b = code.b
    return [y[0], b.fadd(y[0], y[1]), b.fsub(y[0], y[1]), b.fneg(y[1])]


def _add_products(
    code: Code, g: Given, place: Value, left: tuple[Value, Layout], right: tuple[Value, Layout], count: Value
) -> None:
    """At one place, of so many tiles."""
    b = code.b
    row = g.pixel(code)  # of sums: as many filters
    channels = b.mul(g.channels, code.whole(WIDTH))
    sums = b.add(g.filters, b.mul(place, b.add(b.mul(channels, row), code.whole(LINE))))

    def stretch(vector: Value, vectors: int) -> None:
        panel = b.add(right[0], b.mul(b.udiv(vector, code.whole(VECTORS)), right[1].block))
        rows = SUMS // vectors
        with code.loop(code.whole(0), channels, rows) as channel:
            block, rest = b.udiv(channel, code.whole(WIDTH)), b.urem(channel, code.whole(WIDTH))
            strip = b.add(b.add(left[0], b.mul(block, left[1].block)), code.bytes(rest))
            first = b.add(b.add(sums, b.mul(channel, row)), b.mul(vector, code.whole(4 * WIDTH)))
            places = [
                b.add(b.add(first, b.mul(row, code.whole(k))), code.whole(4 * WIDTH * v))
                for k in range(rows)
                for v in range(vectors)
            ]
            found = _added(code, strip, panel, count, ([code.vector(p) for p in places], vectors))
            for value, p in zip(found, places, strict=True):
                code.put(value, p)

    with code.stretches(code.whole(0), g.vectors, code.whole(VECTORS)) as (vector, end):
        both = b.icmp_signed("==", b.sub(end, vector), code.whole(VECTORS))
        with b.if_else(both) as (two, one):
            with two:
                stretch(vector, VECTORS)
            with one:
                stretch(vector, 1)


def _added(code: Code, strip: Value, panel: Value, count: Value, to: tuple[list[Value], int]) -> list[Value]:
    """Sums with the products of so many tiles, of some channels with so many vectors of filters."""
    b = code.b
    sums, vectors = to
    whole = b.and_(count, code.whole(-UNROLLED))
    for start, stop, steps in ((code.whole(0), whole, UNROLLED), (whole, count, 1)):
        with code.rounds(start, stop, sums, steps) as (tile, inner):
            numbers = b.add(strip, b.mul(tile, code.whole(4 * WIDTH)))
            line = b.add(panel, b.mul(tile, code.whole(4 * BLOCK)))
            for j in range(steps):
                factors = [
                    code.vector(b.add(line, code.whole(4 * (BLOCK * j + WIDTH * v)))) for v in range(vectors)
                ]
                for k in range(len(sums) // vectors):
                    one = code.splat(code.single(b.add(numbers, code.whole(4 * (WIDTH * j + k)))))
                    for v, factor in enumerate(factors):
                        product = b.fmul(one, factor, flags=FUSED)
                        inner[k * vectors + v] = b.fadd(inner[k * vectors + v], product, flags=FUSED)
        sums = inner
    return sums


def turn_sums_function(module: Any, name: str) -> None:
    """Add the function that makes the gradient of filters; a task does one channel.

    Its table: sums, channels, sixteens of filters, the gradient (3, 3, channels, filters).
    """
    code = Code(module, name)
    b = code.b
    source, channels, vectors, target = (code.argument(k) for k in range(4))
    row = b.mul(vectors, code.whole(4 * WIDTH))
    tap = b.mul(row, channels)
    place = b.add(tap, code.whole(LINE))
    with code.loop(code.whole(0), vectors) as vector:
        further = b.add(b.mul(code.task, row), b.mul(vector, code.whole(4 * WIDTH)))
        found = [
            code.vector(b.add(b.add(source, further), b.mul(place, code.whole(k)))) for k in range(PLACES)
        ]
        for k, value in enumerate(square(found, TILE, lambda four: _gradient_line(code, four))):
            code.put(value, b.add(b.add(target, further), b.mul(tap, code.whole(k))))
    code.finish()


def _gradient_line(code: Code, u: Sequence[Value]) -> list[Value]:
    b = code.b
    half = ir.Constant(VECTOR, [0.5] * WIDTH)
    both, between = b.fmul(b.fadd(u[1], u[2]), half), b.fmul(b.fsub(u[1], u[2]), half)
    return [b.fadd(u[0], both), between, b.fadd(both, u[3])]
