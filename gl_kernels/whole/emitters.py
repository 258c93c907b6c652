"""Nodes of a looped step that are more than an expression for each element."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from engine.program.program import Node
from gl_kernels.whole.index import plus, times
from gl_kernels.whole.loops import Loops
from gl_kernels.whole.recurrence import emit_recurrent, emit_recurrent_grad

LOWEST = "uintBitsToFloat(0xff800000u)"


def _softmax(loops: Loops, node: Node) -> None:
    """A lane a row."""
    shape = loops.spec(0).shape
    (source,), (target,) = node.inputs, node.outputs
    with loops.over(math.prod(shape[:-1])) as row:
        first = loops.let("int", f"{row} * {shape[-1]}")
        top, total = loops.out.fresh("f"), loops.out.fresh("f")
        loops.out.line(f"float {top} = {LOWEST}, {total} = 0.0;")
        each = [("0", str(shape[-1]))]
        with loops.looping(each, [shape[-1]]) as (k,):
            loops.out.line(f"{top} = max({top}, {loops.load(source, plus(first, k))});")
        with loops.looping(each, [shape[-1]]) as (k,):
            loops.out.line(f"{total} += exp({loops.load(source, plus(first, k))} - {top});")
        factor = "log" if node.op.name == "log_softmax" else "1.0 / "
        last = loops.let("float", f"{factor}({total})")
        with loops.looping(each, [shape[-1]]) as (k,):
            shifted = f"({loops.load(source, plus(first, k))} - {top})"
            text = f"{shifted} - {last}" if node.op.name == "log_softmax" else f"exp({shifted}) * {last}"
            loops.store(target, plus(first, k), [text])


def _scatter_add_rows(loops: Loops, node: Node) -> None:
    """A lane a column: it adds up its numbers in their order."""
    index, update = node.inputs
    (target,) = node.outputs
    rows, count = node.attrs["rows"], loops.spec(0).size
    width = loops.spec(-1).size // rows
    with loops.over(rows * width) as e:
        loops.store(target, e, ["0.0"])
    loops.sync()
    with loops.over(width) as column, loops.looping([("0", str(count))], [count]) as (k,):
        number = loops.let("int", f"max(min({loops.load(index, k)}, {rows - 1}), 0)")
        place = loops.cell(target, plus(times(number, width), column), write=True)
        loops.out.line(f"{place} += {loops.load(update, plus(times(k, width), column))};")


EMITTERS: Mapping[str, Callable[[Loops, Node], None]] = {
    "softmax": _softmax,
    "log_softmax": _softmax,
    "scatter_add_rows": _scatter_add_rows,
    "recurrent": emit_recurrent,
    "recurrent_grad": emit_recurrent_grad,
}
