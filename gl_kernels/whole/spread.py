"""Writes what belongs to the whole model: single numbers in every lane, longer values spread over the lanes by quads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from engine.program.program import Node, Phase
from engine.tensor.spec import DType
from gl_kernels.whole.index import Span, unravel
from gl_kernels.whole.passes import Pass
from gl_kernels.whole.readers import UniformReader, named
from gl_kernels.whole.rules import rule_of
from gl_kernels.whole.uniforms import ALIASES, LOOP_QUAD, QUAD

MOST_SLOTS = 4  # quads of one value that a lane may keep in registers


class Spread:
    """Uniform values of one pass, and the states' new values."""

    def __init__(self, step: Pass) -> None:
        self._step = step
        self._written: dict[int, int] = {}  # position at which a state got its new value

    def write(self, phase: int) -> None:
        """All uniform values of one phase."""
        step, sides = self._step, self._step.sides
        nodes = [
            n
            for k, n in enumerate(step.program.nodes)
            if sides.phase[k] == phase and n.outputs[0] not in sides.samples and k not in sides.sums
        ]
        depth = self._depths(nodes)
        step.uniforms.own.clear()
        for level in range(max(depth.values(), default=-1) + 1):
            if level:
                step.sync()
            here = [n for n in nodes if depth[n.outputs[0]] == level and n.op.name not in ALIASES]
            for node in here:
                if node.outputs[0] in step.scalars:
                    step.clock.begin(step.out, node)
                    self._scalar(node)
            domains: dict[int, list[Node]] = {}
            for node in here:
                if node.outputs[0] not in step.scalars:
                    domains.setdefault(step.spec(node, -1).size, []).append(node)
            for size, group in domains.items():
                self._group(size, group)
        if any(n.outputs[0] in step.found.stored for n in nodes):
            step.sync()

    def late_updates(self) -> None:
        """States that could not be written where their new value was made."""
        step = self._step
        for state, written in self._written.items():
            if step.uniforms.last_read.get(state, -1) >= written:
                step.found.late.add(state)
        pending = [s for s, _ in step.program.updates if s not in step.scalars and s not in self._written]
        if not pending:
            return
        step.clock.begin_shared(step.out, "new weights", Phase.UPDATE)
        step.sync()
        for state in pending:
            value, size = step.updates[state], step.spec_of(state).size
            for slot in self._rounds(size):
                with self._quad(size, slot):
                    names = []
                    for component in range(4):
                        self._component(size, slot, component)
                        at = unravel(step.uniforms.slot, step.spec_of(value).shape)
                        names.append(named(step.out, "float", step.uniforms.read(value, at)))
                    self._write_state(state, slot, names)

    # -- order -----------------------------------------------------------------------------------------------------
    def _depths(self, nodes: Sequence[Node]) -> dict[int, int]:
        """After how many barriers of this phase each value can be computed."""
        step, depth = self._step, dict[int, int]()
        for node in nodes:
            made = node.outputs[0]
            at = 0
            for i in node.inputs:
                root = step.uniforms.root(i, unravel(0, step.spec_of(i).shape))[0]
                if root not in depth:
                    continue
                same = root in step.scalars or (
                    node.op.kind == "elementwise"
                    and step.spec_of(root).size == step.spec_of(made).size
                    and made not in step.scalars
                )
                at = max(at, depth[root] + (0 if same or node.op.name in ALIASES else 1))
            depth[made] = at
        return depth

    # -- values ----------------------------------------------------------------------------------------------------
    def _scalar(self, node: Node) -> None:
        value, step = node.outputs[0], self._step
        rule = rule_of(node.op)
        assert rule is not None
        spec, kind, reader = step.spec_of(value), step.kind(value), UniformReader(step, node)
        step.uniforms.names[value] = [
            step.out.let(kind, rule(reader, node, unravel(e, spec.shape))) for e in range(spec.size)
        ]

    def _group(self, size: int, nodes: Sequence[Node]) -> None:
        """Values of one size, four elements at a time by their lane: all reads, then all writes."""
        for slot in self._rounds(size):
            with self._quad(size, slot):
                made: dict[int, list[str]] = {}
                for component in range(4):
                    self._component(size, slot, component)
                    for node in nodes:
                        self._step.clock.begin(self._step.out, node)
                        made.setdefault(node.outputs[0], []).append(self._element(node))
                for value, names in made.items():
                    self._store(value, slot, names)

    def _element(self, node: Node) -> str:
        value, step = node.outputs[0], self._step
        rule = rule_of(node.op)
        assert rule is not None
        at = unravel(step.uniforms.slot, step.spec_of(value).shape)
        name = step.out.let(step.kind(value), rule(UniformReader(step, node), node, at))
        step.uniforms.own[value] = name
        return name

    def _rounds(self, size: int) -> list[int | None]:
        """The slots one by one, with their states in registers; or None for a loop over them, with states in memory."""
        slots = self._step.slots(size)
        return [*range(slots)] if slots <= MOST_SLOTS else [None]

    @contextmanager
    def _quad(self, size: int, slot: int | None) -> Iterator[None]:
        """Statements inside are about four neighbours of this lane. There is room for them behind the last one."""
        step = self._step
        step.uniforms.domain = size
        step.uniforms.own.clear()
        lanes, slots = step.bounds.lanes, step.slots(size)
        head = f"for (int k = 0; k < {slots} + zero; ++k)"
        if slot is not None:
            with step.out.block(""):
                yield
        else:
            step.clock.end(step.out)
            with step.out.loop(head, slots):
                step.out.line(f"int loop_lane = k * {lanes} + lane, loop_quad = 4 * loop_lane;")
                yield
                step.clock.end(step.out)
        step.uniforms.slot, step.uniforms.domain = "", 0

    def _component(self, size: int, slot: int | None, component: int) -> None:
        """Go to one of the four."""
        uniforms, across = self._step.uniforms, 4 * self._step.bounds.lanes
        if slot is None:
            uniforms.slot, uniforms.suffix = Span.of(LOOP_QUAD, component, component, size), ""
            return
        low = across * slot + component
        high = max(low + 1, min(size, low + across - 3))
        uniforms.slot = Span.of(QUAD, low, low, high)
        uniforms.suffix = f"_{slot}{'xyzw'[component]}"

    # -- where they go ---------------------------------------------------------------------------------------------
    def _store(self, value: int, slot: int | None, names: Sequence[str]) -> None:
        step, spec = self._step, self._step.spec_of(value)
        if value in step.found.stored:
            parts = names if spec.dtype is DType.FLOAT32 else [f"intBitsToFloat({n})" for n in names]
            self._store_shared(step.uniforms.shared.of(value, spec.size), slot, parts)
        for state, new in step.program.updates:
            if new != value or state in step.scalars or state in step.found.late:
                continue
            if step.spec_of(state).size == spec.size:
                self._written[state] = step.uniforms.position
                self._write_state(state, slot, names)

    def _store_shared(self, start: int, slot: int | None, names: Sequence[str]) -> None:
        quads = start // 4
        lanes = self._step.bounds.lanes
        where = f"loop_lane + {quads}" if slot is None else f"lane + {quads + slot * lanes}"
        self._step.out.line(f"us[{where}] = vec4({', '.join(names)});")

    def _write_state(self, state: int, slot: int | None, names: Sequence[str]) -> None:
        step, size = self._step, self._step.spec_of(state).size
        if slot is None:
            step.found.shared.add(state)
            self._store_shared(step.uniforms.shared.of(state, size), slot, names)
            return
        for component, name in enumerate(names):
            self._component(size, slot, component)
            step.out.line(f"{step.uniforms.own_state(state)} = {name};")
        if state in step.found.shared:
            self._store_shared(step.uniforms.shared.of(state, size), slot, names)
