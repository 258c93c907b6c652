"""How rules read operands: for the row of an example, with all indices known, or for an element of a uniform value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from engine.program.program import Node
from engine.tensor.spec import TensorSpec
from gl_kernels.whole.fused import UnfitError
from gl_kernels.whole.index import Coords, Ix, plus
from gl_kernels.whole.rules import FOLDS, Range
from gl_kernels.whole.sides import Sides
from gl_kernels.whole.uniforms import Uniforms
from gl_kernels.whole.writer import Writer

UNROLLED_FOLD = 16
QUAD_READ = re.compile(r"((?:u|whole)\([^()]*(?:\([^()]*\))?\))\.([xyzw])$")


class Source(Protocol):
    """A pass of the generator, as readers see it."""

    out: Writer
    sides: Sides
    uniforms: Uniforms

    def spec(self, node: Node, operand: int) -> TensorSpec:
        """Of an operand of a node; -1 is its result."""
        ...


class RowSource(Protocol):
    """What is computed for each example, as readers see it."""

    @property
    def step(self) -> Source:
        """The pass."""
        ...

    def uniform_for_sample(self, value: int, at: Coords) -> str:
        """An element of a uniform value."""
        ...

    def sample_element(self, value: int, index: int) -> str:
        """An element of this row."""
        ...


class SampleReader:
    """Reads for the row `s` of a sample value, or for its share of a sum over the batch; all indices are numbers."""

    def __init__(self, to: RowSource, node: Node) -> None:
        self._to = to
        self._node = node

    def spec(self, operand: int) -> TensorSpec:
        """Of an operand."""
        return self._to.step.spec(self._node, operand)

    def let(self, kind: str, expression: str) -> str:
        """The name of a variable of that value."""
        return self._to.step.out.let(kind, expression)

    def read(self, operand: int, at: Coords) -> str:
        """An element of an operand."""
        value = self._node.inputs[operand]
        if value not in self._to.step.sides.samples:
            return self._to.uniform_for_sample(value, at)
        index: Ix = 0
        for i, n in zip(at[1:], self.spec(operand).shape[1:], strict=True):
            index = plus(index * n if isinstance(index, int) else f"({index} * {n})", i)
        if at[0] != "s" or not isinstance(index, int):
            raise UnfitError(f"The operation {self._node.op.name} mixes the examples of a batch.")
        return self._to.sample_element(value, index)

    def fold(self, how: str, ranges: Sequence[Range], term: Callable[[Coords], str | None]) -> str:
        """Written out; over the batch, the share of this row."""
        lengths = [1 if self._is_batch(r) else r.length for r in ranges]
        terms: list[str] = []
        for k in np.ndindex(*lengths):
            at = tuple("s" if self._is_batch(r) else int(i) for r, i in zip(ranges, k, strict=True))
            text = term(at)
            if text is not None:
                terms.append(text)
        return joined(self._to.step.out, how, terms)

    def _is_batch(self, over: Range) -> bool:
        return over.axis == 0 and self._node.inputs[over.operand] in self._to.step.sides.samples


class UniformReader:
    """Reads for an element of a uniform value; sums are loops."""

    def __init__(self, to: Source, node: Node) -> None:
        self._to = to
        self._node = node

    def spec(self, operand: int) -> TensorSpec:
        """Of an operand."""
        return self._to.spec(self._node, operand)

    def let(self, kind: str, expression: str) -> str:
        """The name of a variable of that value."""
        return named(self._to.out, kind, expression)

    def read(self, operand: int, at: Coords) -> str:
        """An element of an operand."""
        return self._to.uniforms.read(self._node.inputs[operand], at)

    def fold(self, how: str, ranges: Sequence[Range], term: Callable[[Coords], str | None]) -> str:
        """Written out if it is short, else a loop."""
        lengths = [r.length for r in ranges]
        if int(np.prod(lengths)) <= UNROLLED_FOLD:
            texts = (term(tuple(map(int, k))) for k in np.ndindex(*lengths))
            return joined(self._to.out, how, [t for t in texts if t is not None])
        out = self._to.out
        start, step = FOLDS[how]
        total, counters = out.fresh("f"), [out.fresh("i") for _ in ranges]
        out.line(f"float {total} = {start};")
        with out.loops(
            {f"for (int {i} = 0; {i} < {n}; ++{i})": n for i, n in zip(counters, lengths, strict=True)}
        ):
            text = term(tuple(counters))
            if text is not None:
                out.line(f"{total} = {step.format(total, text)};")
        return total


def named(out: Writer, kind: str, text: str) -> str:
    """The variable of an element; of four neighbours that are loaded together, the component."""
    quad = QUAD_READ.match(text)
    return f"{out.let('vec4', quad[1])}.{quad[2]}" if quad else out.let(kind, text)


def joined(out: Writer, how: str, terms: Sequence[str]) -> str:
    """A fold written out."""
    start, step = FOLDS[how]
    if not terms:
        return start
    if how == "sum":
        return f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]
    total = terms[0]
    for text in terms[1:]:
        total = out.let("float", step.format(total, text))
    return total
