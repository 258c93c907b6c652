"""Writes the shader that runs whole training steps of a program, from its nodes alone.

Lanes of the work group are examples: sample values are computed row by row in named registers, straight on, with the
weights in registers, too. What is summed over the batch is summed per lane first and crosses the lanes once, through shared
memory, always in the same order. Uniform values are spread over the lanes. So a step of a network without batch
normalization has two barriers.

On a GPU the work group is one warp or a few: weights are read at the same address by all lanes (a broadcast), rows of sums
are one word longer than the lanes are many (no bank conflicts), states are read and written once a launch, in order. A
small network leaves most of a GPU idle; many models a launch fill it. On a processor, where every load is a gather,
registers are what makes it fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from engine.program.program import Node, Storage
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.whole.fused import Bounds, Fused, UnfitError
from gl_kernels.whole.index import Coords, Span, unravel
from gl_kernels.whole.prepare import Prepared
from gl_kernels.whole.readers import SampleReader, UniformReader, named
from gl_kernels.whole.rules import GLSL_KINDS, rule_of
from gl_kernels.whole.scalars import SMALL, scalars_of
from gl_kernels.whole.sides import Sides
from gl_kernels.whole.uniforms import ALIASES, LOOP_QUAD, QUAD, Found, Places, Uniforms
from gl_kernels.whole.writer import Writer

MOST_SLOTS = 4  # quads of one value that a lane may keep in registers
STATE_ALIGNMENT = 64


def generate(prepared: Prepared, sides: Sides, bounds: Bounds) -> Fused:
    """The shader of a program.

    Raises:
        UnfitError: it does not fit; the sentence says why.
    """
    found = Found()
    while True:
        before = found.size()
        generator = _Generator(prepared, sides, bounds, found)
        generator.run()
        if found.size() == before:
            return generator.finish()


class _Generator:
    """One pass; `Found` carries over to the next one."""

    def __init__(self, prepared: Prepared, sides: Sides, bounds: Bounds, found: Found) -> None:
        self.program = prepared.program
        self.prepared = prepared
        self.sides = sides
        self.bounds = bounds
        self.found = found
        self.out = Writer()
        self.declared: list[str] = []
        self.rows: dict[int, list[str]] = {}  # variables of sample values
        values = self.program.values
        self.data = tuple(v.id for v in values.values() if v.storage is Storage.DATA)
        self.feeds = Places()
        for v in sorted(self.program.named(Storage.FEED).values(), key=lambda v: v.name):
            self.feeds.of(v.id, v.spec.size)
        names = {v: f"data{k}" for k, v in enumerate(self.data)}
        self.uniforms = Uniforms(self.program, found, bounds.lanes, self.feeds.starts, names)
        self.scalars = scalars_of(self.program, sides)
        self.updates = dict(self.program.updates)
        self.states = [
            v
            for v in self.program.named(Storage.STATE).values()
            if v.id in self.updates or self._is_read(v.id)
        ]
        for v in self.states:
            if v.spec.dtype is not DType.FLOAT32:
                raise UnfitError(f"The state {v.name} holds no float32 numbers.")
        self._outer = self.out
        self._written: dict[int, int] = {}  # position at which a state got its new value

    def spec(self, node: Node, operand: int) -> TensorSpec:
        """Of an operand of a node; -1 is its result."""
        return self.program.values[node.outputs[0] if operand == -1 else node.inputs[operand]].spec

    def _is_read(self, value: int) -> bool:
        return any(value in n.inputs for n in self.program.nodes)

    # -- the whole step ------------------------------------------------------------------------------------
    def run(self) -> None:
        """Write the step."""
        for i in self.scalars:
            if self.program.values[i].storage is Storage.STATE:
                self.uniforms.names[i] = [f"s{i}_{e}" for e in range(self.program.values[i].spec.size)]
        self._place_sums()
        last = max(self.sides.phase.values(), default=0)
        for phase in range(-1, last + 1):
            if phase >= 0:
                self._sample_phase(phase)
            self._uniform_phase(phase)
        self._late_updates()
        self._scalar_updates()
        self._remember_outputs()
        self._sync()
        if self.out.statements > self.bounds.statements:
            raise UnfitError(
                f"Written out, a step has {self.out.statements} statements; up to {self.bounds.statements} are compiled."
            )

    def _sync(self) -> None:
        self.out.line("SYNC")
        self.out.forget()
        self.uniforms.position += 1

    def _place_sums(self) -> None:
        """Sums of one phase lie together, and of those the ones that are packed together."""
        places, values = self.uniforms.sums, self.program.values
        phases = {self.program.nodes[k].outputs[0]: self.sides.phase[k] for k in self.sides.sums}
        for phase in sorted(set(phases.values())):
            for node in self.program.nodes:
                if node.op.name == "pack":
                    places.align(4)
                    for i in sorted(range(len(node.inputs)), key=lambda i: node.attrs["offsets"][i]):
                        value, _ = self.uniforms.root(node.inputs[i], unravel(0, self.spec(node, i).shape))
                        if phases.get(value) == phase:
                            places.of(value, values[value].spec.size)
            places.align(4)
            for value in sorted(phases, key=lambda v: -values[v].spec.size):
                if phases[value] == phase:
                    places.of(value, values[value].spec.size)
            places.align(4)

    # -- rows of the batch ---------------------------------------------------------------------------------
    def uniform_for_sample(self, value: int, at: Coords) -> str:
        """An element of a uniform value, loaded once for all rows where that is possible."""
        kind = GLSL_KINDS[self.program.values[value].spec.dtype]
        text = self.uniforms.read(value, at)
        fixed = self.program.values[value].storage is not Storage.DATA and all(isinstance(i, int) for i in at)
        return named(self._outer if fixed else self.out, kind, text)

    def sample_element(self, value: int, index: int) -> str:
        """The variable of an element of this row."""
        if value not in self.rows:
            self.found.kept.add(value)
            size = self._row_size(value)
            kind = GLSL_KINDS[self.program.values[value].spec.dtype]
            self.rows[value] = [self.out.let(kind, f"k{value}[it * {size} + {e}]") for e in range(size)]
        return self.rows[value][index]

    def _row_size(self, value: int) -> int:
        return self.program.values[value].spec.size // self.sides.batch

    def _sample_phase(self, phase: int) -> None:
        nodes = [
            (k, n)
            for k, n in enumerate(self.program.nodes)
            if self.sides.phase[k] == phase and (n.outputs[0] in self.sides.samples or k in self.sides.sums)
        ]
        self.rows = {}
        inner = Writer(self.out)
        sums: dict[int, str] = {}
        self._outer, self.out = self.out, inner
        for k, node in nodes:
            if k in self.sides.sums:
                sums |= self._add_to_sums(node)
            else:
                self._row(node)
        self.out = self._outer
        lanes, batch = self.bounds.lanes, self.sides.batch
        for name in sums.values():
            self.out.line(f"float {name} = 0.0;")
        head = f"for (int it = 0, s = lane; s < {batch}; ++it, s += {lanes})"
        self.out.line(f"{head} {{")
        self.out.absorb(inner, [-(-batch // lanes)])
        self.out.lines.append("}")
        for quad in sorted({place // 4 for place in sums}):
            parts = ", ".join(sums.get(4 * quad + i, "0.0") for i in range(4))
            self.out.line(f"r[{quad * (lanes + 1)} + lane] = vec4({parts});")
        self._sync()
        if sums:
            first, last = min(sums) // 4, max(sums) // 4 + 1
            terms = " + ".join(f"r[q * {lanes + 1} + {j}]" for j in range(lanes))
            head = f"for (int q = {first} + lane; q < {last} + zero; q += {lanes})"
            self.out.line(f"{head} r[q * {lanes + 1}] = {terms};")
            self.out.iterations += -(-(last - first) // lanes)
            self._sync()

    def _row(self, node: Node) -> None:
        value = node.outputs[0]
        rule = rule_of(node.op)
        assert rule is not None
        shape = self.program.values[value].spec.shape[1:]
        kind = GLSL_KINDS[self.program.values[value].spec.dtype]
        reader = SampleReader(self, node)
        names = []
        for e in range(self._row_size(value)):
            names.append(self.out.let(kind, rule(reader, node, ("s", *unravel(e, shape)))))
        self.rows[value] = names
        if value in self.found.kept:
            size, rounds = len(names), -(-self.sides.batch // self.bounds.lanes)
            self.declared.append(f"{kind} k{value}[{size * rounds}];")
            for e, name in enumerate(names):
                self.out.line(f"k{value}[it * {size} + {e}] = {name};")

    def _add_to_sums(self, node: Node) -> dict[int, str]:
        value = node.outputs[0]
        rule = rule_of(node.op)
        assert rule is not None
        shape = self.program.values[value].spec.shape
        start = self.uniforms.sums.starts[value]
        reader = SampleReader(self, node)
        sums = {}
        for e in range(self.program.values[value].spec.size):
            sums[start + e] = f"a{value}_{e}"
            self.out.line(f"a{value}_{e} += {rule(reader, node, unravel(e, shape))};")
        return sums

    # -- what belongs to the model -------------------------------------------------------------------------
    def _uniform_phase(self, phase: int) -> None:
        nodes = [
            n
            for k, n in enumerate(self.program.nodes)
            if self.sides.phase[k] == phase
            and n.outputs[0] not in self.sides.samples
            and k not in self.sides.sums
        ]
        depth = self._depths(nodes)
        self.uniforms.own.clear()
        for level in range(max(depth.values(), default=-1) + 1):
            here = [n for n in nodes if depth[n.outputs[0]] == level]
            if level:
                self._sync()
            for node in here:
                if node.outputs[0] in self.scalars and node.op.name not in ALIASES:
                    self._scalar(node)
            domains: dict[int, list[Node]] = {}
            for node in here:
                if node.outputs[0] not in self.scalars and node.op.name not in ALIASES:
                    domains.setdefault(self.program.values[node.outputs[0]].spec.size, []).append(node)
            for size, group in domains.items():
                self._group(size, group)
        if any(n.outputs[0] in self.found.stored for n in nodes):
            self._sync()

    def _depths(self, nodes: Sequence[Node]) -> dict[int, int]:
        """After how many barriers of this phase each value can be computed."""
        depth: dict[int, int] = {}
        for node in nodes:
            made = node.outputs[0]
            size = self.program.values[made].spec.size
            at = 0
            for i in node.inputs:
                root = self.uniforms.root(i, unravel(0, self.program.values[i].spec.shape))[0]
                if root not in depth:
                    continue
                same = root in self.scalars or (
                    node.op.kind == "elementwise"
                    and self.program.values[root].spec.size == size
                    and made not in self.scalars
                )
                at = max(at, depth[root] + (0 if same or node.op.name in ALIASES else 1))
            depth[made] = at
        return depth

    def _scalar(self, node: Node) -> None:
        value = node.outputs[0]
        rule = rule_of(node.op)
        assert rule is not None
        shape, kind = self.program.values[value].spec.shape, GLSL_KINDS[self.program.values[value].spec.dtype]
        reader = UniformReader(self, node)
        size = self.program.values[value].spec.size
        self.uniforms.names[value] = [
            self.out.let(kind, rule(reader, node, unravel(e, shape))) for e in range(size)
        ]

    def slots(self, size: int) -> int:
        """Rounds in which all lanes together go through the elements of values of that size, four at a time."""
        return -(-size // (4 * self.bounds.lanes))

    def _rounds(self, size: int) -> list[int | None]:
        """The slots one by one, with their states in registers; or None for a loop over them, with states in memory."""
        return [*range(self.slots(size))] if self.slots(size) <= MOST_SLOTS else [None]

    @contextmanager
    def _quad(self, size: int, slot: int | None) -> Iterator[None]:
        """Statements inside are about four neighbours of this lane. There is room for them behind the last one."""
        self.uniforms.domain = size
        self.uniforms.own.clear()
        lanes = self.bounds.lanes
        head = f"for (int k = 0; k < {self.slots(size)} + zero; ++k)"
        with self.out.block("") if slot is not None else self.out.loop(head, self.slots(size)):
            if slot is None:
                self.out.line(f"int loop_lane = k * {lanes} + lane, loop_quad = 4 * loop_lane;")
            yield
        self.uniforms.slot, self.uniforms.domain = "", 0

    def _component(self, size: int, slot: int | None, component: int) -> None:
        """Go to one of the four."""
        if slot is None:
            self.uniforms.slot, self.uniforms.suffix = Span.of(LOOP_QUAD, component, component, size), ""
            return
        low = 4 * self.bounds.lanes * slot + component
        high = max(low + 1, min(size, low + 4 * self.bounds.lanes - 3))
        self.uniforms.slot = Span.of(QUAD, low, low, high)
        self.uniforms.suffix = f"_{slot}{'xyzw'[component]}"

    def _group(self, size: int, nodes: Sequence[Node]) -> None:
        """Values of one size, four elements at a time by their lane: all reads, then all writes."""
        for slot in self._rounds(size):
            with self._quad(size, slot):
                made: dict[int, list[str]] = {}
                for component in range(4):
                    self._component(size, slot, component)
                    for node in nodes:
                        self._element(node)
                        made.setdefault(node.outputs[0], []).append(self.uniforms.own[node.outputs[0]])
                for value, names in made.items():
                    self._store(value, slot, names)

    def _element(self, node: Node) -> None:
        value = node.outputs[0]
        rule = rule_of(node.op)
        assert rule is not None
        spec = self.program.values[value].spec
        at = unravel(self.uniforms.slot, spec.shape)
        self.uniforms.own[value] = self.out.let(
            GLSL_KINDS[spec.dtype], rule(UniformReader(self, node), node, at)
        )

    def _store(self, value: int, slot: int | None, names: Sequence[str]) -> None:
        spec = self.program.values[value].spec
        if value in self.found.stored:
            parts = names if spec.dtype is DType.FLOAT32 else [f"intBitsToFloat({n})" for n in names]
            self._store_shared(self.uniforms.shared.of(value, spec.size), slot, parts)
        for state, new in self.program.updates:
            if new != value or state in self.scalars or state in self.found.late:
                continue
            if self.program.values[state].spec.size == spec.size:
                self._written[state] = self.uniforms.position
                self._write_state(state, slot, names)

    def _store_shared(self, start: int, slot: int | None, names: Sequence[str]) -> None:
        where = (
            f"loop_lane + {start // 4}" if slot is None else f"lane + {start // 4 + slot * self.bounds.lanes}"
        )
        self.out.line(f"us[{where}] = vec4({', '.join(names)});")

    def _write_state(self, state: int, slot: int | None, names: Sequence[str]) -> None:
        size = self.program.values[state].spec.size
        if slot is None:
            self.found.shared.add(state)
            self._store_shared(self.uniforms.shared.of(state, size), slot, names)
            return
        for component, name in enumerate(names):
            self._component(size, slot, component)
            self.out.line(f"{self.uniforms.own_state(state)} = {name};")
        if state in self.found.shared:
            self._store_shared(self.uniforms.shared.of(state, size), slot, names)

    # -- the end of a step ---------------------------------------------------------------------------------
    def _late_updates(self) -> None:
        """States that could not be written where their new value was made."""
        for state, written in self._written.items():
            if self.uniforms.last_read.get(state, -1) >= written:
                self.found.late.add(state)
        pending = [s for s, _ in self.program.updates if s not in self.scalars and s not in self._written]
        if not pending:
            return
        self._sync()
        for state in pending:
            value, size = self.updates[state], self.program.values[state].spec.size
            for slot in self._rounds(size):
                with self._quad(size, slot):
                    names = []
                    for component in range(4):
                        self._component(size, slot, component)
                        at = unravel(self.uniforms.slot, self.program.values[value].spec.shape)
                        names.append(named(self.out, "float", self.uniforms.read(value, at)))
                    self._write_state(state, slot, names)

    def _scalar_updates(self) -> None:
        new: list[tuple[str, str]] = []
        for state, value in self.program.updates:
            if state in self.scalars:
                shape = self.program.values[value].spec.shape
                for e, name in enumerate(self.uniforms.names[state]):
                    new.append((name, self.out.let("float", self.uniforms.read(value, unravel(e, shape)))))
        kept = [(name, self.out.fresh("n"), text) for name, text in new]
        for _, fresh, text in kept:
            self.out.line(f"float {fresh} = {text};")
        for name, fresh, _ in kept:
            self.out.line(f"{name} = {fresh};")

    def _remember_outputs(self) -> None:
        for value in self.program.outputs.values():
            size, shape = self.program.values[value].spec.size, self.program.values[value].spec.shape
            if size > SMALL:
                raise UnfitError("A result is too long to be read back.")
            for e in range(size):
                name = f"o{value}_{e}"
                if f"float {name} = 0.0;" not in self.declared:
                    self.declared.append(f"float {name} = 0.0;")
                self.out.line(f"{name} = {self.uniforms.read(value, unravel(e, shape))};")

    # -- around the steps ----------------------------------------------------------------------------------
    def finish(self) -> Fused:
        """The sections, after a pass that found nothing new."""
        places = Places(4 * self.bounds.lanes)
        offsets = {s.name: places.of(s.id, s.spec.size) for s in self.states}
        outputs = {name: places.size + e for e, name in self._output_words()}
        total = places.size + sum(self.program.values[v].spec.size for v in self.program.outputs.values())
        state_words = -(-total // STATE_ALIGNMENT) * STATE_ALIGNMENT
        load, store = Writer(), Writer()
        for state in self.states:
            self._around(state.id, offsets[state.name], load, store)
        for name, start in outputs.items():
            value = self.program.outputs[name]
            for e in range(self.program.values[value].spec.size):
                word = start + e
                store.line(f"if (lane == 0) states[origin + {word // 4}].{'xyzw'[word % 4]} = o{value}_{e};")
        lanes, sums, shared = self.bounds.lanes, self.uniforms.sums.size, self.uniforms.shared.size
        rows = max(1, (-(-sums // 4) + lanes) * (lanes + 1))
        nbytes = 16 * rows + 4 * max(4, shared)
        if nbytes > self.bounds.shared:
            raise UnfitError(
                f"A step needs {nbytes} bytes of shared memory; the device has {self.bounds.shared}."
            )
        declare = [
            "#define SYNC memoryBarrierShared();" + ("" if self.bounds.lockstep else " barrier();"),
            f"#define STATE_QUADS {state_words // 4}",
            f"#define ROW_WORDS {self.feeds.size}",
            f"shared vec4 us[{max(1, shared // 4)}];",
            f"shared vec4 r[{rows}];",
            "#define u(q) us[q]",
            f"#define whole(q) r[(q) * {lanes + 1}]",
        ]
        return Fused(
            {
                "DECLARE": "\n".join(declare),
                "LOAD": "\n".join([*self.declared, load.text]),
                "STEP": f"int row = (int(number) * int(models) + model) * ROW_WORDS;\n{self.out.text}",
                "STORE": store.text,
            },
            {self.program.values[i].name: w for i, w in self.feeds.starts.items()},
            self.feeds.size,
            offsets,
            outputs,
            state_words,
            tuple(self.program.values[i].name for i in self.data),
            self._constants(),
            nbytes,
            self.out.statements,
            lanes,
            self.bounds.steps(self.out.iterations),
        )

    def _output_words(self) -> Iterator[tuple[int, str]]:
        word = 0
        for name, value in self.program.outputs.items():
            yield word, name
            word += self.program.values[value].spec.size

    def _constants(self) -> Array:
        flat = np.zeros(self.uniforms.consts.size, np.float32)
        for i, start in self.uniforms.consts.starts.items():
            array = self.program.constants[i].reshape(-1)
            flat[start : start + array.size] = array if array.dtype == np.float32 else array.view(np.float32)
        return flat

    def _around(self, state: int, offset: int, load: Writer, store: Writer) -> None:
        """Bring a state in before the first step, and out after the last one."""
        size, lanes = self.program.values[state].spec.size, self.bounds.lanes
        there = f"states[origin + {offset // 4}{{}}]"
        changed = state in self.updates
        if state in self.scalars:
            for e in range(size):
                word = f"{there.format(f' + {e // 4}')}.{'xyzw'[e % 4]}"
                load.line(f"float s{state}_{e} = {word};")
                if changed:
                    store.line(f"if (lane == 0) {word} = s{state}_{e};")
            return
        if state in self.found.shared:
            start = self.uniforms.shared.of(state, size) // 4
            head = f"for (int c = lane; c < {self.slots(size) * lanes}; c += {lanes})"
            load.line(f"{head} us[{start} + c] = {there.format(' + c')};")
            if changed and state not in self.uniforms.states:
                store.line(f"{head} {there.format(' + c')} = us[{start} + c];")
        if state not in self.uniforms.states:
            return
        for slot in range(self.slots(size)):
            here = there.format(f" + {slot * lanes} + lane")
            load.line(f"vec4 l{state}_{slot} = {here};")
            for c in "xyzw":
                load.line(f"float s{state}_{slot}{c} = l{state}_{slot}.{c};")
            if changed:
                names = ", ".join(f"s{state}_{slot}{c}" for c in "xyzw")
                store.line(f"{here} = vec4({names});")
