"""The CPU as a device: NumPy and its BLAS."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from engine.compiler.fuse import EPILOGUE_OPS, FusionLimits
from engine.compiler.pipeline import finish
from engine.devices.base import DeviceError, DeviceInfo, Memory, Watch
from engine.devices.cpu.executable import CpuExecutable
from engine.devices.cpu.memory import CpuMemory
from engine.devices.cpu.native.blas import share_products_out
from engine.devices.cpu.processor import probe
from engine.program.program import Program

if TYPE_CHECKING:
    from engine.devices.cpu.native.lowering import Lowering

# Nothing limits the number of arrays a chain may read on a CPU; longer chains only need more registers in the cache.
LIMITS = FusionLimits(operands=32, epilogues=EPILOGUE_OPS, steps=64)


class CpuDevice:
    """The `Device` that is always there.

    Args:
        native: whether to use machine code where it can be made; without, NumPy does all the work.
    """

    def __init__(self, *, native: bool = True) -> None:
        self._wants_native = native
        self._lowering: Lowering | None = None

    @property
    def info(self) -> DeviceInfo:
        """Name of the processor, and the BLAS that NumPy uses."""
        return probe()

    def memory(self) -> CpuMemory:
        """New, empty shared memory."""
        return CpuMemory()

    def compile(self, program: Program, memory: Memory, watch: Watch | None = None) -> CpuExecutable:
        """Plan the program, allocate its buffers, and make the machine code that no program needed before.

        Raises:
            DeviceError: the memory is another device's, or there is not enough of it.
        """
        if not isinstance(memory, CpuMemory):
            raise DeviceError(
                "A program and its memory must be on one device, received another device's memory."
            )
        try:
            self.make_ready()
            return CpuExecutable(finish(program, LIMITS), memory, self._lowering, watch)
        except MemoryError as error:
            raise DeviceError(
                "The network needs more memory than the computer has free; make it or the batch smaller."
            ) from error

    def make_ready(self) -> None:
        """Load what makes machine code, so that no program has to wait for it."""
        if self._wants_native and self._lowering is None:
            self._lowering = _native()
            self._wants_native = self._lowering is not None
            if self._lowering is None:
                share_products_out()

    def close(self) -> None:
        """End the threads. Programs that are still there run on without them."""
        if self._lowering is not None:
            self._lowering.close()
            self._lowering = None


def open_device() -> CpuDevice:
    """A new device, ready to compile."""
    device = CpuDevice()
    device.make_ready()
    return device


def _native() -> Lowering | None:
    """Machine code, where llvmlite is installed."""
    if find_spec("llvmlite") is None:
        return None
    from engine.devices.cpu.native.lowering import (
        Lowering,  # an import that takes time, for those who compute
    )
    from engine.devices.cpu.native.machine import open_machine

    machine = open_machine()
    return None if machine is None else Lowering(machine)
