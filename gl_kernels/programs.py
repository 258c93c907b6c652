"""Compiled shader programs: each text once, kept on disk as the driver's binary.

Compiling a model's shaders is most of its start. All of them are handed to the driver before the first one is waited for,
so a driver that compiles in parallel can; where somebody watches, threads of ours do it (`compiling`), and what will be
needed later is compiled beside what runs, on one of them. A file on disk that
is damaged, or that the driver refuses, is ignored and written again. A driver of another version looks for other names,
so its files are never met; those of the old one are the first to be pruned.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine.devices.base import Watch
from gl_kernels.compiling import Batch
from gl_kernels.context import GlContext
from gl_kernels.linking import Binary, Linker
from gl_kernels.shader import Shader

MOST_FILES = 4096  # at some 20 KB each; every new shape of a network adds a few
MOST_BYTES = 256 * 2**20  # a driver for a large GPU may write much more
MOST_IDLE = 128  # programs that nobody uses; on llvmpipe one takes 2 MB
HEADER = struct.Struct("<I32s")  # binary format, SHA-256 of the binary
POLL = 0.02  # seconds between two looks at whoever watches


class ProgramCache:
    """The programs of one context.

    Attributes:
        compiled: how many had to be compiled from text so far (the others came from disk).
    """

    def __init__(self, context: GlContext, folder: Path | None) -> None:
        """`folder`: where binaries are kept; None keeps none."""
        self._context = context
        self._linker = Linker(context)
        self._programs: dict[str, int] = {}
        self._users: Counter[str] = Counter()  # of the programs, by key
        self._idle: dict[str, None] = {}  # keys of those without users; the longest first
        self._folder = _made(folder) if folder is not None and context.limits.binaries else None
        if self._folder is not None:
            prune(self._folder, MOST_FILES, MOST_BYTES)
        self.compiled = 0
        self._watch: Watch | None = None
        self._left: list[Batch] = []  # were interrupted, and finish what they had begun
        self._ahead: list[Batch] = []  # of programs that will be built later

    @property
    def textures(self) -> set[int]:
        """OpenGL names of textures that belong to no program."""
        return self._linker.textures

    @property
    def used(self) -> set[str]:
        """Keys of the programs that were built more often than released."""
        return {key for key, users in self._users.items() if users}

    @contextmanager
    def watched(self, watch: Watch | None) -> Iterator[None]:
        """While this lasts, `watch` is called with how many programs are ready, and may end it by raising."""
        ready = 0  # of the builds before: a program may be built in several ways

        def from_the_beginning(done: int, total: int) -> None:
            nonlocal ready
            if watch is not None:
                watch(ready + done, ready + total)
            if done == total:
                ready += total

        before, self._watch = self._watch, from_the_beginning if watch is not None else None
        try:
            yield
        finally:
            self._watch = before

    def build(self, shaders: Iterable[Shader]) -> list[int]:
        """OpenGL names of the programs, in order; they are there until they are released.

        Raises:
            DeviceError: the driver does not accept a shader; its log is in the sentence.
        """
        wanted = list(shaders)
        missing = {s.key: s for s in wanted if s.key not in self._programs}
        for key, shader in list(missing.items()):
            binary = self._read(key)
            program = self._linker.program_of(shader, binary) if binary else 0
            if program:
                self._programs[key] = program
                del missing[key]
        total = len({s.key for s in wanted})
        self._take_ahead(missing, total)
        if missing and self._watch is not None and self._context.limits.binaries:
            self._build_beside(missing, total, self._watch)
        left = {k: s for k, s in missing.items() if k not in self._programs}
        if self._watch is None:
            self._build_here(left)
        else:  # a driver without binaries: between two shaders there is a moment to look up
            for number, (key, shader) in enumerate(left.items()):
                self._watch(len(wanted) - len(left) + number, len(wanted))
                self._build_here({key: shader})
        for shader in wanted:
            self._users[shader.key] += 1
            self._idle.pop(shader.key, None)
        return [self._programs[s.key] for s in wanted]

    def release(self, shaders: Iterable[Shader]) -> None:
        """What `build` gave is not needed any more; the last ones are kept, because networks come back."""
        for key in (s.key for s in shaders if s.key in self._users):
            self._users[key] -= 1
            if not self._users[key]:
                self._idle[key] = None
        for key in list(self._idle)[: max(0, len(self._idle) - MOST_IDLE)]:
            del self._idle[key], self._users[key]
            self._context.gl.glDeleteProgram(self._programs.pop(key))

    def ahead(self, shaders: Iterable[Shader]) -> None:
        """Begin to compile what will be built later, on one thread, instead of what was foreseen before."""
        for batch in self._ahead:
            batch.cancel()
        known = self._programs.keys()
        missing = {s.key: s for s in shaders if s.key not in known and self._read(s.key) is None}
        if missing and self._context.limits.binaries:
            self._ahead.append(Batch(missing.values(), self._keep, threads=1))

    def begin(self, shader: Shader) -> bool:
        """Whether a program can be built without waiting; else it is being compiled, on a thread beside what runs."""
        if shader.key in self._programs or not self._context.limits.binaries:
            return True
        batch = next((batch for batch in self._ahead if shader.key in batch.keys), None)
        if batch is None and self._read(shader.key) is None:
            self._ahead.append(Batch([shader], self._keep, threads=1))
            return False
        return batch is None or batch.finished

    def close(self) -> None:
        """Delete all programs."""
        for batch in self._ahead:
            batch.cancel()
        for batch in (*self._left, *self._ahead):
            batch.join()
        for program in self._programs.values():
            self._context.gl.glDeleteProgram(program)
        for known in (self._programs, self._users, self._idle):
            known.clear()
        self._linker.close()

    # -- compiling -----------------------------------------------------------------------------------------------
    def _build_here(self, missing: Mapping[str, Shader]) -> None:
        started = {key: self._linker.start(shader) for key, shader in missing.items()}
        for key, program in started.items():
            self.compiled += 1
            self._programs[key] = self._linker.finish(missing[key], program)
            binary = self._linker.binary_of(self._programs[key]) if self._folder is not None else None
            if binary is not None:
                self._keep(key, binary)

    def _take_ahead(self, missing: dict[str, Shader], total: int) -> None:
        """Take those that were foreseen out of `missing`; what is not begun yet, all threads compile faster."""
        for batch in [b for b in self._ahead if b.keys & missing.keys()]:
            batch.cancel()
            while not batch.finished:
                if self._watch is not None:
                    self._watch(total - len(missing), total)
                batch.wait(POLL)
            for key in batch.keys & missing.keys():
                self._take(missing[key], batch.binary(key))
                if key in self._programs:
                    del missing[key]
            self._ahead.remove(batch)
        self._ahead = [b for b in self._ahead if not b.keys <= self._programs.keys()]

    def _take(self, shader: Shader, binary: Binary | None) -> None:
        """Make a binary that was compiled on another thread a program of this context."""
        program = self._linker.program_of(shader, binary) if binary else 0
        if program:
            self.compiled += 1
            self._programs[shader.key] = program

    def _build_beside(self, missing: Mapping[str, Shader], total: int, watch: Watch) -> None:
        batch = Batch(missing.values(), self._keep)
        try:
            while not batch.finished:
                watch(total - len(missing) + batch.done, total)
                batch.wait(POLL)
        except BaseException:
            batch.cancel()
            self._left = [*(b for b in self._left if not b.finished), batch]
            raise
        batch.join()
        for key in missing:
            self._take(missing[key], batch.binary(key))
        watch(total, total)

    # -- binaries on disk ----------------------------------------------------------------------------------------
    def _path(self, key: str) -> Path | None:
        if self._folder is None:
            return None
        name = hashlib.sha256(f"{self._context.driver}\n{key}".encode()).hexdigest()
        return self._folder / f"{name}.bin"

    def _read(self, key: str) -> Binary | None:
        path = self._path(key)
        if path is None:
            return None
        try:
            content = path.read_bytes()
            os.utime(path)  # those not used for long go first
        except OSError:
            return None
        if len(content) <= HEADER.size:
            return None
        kind, digest = HEADER.unpack_from(content)
        binary = content[HEADER.size :]
        return Binary(kind, binary) if digest == hashlib.sha256(binary).digest() else None

    def _keep(self, key: str, binary: Binary) -> None:
        """Write a binary to disk; also called by threads that compile."""
        path = self._path(key)
        if path is not None:
            _write(path, HEADER.pack(binary.kind, hashlib.sha256(binary.content).digest()) + binary.content)


def prune(folder: Path, most: int, most_bytes: int = MOST_BYTES) -> None:
    """Delete the half of the files that was not used for longest, if there are more than `most` or of more bytes."""
    try:
        files = sorted(((path, path.stat()) for path in folder.iterdir()), key=lambda file: file[1].st_mtime)
        if len(files) <= most and sum(found.st_size for _, found in files) <= most_bytes:
            return
        for path, _ in files[: len(files) // 2]:
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
