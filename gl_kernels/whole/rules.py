"""What each op computes for one element of its result, in terms of elements of its operands.

A rule is given the coordinates of the element, as numbers or as GLSL, and a `Reader`; it returns a GLSL expression. The
reader decides what a sum becomes: straight-line code, a loop, or a share of a sum over the batch that other invocations
add to. An op without a rule here cannot be part of a fused step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Protocol

from engine.ops.op import Op, OpKind
from engine.program.program import Node
from engine.tensor.spec import DType, Shape, TensorSpec, normalize_axis
from gl_kernels.bodies import literal
from gl_kernels.whole.index import (
    At,
    Coords,
    Ix,
    Span,
    broadcast,
    inside,
    plus,
    quotient,
    ravel,
    remainder,
    times,
    unravel,
)

GLSL_KINDS = {DType.FLOAT32: "float", DType.INT32: "int", DType.UINT8: "int"}


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers 0 .. length to fold over: those of a dimension of an operand."""

    length: int
    operand: int
    axis: int


class Reader(Protocol):
    """Where a rule gets numbers from, and where its statements go."""

    def spec(self, operand: int) -> TensorSpec:
        """Of an operand."""
        ...

    def read(self, operand: int, at: Coords) -> str:
        """An element of an operand."""
        ...

    def let(self, kind: str, expression: str) -> str:
        """The name of a new variable."""
        ...

    def fold(self, how: str, ranges: Sequence[Range], term: Callable[[Coords], str | None]) -> str:
        """`how` (a key of FOLDS) over all terms; a term may be None where it is known to be neutral."""
        ...


Rule = Callable[[Reader, Node, Coords], str]
FOLDS = {
    "sum": ("0.0", "{0} + {1}"),
    "max": ("uintBitsToFloat(0xff800000u)", "max({0}, {1})"),
    "min": ("uintBitsToFloat(0x7f800000u)", "min({0}, {1})"),
    "prod": ("1.0", "{0} * {1}"),
}


def rule_of(op: Op) -> Rule | None:
    """The rule of an op, None if it has none."""
    if op.kind is OpKind.ELEMENTWISE and op.glsl:
        return _elementwise
    return _RULES.get(op.name)


def _elementwise(reader: Reader, node: Node, at: Coords) -> str:
    args = []
    for i in range(len(node.inputs)):
        spec = reader.spec(i)
        args.append(reader.let(GLSL_KINDS[spec.dtype], reader.read(i, broadcast(at, spec.shape))))
    attrs = {n: literal(v) if isinstance(v, float) else v for n, v in node.attrs.items()}
    return node.op.glsl.format(*args, **attrs)


def _reduction(reader: Reader, node: Node, at: Coords) -> str:
    shape = reader.spec(0).shape
    axes = sorted({normalize_axis(a, len(shape)) for a in node.attrs["axes"]})
    kept = [i for i in range(len(shape)) if i not in axes]
    known = [at[i] for i in kept] if node.attrs["keepdims"] else list(at)

    def term(over: Coords) -> str:
        full: list[Ix] = [0] * len(shape)
        for i, c in (*zip(kept, known, strict=True), *zip(axes, over, strict=True)):
            full[i] = c
        return reader.read(0, tuple(full))

    return reader.fold(node.op.name, [Range(shape[a], 0, a) for a in axes], term)


def _matmul(reader: Reader, node: Node, at: Coords) -> str:
    ta, tb = node.attrs["transpose_a"], node.attrs["transpose_b"]
    shape, stack = reader.spec(0).shape, at[:-2]
    axis = len(shape) - (2 if ta else 1)

    def term(over: Coords) -> str:
        (k,) = over
        a = reader.read(0, (*stack, k, at[-2]) if ta else (*stack, at[-2], k))
        b = reader.read(1, (*stack, at[-1], k) if tb else (*stack, k, at[-1]))
        return f"{a} * {b}"

    return reader.fold("sum", [Range(shape[axis], 0, axis)], term)


# -- moving elements ---------------------------------------------------------------------------------------
def reshaped(at: Coords, shape: Shape, source: Shape) -> Coords:
    """Where the element `at` of a tensor of that shape lies in one of shape `source`."""
    if shape and source and shape[0] == source[0] and not isinstance(at, At):
        return (at[0], *unravel(ravel(at[1:], shape[1:]), source[1:]))
    return unravel(ravel(at, shape), source)


