"""Rules of ops on windows, and of others that only loops can compute, for one element of their result.

Pooling gathers: an element looks for the windows that see it, so no two lanes ever write the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.ops.pool import tap_counts, window_of
from engine.ops.windows import Window
from engine.program.program import Node
from engine.tensor.spec import Shape, normalize_axis
from gl_kernels.bodies import literal
from gl_kernels.whole.affine import affine_sample
from gl_kernels.whole.contractions import GuardedReader, seeing, seen_by
from gl_kernels.whole.index import Coords, Ix, plus
from gl_kernels.whole.rules import Range

LOWEST = "uintBitsToFloat(0xff800000u)"
LoopRule = Callable[[GuardedReader, Node, Coords], str]


def _window(node: Node, image: Shape) -> Window:
    return window_of(image, node.attrs)


def _taps(window: Window) -> list[Range]:
    return [Range(n, 0, 1 + i) for i, n in enumerate(window.size)]


def _max_pool(reader: GuardedReader, node: Node, at: Coords) -> str:
    window = _window(node, reader.spec(0).shape)
    n, *place, c = at

    def term(tap: Coords) -> str:
        there, conditions = seen_by(window, place, tap)
        return reader.read_if(conditions, 0, (n, *there, c), LOWEST)

    return reader.fold("max", _taps(window), term)


def _avg_pool(reader: GuardedReader, node: Node, at: Coords) -> str:
    window = _window(node, reader.spec(0).shape)
    n, *place, c = at

    def term(tap: Coords) -> str:
        there, conditions = seen_by(window, place, tap)
        return reader.read_if(conditions, 0, (n, *there, c))

    return f"{reader.fold('sum', _taps(window), term)} / {_seen(window, place)}"


def _seen(window: Window, place: Sequence[Ix]) -> str:
    """How many elements of the picture a window sees."""
    if not window.is_padded:
        return literal(float(tap_counts(window).flat[0]))
    factors = []
    for i, (n, size) in enumerate(zip(window.image, window.size, strict=True)):
        start = f"({place[i]} * {window.strides[i]} - {window.padding[i][0]})"
        padded = any(window.padding[i])
        factors.append(f"(min({start} + {size}, {n}) - max({start}, 0))" if padded else str(size))
    return f"float({' * '.join(factors)})"


def _avg_pool_grad(reader: GuardedReader, node: Node, at: Coords) -> str:
    window = _window(node, reader.spec(-1).shape)
    n, *element, c = at

    def term(tap: Coords) -> str:
        there, conditions = seeing(window, element, tap, reader.let)
        return f"{reader.read_if(conditions, 0, (n, *there, c))} / {_at_least_one(window, there)}"

    return reader.fold("sum", _taps(window), term)


def _at_least_one(window: Window, place: Sequence[Ix]) -> str:
    """Like `_seen`, for windows that may not exist."""
    return f"max({_seen(window, place)}, 1.0)" if window.is_padded else _seen(window, place)


def _max_pool_grad(reader: GuardedReader, node: Node, at: Coords) -> str:
    """A window's gradient goes to the first of its largest elements, row by row."""
    window = _window(node, reader.spec(0).shape)
    n, *element, c = at
    own = reader.let("float", reader.read(0, at))

    def term(tap: Coords) -> str:
        place, conditions = seeing(window, element, tap, reader.let)
        top = reader.read_if(conditions, 1, (n, *place, c))
        here = [*conditions, f"{own} == {top}"]
        number = _number(tap, window.size)

        def before(other: Coords) -> str:
            there, inner = seen_by(window, place, other)
            same = f"{reader.read_if([*here, *inner], 0, (n, *there, c), LOWEST)} == {own}"
            return f"({same} && {_number(other, window.size)} < {number} ? 1.0 : 0.0)"

        first = reader.fold("max", _taps(window), before)
        return reader.read_if([*here, f"{first} == 0.0"], 2, (n, *place, c))

    return reader.fold("sum", _taps(window), term)


def _number(tap: Coords, size: Sequence[int]) -> str:
    total = str(tap[0])
    for t, n in zip(tap[1:], size[1:], strict=True):
        total = f"({total} * {n} + {t})"
    return total


def _flip(reader: GuardedReader, node: Node, at: Coords) -> str:
    shape = reader.spec(0).shape
    axes = {normalize_axis(a, len(shape)) for a in node.attrs["axes"]}
    return reader.read(
        0,
        tuple(
            plus(shape[i] - 1, f"(-{c})" if not isinstance(c, int) else -c) if i in axes else c
            for i, c in enumerate(at)
        ),
    )


def _cumsum(reader: GuardedReader, node: Node, at: Coords) -> str:
    shape = reader.spec(0).shape
    axis, reverse = normalize_axis(node.attrs["axis"], len(shape)), node.attrs["reverse"]

    def term(over: Coords) -> str:
        counts = f"{over[0]} {'>=' if reverse else '<='} {at[axis]}"
        return reader.read_if([counts], 0, (*at[:axis], over[0], *at[axis + 1 :]))

    return reader.fold("sum", [Range(shape[axis], 0, axis)], term)


LOOP_RULES: Mapping[str, LoopRule] = {
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "max_pool_grad": _max_pool_grad,
    "avg_pool_grad": _avg_pool_grad,
    "affine_sample": affine_sample,
    "flip": _flip,
    "cumsum": _cumsum,
}
