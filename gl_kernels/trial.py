"""A product of matrices to measure ways of computing it with, and how large the products of a program are."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

from engine.compiler.pipeline import finish
from engine.ops.matmul import matmul
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import TensorSpec
from gl_kernels.context import ALIGNMENT, GlContext
from gl_kernels.executable import GlExecutable
from gl_kernels.launch import HostCall, Launch
from gl_kernels.memory import GlMemory
from gl_kernels.programs import ProgramCache
from gl_kernels.tuning import Tuning

SIDE, SOFTWARE_SIDE = 2048, 384  # fills a GPU; takes some milliseconds on a processor
REPEATS = 3


class Trial:
    """A square product on a device."""

    def __init__(self, context: GlContext, programs: ProgramCache) -> None:
        self._context = context
        self._programs = programs
        self._memory = GlMemory(context)
        side = SOFTWARE_SIDE if context.software else SIDE
        builder = ProgramBuilder("trial")
        sides = []
        for k, name in enumerate("ab"):
            array = np.random.default_rng(k).standard_normal((side, side)).astype(np.float32)
            self._memory.write(name, array)
            sides.append(builder.data(name, TensorSpec(array.shape)))
        builder.output("c", matmul(*sides))
        self._planned = finish(builder.finish(), alignment=ALIGNMENT)

    def seconds(self, tuning: Tuning) -> float:
        """How long it takes, the best of three.

        Raises:
            DeviceError: the driver refuses the shader.
        """
        executable = GlExecutable(self._context, self._programs, self._planned, self._memory, tuning)
        try:
            return min(self._timed(executable) for _ in range(1 + REPEATS))  # the first one compiles, too
        finally:
            executable.close()

    def _timed(self, executable: GlExecutable) -> float:
        begun = time.perf_counter()
        executable.run({})
        self._context.gl.glFinish()
        return time.perf_counter() - begun

    def close(self) -> None:
        """Free its memory."""
        self._memory.close()


def heaviest(launches: Iterable[Launch | HostCall]) -> int:
    """Multiply-adds of the largest product of a program."""
    return max((launch.work for launch in launches if isinstance(launch, Launch)), default=0)
