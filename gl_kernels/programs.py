"""Compiled shader programs: each text once, kept on disk as the driver's binary.

Compiling a model's shaders is most of its start. All of them are handed to the driver before the first one is waited for,
so a driver that compiles in parallel can. A file on disk that is damaged, or that the driver refuses, is ignored and
written again.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
import tempfile
from collections.abc import Iterable
from pathlib import Path

from engine.devices.base import DeviceError
from gl_kernels.context import GlContext
from gl_kernels.shader import Shader

MOST_FILES = 4096  # at some 20 KB each; every new shape of a network adds a few
HEADER = struct.Struct("<I32s")  # binary format, SHA-256 of the binary


class ProgramCache:
    """The programs of one context.

    Attributes:
        compiled: how many had to be compiled from text so far (the others came from disk).
    """

    def __init__(self, context: GlContext, folder: Path | None) -> None:
        """`folder`: where binaries are kept; None keeps none."""
        self._context = context
        self._programs: dict[str, int] = {}
        self._folder = _made(folder) if folder is not None and context.limits.binaries else None
        if self._folder is not None:
            prune(self._folder, MOST_FILES)
        self.compiled = 0

    def build(self, shaders: Iterable[Shader]) -> list[int]:
        """OpenGL names of the programs, in order.

        Raises:
            DeviceError: the driver does not accept a shader; its log is in the sentence.
        """
        wanted = list(shaders)
        missing = {s.key: s for s in wanted if s.key not in self._programs}
        started: dict[str, tuple[int, int]] = {}
        for key, shader in missing.items():
            program = self._load(key)
            if program:
                self._programs[key] = program
            else:
                started[key] = self._start(shader)
        for key, (program, stage) in started.items():
            self._finish(missing[key], program, stage)
            self._programs[key] = program
            self._save(key, program)
        return [self._programs[s.key] for s in wanted]

    def close(self) -> None:
        """Delete all programs."""
        for program in self._programs.values():
            self._context.gl.glDeleteProgram(program)
        self._programs.clear()

    # -- compiling -----------------------------------------------------------------------------------------------
    def _start(self, shader: Shader) -> tuple[int, int]:
        gl = self._context.gl
        stage = gl.glCreateShader(gl.GL_COMPUTE_SHADER)
        gl.glShaderSource(stage, shader.text)
        gl.glCompileShader(stage)
        program = gl.glCreateProgram()
        gl.glProgramParameteri(program, gl.GL_PROGRAM_BINARY_RETRIEVABLE_HINT, 1)
        gl.glAttachShader(program, stage)
        gl.glLinkProgram(program)  # asking for the compile status first would wait for it
        self.compiled += 1
        return int(program), int(stage)

    def _finish(self, shader: Shader, program: int, stage: int) -> None:
        gl = self._context.gl
        linked = bool(gl.glGetProgramiv(program, gl.GL_LINK_STATUS))
        compiled = bool(gl.glGetShaderiv(stage, gl.GL_COMPILE_STATUS))
        log = gl.glGetProgramInfoLog(program) if compiled else gl.glGetShaderInfoLog(stage)
        gl.glDetachShader(program, stage)
        gl.glDeleteShader(stage)
        if not linked:
            gl.glDeleteProgram(program)
            raise DeviceError(self._refused(shader, log))

    def _refused(self, shader: Shader, log: bytes | str) -> str:
        text = log.decode("utf-8", "replace") if isinstance(log, bytes) else log
        lines = text.strip().splitlines() or ["no reason given"]
        return f"The OpenGL driver does not accept the shader {shader.name} ({lines[0]}). Use the cpu device."

    # -- binaries on disk ----------------------------------------------------------------------------------------
    def _path(self, key: str) -> Path | None:
        if self._folder is None:
            return None
        name = hashlib.sha256(f"{self._context.driver}\n{key}".encode()).hexdigest()
        return self._folder / f"{name}.bin"

    def _load(self, key: str) -> int:
        path = self._path(key)
        if path is None:
            return 0
        try:
            content = path.read_bytes()
            os.utime(path)  # those not used for long go first
        except OSError:
            return 0
        binary = content[HEADER.size :]
        if len(content) <= HEADER.size or HEADER.unpack_from(content)[1] != hashlib.sha256(binary).digest():
            return 0
        gl = self._context.gl
        program = int(gl.glCreateProgram())
        try:
            gl.glProgramBinary(program, HEADER.unpack_from(content)[0], binary, len(binary))
            if gl.glGetProgramiv(program, gl.GL_LINK_STATUS):
                return program
        except gl.GLError:  # a format the driver no longer knows
            pass
        gl.glDeleteProgram(program)
        return 0

    def _save(self, key: str, program: int) -> None:
        path = self._path(key)
        if path is None:
            return
        gl = self._context.gl
        size = int(gl.glGetProgramiv(program, gl.GL_PROGRAM_BINARY_LENGTH))
        if not size:
            return
        data, length, kind = ctypes.create_string_buffer(size), ctypes.c_int(), ctypes.c_uint()
        gl.glGetProgramBinary(program, size, length, kind, data)
        binary = data.raw[: length.value]
        _write(path, HEADER.pack(kind.value, hashlib.sha256(binary).digest()) + binary)


def prune(folder: Path, most: int) -> None:
    """Delete the half of the files that was not used for longest, if there are more than `most`."""
    try:
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in files[: len(files) // 2] if len(files) > most else ():
            path.unlink()
    except OSError:  # another process prunes, or the folder is read-only
        return


def _made(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home: programs are compiled anew at each start
        return None
    return folder


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: another process may read at the same time. A full disk costs the cache only."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except OSError:
        return
