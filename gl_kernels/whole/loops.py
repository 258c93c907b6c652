"""Memory and loops of a fused step that is written as loops: where values lie, how they are read, when lanes wait."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from engine.compiler.plan_memory import Location, Planned
from engine.program.program import Node, Storage
from engine.tensor.spec import Array, DType, Shape, TensorSpec
from gl_kernels.bodies import literal
from gl_kernels.whole.fused import Bounds, UnfitError
from gl_kernels.whole.index import At, Coords, Ix, plus, times
from gl_kernels.whole.rules import FOLDS, Range
from gl_kernels.whole.uniforms import Places
from gl_kernels.whole.writer import Writer

NAMES = re.compile(r"[A-Za-z_]\w*")
QUAD = 4
UNROLLED = 8  # terms of a fold that are written out


class Loops:
    """Reads for the elements of a node, and writes the statements. Implements `GuardedReader`.

    Attributes:
        node: whose operands are read.
        out: the statements so far.
        temps: words of all temporaries.
        image: whether memory is read as an image.
    """

    def __init__(self, planned: Planned, bounds: Bounds) -> None:
        self.values = planned.program.values
        self.node: Node = planned.steps[0]
        self.out = Writer()
        self.temps = -(-planned.sizes["temp"] // 4)
        self.image = bounds.lockstep
        self.feeds, self.states, self._consts = Places(), Places(QUAD), Places()
        self._planned, self._bounds = planned, bounds
        self._around: list[Writer] = []  # where the loops of a fold begin, the innermost last
        self._moving: set[str] = set()  # variables that change in such a loop
        self._read: list[Location] = []
        self._written: list[Location] = []
        self._place()

    def _place(self) -> None:
        program = self._planned.program
        used = {i for n in program.nodes for i in n.inputs} | {s for s, _ in program.updates}
        for v in sorted(program.named(Storage.FEED).values(), key=lambda v: v.name):
            self.feeds.of(v.id, v.spec.size)
        self.data = tuple(v.id for v in self.values.values() if v.storage is Storage.DATA)
        for v in program.named(Storage.STATE).values():
            if v.id in used:
                if v.spec.dtype is not DType.FLOAT32:
                    raise UnfitError(f"The state {v.name} holds no float32 numbers.")
                self.states.of(v.id, v.spec.size)
        self._state_of = {f"state:{self.values[i].name}": w for i, w in self.states.starts.items()}

    # -- memory ---------------------------------------------------------------------------------------------
    @property
    def temps_shared(self) -> bool:
        """Whether temporaries lie in shared memory."""
        return not self.image and 4 * self.temps <= self._bounds.shared

    @property
    def states_shared(self) -> bool:
        """Whether states do so, too, from the first step of a launch to its last."""
        return self.temps_shared and 4 * (self.temps + self.states.size) <= self._bounds.shared

    @property
    def shared_bytes(self) -> int:
        """Of a work group."""
        return 4 * (self.temps * self.temps_shared + self.states.size * self.states_shared)

    def reserve(self, words: int) -> int:
        """Room behind the temporaries, the first word of it."""
        start = self.temps
        self.temps += -(-words // QUAD) * QUAD
        return start

    def declarations(self, state_words: int, scratch_words: int) -> str:
        """What stands before `main`."""
        wait = "memoryBarrier();" if self._bounds.lockstep else "memoryBarrier(); barrier();"
        if self.temps_shared:
            wait = "memoryBarrier(); memoryBarrierShared(); barrier();"
        lines = [
            f"#define SYNC {wait}",
            "#define STATE_QUADS 0",
            f"#define STATE_WORDS {state_words}",
            f"#define SCRATCH_WORDS {scratch_words}",
            f"#define ROW_WORDS {self.feeds.size}",
        ]
        if self.image:
            lines.append("layout(r32f, binding = 0) uniform coherent readonly imageBuffer view;")
        lines.append(f"#define M(i) {'imageLoad(view, i).x' if self.image else 'm[i]'}")
        for name, base, size, shared in (
            ("S", "base", self.states.size, self.states_shared),
            ("T", "temps", self.temps, self.temps_shared),
        ):
            lines.append(f"#define {name}(i) {f'{name}S[i]' if shared else f'M({base} + (i))'}")
            lines.append(f"#define {name}W(i) {f'{name}S[i]' if shared else f'm[{base} + (i)]'}")
            if shared:
                lines.append(f"shared float {name}S[{max(1, size)}];")
        return "\n".join(lines)

    def beginning(self) -> str:
        """The first statements of `main`."""
        lines = [
            "const int base = model * STATE_WORDS;",
            "const int temps = int(models) * STATE_WORDS + model * SCRATCH_WORDS;",
        ]
        if self.states_shared:
            lines.append(f"{self._all_states()} SS[c] = m[base + c];")
        return "\n".join(lines)

    def ending(self) -> str:
        """The last statements of `main`."""
        return f"{self._all_states()} m[base + c] = SS[c];" if self.states_shared else ""

    def _all_states(self) -> str:
        return f"for (int c = lane; c < {self.states.size}; c += {self._bounds.loop_lanes})"

    def constants(self) -> Array:
        """What lies in the constants' buffer."""
        flat = np.zeros(self._consts.size, np.float32)
        for i, start in self._consts.starts.items():
            array = self._planned.program.constants[i].reshape(-1)
            flat[start : start + array.size] = array if array.dtype == np.float32 else array.view(np.float32)
        return flat

    def load(self, value: int, index: Ix) -> str:
        """GLSL of an element."""
        known = self.values[value]
        if value in self._planned.program.constants:
            return self._constant(value, index)
        if known.storage is Storage.FEED:
            word = f"feeds[row + {plus(index, self.feeds.starts[value])}]"
            return word if known.spec.dtype is DType.INT32 else f"intBitsToFloat({word})"
        if known.storage is Storage.DATA:
            return self._datum(value, index)
        text = self.cell(value, index)
        return text if known.spec.dtype is DType.FLOAT32 else f"floatBitsToInt({text})"

    def cell(self, value: int, index: Ix, *, write: bool = False) -> str:
        """GLSL of an element of a state or a temporary; to assign to with `write`."""
        name, start = self.place(value)
        return f"{name}{'W' if write else ''}({plus(index, start)})"

    def place(self, value: int) -> tuple[str, int]:
        """The memory (S or T) that a state or a temporary lies in, and its first word."""
        location = self._planned.locations[value]
        if location.buffer == "temp":
            return "T", location.offset // 4
        if location.buffer in self._state_of:
            return "S", self._state_of[location.buffer] + location.offset // 4
        raise UnfitError("A step copies a feed or data as they are.")

    def _constant(self, value: int, index: Ix) -> str:
        array = self._planned.program.constants[value].reshape(-1)
        if isinstance(index, int) or np.all(array == array[0]):
            number = array[index if isinstance(index, int) else 0]
            return literal(float(number)) if array.dtype == np.float32 else str(int(number))
        text = f"consts[{plus(index, self._consts.of(value, array.size))}]"
        return text if array.dtype == np.float32 else f"floatBitsToInt({text})"

    def _datum(self, value: int, index: Ix) -> str:
        name = f"data{self.data.index(value)}"
        if self.values[value].spec.dtype is not DType.UINT8:
            return f"{name}[{index}]"
        return f"int(bitfieldExtract({name}[({index}) / 4], (({index}) % 4) * 8, 8))"

    # -- writing --------------------------------------------------------------------------------------------
    def side_by_side(self, values: Sequence[int], *lengths: int) -> int:
        """How many neighbours of each of the values are stored at once, of those that the lengths are multiples of."""
        if not self.image or any(self.place(v)[1] % QUAD for v in values):
            return 1
        return math.gcd(QUAD, *lengths)

    def in_quads(self, values: Sequence[int]) -> bool:
        """Whether four neighbours are stored at once, and the last of them may be behind the end."""
        return self.side_by_side(values) == QUAD and all(self._has_margin(v) for v in values)

    def _has_margin(self, value: int) -> bool:
        """Whether there is nothing behind its last element up to a multiple of four; a part of an arena has neighbours."""
        size, location = self.values[value].spec.size, self._planned.locations[value]
        return (
            size % QUAD == 0
            or location.buffer == "temp"
            or location.nbytes == self._planned.sizes[location.buffer]
        )

    def store(self, value: int, first: Ix, names: Sequence[str]) -> None:
        """Elements from the first on: one, or two or four that lie together."""
        if self.values[value].spec.dtype is not DType.FLOAT32:
            names = [f"intBitsToFloat({n})" for n in names]
        if len(names) == 1:
            self.out.line(f"{self.cell(value, first, write=True)} = {names[0]};")
            return
        name, start = self.place(value)
        base, count = "base" if name == "S" else "temps", len(names)
        place = f"({base} + {plus(first, start)}) / {count}"
        self.out.line(f"m{count}[{place}] = vec{count}({', '.join(names)});")

    def part(self, start: int, index: Ix) -> str:
        """GLSL of an element of a reserved room."""
        return f"T({plus(index, start)})"

    def store_part(self, start: int, index: Ix, name: str) -> None:
        """Assign to it."""
        self.out.line(f"TW({plus(index, start)}) = {name};")

    @contextmanager
    def touching(self, node: Node) -> Iterator[None]:
        """Statements inside are the node's: first a barrier, if it touches what others wrote or read since the last."""
        reads = [p for v in node.inputs if (p := self._planned.locations[v]).buffer[:4] in ("temp", "stat")]
        writes = [self._planned.locations[v] for v in node.outputs]
        if _meet(reads + writes, self._written) or _meet(writes, self._read):
            self.sync()
        self.node = node
        yield
        self._read += reads
        self._written += writes

    def sync(self) -> None:
        """A barrier."""
        self.out.line("SYNC")
        self.out.forget()
        self._read.clear()
        self._written.clear()

    @contextmanager
    def over(self, size: int) -> Iterator[str]:
        """Statements inside are for an element each; all lanes together go through all of them."""
        name = self.out.fresh("e")
        head = f"for (int {name} = lane; {name} < {size}; {name} += {self._bounds.loop_lanes})"
        with self.out.loop(head, -(-size // self._bounds.loop_lanes)):
            yield name

    @contextmanager
    def looping(
        self, bounds: Sequence[tuple[str, str]], rounds: Sequence[int], step: int = 1
    ) -> Iterator[Coords]:
        """Statements inside belong to nested loops; what does not change in them is computed before.

        Args:
            bounds: first number of each loop, and the one after the last.
            rounds: numbers that it goes through at most; where that is one there is no loop.
            step: numbers of the innermost loop that the statements are for.
        """
        around, inner = self.out, Writer(self.out)
        steps = [1] * (len(rounds) - 1) + [step]
        once = [n <= by and first == "0" for n, by, (first, _) in zip(rounds, steps, bounds, strict=True)]
        counters = [0 if single else inner.fresh("i") for single in once]
        self._moving.update(c for c in counters if isinstance(c, str))
        self._around.append(around)
        self.out = inner
        try:
            yield tuple(counters)
        finally:
            self.out = around
            self._around.pop()
        for counter, (first, last), by in zip(counters, bounds, steps, strict=True):
            if counter:
                around.line(f"for (int {counter} = {first}; {counter} < {last}; {counter} += {by}) {{")
        around.absorb(inner, [-(-n // by) for c, n, by in zip(counters, rounds, steps, strict=True) if c])
        around.lines.append("}" * sum(map(bool, counters)))

    # -- reading --------------------------------------------------------------------------------------------
    def spec(self, operand: int) -> TensorSpec:
        """Of an operand of the node; -1 is its result."""
        return self.values[self.node.outputs[0] if operand == -1 else self.node.inputs[operand]].spec

    def let(self, kind: str, expression: str) -> str:
        """The name of a variable of that value."""
        if not self._around:
            return self.out.let(kind, expression)
        if not self._moves(expression):
            return self._around[-1].let(kind, expression)
        name = self.out.let(kind, expression)
        self._moving.add(name)
        return name

    def read(self, operand: int, at: Coords) -> str:
        """An element of an operand."""
        return self.load(self.node.inputs[operand], self._index(at, self.spec(operand).shape))

    def read_if(
        self, conditions: Sequence[str | bool], operand: int, at: Coords, otherwise: str = "0.0"
    ) -> str:
        """An element of an operand where all conditions hold; elsewhere another one is read, and not used."""
        if any(c is False for c in conditions):
            return otherwise
        texts = [str(c) for c in conditions if c is not True]
        if not texts:
            return self.let("float", self.read(operand, at))
        holds = self.let("bool", " && ".join(texts))
        index = self._index(at, self.spec(operand).shape)
        found = self.load(self.node.inputs[operand], f"({holds} ? {index} : 0)")
        return self.let("float", f"({holds} ? {self.let('float', found)} : {otherwise})")

    def _moves(self, text: str) -> bool:
        return not self._moving.isdisjoint(NAMES.findall(text))

    def _index(self, at: Coords, shape: Shape) -> Ix:
        if isinstance(at, At) and at.shape == shape:
            return at.number
        fixed: Ix = 0
        moving: Ix = 0
        stride = 1
        for c, n in reversed(list(zip(at, shape, strict=True))):
            part = times(c, stride)
            if isinstance(part, str) and self._moves(part):
                moving = plus(moving, part)
            else:
                fixed = plus(fixed, part)
            stride *= n
        if moving == 0:
            return fixed
        if isinstance(fixed, str):
            fixed = self.let("int", fixed)
        return plus(fixed, self.let("int", str(moving)))

    def fold(self, how: str, ranges: Sequence[Range], term: Callable[[Coords], str | None]) -> str:
        """Written out if it is short, else a loop."""
        lengths = [r.length for r in ranges]
        start, step = FOLDS[how]
        if math.prod(lengths) <= UNROLLED:
            found = [t for k in np.ndindex(*lengths) if (t := term(tuple(map(int, k)))) is not None]
            folded = found[0] if found else start
            for another in found[1:]:
                folded = self.let("float", step.format(folded, another))
            return folded
        total = self.out.fresh("f")
        self.out.line(f"float {total} = {start};")
        if self._around:
            self._moving.add(total)
        with self.looping([("0", str(n)) for n in lengths], lengths) as counters:
            text = term(counters)
            if text is not None:
                self.out.line(f"{total} = {step.format(total, text)};")
        return total


def _meet(some: Sequence[Location], others: Sequence[Location]) -> bool:
    return any(
        a.buffer == b.buffer and a.offset < b.offset + b.nbytes and b.offset < a.offset + a.nbytes
        for a in some
        for b in others
    )
