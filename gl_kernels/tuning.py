"""What suits a device: work group widths, and which variant of a kernel. One value, passed down, so tests can choose."""

from __future__ import annotations

from dataclasses import dataclass

from gl_kernels.context import Limits


@dataclass(frozen=True, slots=True)
class Tuning:
    """Choices that change speed and rounding, never meaning.

    Attributes:
        group: invocations of a work group where nothing else decides.
        parallel: invocations that keep the device busy; large sums are split until there are that many.
        block_group: invocations of a work group of a matrix product without tiles.
        tiled: matrix products through shared memory; else each invocation keeps a block in registers.
        storage_blocks: buffers one launch may use.
        block_bytes: largest range a shader can address.
    """

    group: int
    parallel: int
    block_group: int
    tiled: bool
    storage_blocks: int = 8
    block_bytes: int = 2**27

    @classmethod
    def of(cls, limits: Limits, *, software: bool) -> Tuning:
        """For a GPU, or for OpenGL on the processor, where shared memory costs more than it saves."""
        group, parallel = (32, 64) if software else (128, 32768)
        return cls(
            group,
            parallel,
            8,
            not software,
            storage_blocks=limits.storage_blocks,
            block_bytes=limits.block_bytes,
        )
