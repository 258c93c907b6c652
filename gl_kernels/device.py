"""The `gl` device: any GPU with OpenGL 4.3, or OpenGL on the processor where there is none."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from engine.compiler.pipeline import finish
from engine.compiler.plan_memory import Planned
from engine.devices.base import DeviceError, DeviceInfo, Executable, Memory, Watch
from engine.paths import cache_dir
from engine.program.program import Program
from gl_kernels.context import ALIGNMENT, GlContext
from gl_kernels.executable import GlExecutable, launches_of
from gl_kernels.kernels.registry import limits_of
from gl_kernels.launch import Launch
from gl_kernels.measuring import WORTH, Remembered, measured
from gl_kernels.memory import GlMemory
from gl_kernels.programs import ProgramCache
from gl_kernels.shader import Shader
from gl_kernels.trial import Trial, heaviest
from gl_kernels.tuning import Tuning
from gl_kernels.whole.choice import Choices, bounds_of, choose, whole_step
from gl_kernels.whole.fused import UnfitError
from gl_kernels.whole.many import ManyWhole


class GlDevice:
    """Implements `engine.devices.base.Device`.

    All calls, those of its memories and executables included, must come from the thread that opened it; another
    thread gets a DeviceError.
    """

    def __init__(self, cache: Path | None, tuning: Tuning | None = None) -> None:
        """Open it on this thread.

        Args:
            cache: folder for compiled shaders; None keeps none.
            tuning: instead of what suits the driver.

        Raises:
            DeviceError: there is no usable driver.
        """
        self._context = GlContext()
        self._programs = ProgramCache(self._context, cache)
        self._tuning = tuning or Tuning.of(self._context.limits, software=self._context.software)
        self._remembered = Remembered(None if tuning else cache, self._context.driver)
        self._tuned = not self._remembered.possible
        self._choices = Choices(cache, self._context.driver)
        self._closed = False

    @property
    def info(self) -> DeviceInfo:
        """Name and kind."""
        return self._context.info

    @property
    def context(self) -> GlContext:
        """The OpenGL context, for tests and for the fused step."""
        return self._context

    @property
    def programs(self) -> ProgramCache:
        """The compiled shaders."""
        return self._programs

    @property
    def tuning(self) -> Tuning:
        """The choices made for this driver."""
        return self._tuning

    @property
    def live_buffers(self) -> Collection[int]:
        """OpenGL names of the buffers that are alive."""
        return frozenset(self._context.buffers)

    def memory(self) -> GlMemory:
        """New, empty shared memory."""
        self._context.check_thread()
        return GlMemory(self._context)

    def compile(self, program: Program, memory: Memory, watch: Watch | None = None) -> Executable:
        """Make a program executable on the data sets and states in `memory`; shaders are compiled beside `watch`.

        A small training step becomes one shader where that is faster (`gl_kernels.whole`).

        Raises:
            DeviceError: the driver refuses, is out of memory, or cannot address a tensor of this size.
        """
        if not isinstance(memory, GlMemory):
            raise DeviceError(
                "A program on the gl device needs memory of the gl device. Make it with device.memory()."
            )
        self._context.make_current()
        with self._programs.watched(watch):
            return choose(
                program,
                self._context,
                self._programs,
                memory,
                self._choices,
                lambda why: self.compile_ordinary(program, memory, why),
            )

    def foresee(self, programs: Iterable[Program]) -> None:
        """Have the shaders of programs that learn nothing compiled, beside what runs; nothing is waited for.

        Raises:
            DeviceError: a tensor is larger than a shader can address.
        """
        shaders: list[Shader] = []
        for program in programs:
            planned = self._planned(program)
            launches, _ = launches_of(planned, self._tuning)
            if self._tuned or heaviest(launches) < WORTH:  # else measuring comes first
                shaders += [launch.shader for launch in launches if isinstance(launch, Launch)]
        self._context.make_current()
        self._programs.ahead(shaders)

    def compile_many(
        self, program: Program, memory: Memory, models: int, watch: Watch | None = None
    ) -> ManyWhole | None:
        """The program for so many models, trained in the same launches; None where a step does not fit one shader.

        The shader is compiled beside `watch`, as in `compile`; one that the driver refuses fits nowhere, either.
        """
        if not isinstance(memory, GlMemory):
            return None
        self._context.make_current()
        bounds = bounds_of(self._context)
        try:
            prepared, fused = whole_step(program, bounds)
            with self._programs.watched(watch):
                return ManyWhole(self._context, self._programs, prepared, fused, memory, models)
        except (UnfitError, DeviceError):  # the driver may take the shaders of one model after the other
            return None

    def compile_ordinary(self, program: Program, memory: GlMemory, why: str = "") -> GlExecutable:
        """Make a program executable as one launch after the other, for the reason `why`; raises like `compile`."""
        planned = self._planned(program)
        made = launches_of(planned, self._tuning)
        if not self._tuned and heaviest(made[0]) >= WORTH:
            self._tune()
            made = launches_of(planned, self._tuning)
        return GlExecutable(self._context, self._programs, planned, memory, self._tuning, why, made)

    def _planned(self, program: Program) -> Planned:
        return finish(program, limits_of(self._tuning.storage_blocks), ALIGNMENT)

    def _tune(self) -> None:
        """Choose how products are computed: as it was measured on this driver, now or before."""
        self._tuned, base = True, self._tuning
        known = self._remembered.read(base)
        if known is None:
            trial = Trial(self._context, self._programs)
            known = measured(base, self._context.limits.texels, trial.seconds)
            trial.close()
            self._remembered.write(known)
        self._tuning = known

    def close(self) -> None:
        """Give the device back; memories and executables must have been closed. Twice is harmless."""
        if not self._closed:
            self._context.make_current()
            self._programs.close()
            self._context.close()
            self._closed = True


def open_device(tuning: Tuning | None = None) -> GlDevice:
    """The device on this thread, with compiled shaders kept in the application's cache folder.

    Raises:
        DeviceError: there is no usable driver; the sentence says what to do.
    """
    return GlDevice(cache_dir() / "gl", tuning)
