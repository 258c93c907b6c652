"""Storage buffers: bytes on the device, written and read through byte pointers.

PyOpenGL converts arrays to the type it takes a call to want and then reads into the converted copy, which corrupts the
heap; a plain pointer to bytes goes through untouched.
"""

from __future__ import annotations

import ctypes

import numpy as np

from engine.devices.base import DeviceError
from engine.tensor.spec import Array
from gl_kernels.context import GlContext

WORD = 4  # a shader addresses words: bytes are packed four to a word


PAGE = 256
FORMATS = {  # of texels and their bytes, by the GLSL type of an element
    "float": (0x822E, 4),
    "int": (0x8235, 4),
    "uint": (0x8236, 4),
    "vec2": (0x8230, 8),
    "vec4": (0x8814, 16),
    "ivec4": (0x8D82, 16),
    "uvec4": (0x8D70, 16),
}


def padded(nbytes: int) -> int:
    """Bytes a shader sees of a range of `nbytes`: whole words, and never none."""
    return max(WORD, -(-nbytes // WORD) * WORD)


def allocated(nbytes: int) -> int:
    """Bytes allocated for `nbytes`: room for any `texel_range` in it, and no power of two (see there)."""
    size = padded(nbytes) + 2 * PAGE
    return size + WORD if size & (size - 1) == 0 else size


def texel_range(nbytes: int) -> int:
    """Bytes of a view for a texture of `nbytes`: not less, and of one kind to all drivers.

    Mesa's llvmpipe compiles a shader once for textures whose length has a one in bits 8 to 15, and once for others (a field
    of its key is meant for textures with levels); likewise for buffers that are as long as a power of two.
    """
    return nbytes if nbytes & (PAGE * (PAGE - 1)) else nbytes + PAGE


class Buffer:
    """A range of device memory of its own.

    Attributes:
        name: the OpenGL name.
        nbytes: size in whole words.
    """

    def __init__(self, context: GlContext, nbytes: int) -> None:
        """Allocate; the content is zero.

        Raises:
            DeviceError: the device is out of memory.
        """
        gl = context.gl
        self._context = context
        self.nbytes = padded(nbytes)
        self.name = int(gl.glGenBuffers(1))
        context.buffers.add(self.name)
        gl.glBindBuffer(gl.GL_COPY_WRITE_BUFFER, self.name)
        try:
            gl.glBufferData(gl.GL_COPY_WRITE_BUFFER, allocated(nbytes), None, gl.GL_DYNAMIC_DRAW)
            gl.glClearBufferData(
                gl.GL_COPY_WRITE_BUFFER, gl.GL_R32UI, gl.GL_RED_INTEGER, gl.GL_UNSIGNED_INT, None
            )
        except gl.GLError as error:
            self.close()
            raise DeviceError(
                f"The GPU could not give {nbytes / 2**20:.0f} MiB of memory. Use a smaller batch or model, "
                "or the cpu device."
            ) from error

    def write(self, array: Array, offset: int = 0) -> None:
        """Copy the elements of `array` to byte `offset` on, after all launches before."""
        source = np.ascontiguousarray(array)
        if not 0 <= offset <= self.nbytes - source.nbytes:
            raise ValueError(f"{source.nbytes} bytes at {offset} do not fit into {self.nbytes}.")
        write_range(self._context, self.name, source, offset)

    def read(self, target: Array, offset: int = 0) -> None:
        """Copy bytes from `offset` on into the contiguous array `target`, after all launches before."""
        if not target.flags.c_contiguous or not 0 <= offset <= self.nbytes - target.nbytes:
            raise ValueError(f"{target.nbytes} bytes at {offset} do not fit into {self.nbytes}.")
        read_range(self._context, self.name, target, offset)

    def close(self) -> None:
        """Free the memory; twice is harmless."""
        if self.name:
            self._context.check_thread()
            self._context.gl.glDeleteBuffers(1, [self.name])
            self._context.buffers.discard(self.name)
            self.name = 0


class Texels:
    """A buffer of float32 numbers as an image, which shaders read by `imageLoad`."""

    def __init__(self, context: GlContext, buffer: Buffer) -> None:
        gl = context.gl
        self._context = context
        self._name = int(gl.glGenTextures(1))
        gl.glBindTexture(gl.GL_TEXTURE_BUFFER, self._name)
        size = -(-buffer.nbytes // PAGE) * PAGE  # images are of two kinds to llvmpipe, too, by the bits below
        gl.glTexBufferRange(gl.GL_TEXTURE_BUFFER, gl.GL_R32F, buffer.name, 0, texel_range(size))

    def bind(self) -> None:
        """Make it image 0."""
        gl = self._context.gl
        gl.glBindImageTexture(0, self._name, 0, gl.GL_FALSE, 0, gl.GL_READ_ONLY, gl.GL_R32F)

    def close(self) -> None:
        """Free the view; twice is harmless."""
        if self._name:
            self._context.gl.glDeleteTextures([self._name])
            self._name = 0


def write_range(context: GlContext, name: int, source: Array, offset: int) -> None:
    """Copy a contiguous array to byte `offset` of the buffer of that OpenGL name, after all launches before."""
    if not source.nbytes:
        return
    gl = context.gl
    context.calls.barrier(gl.GL_BUFFER_UPDATE_BARRIER_BIT)
    gl.glBindBuffer(gl.GL_COPY_WRITE_BUFFER, name)
    with context.reported("writing to a buffer"):
        gl.glBufferSubData(
            gl.GL_COPY_WRITE_BUFFER, offset, source.nbytes, ctypes.c_void_p(source.ctypes.data)
        )


def read_range(context: GlContext, name: int, target: Array, offset: int) -> None:
    """Copy bytes from `offset` of the buffer of that OpenGL name into a contiguous array, after all launches before."""
    if not target.nbytes:
        return
    gl = context.gl
    context.calls.barrier(gl.GL_BUFFER_UPDATE_BARRIER_BIT)
    gl.glBindBuffer(gl.GL_COPY_READ_BUFFER, name)
    with context.reported("reading a buffer"):
        gl.glGetBufferSubData(
            gl.GL_COPY_READ_BUFFER, offset, target.nbytes, ctypes.c_void_p(target.ctypes.data)
        )
