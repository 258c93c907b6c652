"""Named arrays that all programs of a run share: the data set and the states."""

from __future__ import annotations

import numpy as np

from engine.devices.base import DeviceError
from engine.devices.cpu.calls import aligned_bytes
from engine.tensor.spec import Array, TensorSpec


class CpuMemory:
    """The `Memory` of the CPU device."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}
        self.version = 0  # grows whenever a name gets another array, so that executables bind it anew

    def write(self, name: str, array: Array) -> None:
        """Create or overwrite the whole tensor. An array that is marked read-only is kept instead of copied."""
        known = self._arrays.get(name)
        if (
            known is not None
            and known.flags.writeable
            and (known.shape, known.dtype) == (array.shape, array.dtype)
        ):
            np.copyto(known, array)
            return
        kept = not array.flags.writeable and array.flags.c_contiguous
        self._arrays[name] = array if kept else _copied(array)
        self.version += 1

    def read(self, name: str) -> Array:
        """A copy of the tensor.

        Raises:
            DeviceError: nothing of that name was written.
        """
        return self._get(name).copy()

    def bind(self, name: str, spec: TensorSpec, *, writable: bool) -> Array:
        """The tensor itself, for an executable.

        Raises:
            DeviceError: it is missing, or of another shape or type.
        """
        array = self._get(name)
        if array.size != spec.size or array.dtype != spec.dtype.numpy:
            raise DeviceError(f"The program needs {name} as {spec}, received {array.shape} {array.dtype}.")
        if writable and not array.flags.writeable:
            array = self._arrays[name] = _copied(array)
            self.version += 1
        return array

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors."""
        return sum(a.nbytes for a in self._arrays.values())

    def close(self) -> None:
        """Free everything."""
        self._arrays.clear()
        self.version += 1

    def _get(self, name: str) -> Array:
        if name not in self._arrays:
            raise DeviceError(f"The device holds no tensor named {name}; write it before the program runs.")
        return self._arrays[name]


def _copied(array: Array) -> Array:
    copy = aligned_bytes(array.nbytes).view(array.dtype).reshape(array.shape)
    np.copyto(copy, array)
    return copy
