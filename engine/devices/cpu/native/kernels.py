"""Functions of machine code that are the same for every program: copies, sums, gathered rows, matrix products.

`copy`: lengths of four dimensions, elements in a row, source, target, then five strides of each in bytes, the row's last.
A task is one index of the first dimension.
`sum_leading`: rows, columns, rows of a task, source, target (tasks, columns).
`sum_trailing`: rows, columns, rows of a task, source, target.
`take`: rows, elements in a row, rows of a task, table, numbers (int32), target, rows of the table.
`product`: function, transposed a, transposed b, m, n, k, a, a's row, b, b's row, c, c's row, bits of beta, tile's
height and width, tiles in a row. Row lengths in elements.
`feed`: address of the step's number, source (steps, numbers), numbers of four bytes each, target.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from engine.devices.cpu.native.code import Code
from engine.devices.cpu.native.vectors import FLOAT, I32, I64, VECTOR, WIDTH, Value

COPY_RANK = 4
COLUMNS = 4 * WIDTH  # of a sum that stay in registers
ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112


def copy_function(module: Any, name: str) -> None:
    """Add `copy` to a module."""
    code = Code(module, name)
    b = code.b
    lengths = [code.argument(k) for k in range(COPY_RANK)]
    row = code.argument(COPY_RANK)
    base = COPY_RANK + 1
    source, target = code.argument(base), code.argument(base + 1)
    froms = [code.argument(base + 2 + k) for k in range(COPY_RANK + 1)]
    tos = [code.argument(base + 3 + COPY_RANK + k) for k in range(COPY_RANK + 1)]
    source = b.add(source, b.mul(code.task, froms[0]))
    target = b.add(target, b.mul(code.task, tos[0]))
    four = code.whole(4)
    dense = b.icmp_signed("==", tos[-1], four)
    moved = b.and_(dense, b.icmp_signed("==", froms[-1], four))
    filled = b.and_(dense, b.icmp_signed("==", froms[-1], code.whole(0)))

    def rows(k: int, source: Value, target: Value) -> None:
        if k < COPY_RANK:
            with code.loop(code.whole(0), lengths[k]) as i:
                rows(k + 1, b.add(source, b.mul(i, froms[k])), b.add(target, b.mul(i, tos[k])))
            return
        with b.if_else(moved) as (then, other):
            with then:
                code.move(source, target, row)
            with other, b.if_else(filled) as (fill, strided):
                with fill:
                    number = code.single(source)
                    with code.loop(code.whole(0), row, WIDTH) as j:
                        code.put(code.splat(number), b.add(target, code.bytes(j)))
                    with code.loop(b.and_(row, code.whole(-WIDTH)), row) as j:
                        code.put_single(number, b.add(target, code.bytes(j)))
                with strided, code.loop(code.whole(0), row) as j:
                    code.put_single(
                        code.single(b.add(source, b.mul(j, froms[-1]))), b.add(target, b.mul(j, tos[-1]))
                    )

    rows(1, source, target)
    code.finish()


def sum_leading_function(module: Any, name: str) -> None:
    """Add `sum_leading` to a module."""
    code = Code(module, name)
    b = code.b
    total, columns, each, source, target = (code.argument(k) for k in range(5))
    start, stop = code.share(total, each)
    target = b.add(target, b.mul(code.task, code.bytes(columns)))
    stride = code.bytes(columns)
    first = b.add(source, b.mul(start, stride))
    zero = ir.Constant(VECTOR, [0.0] * WIDTH)

    def stretch(column: Value, vectors: int) -> None:
        place = b.add(first, code.bytes(column))
        with code.rounds(start, stop, [zero] * vectors) as (row, sums):
            line = b.add(place, b.mul(b.sub(row, start), stride))
            sums[:] = [
                b.fadd(s, code.vector(b.add(line, code.whole(4 * WIDTH * k)))) for k, s in enumerate(sums)
            ]
        for k, value in enumerate(sums):
            code.put(value, b.add(target, b.add(code.bytes(column), code.whole(4 * WIDTH * k))))

    with code.loop(code.whole(0), columns, COLUMNS) as column:
        stretch(column, COLUMNS // WIDTH)
    with code.loop(b.and_(columns, code.whole(-COLUMNS)), columns, WIDTH) as column:
        stretch(column, 1)
    with code.loop(b.and_(columns, code.whole(-WIDTH)), columns) as column:
        place = b.add(first, code.bytes(column))
        with code.rounds(start, stop, [ir.Constant(FLOAT, 0.0)]) as (row, sums):
            sums[0] = b.fadd(sums[0], code.single(b.add(place, b.mul(b.sub(row, start), stride))))
        code.put_single(sums[0], b.add(target, code.bytes(column)))
    code.finish()


def sum_trailing_function(module: Any, name: str) -> None:
    """Add `sum_trailing` to a module."""
    code = Code(module, name)
    b = code.b
    total, columns, each, source, target = (code.argument(k) for k in range(5))
    start, stop = code.share(total, each)
    blocks = b.ashr(columns, code.whole(WIDTH.bit_length() - 1))
    with code.loop(start, stop) as row:
        line = b.add(source, b.mul(row, code.bytes(columns)))
        with code.rounds(code.whole(0), blocks, [ir.Constant(VECTOR, [0.0] * WIDTH)]) as (block, sums):
            sums[0] = b.fadd(sums[0], code.vector(b.add(line, b.mul(block, code.whole(4 * WIDTH)))))
        across = sums[0]
        for half in (8, 4, 2, 1):
            order = [(k + half) % WIDTH for k in range(WIDTH)]
            turned = b.shuffle_vector(across, across, ir.Constant(ir.VectorType(I32, WIDTH), order))
            across = b.fadd(across, turned)
        first = b.extract_element(across, ir.Constant(I32, 0))
        rest = b.and_(columns, code.whole(-WIDTH))
        with code.rounds(rest, columns, [first]) as (column, sums):
            sums[0] = b.fadd(sums[0], code.single(b.add(line, code.bytes(column))))
        code.put_single(sums[0], b.add(target, code.bytes(row)))
    code.finish()


def take_function(module: Any, name: str) -> None:
    """Add `take` to a module."""
    code = Code(module, name)
    b = code.b
    total, length, each, table, numbers, target, count = (code.argument(k) for k in range(7))
    start, stop = code.share(total, each)
    with code.loop(start, stop) as row:
        number = b.sext(b.load(code.at(b.add(numbers, b.shl(row, code.whole(2))), I32)), I64)
        number = code.max(code.min(number, b.sub(count, code.whole(1))), code.whole(0))
        size = code.bytes(length)
        code.move(b.add(table, b.mul(number, size)), b.add(target, b.mul(row, size)), length)
    code.finish()


def blas_product_function(module: Any, name: str) -> None:
    """Add `product` to a module: a part of a product by BLAS."""
    code = Code(module, name)
    b = code.b
    names = ("function", "ta", "tb", "m", "n", "k", "a", "lda", "b", "ldb", "c", "ldc", "beta")
    given = {name: code.argument(k) for k, name in enumerate(names)}
    high, wide, across = (code.argument(len(names) + k) for k in range(3))
    row = b.mul(b.udiv(code.task, across), high)
    column = b.mul(b.urem(code.task, across), wide)
    rows, columns = code.min(high, b.sub(given["m"], row)), code.min(wide, b.sub(given["n"], column))
    turned_a = b.icmp_signed("==", given["ta"], code.whole(TRANSPOSED))
    turned_b = b.icmp_signed("==", given["tb"], code.whole(TRANSPOSED))
    skip_a = b.select(turned_a, row, b.mul(row, given["lda"]))
    skip_b = b.select(turned_b, b.mul(column, given["ldb"]), column)
    skip_c = b.add(b.mul(row, given["ldc"]), column)
    arguments = [
        ir.Constant(I32, ROW_MAJOR),
        b.trunc(given["ta"], I32),
        b.trunc(given["tb"], I32),
        rows,
        columns,
        given["k"],
        ir.Constant(FLOAT, 1.0),
        b.add(given["a"], code.bytes(skip_a)),
        given["lda"],
        b.add(given["b"], code.bytes(skip_b)),
        given["ldb"],
        b.bitcast(b.trunc(given["beta"], I32), FLOAT),
        b.add(given["c"], code.bytes(skip_c)),
        given["ldc"],
    ]
    kind = ir.FunctionType(ir.VoidType(), [a.type for a in arguments])
    b.call(b.inttoptr(given["function"], kind.as_pointer()), arguments)
    code.finish()


def feed_function(module: Any, name: str) -> None:
    """Add `feed` to a module."""
    code = Code(module, name)
    b = code.b
    step, source, numbers, target = (code.argument(k) for k in range(4))
    number = b.load(code.at(step, I64))
    code.move(b.add(source, b.mul(number, code.bytes(numbers))), target, numbers)
    code.finish()
