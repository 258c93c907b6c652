"""One shader's way to a program that runs: compiled from text or taken from a driver's binary, and used once.

Some drivers translate a program to machine code only when it is dispatched for the first time (Mesa's llvmpipe needs a
third of a second for a matrix product then). A dispatch of no work groups makes them do it here, where somebody shows
progress, and not in the middle of the first training step.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

from engine.devices.base import DeviceError
from gl_kernels.context import GlContext
from gl_kernels.shader import Shader


class Binary(NamedTuple):
    """A program as its driver wrote it; only this very driver can read it."""

    kind: int
    content: bytes


class Started(NamedTuple):
    """OpenGL names of a program and of its shader, of which the driver may still be busy compiling."""

    program: int
    stage: int


class Linker:
    """Makes programs in one context, on that context's thread."""

    def __init__(self, context: GlContext) -> None:
        self._context = context
        self._nothing = 0  # OpenGL name of a buffer that says: no work groups

    def start(self, shader: Shader) -> Started:
        """Hand a shader to the driver; nothing is waited for."""
        gl = self._context.gl
        stage = gl.glCreateShader(gl.GL_COMPUTE_SHADER)
        gl.glShaderSource(stage, shader.text)
        gl.glCompileShader(stage)
        program = gl.glCreateProgram()
        gl.glProgramParameteri(program, gl.GL_PROGRAM_BINARY_RETRIEVABLE_HINT, 1)
        gl.glAttachShader(program, stage)
        gl.glLinkProgram(program)  # asking for the compile status first would wait for it
        return Started(int(program), int(stage))

    def finish(self, shader: Shader, started: Started) -> int:
        """Wait for a program; its OpenGL name.

        Raises:
            DeviceError: the driver does not accept the shader; its log is in the sentence.
        """
        gl = self._context.gl
        program, stage = started
        linked = bool(gl.glGetProgramiv(program, gl.GL_LINK_STATUS))
        compiled = bool(gl.glGetShaderiv(stage, gl.GL_COMPILE_STATUS))
        log = gl.glGetProgramInfoLog(program) if compiled else gl.glGetShaderInfoLog(stage)
        gl.glDetachShader(program, stage)
        gl.glDeleteShader(stage)
        if not linked:
            gl.glDeleteProgram(program)
            raise DeviceError(_refused(shader, log))
        self._use(program)
        return program

    def binary_of(self, program: int) -> Binary | None:
        """The driver's binary of a program, if it gives one."""
        gl = self._context.gl
        size = int(gl.glGetProgramiv(program, gl.GL_PROGRAM_BINARY_LENGTH))
        if not size:
            return None
        data, length, kind = ctypes.create_string_buffer(size), ctypes.c_int(), ctypes.c_uint()
        gl.glGetProgramBinary(program, size, length, kind, data)
        return Binary(kind.value, data.raw[: length.value])

    def program_of(self, binary: Binary) -> int:
        """OpenGL name of the program; 0 where the driver does not know the binary any more."""
        gl = self._context.gl
        program = int(gl.glCreateProgram())
        try:
            gl.glProgramBinary(program, binary.kind, binary.content, len(binary.content))
            if gl.glGetProgramiv(program, gl.GL_LINK_STATUS):
                self._use(program)
                return program
        except gl.GLError:  # a format the driver no longer knows
            pass
        gl.glDeleteProgram(program)
        return 0

    def close(self) -> None:
        """Free what it needed itself; the programs stay."""
        if self._nothing:
            self._context.gl.glDeleteBuffers(1, [self._nothing])
            self._nothing = 0

    def _use(self, program: int) -> None:
        gl = self._context.gl
        if not self._nothing:
            self._nothing = int(gl.glGenBuffers(1))
            gl.glBindBuffer(gl.GL_DISPATCH_INDIRECT_BUFFER, self._nothing)
            groups: Any = (ctypes.c_uint * 3)()
            gl.glBufferData(gl.GL_DISPATCH_INDIRECT_BUFFER, 12, groups, gl.GL_STATIC_DRAW)
        gl.glBindBuffer(gl.GL_DISPATCH_INDIRECT_BUFFER, self._nothing)
        gl.glUseProgram(program)
        gl.glDispatchComputeIndirect(0)


def _refused(shader: Shader, log: bytes | str) -> str:
    text = log.decode("utf-8", "replace") if isinstance(log, bytes) else log
    lines = text.strip().splitlines() or ["no reason given"]
    return f"The OpenGL driver does not accept the shader {shader.name} ({lines[0]}). Use the cpu device."
