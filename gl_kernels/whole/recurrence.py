"""Recurrences within a looped step: a loop over time, in which lanes share units and examples.

A step of time is cut at its products, as in the kernels of their own (`gl_kernels.cell_code`). A lane computes what a
product gives to one unit for some examples, and goes on with the cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from engine.ops.cells import Cell
from engine.ops.recurrent import Backward, Operands
from engine.ops.tape import Product
from engine.program.program import Node
from engine.tensor.spec import DType
from gl_kernels.cell_code import Carried, Part, Store, parts_of
from gl_kernels.whole.fused import UnfitError
from gl_kernels.whole.index import Ix, plus, times
from gl_kernels.whole.loops import Loops

MOST_VALUES = 4  # of a unit that a product gives at once
EXAMPLES = (4, 3, 2, 1)  # that a lane computes together


class _Recurrence:
    """What both directions share."""

    def __init__(self, loops: Loops, kind: Cell, given: Operands[int], steps: int) -> None:
        self.loops, self.kind, self.given, self.steps = loops, kind, given, steps
        self.batch, self.units = loops.values[given.initial[0]].spec.shape
        self.size = self.batch * self.units

    def room(self) -> int:
        """A place for one value of each unit and example."""
        return self.loops.reserve(self.size)

    def kept(self, value: int) -> int:
        """A place that holds a tensor while the loop over time changes it, or reads it beside another one."""
        place = self.room()
        with self.loops.over(self.size) as e:
            self.loops.store_part(place, e, self.loops.load(value, e))
        return place

    def fixed(self, name: str, index: int) -> str:
        """GLSL of a value that is the same in all steps, or of the mask."""
        if name == "constant":
            return self.loops.load(self.given.constants[index], "e")
        if name == "mask" and self.given.mask is not None:
            text = self.loops.load(self.given.mask, f"(t * {self.batch} + e / {self.units})")
            integer = self.loops.values[self.given.mask].spec.dtype is not DType.FLOAT32
            return f"float({text})" if integer else text
        bias = self.given.biases[int(name.removeprefix("bias"))]
        return self.loops.load(bias, f"({index * self.units} + e % {self.units})")

    def lane(self, lanes: int, lane: int) -> str:
        """The number of an element of value `lane` of `lanes` that lie side by side, (time, batch, lanes x units)."""
        width = lanes * self.units
        return f"(t * {self.batch * width} + e / {self.units} * {width} + {lane * self.units} + e % {self.units})"

    def at_time(self, parts: int = 1, part: int = 0) -> str:
        """The number of an element of this step, of a tensor (time, parts, batch, units)."""
        return f"((t * {parts} + {part}) * {self.size} + e)"

    def leave(self) -> str:
        """Room for what one part of a step leaves to another."""
        return f"TW({self.room()} + e)"

    @contextmanager
    def time(self, *, from_end: bool) -> Iterator[None]:
        """Statements inside are for each step `s` at time `t`."""
        self.loops.sync()
        with self.loops.out.loop(f"for (int s = 0; s < {self.steps}; ++s)", self.steps):
            self.loops.out.line(f"int t = {f'{self.steps - 1} - s' if from_end else 's'};")
            yield
        self.loops.sync()

    def alone(self, part: Part) -> None:
        """A part without a product."""
        if not part.empty:
            with self.loops.over(self.size) as e:
                self.loops.out.line(f"int e = {e};")
                self.loops.out.line(part.code(""))
            self.loops.sync()

    def behind(
        self,
        part: Part,
        terms: int,
        left: Callable[[Ix, Ix], str],
        right: Callable[[int, Ix, Ix], str],
    ) -> None:
        """A product, and the part at its end.

        Args:
            part: of the cell.
            terms: of each sum.
            left: an element by example and term.
            right: an element by value of the product, term and unit.
        """
        assert part.product is not None
        loops, values = self.loops, len(part.product.outs)
        if values > MOST_VALUES:
            raise UnfitError(
                f"A cell has {values} gates in a product; up to {MOST_VALUES} are part of fused steps."
            )
        together = next(n for n in EXAMPLES if self.batch % n == 0)
        with loops.over(self.size // together) as number:
            unit = loops.let("int", f"{number} % {self.units}")
            row = loops.let("int", f"{number} / {self.units} * {together}")
            totals = [[loops.out.fresh("f") for _ in range(values)] for _ in range(together)]
            loops.out.line(f"float {', '.join(f'{t} = 0.0' for each in totals for t in each)};")
            with loops.looping([("0", str(terms))], [terms]) as (k,):
                factors = [loops.let("float", right(j, k, unit)) for j in range(values)]
                for i, each in enumerate(totals):
                    a = loops.let("float", left(plus(row, i), k))
                    for total, factor in zip(each, factors, strict=True):
                        loops.out.line(f"{total} += {a} * {factor};")
            for i, each in enumerate(totals):
                e = plus(times(plus(row, i), self.units), unit)
                product = each[0] if values == 1 else "product"
                wide = [*each, *["0.0"] * (4 - values)]
                extra = f"vec4 product = vec4({', '.join(wide)}); " if values > 1 else ""
                loops.out.line(f"{{ int e = {e}; {extra}{part.code(product)} }}")
        loops.sync()


def emit_recurrent(loops: Loops, node: Node) -> None:
    """A recurrence forwards."""
    kind: Cell = node.attrs["cell"]
    x, given = node.inputs[0], Operands.of(kind, node.inputs[1:])
    r = _Recurrence(loops, kind, given, loops.spec(0).shape[0])
    backwards, saved = node.attrs["backwards"], node.outputs[-1]
    states = [r.kept(value) for value in given.initial]
    nexts = [r.room() for _ in given.initial]

    def source(name: str, index: int) -> str:
        if name == "x":
            return loops.load(x, r.lane(kind.lanes, index))
        return loops.part(states[index], "e") if name == "state" else r.fixed(name, index)

    results: list[Store] = []
    for j, value in enumerate(kind.forward.results):
        results.append((value, f"TW({nexts[j]} + e)"))
        results.append((value, loops.cell(node.outputs[j], r.at_time(), write=True)))
    for k, value in enumerate(kind.saved if node.attrs["keep"] else ()):
        results.append((value, loops.cell(saved, r.at_time(len(kind.saved), k), write=True)))
    parts = parts_of(kind.forward, source, results, [], r.leave)
    with r.time(from_end=backwards):
        r.alone(parts[0])
        for part in parts[1:]:
            assert part.product is not None
            left = _forward_left(r, part.product, states, saved)
            r.behind(part, r.units, left, _forward_right(r, part.product))
        with loops.over(r.size) as e:
            for old, new in zip(states, nexts, strict=True):
                loops.store_part(old, e, loops.part(new, e))
        loops.sync()
    for place, output in zip(states, node.outputs[kind.states : 2 * kind.states], strict=True):
        with loops.over(r.size) as e:
            loops.store(output, e, [loops.part(place, e)])


def _forward_left(
    r: _Recurrence, product: Product, states: Sequence[int], saved: int
) -> Callable[[Ix, Ix], str]:
    source = r.kind.products[product.weight].left
    count = len(r.kind.saved)

    def left(row: Ix, k: Ix) -> str:
        element = plus(times(row, r.units), k)
        if source.name == "state":
            return r.loops.part(states[source.index], element)
        return r.loops.load(saved, plus(f"((t * {count} + {source.index}) * {r.size})", element))

    return left


def _forward_right(r: _Recurrence, product: Product) -> Callable[[int, Ix, Ix], str]:
    weight, width = r.given.weights[product.weight], len(product.outs) * r.units

    def right(value: int, k: Ix, unit: Ix) -> str:
        return r.loops.load(weight, plus(plus(times(k, width), value * r.units), unit))

    return right


def emit_recurrent_grad(loops: Loops, node: Node) -> None:
    """The gradient of a recurrence: from its last step to its first."""
    kind: Cell = node.attrs["cell"]
    given = Operands.of(kind, node.inputs)
    known = Backward.of(kind, given.rest)
    steps = loops.values[known.saved].spec.shape[0]
    backwards = node.attrs["backwards"]
    r = _Recurrence(loops, kind, given, steps)
    carry = [r.kept(value) for value in known.finals]
    dx, packs = node.outputs[0], dict(zip(kind.packs, node.outputs[1 + kind.states :], strict=True))

    def source(name: str, index: int) -> str:
        if name == "carry":
            return loops.part(carry[index], "e")
        if name == "grad":
            return loops.load(known.grads[index], r.at_time())
        if name == "saved":
            return loops.load(known.saved, r.at_time(len(kind.saved), index))
        if name == "after":
            return loops.load(known.sequences[index], r.at_time())
        if name != "before":
            return r.fixed(name, index)
        earlier = f"((t {'+' if backwards else '-'} 1) * {r.size} + e)"
        first = loops.load(given.initial[index], "e")
        inside = loops.load(known.sequences[index], f"(s == {steps - 1} ? e : {earlier})")
        return f"(s == {steps - 1} ? {first} : {inside})"

    values = iter(kind.backward.results)
    carried = [Carried(next(values), f"TW({place} + e)", ("carry", j)) for j, place in enumerate(carry)]
    results: list[Store] = [
        (next(values), loops.cell(dx, r.lane(kind.lanes, j), write=True)) for j in range(kind.lanes)
    ]
    for q, pack in packs.items():
        count = kind.products[q].count
        results += [(next(values), loops.cell(pack, r.lane(count, j), write=True)) for j in range(count)]
    parts = parts_of(kind.backward, source, results, carried, r.leave)
    with r.time(from_end=not backwards):
        r.alone(parts[0])
        for part in parts[1:]:
            assert part.product is not None
            weighting = kind.products[part.product.weight]
            slopes = packs.get(part.product.weight, dx)
            _slopes(r, part, slopes, weighting.count * r.units, max(0, weighting.place) * r.units)
    for place, output in zip(carry, node.outputs[1 : 1 + kind.states], strict=True):
        with loops.over(r.size) as e:
            loops.store(output, e, [loops.part(place, e)])


def _slopes(r: _Recurrence, part: Part, slopes: int, terms: int, first: int) -> None:
    """The product of the gradients of a product's results with its transposed weight."""
    assert part.product is not None
    loops, width = r.loops, r.loops.values[slopes].spec.shape[2]
    weight = r.given.weights[part.product.weight]

    def left(row: Ix, k: Ix) -> str:
        return loops.load(slopes, plus(plus(f"(t * {r.batch * width} + {first})", times(row, width)), k))

    def right(value: int, k: Ix, unit: Ix) -> str:
        return loops.load(weight, plus(times(unit, terms), k))

    r.behind(part, terms, left, right)
