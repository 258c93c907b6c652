"""One dispatch as data, made once when a program is compiled, and the draft it is made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.compiler.plan_memory import Location
from engine.ops.op import Attrs, Op
from engine.tensor.spec import TensorSpec
from gl_kernels.shader import SCALARS, Access, Shader, Slot, compose
from gl_kernels.sizes import Size, Sizes
from gl_kernels.tuning import Tuning

READING = (Access.READ, Access.FETCH)
MAX_GROUPS = 65535  # per dimension, what every driver takes
SHUFFLES = ("GL_KHR_shader_subgroup_basic", "GL_KHR_shader_subgroup_shuffle")
FRONTS = "FRONTS"  # mark of shaders that can form what they read


class Forming(Protocol):
    """Computes the elements of a tensor that lies nowhere, whenever they are read."""

    def install(self, draft: Draft, name: str, kind: str) -> None:
        """Bind what it reads; `load_<name>(index)` of a draft's shader then gives elements of a GLSL type."""
        ...


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor and where it lies.

    Attributes:
        spec: shape and type.
        place: bytes of a buffer.
        texels: whether the device had better read it through a texture buffer.
        front: what forms it while it is read; then `place` is one of the things that it is made of.
    """

    spec: TensorSpec
    place: Location
    texels: bool = False
    front: Forming | None = None

    @property
    def scalar(self) -> str:
        """GLSL type of its elements in a buffer."""
        return SCALARS[self.spec.dtype.value]


@dataclass(frozen=True, slots=True)
class Launch:
    """A shader, the ranges at its binding points, and the number of work groups.

    `number` is the value of the shader's uniform at location 0, where one shader is launched for many time steps; `sizes`
    are those from location 1 on.
    """

    shader: Shader
    places: tuple[Location, ...]
    access: tuple[Access, ...]
    groups: tuple[int, int]
    number: int | None = None
    kinds: tuple[str, ...] = ()  # GLSL types of the elements at `places`
    work: int = 0  # multiply-adds of a product
    sizes: tuple[int, ...] = ()

    @property
    def reads(self) -> tuple[Location, ...]:
        """Ranges whose content it depends on."""
        return tuple(p for p, a in zip(self.places, self.access, strict=True) if a in READING)

    @property
    def writes(self) -> tuple[Location, ...]:
        """Ranges it changes."""
        return tuple(p for p, a in zip(self.places, self.access, strict=True) if a not in READING)


@dataclass(frozen=True, slots=True)
class HostCall:
    """One op on the processor, between launches: its operands are read back and its results written."""

    op: Op
    attrs: Attrs
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]

    @property
    def places(self) -> tuple[Location, ...]:
        """Ranges it reads, then ranges it writes."""
        return tuple(operand.place for operand in (*self.inputs, *self.outputs))


@dataclass
class Draft:
    """A launch in the making: a shader file, its options, buffers and generated sections."""

    name: str
    options: dict[str, int | float] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    _slots: list[Slot] = field(default_factory=list)
    _places: list[Location] = field(default_factory=list)
    _fronts: list[str] = field(default_factory=list)

    def forms(self, text: str) -> None:
        """Add GLSL that forms an operand; it stands at the mark FRONTS of the shader."""
        self._fronts.append(text)

    def reads(self, name: str, operand: Operand, kind: str | None = None) -> None:
        """Bind `operand` for reading as the array `name` of GLSL type `kind` (its own by default)."""
        self._bind(Slot(name, kind or operand.scalar, Access.READ), operand.place)

    def fetches(self, name: str, operand: Operand, kind: str | None = None) -> None:
        """Like `reads`, for a shader that has only `load_<name>(index)` of it: through texels where that is better.

        Not for a tensor whose place the same launch writes.
        """
        if operand.front is not None:
            operand.front.install(self, name, kind or operand.scalar)
            return
        access = Access.FETCH if operand.texels else Access.READ
        self._bind(Slot(name, kind or operand.scalar, access), operand.place)

    def writes(self, name: str, operand: Operand, kind: str | None = None) -> None:
        """Bind `operand` for writing."""
        self._bind(Slot(name, kind or operand.scalar, Access.WRITE), operand.place)

    def updates(self, name: str, operand: Operand, kind: str | None = None) -> None:
        """Bind `operand` for writing and for reading by the same invocation, as the array `name`."""
        self._bind(Slot(name, kind or operand.scalar, Access.UPDATE), operand.place)

    def shares(self, lanes: int, tuning: Tuning) -> None:
        """Let so many invocations share a row (`shaders/lanes.glsl`)."""
        vectors = lanes > 1 and tuning.subgroups
        self.options |= {"LANES": lanes, "SHARED": lanes > 1, "SUBGROUPS": vectors}
        if vectors:
            self.extensions = SHUFFLES

    def launch(self, groups: int, local: int) -> Launch:
        """The finished launch of `groups` work groups of `local` invocations; shaders see the number as GROUPS."""
        sizes = Sizes()
        options = sizes.options({**self.options, "GROUPS": Size(groups)})
        given = {**self.sections, **({FRONTS: "\n".join(self._fronts)} if self._fronts else {})}
        sections = {name: sizes.text(text) for name, text in given.items()}
        shader = compose(
            self.name, local, options, self._slots, sections, sizes.declaration(), self.extensions
        )
        access = tuple(s.access for s in self._slots)
        kinds = tuple(s.kind for s in self._slots)
        return Launch(
            shader, tuple(self._places), access, fold(groups), kinds=kinds, sizes=tuple(sizes.numbers)
        )

    def threads(self, count: int, tuning: Tuning) -> Launch:
        """The finished launch of at least `count` invocations; shaders see the number as THREADS."""
        self.options["THREADS"] = Size(count)
        return self.launch(-(-count // tuning.group), tuning.group)

    def _bind(self, slot: Slot, place: Location) -> None:
        self._slots.append(slot)
        self._places.append(place)


def fold(groups: int) -> tuple[int, int]:
    """Work groups in two dimensions, at least `groups` of them, none larger than a driver must take."""
    rows = -(-groups // MAX_GROUPS)
    return (-(-groups // max(1, rows)), max(1, rows))


@dataclass
class Request:
    """One node of a program, to be turned into launches.

    Attributes:
        op: what to compute.
        attrs: of the node.
        inputs: operands; a scalar constant also has its number in `literals`.
        outputs: operands to write.
        literals: numbers of inputs that are scalar constants, by position.
        tuning: what suits the device.
        scratch_bytes: what the launches need besides; all nodes of a program share one buffer for it.
    """

    op: Op
    attrs: Attrs
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]
    literals: Mapping[int, float]
    tuning: Tuning
    scratch_bytes: int = 0

    def scratch(self, spec: TensorSpec) -> Operand:
        """Room for intermediate results of this node."""
        start = -(-self.scratch_bytes // 256) * 256
        self.scratch_bytes = start + spec.nbytes
        return Operand(spec, Location("scratch", start, spec.nbytes), self.tuning.fetches(spec))
