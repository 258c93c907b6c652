"""Recurrences: one launch for each product of a time step, with the cell's element-wise work at its end.

The launches of all steps are the same few shaders; a uniform tells them which step it is. The weights are copied once so
that the values a unit gets from a product are neighbours, and an invocation that has computed them goes on with the cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.devices.base import DeviceError
from engine.ops.cells import Cell
from engine.ops.recurrent import Backward, Operands
from engine.ops.tape import Product as CellProduct
from engine.tensor.spec import TensorSpec
from gl_kernels.cell_code import Carried, Part, Store, parts_of
from gl_kernels.kernels.products import Product, launch_product
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request
from gl_kernels.matrices import Matrix, stored
from gl_kernels.sizes import size

WIDE = 4  # values of a unit that lie side by side
UNIFORM = "layout(location = 0) uniform uint step_number;\n#define NOTHING (step_number >> 31u)"
ROOM = 64  # elements that places of the working buffer are multiples of


class Layout:
    """Hands out places of the working buffer, in elements."""

    def __init__(self) -> None:
        self.size = 0

    def take(self, elements: int) -> int:
        """The first element of a new place."""
        start = self.size
        self.size += -(-elements // ROOM) * ROOM
        return start


@dataclass(frozen=True)
class Body:
    """The end of a product's launch: the parts of a cell that follow it, and the tensors they use.

    Attributes:
        text: GLSL of `void cell(uint e, .. product)`, or without a product of `void cell(uint e)`.
        wide: whether the product has several values for each unit.
        tensors: operands by the names they have in the text; the flag says whether they are written.
    """

    text: str
    wide: bool
    tensors: tuple[tuple[str, Operand, bool], ...]

    def quads(self) -> bool:
        """Whether four results of the product belong to one unit."""
        return self.wide

    def install(self, draft: Draft, *, quads: bool) -> None:
        """Bind the tensors and add the sections APPLY and EMIT."""
        for name, operand, written in self.tensors:
            if written:
                draft.updates(name, operand)
            else:
                draft.reads(name, operand)
        draft.options["QUADS"] = quads
        draft.options["LATE"] = int(draft.options.get("TALL", 1)) * int(draft.options.get("WIDE_QUADS", 1))
        first = "MATRICES" if "MATRICES" in draft.sections else "APPLY"
        draft.sections.setdefault("APPLY", "")
        draft.sections[first] = f"{UNIFORM}\n{draft.sections[first]}"
        draft.sections["EMIT"] = self.text


class Recurrence:
    """What both directions share: sizes, GLSL of places, and launches."""

    def __init__(
        self, request: Request, kind: Cell, given: Operands[Operand], steps: int, *, from_end: bool
    ) -> None:
        self.request = request
        self.kind = kind
        self.given = given
        self.steps = steps
        self.from_end = from_end
        self.batch, self.units = given.initial[0].spec.shape
        self.size = self.batch * self.units
        self.layout = Layout()
        self.tensors: dict[str, tuple[Operand, bool]] = {}
        self.before: list[Callable[[Operand], Launch]] = []

    # -- places ------------------------------------------------------------------------------------------------
    def reserve(self) -> int:
        """Room in the working buffer for one value of each unit and example."""
        return self.layout.take(self.size)

    def reads(self, name: str, operand: Operand) -> str:
        """The name of a tensor that parts read."""
        self.tensors.setdefault(name, (operand, False))
        return name

    def writes(self, name: str, operand: Operand) -> str:
        """The name of a tensor that parts write."""
        self.tensors[name] = (operand, True)
        return name

    def fixed(self, name: str, index: int) -> str:
        """GLSL of a value that is the same in all steps, or of the mask."""
        if name == "constant":
            return f"{self.reads(f'constant{index}', self.given.constants[index])}[e]"
        if name == "mask" and self.given.mask is not None:
            return f"{self.reads('mask', self.given.mask)}[t * {size(self.batch)} + e / {self.units}u]"
        bias = self.given.biases[int(name.removeprefix("bias"))]
        return f"{self.reads(name, bias)}[{index * self.units}u + e % {self.units}u]"

    def lanes(self, name: str, lanes: int, lane: int) -> str:
        """GLSL of value `lane` of `lanes` that lie side by side in a tensor (time, batch, lanes x units)."""
        width = lanes * self.units
        row = f"t * {size(self.batch * width)} + e / {self.units}u * {width}u"
        return f"{name}[{row} + {lane * self.units}u + e % {self.units}u]"

    # -- launches ----------------------------------------------------------------------------------------------
    def copy(self, source: Operand, target: int) -> None:
        """Before the first step, put a tensor into the working buffer."""
        code = f"y[{size(target)} + e] = x[e];"
        self.before.append(lambda work: self._map(code, [("x", source)], work, source.spec.size))

    def copied(self, work: Operand, source: int, target: Operand) -> Launch:
        """After the last step, take a result from the working buffer."""
        return self._map(f"y[e] = x[{size(source)} + e];", [("x", work)], target, target.spec.size)

    def _map(self, code: str, inputs: Sequence[tuple[str, Operand]], output: Operand, count: int) -> Launch:
        draft = Draft("map", sections={"ELEMENT": code})
        for name, operand in inputs:
            draft.reads(name, operand)
        draft.writes("y", output)
        return draft.threads(count, self.request.tuning)

    def side_by_side(self, weight: Operand, count: int) -> int:
        """Put a weight (units, count x units) into the working buffer as (units, units, WIDE)."""
        target = self.layout.take(self.units * self.units * WIDE)
        lane, unit, row = f"e % {WIDE}u", f"e / {WIDE}u % {self.units}u", f"e / {WIDE * self.units}u"
        element = f"w[{row} * {count * self.units}u + ({lane}) * {self.units}u + {unit}]"
        code = f"y[{size(target)} + e] = ({lane}) < {count}u ? {element} : 0.0;"
        elements = self.units * self.units * WIDE
        self.before.append(lambda work: self._map(code, [("w", weight)], work, elements))
        return target

    def time(self, step: str) -> str:
        """GLSL of the time of a step; the last time comes first where the sequence is read from its end."""
        return f"({self.steps - 1}u - {step})" if self.from_end else step

    def body(self, work: Operand, parts: Sequence[tuple[Part, str]]) -> Body:
        """The parts one after the other, each with the GLSL of the step it belongs to."""
        first = parts[0][0].product
        wide = first is not None and len(first.outs) > 1
        argument = f", {'vec4' if wide else 'float'} product" if first else ""
        blocks = []
        for part, step in parts:
            guard = "" if step == "step_number" else f"if ({step} < {self.steps}u) "
            clock = f"uint s = {step}; uint t = {self.time('s')};"
            blocks.append(f"{guard}{{ {clock}\n    {part.code('product')} }}")
        text = "\n    ".join(blocks)
        name, call = ("emit4", "e / 4u, product") if wide else ("emit", "e, product" if first else "e")
        text = f"void cell(uint e{argument}) {{\n    {text}\n}}\nvoid {name}(uint e{argument}) {{ cell({call}); }}"
        tensors = [
            ("work", work, True),
            *((n, o, w) for n, (o, w) in self.tensors.items() if f"{n}[" in text),
        ]
        return Body(text, wide, tuple(tensors))

    def alone(self, body: Body) -> Launch:
        """A launch of parts without a product."""
        draft = Draft("elementwise")
        body.install(draft, quads=False)
        return draft.threads(self.size, self.request.tuning)

    def behind(self, body: Body, left: Matrix, right: Matrix, terms: int) -> Launch:
        """A launch of a product with parts at its end."""
        columns = self.units * (WIDE if body.wide else 1)
        product = Product(left, right, (1, self.batch, columns, terms), (0, columns))
        return launch_product(product, body, self.request)

    def finished(self, work: Operand, rounds: Sequence[Launch]) -> list[Launch]:
        """The launches before the steps, and those of all steps."""
        found = [make(work) for make in self.before]
        return found + [replace(launch, number=k) for k in range(self.steps) for launch in rounds]

    def work(self) -> Operand:
        """The working buffer, when all places are known."""
        return self.request.scratch(TensorSpec((max(1, self.layout.size),)))


def _matrix(operand: Operand, start: str, rows: int, columns: int, row: int, aligned: bool) -> Matrix:
    """A matrix that begins at an element given in GLSL, along k."""
    quads = aligned and columns % 4 == 0 and row % 4 == 0
    return Matrix(operand, True, quads, f"ivec4({start} + p * {row}u)", "ivec4(q)", rows, columns)


def _lower(request: Request) -> Sequence[Launch]:
    kind: Cell = request.attrs["cell"]
    x, given = request.inputs[0], Operands.of(kind, request.inputs[1:])
    r = Recurrence(request, kind, given, x.spec.shape[0], from_end=request.attrs["backwards"])
    elements, saved = r.size, request.outputs[-1]
    states = [r.layout.take(2 * -(-elements // ROOM) * ROOM) for _ in given.initial]
    half = -(-elements // ROOM) * ROOM
    for operand, place in zip(given.initial, states, strict=True):
        r.copy(operand, place)

    def source(name: str, index: int) -> str:
        if name == "x":
            return r.lanes(r.reads("x", x), kind.lanes, index)
        if name == "state":
            return f"work[{size(states[index])} + (s & 1u) * {size(half)} + e]"
        return r.fixed(name, index)

    results: list[Store] = []
    for j, value in enumerate(kind.forward.results):
        results.append((value, f"work[{size(states[j])} + (s + 1u & 1u) * {size(half)} + e]"))
        results.append((value, f"{r.writes(f'sequence{j}', request.outputs[j])}[t * {size(elements)} + e]"))
    for k, value in enumerate(kind.saved if request.attrs["keep"] else ()):
        element = f"(t * {len(kind.saved)}u + {k}u) * {size(elements)} + e"
        results.append((value, f"{r.writes('saved', saved)}[{element}]"))
    parts = parts_of(kind.forward, source, results, [], lambda: f"work[{size(r.reserve())} + e]")
    weights = [_beside(r, part.product) for part in parts[1:]]
    work = r.work()
    rounds = [] if parts[0].empty else [r.alone(r.body(work, [(parts[0], "step_number")]))]
    for part, beside in zip(parts[1:], weights, strict=True):
        assert part.product is not None
        left = kind.products[part.product.weight].left
        if left.name == "state":
            start = f"{size(states[left.index])} + (step_number & 1u) * {size(half)}"
            a = _matrix(work, start, r.batch, r.units, r.units, aligned=True)
        else:
            start = f"({r.time('step_number')} * {len(kind.saved)}u + {left.index}u) * {size(elements)}"
            a = _matrix(saved, start, r.batch, r.units, r.units, aligned=elements % 4 == 0)
        body = r.body(work, [(part, "step_number")])
        rounds.append(r.behind(body, a, _right(r, part.product, work, beside), r.units))
    ends = [place + (r.steps % 2) * half for place in states]
    finals = request.outputs[kind.states : 2 * kind.states]
    return [
        *r.finished(work, rounds),
        *(r.copied(work, place, out) for place, out in zip(ends, finals, strict=True)),
    ]


def _beside(r: Recurrence, product: CellProduct | None) -> int:
    """Where the weights of a product lie side by side; 0 where they are read as they are."""
    assert product is not None
    count = len(product.outs)
    if count > WIDE:
        raise DeviceError(
            f"The gl device runs cells with at most {WIDE} gates in a product, received {count}. Use the cpu device."
        )
    return r.side_by_side(r.given.weights[product.weight], count) if count > 1 else 0


def _right(r: Recurrence, product: CellProduct, work: Operand, place: int) -> Matrix:
    if len(product.outs) > 1:
        outer = f"ivec4({size(place)} + p * {WIDE * r.units}u)"
        return Matrix(work, False, True, outer, "ivec4(q)", r.units, WIDE * r.units)
    weight = r.given.weights[product.weight]
    return stored(weight, along_k=False, rows=r.units, columns=r.units, row=r.units, batch=0)


def _lower_grad(request: Request) -> Sequence[Launch]:
    kind: Cell = request.attrs["cell"]
    given = Operands.of(kind, request.inputs)
    known = Backward.of(kind, given.rest)
    steps = known.saved.spec.shape[0]
    backwards = request.attrs["backwards"]
    r = Recurrence(request, kind, given, steps, from_end=not backwards)
    carry = [r.reserve() for _ in known.finals]
    starts = [r.reserve() for _ in given.initial]
    for operand, place in zip((*known.finals, *given.initial), (*carry, *starts), strict=True):
        r.copy(operand, place)
    dx, packs = request.outputs[0], dict(zip(kind.packs, request.outputs[1 + kind.states :], strict=True))

    def source(name: str, index: int) -> str:
        if name == "carry":
            return f"work[{size(carry[index])} + e]"
        if name == "grad":
            return f"{r.reads(f'grad{index}', known.grads[index])}[t * {size(r.size)} + e]"
        if name == "saved":
            return (
                f"{r.reads('saved', known.saved)}[(t * {len(kind.saved)}u + {index}u) * {size(r.size)} + e]"
            )
        if name not in ("before", "after"):
            return r.fixed(name, index)
        sequence = r.reads(f"sequence{index}", known.sequences[index])
        if name == "after":
            return f"{sequence}[t * {size(r.size)} + e]"
        earlier = f"(t {'+' if backwards else '-'} 1u) * {size(r.size)} + e"
        return f"(s == {steps - 1}u ? work[{size(starts[index])} + e] : {sequence}[{earlier}])"

    values = iter(kind.backward.results)
    carried = [
        Carried(next(values), f"work[{size(place)} + e]", ("carry", j)) for j, place in enumerate(carry)
    ]
    results: list[Store] = [
        (next(values), r.lanes(r.writes("dx", dx), kind.lanes, j)) for j in range(kind.lanes)
    ]
    for q, pack in packs.items():
        count = kind.products[q].count
        results += [(next(values), r.lanes(r.writes(f"pack{q}", pack), count, j)) for j in range(count)]
    parts = parts_of(kind.backward, source, results, carried, lambda: f"work[{size(r.reserve())} + e]")
    work = r.work()
    begin = r.alone(r.body(work, [(parts[0], "step_number")]))
    rounds = []
    for k, part in enumerate(parts[1:], start=1):
        assert part.product is not None
        following = [(parts[0], "step_number + 1u")] if k == len(parts) - 1 else []
        body = r.body(work, [(part, "step_number"), *following])
        rounds.append(_slopes(r, part.product, body, packs.get(part.product.weight, dx)))
    launches = r.finished(work, rounds)
    launches.insert(len(r.before), replace(begin, number=0))
    outputs = request.outputs[1 : 1 + kind.states]
    return [*launches, *(r.copied(work, place, out) for place, out in zip(carry, outputs, strict=True))]


def _slopes(r: Recurrence, product: CellProduct, body: Body, lanes: Operand) -> Launch:
    """The launch that multiplies the gradients of a product's results with the transposed weight."""
    weighting = r.kind.products[product.weight]
    width, terms = lanes.spec.shape[2], weighting.count * r.units
    first = max(0, weighting.place) * r.units
    aligned = first % 4 == 0 and r.batch * width % 4 == 0
    left = _matrix(
        lanes, f"{r.time('step_number')} * {size(r.batch * width)} + {first}u", r.batch, terms, width, aligned
    )
    weight = r.given.weights[product.weight]
    right = stored(weight, along_k=True, rows=r.units, columns=terms, row=terms, batch=0)
    return r.behind(body, left, right, terms)


recurrent = Kernel("recurrent", _lower)
recurrent_grad = Kernel("recurrent_grad", _lower_grad)
