"""What the parts of a fused step take, for profiles: the same shader once more, with a clock in it.

The shader with a clock works on a copy of the states, so that a profiled step leaves the same bits as any other. Its
ticks become seconds by the time of the whole launch; a GPU does not say how fast its clock runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from engine.devices.base import DeviceError, Timing
from engine.program.program import Phase
from engine.tensor.spec import Array
from gl_kernels.context import GlContext
from gl_kernels.memory import GlMemory
from gl_kernels.programs import ProgramCache
from gl_kernels.whole.executable import WholeExecutable, shader_of
from gl_kernels.whole.fused import Fused, UnfitError
from gl_kernels.whole.prepare import Prepared

LAUNCH_SECONDS = 0.01  # of the launch that is timed: long beside what it takes to start it
MOST_STEPS = 500


class PartTimes:
    """Implements `gl_kernels.whole.executable.PartTimer`.

    Args:
        generate: makes the step with a clock; raises UnfitError where that does not fit.
    """

    def __init__(
        self,
        context: GlContext,
        programs: ProgramCache,
        memory: GlMemory,
        generate: Callable[[], tuple[Prepared, Fused]],
    ) -> None:
        self._context, self._programs, self._memory = context, programs, memory
        self._generate = generate
        self._made: tuple[Prepared, Fused] | None = None
        self._executable: WholeExecutable | None = None
        self._possible = context.limits.clock

    def is_ready(self) -> bool:
        """Whether nothing is to be waited for; the shader is compiled beside what runs."""
        if self._possible and self._made is None:
            try:
                self._made = self._generate()
            except UnfitError:
                self._possible = False
        if not self._possible or self._executable is not None or self._made is None:
            return True
        prepared, fused = self._made
        return self._programs.begin(shader_of(fused, prepared.program))

    def timings(self, feeds: Mapping[str, Array]) -> list[Timing]:
        """The parts of a step with these feeds (1, ..); none where they are not known, or not yet."""
        if not self.is_ready() or not self._possible or self._made is None:
            return []
        prepared, fused = self._made
        if self._executable is None:
            try:
                self._executable = WholeExecutable(
                    self._context, self._programs, prepared, fused, self._memory
                )
            except DeviceError:  # a driver that takes the shader only without its clock
                self._possible = False
                return []
        once = self._run(self._executable, feeds, 1)
        steps = max(1, min(MOST_STEPS, fused.most_steps, int(LAUNCH_SECONDS / once)))
        took = self._run(self._executable, feeds, steps)
        ticks = self._executable.numbers(fused.clocks, len(fused.parts) + 1)
        return _timings(fused, ticks, took)

    def close(self) -> None:
        """Free what the timed step needed; twice is harmless."""
        if self._executable is not None:
            self._executable.close()
        self._executable = None

    def _run(self, executable: WholeExecutable, feeds: Mapping[str, Array], steps: int) -> float:
        """Seconds a step of one launch, which begins with the states as they are."""
        rows = {name: np.repeat(np.asarray(array)[:1], steps, axis=0) for name, array in feeds.items()}
        executable.stage({name: array[:, np.newaxis] for name, array in rows.items()}, steps)
        executable.bring_in()
        return executable.launch_once(steps)


def _timings(fused: Fused, ticks: Array, seconds: float) -> list[Timing]:
    """Parts of a step of so many seconds, and what is left of it, which is the launch's own."""
    per_tick = seconds / max(1.0, float(ticks[-1]))
    rest = max(0.0, seconds - per_tick * float(ticks[:-1].sum()))
    timings = [Timing("launch", "", Phase.FORWARD, 0.0, rest, 1, 0, 0)]
    begun = rest
    for part, count in zip(fused.parts, ticks, strict=False):  # the last count is that of all steps
        took = per_tick * float(count)
        timings.append(
            Timing(part.name, part.origin, part.phase, begun, took, 0, part.nbytes, part.multiply_adds)
        )
        begun += took
    return timings
