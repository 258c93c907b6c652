"""Convolution without unfolding: results stay in registers while all they see passes by.

Sixteen or thirty-two filters of twelve neighbouring windows are summed at once. Each number of the picture is read straight
from its place and multiplied with a row of filters; nothing is copied, so that the second-level cache serves the filters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import FUSED, VECTOR, WIDTH, Value

WINDOWS = 12  # summed at once; with two vectors of filters each, 24 of 32 registers
VECTORS = 2
LINES, PICTURES, PARTS = 2, 11, 12  # places in the table of the gradient


@dataclass(frozen=True)
class DirectShape:
    """What the code depends on.

    Attributes:
        run: neighbouring numbers that a window sees along one line: its width times the channels.
        step: numbers from one window to the next.
        filters: of the convolution; a multiple of sixteen.
    """

    run: int
    step: int
    filters: int


def direct_function(module: Any, name: str, shape: DirectShape) -> None:
    """Add the function to a module.

    A task is one picture. The table: see `_Given`.
    """
    code = Code(module, name)
    b = code.b
    given = _Given.of(code, code.task)
    rows, count, lines, line = given.rows, given.count, given.lines, given.line
    picture, filters, result = given.picture, given.filters, given.result
    down, below = given.down, given.below
    block = _block(shape)
    with code.loop(code.whole(0), code.whole(shape.filters), block) as first:
        weights = b.add(filters, code.bytes(first))
        with code.loop(code.whole(0), rows) as row:
            source = b.add(picture, b.mul(row, down))
            target = b.add(b.add(result, b.mul(row, below)), code.bytes(first))

            def stretch(window: Value, together: int, source: Value = source, target: Value = target) -> None:
                seen = b.add(source, b.mul(window, code.whole(4 * shape.step)))
                sums = _sums(code, shape, together, block // WIDTH, (seen, weights, lines, line))
                place = b.add(target, b.mul(window, code.whole(4 * shape.filters)))
                for k, value in enumerate(sums):
                    at, vector = divmod(k, block // WIDTH)
                    code.put(value, b.add(place, code.whole(4 * (at * shape.filters + vector * WIDTH))))

            with code.loop(code.whole(0), count, WINDOWS) as window:
                stretch(window, WINDOWS)
            done = b.mul(b.udiv(count, code.whole(WINDOWS)), code.whole(WINDOWS))
            with code.loop(done, count, 4) as window:
                stretch(window, 4)
            rest = b.add(done, b.and_(b.sub(count, done), code.whole(-4)))
            with code.loop(rest, count) as window:
                stretch(window, 1)
    code.finish()


@dataclass(frozen=True)
class _Given:
    """The table of both functions.

    Rows of windows, windows in a row, lines of a window, picture, filters, result, then in bytes:
    from a row of windows to the next in the picture and in the result, from a line to the next,
    and from a picture to the next and its result.
    """

    rows: Value
    count: Value
    lines: Value
    picture: Value
    filters: Value
    result: Value
    down: Value
    below: Value
    line: Value

    @classmethod
    def of(cls, code: Code, number: Value) -> _Given:
        """With the places of the picture of that number and of its result."""
        b = code.b
        *words, next_picture, next_result = (code.argument(k) for k in range(11))
        words[3] = b.add(words[3], b.mul(number, next_picture))
        words[5] = b.add(words[5], b.mul(number, next_result))
        return cls(*words)


def _block(shape: DirectShape) -> int:
    """Filters that are summed at once."""
    return WIDTH * (VECTORS if shape.filters % (WIDTH * VECTORS) == 0 else 1)


def _sums(
    code: Code, shape: DirectShape, windows: int, vectors: int, places: tuple[Value, Value, Value, Value]
) -> list[Value]:
    """Of so many windows, each `vectors` vectors of filters."""
    b = code.b
    seen, weights, lines, line = places
    zero = ir.Constant(VECTOR, [0.0] * WIDTH)
    width = code.whole(4 * shape.filters * shape.run)
    with code.rounds(code.whole(0), lines, [zero] * (windows * vectors)) as (y, outer):
        left, right = b.add(seen, b.mul(y, line)), b.add(weights, b.mul(y, width))
        with code.rounds(code.whole(0), code.whole(shape.run), outer) as (k, inner):
            number = b.add(left, code.bytes(k))
            row = b.add(right, b.mul(k, code.whole(4 * shape.filters)))
            factors = [code.vector(b.add(row, code.whole(4 * WIDTH * v))) for v in range(vectors)]
            for w in range(windows):
                one = code.splat(code.single(b.add(number, code.whole(4 * shape.step * w))))
                for v, factor in enumerate(factors):
                    product = b.fmul(one, factor, flags=FUSED)
                    inner[w * vectors + v] = b.fadd(inner[w * vectors + v], product, flags=FUSED)
        outer[:] = inner
    return outer


def gradient_function(module: Any, name: str, shape: DirectShape) -> None:
    """Add the function that adds the gradient of the filters to what is there; the result is given, as `_Given` says.

    A filter's numbers for one line of the window are a part of the gradient, and so are those of the filters summed with
    it. A task is a stretch of parts: it adds up all pictures in their order, and writes what no other task touches. Behind
    `_Given`, the table has the pictures and the parts of a task.
    """
    code = Code(module, name)
    b = code.b
    block = _block(shape)
    vectors = block // WIDTH
    zero = ir.Constant(VECTOR, [0.0] * WIDTH)

    def stretch(given: _Given, y: Value, first: Value, start: Value, numbers: int) -> None:
        seen = b.add(b.add(given.picture, b.mul(y, given.line)), code.bytes(start))
        slopes = b.add(given.result, code.bytes(first))
        with code.rounds(code.whole(0), given.rows, [zero] * (numbers * vectors)) as (row, outer):
            left, right = b.add(seen, b.mul(row, given.down)), b.add(slopes, b.mul(row, given.below))
            with code.rounds(code.whole(0), given.count, outer) as (window, inner):
                number = b.add(left, b.mul(window, code.whole(4 * shape.step)))
                slope = b.add(right, b.mul(window, code.whole(4 * shape.filters)))
                factors = [code.vector(b.add(slope, code.whole(4 * WIDTH * v))) for v in range(vectors)]
                for k in range(numbers):
                    one = code.splat(code.single(b.add(number, code.whole(4 * k))))
                    for v, factor in enumerate(factors):
                        product = b.fmul(one, factor, flags=FUSED)
                        inner[k * vectors + v] = b.fadd(inner[k * vectors + v], product, flags=FUSED)
            outer[:] = inner
        line = b.add(b.mul(y, code.whole(shape.run)), start)
        place = b.add(b.add(given.filters, b.mul(line, code.whole(4 * shape.filters))), code.bytes(first))
        for k, value in enumerate(outer):
            at, vector = divmod(k, vectors)
            address = b.add(place, code.whole(4 * (at * shape.filters + vector * WIDTH)))
            code.put(b.fadd(code.vector(address), value), address)

    pictures, each = code.argument(PICTURES), code.argument(PARTS)
    lines, blocks = code.argument(LINES), code.whole(shape.filters // block)
    begin, end = code.share(b.mul(lines, blocks), each)
    whole = shape.run // WINDOWS * WINDOWS
    with code.loop(code.whole(0), pictures) as picture:
        given = _Given.of(code, picture)
        with code.loop(begin, end) as part:
            y, first = b.udiv(part, blocks), b.mul(b.urem(part, blocks), code.whole(block))
            if whole:
                with code.loop(code.whole(0), code.whole(whole), WINDOWS) as start:
                    stretch(given, y, first, start, WINDOWS)
            if shape.run > whole:
                stretch(given, y, first, code.whole(whole), shape.run - whole)
    code.finish()


def gradient_parts(lines: int, shape: DirectShape) -> int:
    """Of the gradient of the filters, which different tasks may do."""
    return lines * (shape.filters // _block(shape))
