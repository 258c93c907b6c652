"""Order: short lines by counting what is before each key, long ones by a stable radix sort of four bits a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.tensor.spec import DType, TensorSpec
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request

RANKED = 1024  # keys of a line up to which all pairs may be compared
# comparisons for each invocation that keeps the device busy, up to which that is the faster way
PAIRS = 16384
DIGIT = 4  # bits of a pass
STRETCH = 64  # keys that one invocation handles, at least
MOST_WORKERS = 256  # of a line

# Keys that compare as numbers do: zero has one, NaN the largest in either direction.
_KEY = """
    float value = x[e];
    uint bits = value == 0.0 ? 0u : floatBitsToUint(value);
    uint key = (bits & 0x80000000u) != 0u ? ~bits : bits | 0x80000000u;
    if ({descending}) key = ~key;
    keys[e] = (bits & 0x7fffffffu) > 0x7f800000u ? 0xffffffffu : key;
"""


@dataclass
class Order:
    """Lines of keys in order: the keys (uint), where each was in its line (int), and the launches that make them."""

    keys: Operand
    items: Operand
    launches: list[Launch] = field(default_factory=list)


def ordered(keys: Operand, lines: int, length: int, bits: int, request: Request) -> Order:
    """Sort `lines` x `length` uint keys of which the lowest `bits` count; `keys` may be overwritten."""
    spec = TensorSpec((lines * length,), DType.INT32)
    result = Order(request.scratch(spec), request.scratch(spec))
    if length <= RANKED and lines * length * length <= PAIRS * request.tuning.parallel:
        draft = Draft("rank", {"LENGTH": length})
        draft.reads("keys", keys, "uint")
        draft.writes("sorted", result.keys, "uint")
        draft.writes("items", result.items)
        result.launches.append(draft.threads(lines * length, request.tuning))
        return result
    return _radix(keys, result, (lines, length), bits, request)


def _radix(keys: Operand, result: Order, extent: tuple[int, int], bits: int, request: Request) -> Order:
    lines, length = extent
    workers = max(1, min(MOST_WORKERS, length // STRETCH))
    stretch = -(-length // workers)
    counts = request.scratch(TensorSpec((lines * 16 * workers,), DType.INT32))
    totals = request.scratch(TensorSpec((lines * 16,), DType.INT32))
    other = request.scratch(result.items.spec)
    options = {"WORKERS": workers, "STRETCH": stretch, "LENGTH": length}
    source, before = keys, other
    for shift in range(0, bits, DIGIT):
        target, items = result.keys, result.items
        if source is result.keys:
            target, items = keys, other
        count = Draft("radix_count", {**options, "SHIFT": shift})
        count.reads("keys", source, "uint")
        count.writes("counts", counts)
        prefix = Draft("radix_prefix", {"WORKERS": workers})
        prefix.updates("counts", counts)
        prefix.writes("totals", totals)
        move = Draft("radix_move", {**options, "SHIFT": shift, "FIRST": shift == 0})
        move.reads("keys", source, "uint")
        move.reads("counts", counts)
        move.reads("totals", totals)
        if shift:
            move.reads("before", before)
        move.writes("sorted", target, "uint")
        move.writes("items", items)
        tuning = request.tuning
        result.launches += [
            count.threads(lines * workers, tuning),
            prefix.threads(lines * 16, tuning),
            move.threads(lines * workers, tuning),
        ]
        source, before = target, items
    result.keys, result.items = source, before
    return result


def _lower(request: Request) -> Sequence[Launch]:
    x, (values, places) = request.inputs[0], request.outputs
    length = x.spec.shape[-1]
    keys = request.scratch(TensorSpec((x.spec.size,), DType.INT32))
    descending = "true" if request.attrs["descending"] else "false"
    first = Draft("map", sections={"ELEMENT": _KEY.format(descending=descending)})
    first.reads("x", x)
    first.writes("keys", keys, "uint")
    order = ordered(keys, x.spec.size // max(1, length), length, 32, request)
    code = f"y[e] = x[e - e % {length}u + uint(items[e])]; places[e] = items[e];"
    last = Draft("map", sections={"ELEMENT": code})
    last.reads("x", x)
    last.reads("items", order.items)
    last.writes("y", values)
    last.writes("places", places)
    tuning = request.tuning
    return [first.threads(x.spec.size, tuning), *order.launches, last.threads(x.spec.size, tuning)]


sort = Kernel("sort", _lower)
