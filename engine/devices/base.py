"""All the engine knows of a device: named memory that programs share, and programs made executable.

A device decides for itself how a program is fused, planned and launched; it calls the compiler with what it can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:  # whoever only looks which devices there are needs no programs
    from engine.program.program import Phase, Program
    from engine.tensor.spec import Array


Watch = Callable[
    [int, int], None
]  # called some fifty times a second with how many programs of how many are ready


class DeviceError(RuntimeError):
    """A device that is absent, lost or out of memory, as one sentence for the user."""


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """Raised by a `Watch`, or whoever asks meanwhile, to end a preparation that nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What the device chip and `main.py devices` say.

    Attributes:
        kind: "cpu" or "gl".
        name: of the processor or the GPU, as the driver gives it.
        detail: driver, OpenGL version, BLAS.
        software: a GPU interface that runs on the processor (llvmpipe, SwiftShader).
        tensor_bytes: that one tensor may have at most; 0: as many as there is memory.
    """

    kind: str
    name: str
    detail: str = ""
    software: bool = False
    tensor_bytes: int = 0


class Timing(NamedTuple):
    """One op of a step as it ran.

    Attributes:
        name: of the op.
        origin: the canvas node it belongs to; may be empty.
        phase: the part of the step it belongs to.
        begun: seconds since the step began.
        seconds: that it took.
        launches: GPU programs started, or calls of NumPy.
        nbytes: that it must read and write at least.
        multiply_adds: of products and convolutions.
    """

    name: str
    origin: str
    phase: Phase
    begun: float
    seconds: float
    launches: int
    nbytes: int
    multiply_adds: int


class Memory(Protocol):
    """Named tensors on the device (data sets and states), shared by all programs compiled with it."""

    def write(self, name: str, array: Array) -> None:
        """Create or overwrite the whole tensor."""
        ...

    def read(self, name: str) -> Array:
        """A copy of the tensor on the host."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes allocated on the device."""
        ...

    def close(self) -> None:
        """Free everything."""
        ...


class Executable(Protocol):
    """A program on a device."""

    @property
    def nbytes(self) -> int:
        """Bytes this program needs beside the shared memory (temporaries, constants, feeds), as planned."""
        ...

    def run(self, feeds: Mapping[str, Array], steps: int = 1) -> None:
        """Run `steps` steps. Each feed has the steps as a leading axis: `index` of shape (steps, batch)."""
        ...

    def profile(self, feeds: Mapping[str, Array]) -> list[Timing]:
        """Run one step as `run` does, with the same results, and time each op by itself. Slower than `run`."""
        ...

    def output(self, name: str) -> Array:
        """An output of the last step, copied to the host."""
        ...

    def close(self) -> None:
        """Free what belongs to this program alone."""
        ...


@runtime_checkable
class Explains(Protocol):
    """An executable that can run in several ways."""

    def explain(self) -> str:
        """How its steps run and why, as sentences."""
        ...


@runtime_checkable
class Foresees(Protocol):
    """A device that takes long to compile, and can do it beside what runs."""

    def foresee(self, programs: Iterable[Program]) -> None:
        """Begin with programs that will be compiled later; nothing is waited for."""
        ...


@runtime_checkable
class ProfilesLater(Protocol):
    """An executable that may have to prepare something before it can time each op by itself."""

    def is_profile_ready(self) -> bool:
        """Whether `profile` does all it can; else it is being prepared, and `profile` times whole steps meanwhile."""
        ...


@runtime_checkable
class Tries(Protocol):
    """An executable that finds out by trial which of several ways is the fastest."""

    def try_out(self, feeds: Mapping[str, Array], watch: Watch) -> None:
        """Do that now, with steps like the given ones and without a trace, not in the first `run`; `watch` may end it."""
        ...


class Device(Protocol):
    """Where programs run. Used by one thread at a time."""

    @property
    def info(self) -> DeviceInfo:
        """Name and kind."""
        ...

    def memory(self) -> Memory:
        """New, empty shared memory."""
        ...

    def compile(self, program: Program, memory: Memory, watch: Watch | None = None) -> Executable:
        """Make a verified program executable. States and data must have been written to `memory` before `run`.

        Where that takes long, `watch` is called meanwhile; what it raises ends the preparation and comes out here.
        """
        ...

    def close(self) -> None:
        """Give the device back."""
        ...
