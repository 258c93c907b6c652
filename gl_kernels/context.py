"""An OpenGL context without a window: EGL surfaceless on Linux, WGL on Windows, no Qt anywhere.

Everything here belongs to the thread that opened the context. OpenGL calls from another thread would reach no context
or a wrong one, often without an error, so `check_thread` says it in words.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.devices.base import DeviceError
from gl_kernels.driver import LINUX, addressable, create, describe, function

SUBGROUP_STAGES, COMPUTE_STAGE = 0x9533, 0x20  # of GL_KHR_shader_subgroup
SUBGROUP_FEATURES, SHUFFLE = 0x9534, 0x10
OUT_OF_MEMORY, CONTEXT_LOST = 0x0505, 0x0507
ALIGNMENT = 256  # of places inside buffers: the most a driver may ask for of storage buffers
PATIENCE = 60.0  # seconds after which a GPU that does not answer counts as lost


@dataclass(frozen=True, slots=True)
class Limits:
    """What the driver can take.

    Attributes:
        storage_blocks: buffers one compute shader may use.
        block_bytes: largest buffer range a shader can address.
        shared_bytes: shared memory of a work group.
        group_size: invocations of a work group.
        binaries: whether compiled programs can be kept on disk.
        multi_bind: whether several ranges can be bound by one call.
        texels: elements that a shader can read through one texture buffer; 0 where an offset of ours is not allowed.
        subgroups: whether compute shaders can hand numbers to other invocations of their vector.
        clock: whether shaders can read the clock of what runs them.
    """

    storage_blocks: int
    block_bytes: int
    shared_bytes: int
    group_size: int
    binaries: bool
    multi_bind: bool
    texels: int
    subgroups: bool = False
    clock: bool = False


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """Calls of the launch loop as bare C functions: PyOpenGL's wrappers ask for the error state after each call."""

    use_program: Callable[[int], None]
    bind_range: Callable[[int, int, int, int, int], None]
    bind_ranges: Callable[[int, int, int, Any, Any, Any], None] | None
    bind_textures: Callable[[int, int, Any], None] | None
    active_texture: Callable[[int], None]
    bind_texture: Callable[[int, int], None]
    dispatch: Callable[[int, int, int], None]
    barrier: Callable[[int], None]
    uniform: Callable[[int, int], None]
    uniforms: Callable[[int, int, int, Any], None]  # of a program by name, whether it is in use or not


