"""Notes how long the parts of a fused step take, by the clock that the work group itself reads (GL_ARB_shader_clock).

What a step spends between two looks at the clock belongs to one part: a layer's nodes of one phase, or what belongs to no
layer. Marks stand only where one part ends and another begins, since each look at the clock takes time, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.program.costs import cost_of
from engine.program.enclosed import core_of
from engine.program.program import Node, Phase, Program
from gl_kernels.whole.writer import Writer

EXTENSION = "GL_ARB_shader_clock"
NOW = "clock2x32ARB().x"
MOST_NAMES = 3


@dataclass(frozen=True)
class Part:
    """What a stretch of a fused step is for.

    Attributes:
        name: of its operations.
        origin: canvas node; empty for what belongs to none.
        phase: of the step.
        nbytes: read and written at least; 0 where all stays in registers.
        multiply_adds: of products and convolutions.
    """

    name: str
    origin: str
    phase: Phase
    nbytes: int = 0
    multiply_adds: int = 0


class Clock:
    """Writes the marks of a step, if it is to be timed at all."""

    def __init__(self, program: Program, *, on: bool) -> None:
        self._program = program
        self._on = on
        self._keys: dict[object, int] = {}  # places of the parts
        self._nodes: list[list[Node]] = []  # of each part
        self._kinds: list[tuple[str, str, Phase]] = []
        self._current: int | None = None

    def begin(self, out: Writer, node: Node, *, alone: bool = False) -> None:
        """What follows is for this node: by itself if it is `alone`, else with its layer's others of the same phase."""
        key = (node.origin, node.phase, node.outputs if alone else ())
        self._switch(out, key, (core_of(node).name, node.origin, node.phase))
        if self._current is not None and node not in self._nodes[self._current]:
            self._nodes[self._current].append(node)

    def begin_shared(self, out: Writer, name: str, phase: Phase) -> None:
        """What follows belongs to no layer."""
        self._switch(out, (name, phase), (name, "", phase))

    def end(self, out: Writer) -> None:
        """What follows belongs to whatever begins next: a loop begins or ends, or the step does."""
        if self._current is not None:
            # not counted as a statement: whether a step is timed must not decide how it is written
            out.lines.append(f"look = {NOW}; spent{self._current} += look - before; before = look;")
        self._current = None

    def _switch(self, out: Writer, key: object, kind: tuple[str, str, Phase]) -> None:
        if not self._on:
            return
        if key not in self._keys:
            self._keys[key] = len(self._keys)
            self._nodes.append([])
            self._kinds.append(kind)
        if self._current != self._keys[key]:
            self.end(out)
            self._current = self._keys[key]

    # -- around the steps --------------------------------------------------------------------------------------
    def parts(self, *, in_memory: bool) -> tuple[Part, ...]:
        """All parts in the order in which they began; `in_memory`: values lie in memory between nodes."""
        return tuple(
            self._part(kind, nodes, in_memory) for kind, nodes in zip(self._kinds, self._nodes, strict=True)
        )

    def _part(self, kind: tuple[str, str, Phase], nodes: Sequence[Node], in_memory: bool) -> Part:
        name, origin, phase = kind
        names = list(dict.fromkeys(core_of(node).name for node in nodes)) or [name]
        title = ", ".join(names[:MOST_NAMES]) + ", ..." * (len(names) > MOST_NAMES)
        costs = [cost_of(self._program, node) for node in nodes]
        nbytes = sum(nbytes for nbytes, _ in costs) if in_memory else 0
        return Part(title, origin, phase, nbytes, sum(adds for _, adds in costs))

    def beginning(self) -> list[str]:
        """Statements before the first step."""
        if not self._on:
            return []
        spent = [f"spent{k} = 0u" for k in range(len(self._keys))]
        return [f"uint look, before = {NOW}, begun = before, {', '.join(spent)};"]

    def ending(self) -> list[str]:
        """Numbers to be stored after the last step: what each part took, then all steps together, in ticks."""
        if not self._on:
            return []
        return [*(f"float(spent{k})" for k in range(len(self._keys))), f"float({NOW} - begun)"]
