"""Named tensors on the device: data sets and states, shared by all programs compiled with them."""

from __future__ import annotations

import numpy as np

from engine.devices.base import DeviceError
from engine.program.program import Storage
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.buffers import Buffer, padded
from gl_kernels.context import GlContext


class GlMemory:
    """Implements `engine.devices.base.Memory`. Works on the thread that opened the device.

    Attributes:
        generation: changes whenever a tensor got another buffer, so that executables bind it anew.
    """

    def __init__(self, context: GlContext) -> None:
        self._context = context
        self._buffers: dict[str, Buffer] = {}
        self._specs: dict[str, TensorSpec] = {}
        self.generation = 0

    @property
    def nbytes(self) -> int:
        """Bytes allocated on the device."""
        return sum(b.nbytes for b in self._buffers.values())

    def write(self, name: str, array: Array) -> None:
        """Create or overwrite the whole tensor."""
        self._context.make_current()
        spec = TensorSpec(array.shape, DType(array.dtype.name))
        buffer = self._buffers.get(name)
        if buffer is None or buffer.nbytes != padded(spec.nbytes):
            if buffer is not None:
                self._buffers.pop(name).close()
            buffer = self._buffers[name] = Buffer(self._context, spec.nbytes)
            self.generation += 1
        self._specs[name] = spec
        buffer.write(array)

    def read(self, name: str) -> Array:
        """A copy of the tensor on the host."""
        self._context.make_current()
        if name not in self._buffers:
            raise DeviceError(_absent(name, self._buffers))
        spec = self._specs[name]
        array: Array = np.empty(spec.shape, spec.dtype.numpy)
        self._buffers[name].read(array)
        return array

    def buffer(self, planned: str) -> Buffer:
        """The buffer that a plan calls `state:<name>` or `data:<name>`.

        Raises:
            DeviceError: it was never written.
        """
        name = planned.removeprefix(f"{Storage.STATE}:").removeprefix(f"{Storage.DATA}:")
        if name not in self._buffers:
            raise DeviceError(_absent(name, self._buffers))
        return self._buffers[name]

    def checked(self, planned: str, nbytes: int) -> Buffer:
        """Like `buffer`, and it has the size that the plan says."""
        buffer = self.buffer(planned)
        if buffer.nbytes != padded(nbytes):
            raise DeviceError(f"The program needs {nbytes} bytes of {planned}, received {buffer.nbytes}.")
        return buffer

    def close(self) -> None:
        """Free everything; twice is harmless."""
        if self._buffers:
            self._context.make_current()
        for buffer in self._buffers.values():
            buffer.close()
        self._buffers.clear()
        self._specs.clear()
        self.generation += 1


def _absent(name: str, known: dict[str, Buffer]) -> str:
    return f"The device memory has no tensor {name}; it has {', '.join(sorted(known)) or 'none'}. Write it first."