class GlContext:
    """A current OpenGL 4.3 core context.

    Attributes:
        gl: the `OpenGL.GL` module.
        info: for the device chip.
        driver: text that changes whenever compiled programs may become invalid.
        limits: what the driver can take.
        calls: entry points of the launch loop.
        buffers: OpenGL names of the buffers that are alive.
    """

    def __init__(self) -> None:
        """Make the context current on this thread.

        Raises:
            DeviceError: there is no driver for it, or it is older than OpenGL 4.3.
        """
        self._handle = create()
        self._thread = threading.get_ident()
        self._closed = False
        try:
            self.gl = _load_gl()
            self.info, self.driver = describe(self._handle)
            self.limits = self._limits()
            self.calls = self._entry_points()
        except Exception:
            self._handle.release()
            raise
        self.buffers: set[int] = set()
        self._fence: Any = None

    @property
    def software(self) -> bool:
        """Whether the "GPU" is the processor."""
        return self.info.software

    def check_thread(self) -> None:
        """Raise DeviceError unless this is the thread that opened the context and the context is open."""
        if self._closed:
            raise DeviceError("The OpenGL device was closed. Open it again to use it.")
        if threading.get_ident() != self._thread:
            raise DeviceError(
                "An OpenGL device works only on the thread that opened it. Open one on this thread."
            )

    def make_current(self) -> None:
        """Direct the calls that follow to this context; another one may have been opened on the same thread."""
        self.check_thread()
        self._handle.__enter__()

    @contextmanager
    def reported(self, doing: str) -> Iterator[None]:
        """Turns what PyOpenGL raises inside into a DeviceError."""
        try:
            yield
        except self.gl.GLError as error:
            raise DeviceError(self._sentence(int(error.err), doing)) from error

    def check_error(self, doing: str) -> None:
        """Raise DeviceError if the driver reports an error since the last check."""
        code = int(self.gl.glGetError())
        if code:
            raise DeviceError(self._sentence(code, doing))

    def _sentence(self, code: int, doing: str) -> str:
        if code == CONTEXT_LOST:
            return "The GPU was reset by its driver. Open the device again, or use the cpu device."
        if code == OUT_OF_MEMORY:
            return (
                f"The GPU ran out of memory while {doing}. Use a smaller batch or model, or the cpu device."
            )
        return f"The OpenGL driver reported error 0x{code:04x} while {doing}. Use the cpu device."

    def fence(self) -> None:
        """Mark what was handed over so far, and wait for the mark before: two runs at most are on their way.

        Raises:
            DeviceError: the GPU does not answer any more.
        """
        gl = self.gl
        before, self._fence = self._fence, gl.glFenceSync(gl.GL_SYNC_GPU_COMMANDS_COMPLETE, 0)
        if before is None:
            return
        answer = gl.glClientWaitSync(before, gl.GL_SYNC_FLUSH_COMMANDS_BIT, int(PATIENCE * 1e9))
        gl.glDeleteSync(before)
        if answer not in (gl.GL_ALREADY_SIGNALED, gl.GL_CONDITION_SATISFIED):
            raise DeviceError("The GPU does not answer. Open the device again, or use the cpu device.")

    def close(self) -> None:
        """Give the context back; twice is harmless."""
        if not self._closed:
            self.check_thread()
            self._handle.release()
            self._closed = True

    # -- asking the driver ---------------------------------------------------------------------------------------
    def _limits(self) -> Limits:
        gl = self.gl
        count = int(gl.glGetIntegerv(gl.GL_NUM_EXTENSIONS))
        extensions = {bytes(gl.glGetStringi(gl.GL_EXTENSIONS, i)).decode() for i in range(count)}
        blocks = min(
            int(gl.glGetIntegerv(gl.GL_MAX_COMPUTE_SHADER_STORAGE_BLOCKS)),
            int(gl.glGetIntegerv(gl.GL_MAX_SHADER_STORAGE_BUFFER_BINDINGS)),
        )
        return Limits(
            storage_blocks=blocks,
            block_bytes=addressable(int(gl.glGetIntegerv(gl.GL_MAX_SHADER_STORAGE_BLOCK_SIZE))),
            shared_bytes=int(gl.glGetIntegerv(gl.GL_MAX_COMPUTE_SHARED_MEMORY_SIZE)),
            group_size=int(gl.glGetIntegerv(gl.GL_MAX_COMPUTE_WORK_GROUP_INVOCATIONS)),
            binaries=int(gl.glGetIntegerv(gl.GL_NUM_PROGRAM_BINARY_FORMATS)) > 0,
            multi_bind="GL_ARB_multi_bind" in extensions,
            texels=self._texels(),
            subgroups="GL_KHR_shader_subgroup" in extensions and shuffles(gl.glGetIntegerv),
            clock="GL_ARB_shader_clock" in extensions,
        )

    def _texels(self) -> int:
        gl = self.gl
        if int(gl.glGetIntegerv(gl.GL_TEXTURE_BUFFER_OFFSET_ALIGNMENT)) > ALIGNMENT:
            return 0
        units = int(gl.glGetIntegerv(gl.GL_MAX_COMPUTE_TEXTURE_IMAGE_UNITS))
        return int(gl.glGetIntegerv(gl.GL_MAX_TEXTURE_BUFFER_SIZE)) if units >= 16 else 0

    def _entry_points(self) -> EntryPoints:
        unsigned, size, names = ctypes.c_uint, ctypes.c_ssize_t, ctypes.c_void_p
        load = partial(function, self._handle)
        ranges = load("glBindBuffersRange", unsigned, unsigned, ctypes.c_int, names, names, names)
        return EntryPoints(
            use_program=load("glUseProgram", unsigned),
            bind_range=load("glBindBufferRange", unsigned, unsigned, unsigned, size, size),
            bind_ranges=ranges if self.limits.multi_bind else None,
            bind_textures=(
                load("glBindTextures", unsigned, ctypes.c_int, names) if self.limits.multi_bind else None
            ),
            active_texture=load("glActiveTexture", unsigned),
            bind_texture=load("glBindTexture", unsigned, unsigned),
            dispatch=load("glDispatchCompute", unsigned, unsigned, unsigned),
            barrier=load("glMemoryBarrier", unsigned),
            uniform=load("glUniform1ui", ctypes.c_int, unsigned),
            uniforms=load("glProgramUniform1uiv", unsigned, ctypes.c_int, ctypes.c_int, names),
        )


def shuffles(ask: Callable[[int], Any]) -> bool:
    """Whether a driver with GL_KHR_shader_subgroup has its shuffles, in compute shaders."""
    return bool(int(ask(SUBGROUP_STAGES)) & COMPUTE_STAGE) and bool(int(ask(SUBGROUP_FEATURES)) & SHUFFLE)


def _load_gl() -> Any:
    if LINUX:
        os.environ.setdefault("PYOPENGL_PLATFORM", "egl")  # read at the first import of OpenGL, and only then
    try:
        return importlib.import_module("OpenGL.GL")
    except Exception as error:  # depending on what is missing: ImportError, AttributeError, OSError
        raise DeviceError(
            f"The OpenGL library could not be loaded ({error}). Install a GPU driver or Mesa."
        ) from error
