"""Running sums and linear recurrences: a line by one invocation, or in pieces where there are few long lines."""

from __future__ import annotations

from collections.abc import Sequence

from engine.tensor.spec import TensorSpec, normalize_axis
from gl_kernels.indexing import strides_of
from gl_kernels.kernels.reductions import LONGEST
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request

SHORTEST_PIECE = 32
MOST_PIECES = 256


def _lower(request: Request) -> Sequence[Launch]:
    shape = request.outputs[0].spec.shape
    axis = normalize_axis(request.attrs["axis"], len(shape))
    length = shape[axis]
    lines = request.outputs[0].spec.size // max(1, length)
    wanted = -(-request.tuning.parallel // max(1, lines))
    pieces = max(1, min(wanted, length // SHORTEST_PIECE, MOST_PIECES), -(-length // LONGEST))
    chunk = -(-length // pieces)
    pieces = max(1, -(-length // max(1, chunk)))
    options = {
        "LINES": lines,
        "LENGTH": length,
        "STRIDE": strides_of(shape)[axis],
        "CHUNK": chunk,
        "LINEAR": len(request.inputs) > 1,
        "REVERSE": bool(request.attrs["reverse"]),
    }
    if pieces == 1:
        return [_launch(request, options, 1, (), totals=False)]
    sums = tuple(request.scratch(TensorSpec((pieces, lines))) for _ in request.inputs)
    return [_launch(request, options, pieces, sums, totals=v) for v in (True, False)]


def _launch(
    request: Request, options: dict[str, int], pieces: int, sums: Sequence[Operand], *, totals: bool
) -> Launch:
    draft = Draft("scan", {**options, "TOTALS": totals, "CARRY": bool(sums) and not totals})
    for name, operand in zip(("b", "a"), reversed(request.inputs), strict=False):
        draft.reads(name, operand)
    for name, operand in zip(("totals", "factors"), sums, strict=False):
        (draft.writes if totals else draft.reads)(name, operand)
    if not totals:
        draft.writes("y", request.outputs[0])
    return draft.threads(options["LINES"] * pieces, request.tuning)


cumsum = Kernel("cumsum", _lower)
linear_recurrence = Kernel("linear_recurrence", _lower)
