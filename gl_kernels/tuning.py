"""What suits a device: work group widths, and which variant of a kernel. One value, passed down, so tests can choose."""

from __future__ import annotations

from dataclasses import dataclass

from engine.devices.base import DeviceError
from engine.tensor.spec import TensorSpec
from gl_kernels.context import Limits


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to compute a product of matrices.

    Attributes:
        shared: through tiles in shared memory, by 16 x 16 invocations; else each invocation reads for itself.
        tall: rows of the result that an invocation computes, a multiple of four.
        wide: columns.
        rate: speed where everything fits, compared with the others.
        work: multiply-adds below which compiling it costs more than it saves.
    """

    shared: bool
    tall: int
    wide: int
    rate: float = 1.0
    work: int = 0


# The rates are those of llvmpipe, where a read costs as much as many additions, a round of a loop copies all registers, and
# sums in memory cost little: so the largest block wins. It takes longest to compile (0.8 s; 8 x 8: 0.2 s). On a GPU 16 x 16
# sums spill out of the registers, and blocks serve small matrices.
# llvmpipe ends all loops of an invocation together after 65,535 rounds, without a word.
SOFTWARE_ROUNDS = 65_000
SOFTWARE_AT_ONCE = (
    16  # two vectors: a block of 8 x 8 takes half the time of four of 4 x 4, whichever core they are on
)
BLOCKS = (
    Variant(False, 4, 4, 0.45),
    Variant(False, 8, 8, 0.7),
    Variant(False, 8, 16, 0.8, 2**25),
    Variant(False, 16, 16, 1.0, 2**30),
)
# Shapes that published work found good on GPUs: 128 x 128, 128 x 64, 64 x 128 and 64 x 64 results of 256 invocations. The
# rates are guesses until a GPU is measured.
TILES = (
    Variant(True, 4, 4, 0.6),
    Variant(True, 8, 4, 0.8),
    Variant(True, 4, 8, 0.8),
    Variant(True, 8, 8, 1.0),
)


@dataclass(frozen=True, slots=True)
class Tuning:
    """Choices that change speed and rounding, never meaning.

    Attributes:
        group: invocations of a work group where nothing else decides.
        parallel: invocations that keep the device busy; large sums are split until there are that many.
        block_group: invocations of a work group of a matrix product without tiles.
        tiled: whether invocations share work through shared memory, in folds and soft-max.
        variants: of matrix products.
        storage_blocks: buffers one launch may use.
        block_bytes: largest range a shader can address.
        rounds: of all loops together that an invocation may go through.
        texels: largest tensor that is read through a texture buffer; 0 where storage buffers are as fast.
        subgroups: whether the invocations of a vector exchange numbers without shared memory.
        at_once: invocations beyond which a product gains nothing by smaller blocks; 0: those of `parallel`.
    """

    group: int
    parallel: int
    block_group: int
    tiled: bool
    variants: tuple[Variant, ...]
    storage_blocks: int = 8
    block_bytes: int = 2**27
    texels: int = 0
    rounds: int = 1 << 31
    subgroups: bool = False
    at_once: int = 0

    def check_rounds(self, rounds: int, what: str) -> None:
        """Refuse what a driver would not finish.

        Raises:
            DeviceError: an invocation would go through more rounds of loops than it may.
        """
        if rounds > self.rounds:
            raise DeviceError(
                f"This OpenGL driver ends a loop after {self.rounds} rounds, received {what} of {rounds}. "
                "Use the cpu device."
            )

    def fetches(self, spec: TensorSpec) -> bool:
        """Whether kernels should read a tensor through a texture buffer."""
        return 4 <= spec.size <= self.texels

    @classmethod
    def of(cls, limits: Limits, *, software: bool) -> Tuning:
        """For a GPU, or for OpenGL on the processor, where shared memory costs more than it saves."""
        group, parallel = (32, 64) if software else (128, 32768)
        return cls(
            group,
            parallel,
            8 if software else 64,
            not software,
            BLOCKS if software else (*TILES, BLOCKS[0]),
            storage_blocks=limits.storage_blocks,
            block_bytes=limits.block_bytes,
            texels=limits.texels if software else 0,
            rounds=SOFTWARE_ROUNDS if software else 1 << 31,
            subgroups=limits.subgroups and not software,
            at_once=SOFTWARE_AT_ONCE if software else 0,
        )
