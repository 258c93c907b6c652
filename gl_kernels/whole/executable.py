"""Runs a fused program: one work group a model, many steps a launch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np

from engine.devices.base import DeviceError, Timing
from engine.program.costs import cost_of
from engine.program.program import Phase, Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec, format_shape
from gl_kernels.buffers import Buffer, Texels
from gl_kernels.context import GlContext
from gl_kernels.kernels.random import PHILOX
from gl_kernels.memory import GlMemory
from gl_kernels.programs import ProgramCache
from gl_kernels.shader import SCALARS, Access, Shader, Slot, compose
from gl_kernels.whole.clock import EXTENSION
from gl_kernels.whole.fused import Fused
from gl_kernels.whole.prepare import Prepared

LONGEST_LAUNCH = 0.03  # seconds: Stop must react, and no driver may take a launch for a hang
STORAGE = 0x90D2
FIRST_STEP, LAST_STEP, FIRST_MODEL, MODELS = 0, 1, 3, 4  # places of uniforms
BARRIERS = 0x2000 | 0x200 | 0x20  # storage buffers, buffer updates, images


def shader_of(fused: Fused, program: Program) -> Shader:
    """The complete text."""
    data = program.named(Storage.DATA)
    slots = [Slot("feeds", "int", Access.READ)]
    if fused.looped:  # the same buffer for single numbers, and for two or four at once
        kinds = {"m": "float", "m2": "vec2", "m4": "vec4"} if fused.image else {"m": "float"}
        slots += [Slot(name, kind, Access.SHARE) for name, kind in kinds.items()]
    else:
        slots.append(Slot("states", "vec4", Access.UPDATE))
    slots += [
        Slot(f"data{k}", SCALARS[data[n].spec.dtype.value], Access.READ) for k, n in enumerate(fused.data)
    ]
    if fused.consts.size:
        slots.append(Slot("consts", "float", Access.READ))
    needed = [EXTENSION] if fused.parts else []
    text = compose("whole", fused.lanes, PHILOX, slots, fused.sections, extensions=needed)
    return replace(text, image=fused.image)


class PartTimer(Protocol):
    """Knows how long the parts of a fused step take."""

    def is_ready(self) -> bool:
        """Whether nothing is to be waited for."""
        ...

    def timings(self, feeds: Mapping[str, Array]) -> list[Timing]:
        """The parts of a step with these feeds; none where that cannot be known, or not yet."""
        ...

    def close(self) -> None:
        """Free what it needed."""
        ...


class WholeExecutable:
    """Implements `engine.devices.base.Executable` for a program that fits into one shader.

    Args:
        models: work groups; each has its own states and feeds.
        parts: times the parts of a step for profiles; None: a step is timed as a whole.
    """

    def __init__(
        self,
        context: GlContext,
        programs: ProgramCache,
        prepared: Prepared,
        fused: Fused,
        memory: GlMemory,
        models: int = 1,
        parts: PartTimer | None = None,
    ) -> None:
        self._parts = parts
        self._context = context
        self._programs = programs
        self._memory = memory
        self._fused = fused
        self._program = program = prepared.program
        self._stretches = prepared.stretches
        self._models = models
        self._feeds = {v.name: v.spec for v in program.named(Storage.FEED).values()}
        self.shader = shader_of(fused, program)
        self._name = programs.build([self.shader])[0]
        self._states = Buffer(context, 4 * (fused.state_words + fused.scratch_words) * models)
        self._image = Texels(context, self._states) if fused.image else None
        self._consts = Buffer(context, fused.consts.nbytes) if fused.consts.size else None
        if self._consts is not None:
            self._consts.write(fused.consts)
        self._rows: Buffer | None = None
        self._staged = np.zeros((0, models, fused.row_words), np.int32)
        self._step_time = LONGEST_LAUNCH / 4 / models  # of one step of one model, until it is known

    def wait(self) -> None:
        """Until the device has done everything so far."""
        self._context.make_current()
        self._context.gl.glFinish()

    @property
    def nbytes(self) -> int:
        """Bytes on the device beside the shared memory."""
        return sum(b.nbytes for b in (self._states, self._consts, self._rows) if b is not None)

    def explain(self) -> str:
        """How steps run."""
        return "Whole steps run as one shader, many of them in each launch."

    def run(self, feeds: Mapping[str, Array], steps: int = 1) -> None:
        """Run `steps` steps; each feed has the steps as its leading axis.

        Raises:
            DeviceError: a state or a data set was not written to the memory, a feed does not fit, the driver failed.
        """
        if steps < 1:
            return
        self._context.make_current()
        self.stage({name: np.asarray(array)[:, np.newaxis] for name, array in feeds.items()}, steps)
        self.bring_in()
        self.launch(steps)
        self.bring_out()
        self._context.check_error("running a fused program")

    def profile(self, feeds: Mapping[str, Array]) -> list[Timing]:
        """Run one step and time its parts, or all of it where their times cannot be known or are not known yet."""
        self._context.make_current()
        timings = self._parts.timings(feeds) if self._parts is not None else []
        begun = time.perf_counter()
        self.run(feeds)
        took = time.perf_counter() - begun
        if timings:
            return timings
        costs = [cost_of(self._program, node) for node in self._program.nodes]
        adds = sum(adds for _, adds in costs)
        return [Timing("whole step", "", Phase.UPDATE, 0.0, took, 1, 8 * self._fused.state_words, adds)]

    def is_profile_ready(self) -> bool:
        """Whether `profile` does all it can; else what it needs is being compiled."""
        self._context.make_current()
        return self._parts is None or self._parts.is_ready()

    def bring_in(self) -> None:
        """Copy the states of the (only) model from the shared memory."""
        self._copy_states(inwards=True)

    def bring_out(self) -> None:
        """Copy the states of the (only) model to the shared memory."""
        self._copy_states(inwards=False)

    def output(self, name: str) -> Array:
        """An output of the last step, copied to the host."""
        spec = self._program.values[self._program.outputs[name]].spec
        return self.numbers(self._fused.outputs[name], spec.size).reshape(spec.shape)

    def numbers(self, first: int, count: int) -> Array:
        """So many numbers of the first model's row."""
        self._context.make_current()
        array = np.empty(count, np.float32)
        self._states.read(array, 4 * first)
        return array

    def close(self) -> None:
        """Free the buffers and the program; twice is harmless."""
        self._context.make_current()
        if self._parts is not None:
            self._parts.close()
        if self._name:
            self._programs.release([self.shader])
            self._name = 0
        for buffer in (self._image, self._states, self._consts, self._rows):
            if buffer is not None:
                buffer.close()

    # -- many models ---------------------------------------------------------------------------------------
    def write_rows(self, rows: Array) -> None:
        """States and outputs of all models: float32 (models, state_words)."""
        self._context.make_current()
        self._states.write(np.ascontiguousarray(rows, np.float32))

    def read_rows(self) -> Array:
        """States and outputs of all models."""
        self._context.make_current()
        rows = np.empty((self._models, self._fused.state_words), np.float32)
        self._states.read(rows)
        return rows

    def stage(self, feeds: Mapping[str, Array], steps: int) -> None:
        """Copy feeds (steps, models or 1, ..) to the device.

        Raises:
            DeviceError: one is missing or has another shape.
        """
        self._context.make_current()
        if steps > len(self._staged):
            self._staged = np.zeros((steps, self._models, self._fused.row_words), np.int32)
            if self._rows is not None:
                self._rows.close()
            self._rows = Buffer(self._context, self._staged.nbytes)
        rows = self._staged[:steps]
        for name, spec in self._feeds.items():
            _fill(rows, name, spec, self._fused.feeds[name], feeds, steps)
        assert self._rows is not None
        self._rows.write(rows)

    def launch(self, steps: int) -> None:
        """Run the staged steps in launches that are short enough: of some steps, and of some models where need be."""
        self._begin()
        model = 0
        while model < self._models:
            count = min(self._models - model, max(1, int(LONGEST_LAUNCH / self._step_time)))
            first = 0
            while first < steps:
                in_time = max(1, int(LONGEST_LAUNCH / (self._step_time * count)))
                last = min(steps, first + min(in_time, self._fused.most_steps))
                self._timed_launch(range(model, model + count), range(first, last))
                first = last
            model += count

    def launch_once(self, steps: int) -> float:
        """Run the staged steps of the first model in one launch, and give the seconds that each of them took."""
        self._begin()
        self._timed_launch(range(1), range(steps))
        return self._step_time

    def _begin(self) -> None:
        self._context.calls.use_program(self._name)
        self._bind()
        self._context.calls.uniform(MODELS, self._models)

    def _timed_launch(self, models: range, steps: range) -> None:
        context = self._context
        begun = time.perf_counter()
        for place, number in (
            (FIRST_STEP, steps.start),
            (LAST_STEP, steps.stop),
            (FIRST_MODEL, models.start),
        ):
            context.calls.uniform(place, number)
        context.calls.barrier(BARRIERS)
        context.calls.dispatch(len(models), 1, 1)
        context.gl.glFinish()
        took = (time.perf_counter() - begun) / (len(steps) * len(models))
        self._step_time = max(took, 1e-9)

    def _bind(self) -> None:
        assert self._rows is not None
        data = [self._memory.buffer(f"{Storage.DATA}:{name}").name for name in self._fused.data]
        names = [self._rows.name, *[self._states.name] * (3 if self._image is not None else 1), *data]
        if self._consts is not None:
            names.append(self._consts.name)
        for k, name in enumerate(names):
            self._context.gl.glBindBufferBase(STORAGE, k, name)
        if self._image is not None:
            self._image.bind()

    def _copy_states(self, *, inwards: bool) -> None:
        """Between the shared memory and the row of the (only) model."""
        gl = self._context.gl
        self._context.calls.barrier(BARRIERS)
        for name, word in self._fused.states.items():
            buffer = self._memory.buffer(f"{Storage.STATE}:{name}").name
            source, target = (buffer, self._states.name) if inwards else (self._states.name, buffer)
            gl.glBindBuffer(gl.GL_COPY_READ_BUFFER, source)
            gl.glBindBuffer(gl.GL_COPY_WRITE_BUFFER, target)
            for s in self._stretches[name]:
                there, here = 4 * s.place, 4 * (word + s.start)
                start, stop = (there, here) if inwards else (here, there)
                gl.glCopyBufferSubData(
                    gl.GL_COPY_READ_BUFFER, gl.GL_COPY_WRITE_BUFFER, start, stop, 4 * s.count
                )


def _fill(
    rows: Array, name: str, spec: TensorSpec, word: int, feeds: Mapping[str, Array], steps: int
) -> None:
    if name not in feeds:
        raise DeviceError(
            f"The program needs the feed {name}; received {', '.join(sorted(feeds)) or 'none'}."
        )
    array = np.ascontiguousarray(feeds[name], dtype=spec.dtype.numpy)
    if array.shape[0] != steps or array.shape[2:] != spec.shape or array.shape[1] not in (1, rows.shape[1]):
        raise DeviceError(
            f"The feed {name} is {format_shape(spec.shape)} for each of {steps} steps, "
            f"received {format_shape(array.shape)}."
        )
    bits = array if spec.dtype is DType.INT32 else array.view(np.int32)
    rows[:, :, word : word + spec.size] = bits.reshape(*array.shape[:2], spec.size)
