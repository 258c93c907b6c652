"""Writes what is computed for each example: every lane goes through its rows of the batch, with all values in registers.

What is summed over the batch is summed by each lane for its own rows first; the sums cross the lanes once.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.program.program import Node, Storage
from gl_kernels.whole.index import Coords, unravel
from gl_kernels.whole.passes import Pass
from gl_kernels.whole.readers import SampleReader, named
from gl_kernels.whole.rules import rule_of
from gl_kernels.whole.writer import LEAVING, Writer


class Rows:
    """Sample values of one pass. Implements `readers.RowSource`."""

    def __init__(self, step: Pass) -> None:
        self.step = step
        self._outer = step.out  # before the loop over the rows
        self._variables: dict[int, list[str]] = {}  # of sample values, by element

    def uniform_for_sample(self, value: int, at: Coords) -> str:
        """An element of a uniform value, loaded once for all rows where that is possible."""
        text = self.step.uniforms.read(value, at)
        fixed = self.step.program.values[value].storage is not Storage.DATA
        fixed = fixed and all(isinstance(i, int) for i in at)
        return named(self._outer if fixed else self.step.out, self.step.kind(value), text)

    def sample_element(self, value: int, index: int) -> str:
        """The variable of an element of this row."""
        if value not in self._variables:
            self.step.found.kept.add(value)
            size, kind = self._row_size(value), self.step.kind(value)
            self._variables[value] = [
                self.step.out.let(kind, f"k{value}[it * {size} + {e}]") for e in range(size)
            ]
        return self._variables[value][index]

    def write(self, phase: int) -> None:
        """All that belongs to the rows in one phase."""
        step, sides = self.step, self.step.sides
        nodes = [
            (k, n)
            for k, n in enumerate(step.program.nodes)
            if sides.phase[k] == phase and (n.outputs[0] in sides.samples or k in sides.sums)
        ]
        self._variables = {}
        inner = Writer(step.out)
        sums: dict[int, str] = {}
        self._outer, step.out = step.out, inner
        for k, node in nodes:
            step.clock.begin(step.out, node)
            if k in sides.sums:
                sums |= self._add_to_sums(node)
            else:
                self._row(node)
        step.clock.end(step.out)
        step.out = self._outer
        if nodes:
            step.clock.begin_shared(step.out, "weights to registers", nodes[0][1].phase)
            step.clock.end(step.out)
        for name in sums.values():
            step.out.line(f"float {name} = 0.0;")
        lanes, batch = step.bounds.lanes, sides.batch
        step.out.line(f"for (int it = 0, s = lane; s < {batch}; ++it, s += {lanes}) {{")
        step.out.absorb(inner, [-(-batch // lanes)])
        step.out.lines.append("}")
        if sums:
            step.clock.begin_shared(step.out, "sums over the batch", nodes[-1][1].phase)
        self._cross_lanes(sums)
        step.clock.end(step.out)

    def _cross_lanes(self, sums: dict[int, str]) -> None:
        """Add up the sums of all lanes, given by their places, through shared memory; always in the same order."""
        step, lanes = self.step, self.step.bounds.lanes
        for quad in sorted({place // 4 for place in sums}):
            parts = ", ".join(sums.get(4 * quad + i, "0.0") for i in range(4))
            step.out.line(f"r[{quad * (lanes + 1)} + lane] = vec4({parts});")
        step.sync()
        if sums:
            first, last = min(sums) // 4, max(sums) // 4 + 1
            terms = " + ".join(f"r[q * {lanes + 1} + {j}]" for j in range(lanes))
            head = f"for (int q = {first} + lane; q < {last} + zero; q += {lanes})"
            step.out.line(f"{head} r[q * {lanes + 1}] = {terms};")
            step.out.iterations += -(-(last - first) // lanes) + LEAVING
            step.sync()

    def _row(self, node: Node) -> None:
        value, step = node.outputs[0], self.step
        rule = rule_of(node.op)
        assert rule is not None
        shape, kind = step.spec_of(value).shape[1:], step.kind(value)
        reader = SampleReader(self, node)
        names = [
            step.out.let(kind, rule(reader, node, ("s", *unravel(e, shape))))
            for e in range(self._row_size(value))
        ]
        self._variables[value] = names
        if value in step.found.kept:
            self._keep(value, names)

    def _keep(self, value: int, names: Sequence[str]) -> None:
        """Let a later phase find the elements of all of this lane's rows."""
        size, rounds = len(names), -(-self.step.sides.batch // self.step.bounds.lanes)
        self.step.declared.append(f"{self.step.kind(value)} k{value}[{size * rounds}];")
        for e, name in enumerate(names):
            self.step.out.line(f"k{value}[it * {size} + {e}] = {name};")

    def _add_to_sums(self, node: Node) -> dict[int, str]:
        value, step = node.outputs[0], self.step
        rule = rule_of(node.op)
        assert rule is not None
        spec, start = step.spec_of(value), step.uniforms.sums.starts[value]
        reader = SampleReader(self, node)
        sums = {}
        for e in range(spec.size):
            sums[start + e] = f"a{value}_{e}"
            step.out.line(f"a{value}_{e} += {rule(reader, node, unravel(e, spec.shape))};")
        return sums

    def _row_size(self, value: int) -> int:
        return self.step.spec_of(value).size // self.step.sides.batch