def _reshape(reader: Reader, node: Node, at: Coords) -> str:
    source = reader.spec(0).shape
    shape = reader.spec(-1).shape
    return reader.read(0, reshaped(at, shape, source))


def _view(reader: Reader, node: Node, at: Coords) -> str:
    return reader.read(
        0, unravel(plus(ravel(at, reader.spec(-1).shape), node.attrs["offset"]), reader.spec(0).shape)
    )


def _transpose(reader: Reader, node: Node, at: Coords) -> str:
    perm = node.attrs["perm"]
    return reader.read(0, tuple(at[perm.index(i)] for i in range(len(perm))))


def _slice(reader: Reader, node: Node, at: Coords) -> str:
    return reader.read(0, tuple(plus(i, s) for i, s in zip(at, node.attrs["starts"], strict=True)))


def _guarded(conditions: Sequence[str | bool], value: Callable[[], str], otherwise: str) -> str:
    """`value` where all conditions hold."""
    if any(c is False for c in conditions):
        return otherwise
    text = " && ".join(str(c) for c in conditions if c is not True)
    return f"({text} ? {value()} : {otherwise})" if text else value()


def _pad(reader: Reader, node: Node, at: Coords) -> str:
    shape, before, value = reader.spec(0).shape, node.attrs["before"], node.attrs["value"]
    empty = literal(value) if reader.spec(0).dtype is DType.FLOAT32 else str(int(value))
    source = tuple(plus(i, -b) for i, b in zip(at, before, strict=True))
    conditions = [
        True if b == 0 and n == m else inside(i, n)
        for i, b, n, m in zip(source, before, shape, reader.spec(-1).shape, strict=True)
    ]
    return _guarded(conditions, lambda: reader.read(0, source), empty)


def _choose(parts: Sequence[tuple[int, int, Callable[[Ix], str]]], index: Ix, otherwise: str) -> str:
    """The part (start, stop, value at an index from its start) that the index falls into."""
    if isinstance(index, int):
        return next(
            (value(index - start) for start, stop, value in parts if start <= index < stop), otherwise
        )
    if isinstance(index, Span):
        parts = [p for p in parts if p[0] < index.high and p[1] > index.low]
        texts = {value(plus(index, -start)) for start, _, value in parts}
        if len(texts) == 1 and _seamless(parts, index):
            return texts.pop()
    text = otherwise
    for start, stop, value in reversed(parts):
        text = f"({index} >= {start} && {index} < {stop} ? {value(plus(index, -start))} : {text})"
    return text


def _seamless(parts: Sequence[tuple[int, int, Callable[[Ix], str]]], index: Span) -> bool:
    """Whether every number in the span is in one of the parts."""
    ends = sorted((start, stop) for start, stop, _ in parts)
    joined = all(a[1] == b[0] for a, b in pairwise(ends))
    return joined and ends[0][0] <= index.low and ends[-1][1] >= index.high


def _concat(reader: Reader, node: Node, at: Coords) -> str:
    axis = normalize_axis(node.attrs["axis"], len(at))
    parts: list[tuple[int, int, Callable[[Ix], str]]] = []
    start = 0
    for i in range(len(node.inputs)):
        stop = start + reader.spec(i).shape[axis]
        parts.append((start, stop, partial(_joined_at, reader, i, at, axis)))
        start = stop
    return _choose(parts, at[axis], "0.0")


def _joined_at(reader: Reader, operand: int, at: Coords, axis: int, index: Ix) -> str:
    return reader.read(operand, (*at[:axis], index, *at[axis + 1 :]))


def _packed_at(reader: Reader, operand: int, index: Ix) -> str:
    return reader.read(operand, unravel(index, reader.spec(operand).shape))


def _pack(reader: Reader, node: Node, at: Coords) -> str:
    parts: list[tuple[int, int, Callable[[Ix], str]]] = [
        (o, o + reader.spec(i).size, partial(_packed_at, reader, i))
        for i, o in enumerate(node.attrs["offsets"])
    ]
    return _choose(parts, at[0], "0.0")


def _cast(reader: Reader, node: Node, at: Coords) -> str:
    return f"{GLSL_KINDS[reader.spec(-1).dtype]}({reader.read(0, at)})"


