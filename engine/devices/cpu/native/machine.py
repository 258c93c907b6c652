"""What a CPU device with machine code holds: the functions, and the threads that share the work."""

from __future__ import annotations

import ctypes
import os
import platform
import threading
import weakref
from functools import partial
from typing import Any

import numpy as np

from engine.devices.base import Watch
from engine.devices.cpu.calls import aligned_bytes
from engine.devices.cpu.native.blas import Blas, find_blas
from engine.devices.cpu.native.gemm import ROOM_BYTES
from engine.devices.cpu.native.panels import PANELS_BYTES
from engine.devices.cpu.native.running import TEAM_WORDS, run_function, run_list_function, serve_function
from engine.devices.cpu.native.toolchain import Toolchain, Write, has_wide_registers
from engine.tensor.spec import Array

PAUSES = {"x86_64": "llvm.x86.sse2.pause", "amd64": "llvm.x86.sse2.pause"}
MOST_THREADS = 16
LINGERING = 0.5  # seconds that a thread without work stays
LEAVING = 1.0  # seconds to wait for a thread that is sent home; it looks up now and then
_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64
_Run = ctypes.CFUNCTYPE(None, _POINTER, _POINTER, _NUMBER, _NUMBER, _POINTER, _NUMBER, _POINTER)
_Serve = ctypes.CFUNCTYPE(None, _POINTER, _NUMBER, _POINTER)


def cores() -> int:
    """Processors that this process may use: all of them, although a window wants one of them now and then.

    A task that is interrupted waits, no more. With a window at work for 6 of every 16 ms, two threads of a worker that is
    nicer made W3 1.22 and W4 1.25 times as fast as one on two cores, and 99 % of the window's work was done within 12.5 ms.
    """
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(here, MOST_THREADS)


class Function:
    """Machine code that is made when it is first needed."""

    def __init__(self, tools: Toolchain, key: str, write: Write) -> None:
        self._tools = tools
        self._key = key
        self._write = write
        self._address = 0

    @property
    def is_made(self) -> bool:
        """Whether its address is known."""
        return self._address != 0

    @property
    def address(self) -> int:
        """Where it is."""
        if not self.is_made:
            with self._tools.lock:
                if not self.is_made:  # by another thread meanwhile
                    self._address = self._tools.load(self._key, self._write)
        return self._address


class Machine:
    """Functions by what they do, and a team of threads.

    Attributes:
        threads: that share the work, the caller included.
        wide: whether sixteen floats are one register, and there are thirty-two of them.
        rooms: working memory of products, ROOM_BYTES for each thread.
        panels: of the product that runs; the system gives the memory when it is first written.
        step: the number of the step that runs, for code that needs it.
    """

    def __init__(self, blas: Blas, threads: int | None = None) -> None:
        self._tools = Toolchain()
        self._functions: dict[str, Function] = {}
        self.blas = blas
        self.wide = has_wide_registers()
        self.threads = threads or cores()
        blas.use_one_thread()
        pause = PAUSES.get(platform.machine().lower(), "")
        self._offer = _yielding()
        self._run: Any = _Run(self.function("run", partial(run_function, pause=pause)).address)
        self.run_list = self.function("run list", run_list_function)
        serve = _Serve(self.function("serve", partial(serve_function, pause=pause)).address)
        self._team = aligned_bytes(8 * TEAM_WORDS).view(np.int64)
        self._team[0] = 0xFFFFFFFF  # nothing to hand out
        self._turn = threading.Lock()
        self.step = aligned_bytes(8).view(np.int64)
        self.rooms = aligned_bytes(ROOM_BYTES * self.threads)
        self.panels = aligned_bytes(PANELS_BYTES)
        self._helpers = [_Helper(serve, self._team, number, self._tools) for number in range(1, self.threads)]
        weakref.finalize(self, _dismiss, self._helpers)

    def function(self, key: str, write: Write) -> Function:
        """The function that `write` makes, once for all who ask with an equal key."""
        known = self._functions.get(key)
        return known or self._functions.setdefault(key, Function(self._tools, key, write))

    def make(self, watch: Watch | None = None) -> None:
        """Make all functions that were asked for; `watch` sees how many are done and may end that by raising."""
        missing = [f for f in list(self._functions.values()) if not f.is_made]
        for done, function in enumerate(missing):
            if watch is not None:
                watch(done, len(missing))
            assert function.address

    def run(self, entries: Array, *, shared: bool, steps: int = 1) -> None:
        """Do a list of calls (function, arguments, tasks) so many times.

        The team belongs to one thread at a time; another one waits.

        Args:
            entries: as `packed` makes them.
            shared: whether some have several tasks.
            steps: how often; `step` counts from 0.
        """
        with self._turn:
            if shared:
                for helper in self._helpers:
                    helper.wake()
            self._run(
                self._team.ctypes.data,
                entries.ctypes.data,
                len(entries),
                int(shared),
                self._offer,
                steps,
                self.step.ctypes.data,
            )

    def close(self) -> None:
        """Send the helpers home."""
        _dismiss(self._helpers)


class _Helper:
    """A thread that helps while there is work, and sleeps where there is none for a while."""

    def __init__(self, serve: Any, team: Array, number: int, tools: Toolchain) -> None:
        self._serve = serve
        self._team = team
        self._number = number
        self._tools = tools  # its code must not go away while the thread runs it
        self._wanted = threading.Event()
        self._dismissed = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """See to it that the thread looks for work."""
        if self._dismissed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._help, name=f"cpu-{self._number}", daemon=True)
            self._thread.start()
        self._wanted.set()

    def dismiss(self) -> None:
        """Tell the thread to end; `gone` waits for it."""
        self._dismissed = True
        self._wanted.set()

    def gone(self) -> None:
        """Wait until the thread has ended."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(LEAVING)

    def _help(self) -> None:
        offer = _yielding()
        while True:
            if not self._wanted.wait(LINGERING) or self._dismissed:
                self._thread = None  # the next call that is worth sharing begins another
                return
            self._wanted.clear()  # before it looks: who wants it while it leaves will find it back
            self._serve(self._team.ctypes.data, self._number, offer)


def _dismiss(helpers: list[_Helper]) -> None:
    for helper in helpers:
        helper.dismiss()
    for helper in helpers:
        helper.gone()


def _yielding() -> int:
    """The address of the system's function that offers the core to other threads."""
    windows: Any = getattr(ctypes, "windll", None)
    function = ctypes.CDLL(None).sched_yield if windows is None else windows.kernel32.SwitchToThread
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def open_machine() -> Machine | None:
    """Machine code, where NumPy's BLAS can be called from it."""
    blas = find_blas()
    return Machine(blas) if blas is not None else None
