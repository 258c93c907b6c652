"""Gives every value of a program its place, so that memory is known before the first step and nothing is allocated in one.

Temporaries share one arena by lifetime. Views are aliases. A value that becomes a state, or a part of a flat arena, is
written there by the node that makes it, wherever nobody still needs what is there; otherwise a copy is planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.compiler.freelist import FreeList
from engine.compiler.placement import Placement
from engine.ops.op import OpKind
from engine.program.program import Node, Program, Storage
from engine.tensor.spec import Shape


@dataclass(frozen=True, slots=True)
class Location:
    """Bytes `offset` .. `offset + nbytes` of a buffer."""

    buffer: str
    offset: int
    nbytes: int


@dataclass(frozen=True)
class Planned:
    """A program with a place for every value.

    Attributes:
        program: values and constants (some copy targets are added to the values of the program given).
        steps: nodes to execute, in order; views and packs that cost nothing are left out.
        locations: by value id. Buffers: `temp`, `const`, `feed:<name>`, `data:<name>`, `state:<name>`.
        sizes: bytes of each buffer. `data:` and `state:` buffers belong to the shared memory, the rest to the program.
    """

    program: Program
    steps: tuple[Node, ...]
    locations: Mapping[int, Location]
    sizes: Mapping[str, int]

    @property
    def own_bytes(self) -> int:
        """Bytes beside the shared memory."""
        return sum(n for name, n in self.sizes.items() if not name.startswith(("data:", "state:")))


def plan_memory(program: Program, alignment: int = 256) -> Planned:
    """Place all values; offsets inside a buffer are multiples of `alignment` bytes.

    An element-wise node may be given an output that overlaps an input of the same shape exactly; it must read all
    operands of an element before it writes any result of that element.
    """
    placement = Placement(program)
    program = placement.program
    locations, sizes = _outside(program, alignment)
    _place_temporaries(placement, locations, sizes, alignment)
    for value_id in program.values:
        if value_id in locations:
            continue
        root, offset = placement.root(value_id)
        if root in locations:
            base = locations[root]
            nbytes = program.values[value_id].spec.nbytes
            locations[value_id] = Location(base.buffer, base.offset + offset, nbytes)
    steps = tuple(
        n
        for n in placement.nodes
        if n.op.kind is not OpKind.VIEW and n.outputs[0] not in placement.free_packs
    )
    return Planned(replace(program, nodes=placement.nodes), steps, locations, sizes)


def _outside(program: Program, alignment: int) -> tuple[dict[int, Location], dict[str, int]]:
    locations: dict[int, Location] = {}
    sizes: dict[str, int] = {"temp": 0, "const": 0}
    for value in program.values.values():
        if value.storage is Storage.CONSTANT:
            locations[value.id] = Location("const", sizes["const"], value.spec.nbytes)
            sizes["const"] += -(-value.spec.nbytes // alignment) * alignment
        elif value.storage is not Storage.TEMP:
            buffer = f"{value.storage.value}:{value.name}"
            locations[value.id] = Location(buffer, 0, value.spec.nbytes)
            sizes[buffer] = value.spec.nbytes
    return locations, sizes


def _place_temporaries(
    placement: Placement, locations: dict[int, Location], sizes: dict[str, int], alignment: int
) -> None:
    free = FreeList(alignment)
    last = placement.last_use()
    dying: dict[int, list[int]] = {}
    for root, k in last.items():
        dying.setdefault(k, []).append(root)
    for k, node in enumerate(placement.nodes):
        for v in node.outputs:
            root, _ = placement.root(v)
            if root != v or root in locations:
                continue
            nbytes = placement.program.values[v].spec.nbytes
            heir = _heir(placement, node, v, k, last, locations)
            if heir is not None:
                dying[k].remove(heir)
                locations[v] = Location("temp", locations[heir].offset, nbytes)
            else:
                locations[v] = Location("temp", free.take(nbytes), nbytes)
            if v not in last:
                dying.setdefault(k, []).append(v)
        for root in dying.get(k, ()):
            if locations[root].buffer == "temp":
                free.give(locations[root].offset, locations[root].nbytes)
    sizes["temp"] = free.end


def _heir(
    placement: Placement,
    node: Node,
    output: int,
    k: int,
    last: Mapping[int, int],
    locations: Mapping[int, Location],
) -> int | None:
    """An input of an element-wise node whose memory the output can take over because nobody reads it later."""
    if not placement.same_index(node):
        return None
    spec = placement.program.values[output].spec
    taken = {locations[v].offset for v in node.outputs if v in locations and locations[v].buffer == "temp"}
    shapes: dict[int, set[tuple[Shape, int]]] = {}  # how the node reads each root
    for v in node.inputs:
        root, offset = placement.root(v)
        shapes.setdefault(root, set()).add((placement.program.values[v].spec.shape, offset))
    for root, ways in shapes.items():
        if ways != {(spec.shape, 0)} or last.get(root) != k:
            continue
        place = locations.get(root)
        if place and place.buffer == "temp" and place.nbytes == spec.nbytes and place.offset not in taken:
            return root
    return None
