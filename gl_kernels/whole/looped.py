"""Writes the shader that runs whole training steps of a program as loops, from its planned nodes.

`generate` writes small networks out, which pays to a few hundred parameters. This one is for all others: node after node,
the lanes of the work group go through the elements of its result, and wait for each other where one node reads what
another made. Products, convolutions and sums are computed in blocks of results that share operands. Whatever fits lies
in shared memory; on a processor, where that is no faster, everything lies in one buffer, which is read as an image:
llvmpipe reads eight places of an image in 0.6 ns and of a buffer in 6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.compiler.fuse import FusionLimits
from engine.compiler.pipeline import finish
from engine.compiler.plan_memory import Planned
from engine.program.costs import cost_of
from engine.program.fused import FusedBody
from engine.program.program import Node
from engine.tensor.spec import DType
from gl_kernels.bodies import literal
from gl_kernels.whole.blocks import Block, block_of, sides
from gl_kernels.whole.clock import Clock
from gl_kernels.whole.contractions import Contraction, contraction_of
from gl_kernels.whole.emitters import EMITTERS
from gl_kernels.whole.fused import Bounds, Fused, UnfitError
from gl_kernels.whole.index import Coords, Ix, Span, broadcast, plus, ravel, unravel
from gl_kernels.whole.loops import Loops
from gl_kernels.whole.pictures import LOOP_RULES
from gl_kernels.whole.prepare import Prepared
from gl_kernels.whole.rules import GLSL_KINDS, rule_of
from gl_kernels.whole.uniforms import Places

STATE_ALIGNMENT = 64
WORD = 4
QUAD = 4
LIMITS = FusionLimits(operands=64)
MOST_WRITTEN = 64  # products in a round of a loop


def generate_loops(prepared: Prepared, bounds: Bounds) -> Fused:
    """The shader of a program.

    Raises:
        UnfitError: it does not fit; the sentence says why.
    """
    _check_work(prepared, bounds.multiply_adds)  # before it is planned, which takes longer the larger it is
    return _Looped(prepared, bounds).run()


class _Looped:
    def __init__(self, prepared: Prepared, bounds: Bounds) -> None:
        planned = finish(prepared.program, LIMITS, WORD * QUAD)
        _check_ops(planned)
        self.planned = planned
        self.bounds = bounds
        self.loops = Loops(planned, bounds)
        self.clock = Clock(planned.program, on=bounds.clocked)

    def run(self) -> Fused:
        """Write all nodes, and what goes around them."""
        for node in self.planned.steps:
            self.clock.begin(self.loops.out, node, alone=True)
            with self.loops.touching(node):
                self._node(node)
        self.loops.sync()
        self.clock.end(self.loops.out)
        statements, most = self.loops.out.statements, self.bounds.loop_statements
        if statements > most:
            raise UnfitError(
                f"Written as loops, a step has {statements} statements; up to {most} are compiled."
            )
        return self._finish()

    def _node(self, node: Node) -> None:
        loops = self.loops
        specs = [loops.spec(i) for i in range(len(node.inputs))]
        contraction = contraction_of(node, specs)
        if node.op.name in EMITTERS:
            EMITTERS[node.op.name](loops, node)
        elif contraction is not None:
            self._contract(node, contraction)
        else:
            self._elements(node)

    # -- element by element ---------------------------------------------------------------------------------
    def _elements(self, node: Node) -> None:
        loops = self.loops
        size = loops.values[node.outputs[0]].spec.size
        count = QUAD if loops.in_quads(node.outputs) else 1
        with loops.over(-(-size // count)) as number:
            first = loops.let("int", f"{number} * {QUAD}") if count > 1 else number
            made: list[list[str]] = []
            for c in range(count):
                index: Ix = Span.of(first, c, 0, size) if count > 1 else first
                made.append(self._results(node, index))
            for k, value in enumerate(node.outputs):
                loops.store(value, first, [names[k] for names in made])

    def _results(self, node: Node, index: Ix) -> list[str]:
        spec = self.loops.values[node.outputs[0]].spec
        at = unravel(index, spec.shape)
        if node.op.name == "fused":
            return self._body(node.attrs["body"], 0, [], at)
        rule = rule_of(node.op)
        text = rule(self.loops, node, at) if rule else LOOP_RULES[node.op.name](self.loops, node, at)
        return [self.loops.let(GLSL_KINDS[spec.dtype], text)]

    def _body(self, body: FusedBody, skip: int, given: Sequence[str], at: Coords) -> list[str]:
        """The results of a body, of whose inputs those `given` are known; the others are operands from `skip` on."""
        loops = self.loops
        names, kinds = list(given), ["float"] * len(given)
        for i in range(body.inputs - len(given)):
            spec = loops.spec(skip + i)
            kinds.append(GLSL_KINDS[spec.dtype])
            names.append(loops.let(kinds[-1], loops.read(skip + i, broadcast(at, spec.shape))))
        for step in body.steps:
            attrs = {n: literal(v) if isinstance(v, float) else v for n, v in step.attrs}
            kind = "int" if all(kinds[a] == "int" for a in step.args) else "float"
            text = step.op.glsl.format(*(names[a] for a in step.args), **attrs)
            names.append(loops.let(kind, text))
            kinds.append(kind)
        return [names[k] for k in body.outputs]

    # -- sums -----------------------------------------------------------------------------------------------
    def _contract(self, node: Node, sum_: Contraction) -> None:
        loops = self.loops
        shape = self._shape(node)
        block = block_of(sum_, shape, self.bounds.loop_lanes)
        stack, m, n = sides(shape)
        across, down = -(-n // block.columns), -(-m // block.rows)
        blocks = stack * across * down
        parts = loops.reserve(block.shares * math.prod(shape)) if block.shares > 1 else 0
        with loops.over(blocks * block.shares) as number:
            share = loops.let("int", f"{number} / {blocks}") if block.shares > 1 else "0"
            place = loops.let("int", f"{number} % {blocks}") if block.shares > 1 else number
            column = loops.let("int", f"{place} % {across} * {block.columns}") if across > 1 else "0"
            row = loops.let("int", f"{place} / {across} % {down} * {block.rows}") if down > 1 else "0"
            outer = unravel(loops.let("int", f"{place} / {across * down}"), shape[:-2]) if stack > 1 else ()
            outer = outer if stack > 1 else (0,) * len(shape[:-2])
            rows = self._neighbours(row, block.rows, m)
            columns = self._neighbours(column, block.columns, n)
            rank = len(shape)
            ats: list[Coords] = [(*outer, i, j)[-rank:] if rank else () for i in rows for j in columns]
            sums = self._sums(sum_, block, ats, share)
            if block.shares == 1:
                self._finish_block(node, ats, sums, (row, m), (column, n), block)
            else:
                for at, total in zip(ats, sums, strict=True):
                    loops.store_part(parts, plus(ravel(at, shape), f"{share} * {math.prod(shape)}"), total)
        if block.shares > 1:
            loops.sync()
            self._join(node, block.shares, parts)

    def _shape(self, node: Node) -> tuple[int, ...]:
        return self.loops.values[node.outputs[0]].spec.shape

    def _neighbours(self, first: str, count: int, length: int) -> list[Ix]:
        """Places from the first on; past the end, the last one again."""
        if count == 1:
            return [int(first) if first.isdigit() else first]
        if first.isdigit():
            return [min(int(first) + k, length - 1) for k in range(count)]
        if length % count == 0:
            return [Span.of(first, k, 0, length) for k in range(count)]
        later = [self.loops.let("int", f"min({first} + {k}, {length - 1})") for k in range(1, count)]
        return [first, *later]

    def _sums(self, sum_: Contraction, block: Block, ats: Sequence[Coords], share: str) -> list[str]:
        loops = self.loops
        totals = [loops.out.fresh("f") for _ in ats]
        for total in totals:
            loops.out.line(f"float {total} = 0.0;")
        bounds: list[tuple[str, str]] = [("0", str(n)) for n in sum_.lengths]
        if block.shares > 1:
            length = sum_.lengths[block.axis]
            part = -(-length // block.shares)
            first = loops.let("int", f"{share} * {part}")
            bounds[block.axis] = (first, loops.let("int", f"min({first} + {part}, {length})"))
        rounds = list(sum_.lengths)
        rounds[block.axis] = -(-rounds[block.axis] // block.shares)
        step = self._unrolled(rounds[-1], block)
        with loops.looping(bounds, rounds, step) as counters:
            for k in range(step):
                last = (
                    plus(counters[-1], k) if isinstance(counters[-1], int) else Span.of(counters[-1], k, 0, 0)
                )
                texts = [sum_.term(loops, at, (*counters[:-1], last)) for at in ats]
                for total, text in zip(totals, texts, strict=True):
                    loops.out.line(f"{total} += {text};")
        return totals

    def _unrolled(self, length: int, block: Block) -> int:
        """Terms that are written out one after the other: a round of a loop costs as much as ten products."""
        if block.shares > 1:
            return 1
        most = max(1, MOST_WRITTEN // (block.rows * block.columns))
        return max(n for n in range(1, most + 1) if length % n == 0)

    def _finish_block(
        self,
        node: Node,
        ats: Sequence[Coords],
        sums: Sequence[str],
        row: tuple[str, int],
        column: tuple[str, int],
        block: Block,
    ) -> None:
        loops, shape = self.loops, self._shape(node)
        made = [self._after(node, at, total) for at, total in zip(ats, sums, strict=True)]
        wide = loops.side_by_side(node.outputs, column[1], block.columns)
        for i in range(block.rows):
            for j in range(0, block.columns, wide):
                k = i * block.columns + j
                checks = [
                    f"{first} + {step} < {length}"
                    for (first, length), step, count in ((row, i, block.rows), (column, j, block.columns))
                    if step and length % count
                ]
                if checks:
                    loops.out.line(f"if ({' && '.join(checks)}) {{")
                for position, value in enumerate(node.outputs):
                    names = [m[position] for m in made[k : k + wide]]
                    loops.store(value, str(ravel(ats[k], shape)), names)
                if checks:
                    loops.out.line("}")

    def _after(self, node: Node, at: Coords, total: str) -> list[str]:
        """What a product does with its sum."""
        body: FusedBody | None = node.attrs.get("epilogue")
        return [total] if body is None else self._body(body, 2, [total], at)

    def _join(self, node: Node, shares: int, parts: int) -> None:
        loops, shape = self.loops, self._shape(node)
        with loops.over(math.prod(shape)) as e:
            total = loops.out.fresh("f")
            loops.out.line(f"float {total} = {loops.part(parts, e)};")
            for k in range(1, shares):
                loops.out.line(f"{total} += {loops.part(parts, plus(e, k * math.prod(shape)))};")
            results = self._after(node, unravel(e, shape), total)
            for value, name in zip(node.outputs, results, strict=True):
                loops.store(value, e, [name])

    # -- around the steps -----------------------------------------------------------------------------------
    def _finish(self) -> Fused:
        loops, planned = self.loops, self.planned
        program = planned.program
        outputs = Places()
        for value in program.outputs.values():
            outputs.of(value, program.values[value].spec.size)
        clocks = self.clock.ending()
        words = loops.states.size + outputs.size + len(clocks)
        state_words = -(-words // STATE_ALIGNMENT) * STATE_ALIGNMENT
        store = self._outputs(loops.states.size, outputs)
        first_clock = loops.states.size + outputs.size
        store += "".join(
            f"\nif (lane == 0) m[base + {word}] = {text};" for word, text in enumerate(clocks, first_clock)
        )
        scratch = -(-loops.temps // STATE_ALIGNMENT) * STATE_ALIGNMENT
        names = {v.id: v.name for v in program.values.values()}
        return Fused(
            {
                "DECLARE": loops.declarations(state_words, scratch),
                "LOAD": "\n".join([loops.beginning(), *self.clock.beginning()]),
                "STEP": f"int row = (int(number) * int(models) + model) * ROW_WORDS;\n{loops.out.text}",
                "STORE": store,
            },
            {names[i]: w for i, w in loops.feeds.starts.items()},
            loops.feeds.size,
            {names[i]: w for i, w in loops.states.starts.items()},
            {name: loops.states.size + outputs.starts[v] for name, v in program.outputs.items()},
            state_words,
            tuple(names[i] for i in loops.data),
            loops.constants(),
            loops.shared_bytes,
            loops.out.statements,
            self.bounds.loop_lanes,
            self.bounds.steps(loops.out.iterations),
            scratch_words=0 if loops.temps_shared else scratch,
            looped=True,
            image=loops.image,
            parts=self.clock.parts(in_memory=True),
            clocks=first_clock,
        )

    def _outputs(self, first: int, places: Places) -> str:
        lines = [self.loops.ending()]
        for value, start in places.starts.items():
            size = self.loops.values[value].spec.size
            text = self.loops.load(value, "e")
            text = text if self.loops.values[value].spec.dtype is DType.FLOAT32 else f"float({text})"
            head = f"for (int e = lane; e < {size}; e += {self.bounds.loop_lanes})"
            lines.append(f"{head} m[base + {first + start} + e] = {text};")
        return "\n".join(lines)


def _check_work(prepared: Prepared, most: int) -> None:
    work = sum(cost_of(prepared.program, node).multiply_adds for node in prepared.program.nodes)
    if work > most:
        raise UnfitError(
            f"A step multiplies and adds {work / 1e6:.0f} million times; up to "
            f"{most / 1e6:.0f} million are left to one work group."
        )


def _check_ops(planned: Planned) -> None:
    for node in planned.steps:
        known = rule_of(node.op) or node.op.name in LOOP_RULES or node.op.name in EMITTERS
        specs = [planned.program.values[i].spec for i in node.inputs]
        if node.op.name == "fused" or known or contraction_of(node, specs):
            continue
        raise UnfitError(f"The operation {node.op.name} is not part of fused steps.")
