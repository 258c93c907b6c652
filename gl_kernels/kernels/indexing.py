"""Element numbers from positions, rows put into a table, and dimensions turned round."""

from __future__ import annotations

from collections.abc import Sequence

from engine.tensor.spec import DType, TensorSpec, normalize_axis
from gl_kernels.indexing import strides_of
from gl_kernels.kernels.movement import coordinates, element_map, load
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request


def _lower_along(request: Request) -> Sequence[Launch]:
    length, last = request.attrs["length"], request.inputs[0].spec.shape[-1]
    return [element_map(request, f"y[e] = clamp(load_x0(e), 0, {length - 1}) + int(e / {last}u) * {length};")]


def _lower_nd(request: Request) -> Sequence[Launch]:
    lengths = request.attrs["lengths"]
    lines = ["int number = 0;"]
    for i, n in enumerate(lengths):
        lines.append(f"number = number * {n} + clamp(load_x0(e * {len(lengths)}u + {i}u), 0, {n - 1});")
    return [element_map(request, "\n    ".join([*lines, "y[e] = number;"]))]


def _lower_set(request: Request) -> Sequence[Launch]:
    """The last index of each row number wins: the largest, whatever the order in which invocations run."""
    table, index, rows = request.inputs
    count = table.spec.shape[0]
    inner = table.spec.size // count
    winner = request.scratch(TensorSpec((count,), DType.INT32))
    clear = Draft("map", sections={"ELEMENT": "winner[e] = -1;"})
    clear.writes("winner", winner)
    choose = Draft(
        "map", sections={"ELEMENT": f"atomicMax(winner[clamp(numbers[e], 0, {count - 1})], int(e));"}
    )
    choose.reads("numbers", index)
    choose.updates("winner", winner)
    code = f"int i = winner[e / {inner}u]; y[e] = i < 0 ? table[e] : rows[uint(i) * {inner}u + e % {inner}u];"
    put = Draft("map", sections={"ELEMENT": code})
    put.reads("winner", winner)
    put.reads("table", table)
    put.reads("rows", rows)
    put.writes("y", request.outputs[0])
    tuning = request.tuning
    return [
        clear.threads(count, tuning),
        choose.threads(index.spec.size, tuning),
        put.threads(table.spec.size, tuning),
    ]


def _lower_flip(request: Request) -> Sequence[Launch]:
    source = request.inputs[0]
    shape = source.spec.shape
    axes = {normalize_axis(a, len(shape)) for a in request.attrs["axes"]}
    terms = [
        f"({n - 1}u - ({c})) * {s}u" if i in axes else f"({c}) * {s}u"
        for i, (n, c, s) in enumerate(zip(shape, coordinates(shape), strides_of(shape), strict=True))
    ]
    return [element_map(request, f"y[e] = {load('x0', source, ' + '.join(terms) or '0u')};")]


number_along = Kernel("number_along", _lower_along)
number_nd = Kernel("number_nd", _lower_nd)
scatter_set_rows = Kernel("scatter_set_rows", _lower_set)
flip = Kernel("flip", _lower_flip)
