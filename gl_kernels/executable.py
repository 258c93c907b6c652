"""A program on the OpenGL device: its buffers, its launches, and the feeds of many steps at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.compiler.plan_memory import Location, Planned
from engine.devices.base import DeviceError, Timing
from engine.program.costs import cost_of
from engine.program.enclosed import core_of
from engine.program.program import Node, Storage
from engine.tensor.spec import Array, TensorSpec, format_shape
from gl_kernels.buffers import Buffer
from gl_kernels.context import ALIGNMENT, GlContext
from gl_kernels.kernels.registry import required
from gl_kernels.launch import HostCall, Launch, Operand, Request
from gl_kernels.memory import GlMemory
from gl_kernels.programs import ProgramCache
from gl_kernels.replay import FEED, Replay
from gl_kernels.timing import timed
from gl_kernels.tuning import Tuning

SHARED = ("data:", "state:")


def launches_of(planned: Planned, tuning: Tuning) -> tuple[list[Launch | HostCall], int]:
    """All launches of a step in order, and the bytes of scratch they share. Needs no OpenGL.

    An op that says why it belongs on the host (`Op.host`) becomes a call of its NumPy reference.

    Raises:
        DeviceError: an op has no kernel, or a tensor is larger than a shader can address.
    """
    launches: list[Launch | HostCall] = []
    scratch = 0
    for node in planned.steps:
        request = _request(planned, node, tuning)
        if node.op.host:
            launches.append(HostCall(node.op, node.attrs, request.inputs, request.outputs))
            continue
        launches += required(node.op).lower(request)
        scratch = max(scratch, request.scratch_bytes)
    for place in (p for launch in launches for p in launch.places):
        if place.nbytes > tuning.block_bytes:
            raise DeviceError(
                f"A tensor of {place.nbytes / 2**20:.0f} MiB is more than the {tuning.block_bytes / 2**20:.0f} MiB "
                "that a shader of this driver can address. Use a smaller batch or data set, or the cpu device."
            )
    return launches, scratch


def _request(planned: Planned, node: Node, tuning: Tuning) -> Request:
    program = planned.program

    def operand(value: int) -> Operand:
        spec, place = program.values[value].spec, planned.locations[value]
        return Operand(spec, place, tuning.fetches(spec) and not place.buffer.startswith(FEED))

    numbers = {i: program.constants[v] for i, v in enumerate(node.inputs) if v in program.constants}
    literals = {i: float(a.reshape(())) for i, a in numbers.items() if a.size == 1 and a.dtype == np.float32}
    inputs, outputs = tuple(map(operand, node.inputs)), tuple(map(operand, node.outputs))
    return Request(node.op, node.attrs, inputs, outputs, literals, tuning)


class GlExecutable:
    """Implements `engine.devices.base.Executable`. Works on the thread that opened the device."""

    def __init__(
        self,
        context: GlContext,
        programs: ProgramCache,
        planned: Planned,
        memory: GlMemory,
        tuning: Tuning,
        why: str = "",
        made: tuple[list[Launch | HostCall], int] | None = None,
    ) -> None:
        """`why`: a step is not one shader, as a sentence; `made`: what `launches_of` gave, where that is known."""
        self._why = why
        self._context = context
        self._programs = programs
        self._planned = planned
        self._memory = memory
        self._tuning = tuning
        self._feeds = {v.name: v.spec for v in planned.program.named(Storage.FEED).values()}
        self._strides = {FEED + n: -(-s.nbytes // ALIGNMENT) * ALIGNMENT for n, s in self._feeds.items()}
        self._launches, scratch = made or launches_of(planned, tuning)
        own = {n: size for n, size in planned.sizes.items() if not n.startswith((*SHARED, FEED))}
        own["scratch"] = scratch
        self._built = programs.build(launch.shader for launch in self.launches)
        self._buffers = {name: Buffer(context, size) for name, size in own.items() if size}
        self._capacity = 0  # steps that the feed buffers hold
        self._staged: dict[str, Array] = {}
        self._replay: Replay | None = None
        self._generation = -1
        self._write_constants()

    @property
    def nbytes(self) -> int:
        """Bytes on the device beside the shared memory."""
        return sum(b.nbytes for b in self._buffers.values())

    def explain(self) -> str:
        """How steps run, and why."""
        return f"A step runs as {len(self._launches)} launches. {self._why}".strip()

    @property
    def launches(self) -> tuple[Launch, ...]:
        """The dispatches of one step."""
        return tuple(launch for launch in self._launches if isinstance(launch, Launch))

    @property
    def host_calls(self) -> tuple[HostCall, ...]:
        """What runs on the processor in one step, with copies there and back; each op says why."""
        return tuple(launch for launch in self._launches if isinstance(launch, HostCall))

    def run(self, feeds: Mapping[str, Array], steps: int = 1) -> None:
        """Run `steps` steps; each feed has the steps as its leading axis.

        Returns when the run before has finished, so that the device has work while the next run is prepared, and a
        caller that measures the time sees how fast the device is.

        Raises:
            DeviceError: a state or a data set was not written to the memory, a feed does not fit, the driver failed.
        """
        self._context.make_current()
        if steps < 1:
            return
        self._ready(feeds, steps).run(steps)
        self._context.fence()
        self._context.check_error("running a program")

    def profile(self, feeds: Mapping[str, Array]) -> list[Timing]:
        """Run one step and time each op; its launches are those of `run`."""
        self._context.make_current()
        spans = timed(self._context, self._ready(feeds, 1).parts())
        self._context.check_error("timing a program")
        timings: list[Timing] = []
        first = 0
        for node in self._planned.steps:
            count = len(launches_of(replace(self._planned, steps=(node,)), self._tuning)[0])
            own = spans[first : first + count]
            first += count
            begun, seconds = (own[0][0] if own else 0.0), sum(took for _, took in own)
            cost = cost_of(self._planned.program, node)
            timings.append(Timing(core_of(node).name, node.origin, node.phase, begun, seconds, count, *cost))
        return timings

    def _ready(self, feeds: Mapping[str, Array], steps: int) -> Replay:
        """The launches, with the feeds of so many steps on the device."""
        self._reserve(steps)
        for name, spec in self._feeds.items():
            self._upload(name, spec, feeds, steps)
        if self._replay is None or self._generation != self._memory.generation:
            self._prepare()
        assert self._replay is not None  # made by the line before
        return self._replay

    def output(self, name: str) -> Array:
        """An output of the last step, copied to the host."""
        self._context.make_current()
        value = self._planned.program.outputs[name]
        place, spec = self._planned.locations[value], self._planned.program.values[value].spec
        array: Array = np.empty(spec.shape, spec.dtype.numpy)
        self._buffer(place).read(array, place.offset)
        return array

    def close(self) -> None:
        """Free the buffers and what the launches needed; twice is harmless."""
        if self._buffers or self._built:
            self._context.make_current()
        if self._built:
            self._programs.release(launch.shader for launch in self.launches)
            self._built = []
        for buffer in self._buffers.values():
            buffer.close()
        self._buffers.clear()
        self._forget()

    # -- preparing -----------------------------------------------------------------------------------------------
    def _buffer(self, place: Location) -> Buffer:
        if place.buffer in self._buffers:
            return self._buffers[place.buffer]
        return self._memory.buffer(place.buffer)

    def _write_constants(self) -> None:
        for value, array in self._planned.program.constants.items():
            place = self._planned.locations[value]
            self._buffers["const"].write(array, place.offset)

    def _reserve(self, steps: int) -> None:
        """Feed buffers for at least `steps` steps; they only grow."""
        if steps <= self._capacity:
            return
        for name, stride in self._strides.items():
            if name in self._buffers:
                self._buffers.pop(name).close()
            self._buffers[name] = Buffer(self._context, stride * steps)
            self._staged[name] = np.zeros((steps, stride), np.uint8)
        self._capacity = steps
        self._forget()

    def _forget(self) -> None:
        """What was prepared for buffers that are gone."""
        if self._replay is not None:
            self._replay.close()
        self._replay = None

    def _upload(self, name: str, spec: TensorSpec, feeds: Mapping[str, Array], steps: int) -> None:
        if name not in feeds:
            raise DeviceError(
                f"The program needs the feed {name}; received {', '.join(sorted(feeds)) or 'none'}."
            )
        array = np.ascontiguousarray(feeds[name], dtype=spec.dtype.numpy)
        if array.shape != (steps, *spec.shape):
            raise DeviceError(
                f"The feed {name} is {format_shape(spec.shape)} for each of {steps} steps, "
                f"received {format_shape(array.shape)}."
            )
        rows = self._staged[FEED + name][:steps]
        rows[:, : spec.nbytes] = array.reshape(steps, -1).view(np.uint8)
        self._buffers[FEED + name].write(rows)

    def _prepare(self) -> None:
        names = {name: buffer.name for name, buffer in self._buffers.items()}
        for name, size in self._planned.sizes.items():
            if name.startswith(SHARED):
                names[name] = self._memory.checked(name, size).name
        for name in {p.buffer for launch in self._launches for p in launch.places} - set(names):
            names[name] = self._memory.buffer(name).name
        self._forget()
        self._replay = Replay(self._context, self._launches, self._built, names, self._strides)
        self._generation = self._memory.generation
