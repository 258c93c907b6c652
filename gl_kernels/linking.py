"""One shader's way to a program that runs: compiled from text or taken from a driver's binary, and used once.

Some drivers translate a program to machine code only when it is dispatched for the first time (Mesa's llvmpipe needs a
third of a second for a matrix product then). A dispatch of no work groups makes them do it here, where somebody shows
progress, and not in the middle of the first training step. They look at what is bound while they do that, so something of
the same kind is: textures and images of the same format.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

from engine.devices.base import DeviceError
from gl_kernels.buffers import FORMATS, PAGE, WORD, allocated, texel_range
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
        self._textures: dict[int, int] = {}  # views of it by format

    @property
    def textures(self) -> set[int]:
        """OpenGL names of the textures that stand for those of real launches."""
        return set(self._textures.values())

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
        self._use(shader, program)
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

    def program_of(self, shader: Shader, binary: Binary) -> int:
        """OpenGL name of the program; 0 where the driver does not know the binary any more."""
        gl = self._context.gl
        program = int(gl.glCreateProgram())
        try:
            gl.glProgramBinary(program, binary.kind, binary.content, len(binary.content))
            if gl.glGetProgramiv(program, gl.GL_LINK_STATUS):
                self._use(shader, program)
                return program
        except gl.GLError:  # a format the driver no longer knows
            pass
        gl.glDeleteProgram(program)
        return 0

    def close(self) -> None:
        """Free what it needed itself; the programs stay."""
        gl = self._context.gl
        if self._textures:
            gl.glDeleteTextures(list(self._textures.values()))
            self._textures.clear()
        if self._nothing:
            gl.glDeleteBuffers(1, [self._nothing])
            self._nothing = 0

    def _use(self, shader: Shader, program: int) -> None:
        gl = self._context.gl
        if not self._nothing:
            self._nothing = int(gl.glGenBuffers(1))
            gl.glBindBuffer(gl.GL_DISPATCH_INDIRECT_BUFFER, self._nothing)
            size = allocated(PAGE)
            groups: Any = (ctypes.c_uint * (size // WORD))()
            gl.glBufferData(gl.GL_DISPATCH_INDIRECT_BUFFER, size, groups, gl.GL_STATIC_DRAW)
        gl.glBindBuffer(gl.GL_DISPATCH_INDIRECT_BUFFER, self._nothing)
        for unit, kind in enumerate(shader.texels):
            gl.glActiveTexture(gl.GL_TEXTURE0 + unit)
            gl.glBindTexture(gl.GL_TEXTURE_BUFFER, self._texture(FORMATS[kind][0]))
        if shader.image:
            texture = self._texture(gl.GL_R32F)
            gl.glBindImageTexture(0, texture, 0, gl.GL_FALSE, 0, gl.GL_READ_ONLY, gl.GL_R32F)
        gl.glUseProgram(program)
        gl.glDispatchComputeIndirect(0)

    def _texture(self, layout: int) -> int:
        """The buffer as texels of a format."""
        gl = self._context.gl
        if layout not in self._textures:
            self._textures[layout] = int(gl.glGenTextures(1))
            gl.glBindTexture(gl.GL_TEXTURE_BUFFER, self._textures[layout])
            gl.glTexBufferRange(gl.GL_TEXTURE_BUFFER, layout, self._nothing, 0, texel_range(PAGE))
        return self._textures[layout]


def _refused(shader: Shader, log: bytes | str) -> str:
    text = log.decode("utf-8", "replace") if isinstance(log, bytes) else log
    lines = text.strip().splitlines() or ["no reason given"]
    return f"The OpenGL driver does not accept the shader {shader.name} ({lines[0]}). Use the cpu device."
