"""Where the values that belong to the whole model are while a fused step runs, and how to read them.

Single numbers are computed by every lane for itself. Longer values are spread over the lanes four neighbours at a time,
because on a processor a load of four numbers costs as much as one of a single number, and takes as long to compile. States
that only their own lane looks at stay in its registers during the whole launch; the others, and what one lane makes for
another, lie in shared memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.program.program import Program, Storage
from engine.tensor.spec import DType
from gl_kernels.bodies import literal
from gl_kernels.whole.index import Coords, Ix, Span, plus, ravel

ALIASES = ("reshape", "view")
QUAD = "quad"  # in shaders: number of the first of four neighbours, 4 * lane
LOOP_QUAD = "loop_quad"  # likewise in a loop over all of a lane's quads
NUMBERS = {QUAD: "lane", LOOP_QUAD: "loop_lane"}  # numbers of the quads


@dataclass
class Found:
    """What one pass over the program learned that the next pass must know from the start.

    Attributes:
        stored: values that lanes other than the one that made them read.
        shared: states that other lanes read.
        kept: sample values that a later phase reads.
        late: states that are still read when their new value is known.
        consts: constants that are not literals.
    """

    stored: set[int] = field(default_factory=set)
    shared: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    late: set[int] = field(default_factory=set)
    consts: set[int] = field(default_factory=set)

    def size(self) -> int:
        """Grows with everything that is learned."""
        return sum(map(len, (self.stored, self.shared, self.kept, self.late, self.consts)))


class Places:
    """Elements laid out one after the other, each value from a multiple of `alignment` on."""

    def __init__(self, alignment: int = 1) -> None:
        self.starts: dict[int, int] = {}
        self.size = 0
        self._alignment = alignment

    def of(self, value: int, count: int) -> int:
        """Where a value begins; it gets a place when it is first asked for."""
        if value not in self.starts:
            self.starts[value] = self.size
            self.size += -(-count // self._alignment) * self._alignment
        return self.starts[value]

    def align(self, to: int) -> None:
        """The next value begins at a multiple of `to`."""
        self.size = -(-self.size // to) * to


class Uniforms:
    """Reads uniform values.

    Args:
        program: prepared.
        found: by the pass before, and by this one.
        lanes: invocations of the work group.
        feeds: the word of a row at which each feed begins, by value.
        data: binding names by value.

    Attributes:
        names: variables of values that every lane has, by element.
        own: variables of elements that this lane has, by value; valid at `slot`.
        slot: the number of the element that is being computed.
        position: counts the stretches between barriers.
        last_read: position at which a state was last read in shared memory.
    """

    def __init__(
        self, program: Program, found: Found, lanes: int, feeds: Mapping[int, int], data: Mapping[int, str]
    ) -> None:
        self.program = program
        self.found = found
        self.lanes = lanes
        self.names: dict[int, list[str]] = {}
        self.own: dict[int, str] = {}
        self.slot: Ix = ""
        self.domain = 0  # elements of the values that are being computed
        self.suffix = ""  # of variables that belong to the slot; "" where there are none
        self.position = 0
        self.last_read: dict[int, int] = {}
        self.shared, self.sums, self.consts = Places(4 * lanes), Places(), Places()
        self.states: set[int] = set()  # that are in registers
        self._feeds, self._data = feeds, data
        self._producer = {v: n for n in program.nodes for v in n.outputs}

    def root(self, value: int, at: Coords) -> tuple[int, Ix]:
        """The value that is not another shape or a part of one, and the element in it."""
        index = ravel(at, self.program.values[value].spec.shape)
        while value not in self.names and (node := self._producer.get(value)) and node.op.name in ALIASES:
            index = plus(index, node.attrs.get("offset", 0))
            value = node.inputs[0]
        return value, index

    def read(self, value: int, at: Coords) -> str:
        """GLSL for an element."""
        value, index = self.root(value, at)
        known = self.program.values[value]
        if value in self.names:
            return _chosen(self.names[value], index)
        match known.storage:
            case Storage.CONSTANT:
                return self._constant(value, index)
            case Storage.FEED:
                word = f"feeds[row + {plus(index, self._feeds[value])}]"
                return word if known.spec.dtype is DType.INT32 else f"intBitsToFloat({word})"
            case Storage.DATA:
                return self._datum(value, index)
            case Storage.STATE:
                return self._state(value, index)
            case _:
                return self._made(value, index)

    def _constant(self, value: int, index: Ix) -> str:
        array = self.program.constants[value].reshape(-1)
        if isinstance(index, int) or np.all(array == array[0]):
            number = array[index if isinstance(index, int) else 0]
            return literal(float(number)) if array.dtype == np.float32 else str(int(number))
        self.found.consts.add(value)
        text = f"consts[{plus(index, self.consts.of(value, array.size))}]"
        return text if array.dtype == np.float32 else f"floatBitsToInt({text})"

    def _datum(self, value: int, index: Ix) -> str:
        name = self._data[value]
        if self.program.values[value].spec.dtype is not DType.UINT8:
            return f"{name}[{index}]"
        return f"int(bitfieldExtract({name}[({index}) / 4], (({index}) % 4) * 8, 8))"

    def _state(self, value: int, index: Ix) -> str:
        size = self.program.values[value].spec.size
        here = index == self.slot and size == self.domain
        if here and self.suffix:
            return self.own_state(value)
        self.found.shared.add(value)
        if here:
            return quad_of("u", plus(index, self.shared.of(value, size)))
        self.last_read[value] = self.position
        return quad_of("u", plus(index, self.shared.of(value, size)))

    def own_state(self, value: int) -> str:
        """The variable of the lane's own element of a state."""
        self.states.add(value)
        return f"s{value}{self.suffix}"

    def _made(self, value: int, index: Ix) -> str:
        if value in self.sums.starts:
            return quad_of("whole", plus(index, self.sums.starts[value]))
        if value in self.own and index == self.slot:
            return self.own[value]
        self.found.stored.add(value)
        text = quad_of("u", plus(index, self.shared.of(value, self.program.values[value].spec.size)))
        return text if self.program.values[value].spec.dtype is DType.FLOAT32 else f"floatBitsToInt({text})"


def _chosen(names: list[str], index: Ix) -> str:
    """The variable of that number, which may be known only when the shader runs."""
    if isinstance(index, int):
        return names[index]
    text = names[-1]
    for k in range(len(names) - 2, -1, -1):
        text = f"({index} == {k} ? {names[k]} : {text})"
    return text


def quad_of(name: str, index: Ix) -> str:
    """An element of an array of vec4, or of a function that returns vec4: `u(i)` or `whole(i)`, and the component."""
    if isinstance(index, int):
        return f"{name}({index // 4}).{'xyzw'[index % 4]}"
    if isinstance(index, Span) and index.base in NUMBERS:
        number = plus(Span.of(NUMBERS[index.base], 0, 0, 0), index.offset // 4)
        return f"{name}({number}).{'xyzw'[index.offset % 4]}"
    return f"{name}({index} / 4)[{index} % 4]"
