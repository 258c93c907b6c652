"""What a CPU device with machine code holds: the functions, and the threads that share the work."""

from __future__ import annotations

import ctypes
import os
import platform
import threading
import weakref
from typing import Any

import numpy as np
from llvmlite import ir

from engine.devices.cpu.calls import aligned_bytes
from engine.devices.cpu.native.blas import Blas, find_blas
from engine.devices.cpu.native.chain import ChainShape, chain_function, chain_key
from engine.devices.cpu.native.direct import DirectShape, direct_function, gradient_function
from engine.devices.cpu.native.kernels import kernel_functions
from engine.devices.cpu.native.running import TEAM_WORDS, running_functions
from engine.devices.cpu.native.toolchain import Library, has_wide_registers
from engine.program.fused import FusedBody
from engine.tensor.spec import Array

PAUSES = {"x86_64": "llvm.x86.sse2.pause", "amd64": "llvm.x86.sse2.pause"}
MOST_THREADS = 16
LINGERING = 0.5  # seconds that a thread without work stays
_Run = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64
)
_Serve = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


def cores() -> int:
    """Processors that this process may use."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(here, MOST_THREADS)


class Machine:
    """Functions by name or by chain, and a team of threads.

    Attributes:
        threads: that share the work, the caller included.
        wide: whether sixteen floats are one register, and there are thirty-two of them.
    """

    def __init__(self, blas: Blas, threads: int | None = None) -> None:
        module = ir.Module()
        kernel_functions(module)
        running_functions(module, PAUSES.get(platform.machine().lower(), ""))
        self._library = Library(str(module))
        self.blas = blas
        self.wide = has_wide_registers()
        self.threads = threads or cores()
        blas.use_one_thread()
        self._chains: dict[str, tuple[Library, int]] = {}
        self._run: Any = _Run(self._library.address("run"))
        self._offer = _yielding()
        serve = _Serve(self._library.address("serve"))
        self._team = aligned_bytes(8 * TEAM_WORDS).view(np.int64)
        self._team[0] = 0xFFFFFFFF  # nothing to hand out
        self._helpers = [
            _Helper(serve, self._team, number, self._library) for number in range(1, self.threads)
        ]
        weakref.finalize(self, _dismiss, self._helpers)

    def address(self, name: str) -> int:
        """Of a function that is the same for all programs."""
        return self._library.address(name)

    def chain(self, body: FusedBody, shape: ChainShape) -> int:
        """The address of the function of a chain; made if there is none yet."""
        key = chain_key(body, shape)
        if key not in self._chains:
            module = ir.Module()
            chain_function(module, "chain", body, shape)
            library = Library(str(module))
            self._chains[key] = (library, library.address("chain"))
        return self._chains[key][1]

    def direct(self, shape: DirectShape, *, gradient: bool) -> int:
        """The address of a convolution, or of the gradient of its filters."""
        key = repr((shape, gradient))
        if key not in self._chains:
            module = ir.Module()
            (gradient_function if gradient else direct_function)(module, "direct", shape)
            library = Library(str(module))
            self._chains[key] = (library, library.address("direct"))
        return self._chains[key][1]

    def run(self, entries: Array, *, shared: bool) -> None:
        """Do a list of calls (function, arguments, tasks); `shared` says whether some have several tasks."""
        if shared:
            for helper in self._helpers:
                helper.wake()
        self._run(self._team.ctypes.data, entries.ctypes.data, len(entries), int(shared), self._offer)

    def close(self) -> None:
        """Send the helpers home."""
        _dismiss(self._helpers)


class _Helper:
    """A thread that helps while there is work, and sleeps where there is none for a while."""

    def __init__(self, serve: Any, team: Array, number: int, library: Library) -> None:
        self._serve = serve
        self._team = team
        self._number = number
        self._library = library  # its code must not go away while the thread runs it
        self._wanted = threading.Event()
        self._asleep = True
        self._dismissed = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """See to it that the thread looks for work."""
        if not self._asleep:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._help, name=f"cpu-{self._number}", daemon=True)
            self._thread.start()
        self._wanted.set()

    def dismiss(self) -> None:
        """End the thread; it is not waited for."""
        self._dismissed = True
        self._wanted.set()

    def _help(self) -> None:
        offer = _yielding()
        while True:
            wanted = self._wanted.wait(LINGERING)
            self._wanted.clear()
            if self._dismissed or not wanted:
                self._thread = None  # the next call that is worth sharing begins another
                return
            self._asleep = False
            self._serve(self._team.ctypes.data, self._number, offer)
            self._asleep = True


def _dismiss(helpers: list[_Helper]) -> None:
    for helper in helpers:
        helper.dismiss()


def _yielding() -> int:
    """The address of the system's function that offers the core to other threads."""
    windows: Any = getattr(ctypes, "windll", None)
    function = ctypes.CDLL(None).sched_yield if windows is None else windows.kernel32.SwitchToThread
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def open_machine() -> Machine | None:
    """Machine code, where NumPy's BLAS can be called from it."""
    blas = find_blas()
    return Machine(blas) if blas is not None else None