def _copy(reader: Reader, node: Node, at: Coords) -> str:
    return reader.read(0, at)


def _one_hot(reader: Reader, node: Node, at: Coords) -> str:
    return f"float({reader.read(0, at[:-1])} == {at[-1]})"


def _take_rows(reader: Reader, node: Node, at: Coords) -> str:
    table, index = reader.spec(0), reader.spec(1)
    row = reader.let("int", f"max(min({reader.read(1, at[: index.rank])}, {table.shape[0] - 1}), 0)")
    text = reader.read(0, (row, *at[index.rank :]))
    if table.dtype is DType.INT32:
        return text
    scale = node.attrs["scale"]
    text = text if table.dtype is DType.FLOAT32 else f"float({text})"
    return text if scale == 1.0 else f"{text} * {literal(scale)}"


def _scatter_add_rows(reader: Reader, node: Node, at: Coords) -> str:
    index, rows = reader.spec(0), node.attrs["rows"]

    def term(over: Coords) -> str:
        number = reader.let("int", f"max(min({reader.read(0, over)}, {rows - 1}), 0)")
        return f"({number} == {at[0]} ? {reader.read(1, (*over, *at[1:]))} : 0.0)"

    return reader.fold("sum", [Range(n, 0, a) for a, n in enumerate(index.shape)], term)


# -- soft-max, random numbers ------------------------------------------------------------------------------
def _softmax(reader: Reader, node: Node, at: Coords) -> str:
    shape = reader.spec(0).shape
    last = [Range(shape[-1], 0, len(shape) - 1)]
    top = reader.fold("max", last, lambda k: reader.read(0, (*at[:-1], *k)))
    total = reader.fold("sum", last, lambda k: f"exp({reader.read(0, (*at[:-1], *k))} - {top})")
    shifted = f"({reader.read(0, at)} - {top})"
    return f"{shifted} - log({total})" if node.op.name == "log_softmax" else f"exp({shifted}) / {total}"


def _argmax(reader: Reader, node: Node, at: Coords) -> str:
    shape = reader.spec(0).shape
    last = [Range(shape[-1], 0, len(shape) - 1)]
    top = reader.fold("max", last, lambda k: reader.read(0, (*at, *k)))
    first = reader.fold(
        "min", last, lambda k: f"({reader.read(0, (*at, *k))} == {top} ? float({k[0]}) : {float(shape[-1])})"
    )
    return f"int({first})"


def _uniform(reader: Reader, node: Node, at: Coords) -> str:
    shape = reader.spec(-1).shape
    width = shape[-1] if shape else 1
    seed, step = reader.read(0, ()), reader.read(1, ())
    if width % 4 == 0:  # the counter and the word apart, so that four neighbours share one counter
        row = times(ravel(at[:-1], shape[:-1]), width // 4)
        counter, word = plus(row, quotient(at[-1], 4)), remainder(at[-1], 4)
    else:
        index = ravel(at, shape)
        counter, word = quotient(index, 4), remainder(index, 4)
    words = reader.let(
        "uvec4", f"philox(uint({counter}), uint({step}), {node.attrs['stream'] & 0xFFFFFFFF}u, uint({seed}))"
    )
    return f"float({words}[{word}] >> 8u) * {literal(2.0**-24)}"


def _uniform_at(reader: Reader, node: Node, at: Coords) -> str:
    seed, step = reader.read(0, ()), reader.read(1, ())
    number = reader.let("uint", f"uint({reader.read(2, at)})")
    stream = node.attrs["stream"] & 0xFFFFFFFF
    words = reader.let("uvec4", f"philox({number} / 4u, uint({step}), {stream}u, uint({seed}))")
    return f"float({words}[{number} % 4u] >> 8u) * {literal(2.0**-24)}"


_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("sum", "max", "min", "prod"), _reduction),
    "matmul": _matmul,
    "reshape": _reshape,
    "view": _view,
    "transpose": _transpose,
    "slice": _slice,
    "pad": _pad,
    "concat": _concat,
    "pack": _pack,
    "cast": _cast,
    "copy": _copy,
    "one_hot": _one_hot,
    "take_rows": _take_rows,
    "scatter_add_rows": _scatter_add_rows,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "argmax": _argmax,
    "uniform": _uniform,
    "uniform_at": _uniform_at,
}
