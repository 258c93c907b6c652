"""Rows of a table by number, and their sum back into a table: in the order of the numbers, so always the same sum."""

from __future__ import annotations

from collections.abc import Sequence

from engine.tensor.spec import DType, TensorSpec
from gl_kernels.bodies import literal
from gl_kernels.kernels.movement import load
from gl_kernels.kernels.reductions import LONGEST
from gl_kernels.kernels.registry import Kernel
from gl_kernels.kernels.sorting import Order, ordered
from gl_kernels.launch import Draft, Launch, Operand, Request
from gl_kernels.sizes import Size

BLOCK = 1024  # numbers whose gradients are added up together, where there are many
_WIDE = {"float": "vec4", "int": "ivec4", "uint": "uint"}  # four bytes are one word already


def _lower_take(request: Request) -> Sequence[Launch]:
    table, index = request.inputs
    output = request.outputs[0]
    rows = table.spec.shape[0]
    inner = table.spec.size // rows
    quads = inner > 0 and inner % 4 == 0
    draft = Draft("take_rows", {"ROWS": Size(rows), "INNER": inner // 4 if quads else inner})
    draft.fetches("table", table, _WIDE[table.scalar] if quads else None)
    draft.fetches("numbers", index)
    draft.writes("y", output, _WIDE[output.scalar] if quads else None)
    if not quads:
        element = load("table", table, "i")
    elif table.spec.dtype is DType.UINT8:
        element = "((uvec4(load_table(i)) >> uvec4(0u, 8u, 16u, 24u)) & 255u)"
    else:
        element = "load_table(i)"
    kind = _WIDE[output.scalar] if quads else output.scalar
    scale = f" * {literal(request.attrs['scale'])}" if output.scalar == "float" else ""
    draft.sections["ELEMENT"] = f"{kind}({element}){scale}"
    size = output.spec.size
    return [draft.threads(size // 4 if quads else size, request.tuning)]


def _lower_scatter(request: Request) -> Sequence[Launch]:
    index = request.inputs[0]
    output, rows = request.outputs[0], request.attrs["rows"]
    count = index.spec.size
    inner = output.spec.size // rows
    keys = request.scratch(TensorSpec((count,), DType.INT32))
    clear = Draft("map", sections={"ELEMENT": "y[e] = 0.0;"})
    clear.writes("y", output)
    number = Draft("map", sections={"ELEMENT": f"keys[e] = uint(clamp(numbers[e], 0, {rows - 1}));"})
    number.reads("numbers", index)
    number.writes("keys", keys, "uint")
    order = ordered(keys, 1, count, (rows - 1).bit_length(), request)
    tuning = request.tuning
    return [
        clear.threads(output.spec.size, tuning),
        number.threads(count, tuning),
        *order.launches,
        *_sums(order, inner, request),
    ]


def _sums(order: Order, inner: int, request: Request) -> list[Launch]:
    """The launches that add up gradients of the same row."""
    count = request.inputs[0].spec.size
    if count <= LONGEST:
        return [_sum(order, {"COUNT": Size(count), "INNER": inner, "BLOCK": LONGEST}, request, None)]
    parts = request.scratch(TensorSpec((count, inner)))
    options = {"COUNT": Size(count), "INNER": inner, "BLOCK": BLOCK}
    return [_sum(order, {**options, name: True}, request, parts) for name in ("PARTS", "WHOLE")]


def _sum(order: Order, options: dict[str, int], request: Request, parts: Operand | None) -> Launch:
    draft = Draft("scatter_sums", {"PARTS": False, "WHOLE": False, **options})
    draft.reads("sorted", order.keys, "uint")
    if not options.get("WHOLE"):
        draft.reads("items", order.items)
        draft.reads("grad", request.inputs[1])
    if parts is not None:
        (draft.writes if options.get("PARTS") else draft.reads)("parts", parts)
    if not options.get("PARTS"):
        draft.writes("y", request.outputs[0])
    return draft.threads(options["COUNT"] * options["INNER"], request.tuning)


take_rows = Kernel("take_rows", _lower_take)
scatter_add_rows = Kernel("scatter_add_rows", _lower_scatter)
