"""A compiled program's launches, prepared so that a step costs the host a few bare calls each.

Everything a launch needs is put into C arrays once. A barrier is issued only where a launch touches what an earlier one
wrote, or overwrites what an earlier one read. Nothing is read back and nothing is prepared between the steps of a run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from engine.compiler.plan_memory import Location
from gl_kernels.buffers import padded, read_range, write_range
from gl_kernels.context import GlContext
from gl_kernels.launch import HostCall, Launch

SHADER_STORAGE_BUFFER = 0x90D2
SHADER_STORAGE_BARRIER_BIT = 0x2000
FEED = "feed:"
Call = Callable[[], None]


def barriers(launches: Sequence[Launch | HostCall]) -> list[bool]:
    """For each launch, whether one before it since the last barrier must have finished.

    The first one always waits. A call on the host waits by itself, and what it writes is there for all that follow.
    """
    needed: list[bool] = []
    reads: dict[str, list[Location]] = {}
    writes: dict[str, list[Location]] = {}
    for k, launch in enumerate(launches):
        if isinstance(launch, HostCall):
            needed.append(True)
            reads.clear()
            writes.clear()
            continue
        wait = k == 0 or _touches(launch.reads, writes) or _touches(launch.writes, writes)
        wait = wait or _touches(launch.writes, reads)
        if wait:
            reads.clear()
            writes.clear()
        for pending, places in ((reads, launch.reads), (writes, launch.writes)):
            for place in places:
                pending.setdefault(place.buffer, []).append(place)
        needed.append(wait)
    return needed


def _touches(places: Iterable[Location], pending: Mapping[str, Sequence[Location]]) -> bool:
    return any(
        place.offset < other.offset + padded(other.nbytes)
        and other.offset < place.offset + padded(place.nbytes)
        for place in places
        for other in pending.get(place.buffer, ())
    )


class Replay:
    """The launches of one step with their buffers bound."""

    def __init__(
        self,
        context: GlContext,
        launches: Sequence[Launch | HostCall],
        programs: Sequence[int],
        buffers: Mapping[str, int],
        strides: Mapping[str, int],
    ) -> None:
        """Prepare.

        Args:
            context: where to.
            launches: in order.
            programs: OpenGL name of the program of each launch, without the calls on the host.
            buffers: OpenGL names by the plan's names.
            strides: bytes between the steps of each feed buffer.
        """
        self._context = context
        self._steppers: list[
            tuple[Any, int, int, int]
        ] = []  # (array of offsets, its index, first, bytes a step)
        self._calls: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self._ends: list[int] = []  # of each launch in the list of calls
        last = 0
        remaining = iter(programs)
        for k, (launch, wait) in enumerate(zip(launches, barriers(launches), strict=True)):
            if k:
                self._ends.append(len(self._calls))
            if wait:
                self._calls.append((context.calls.barrier, (ctypes.c_uint(SHADER_STORAGE_BARRIER_BIT),)))
            if isinstance(launch, HostCall):
                self._calls.append((self._on_the_host(launch, buffers, strides), ()))
                continue
            program = next(remaining)
            if program != last:
                self._calls.append((context.calls.use_program, (ctypes.c_uint(program),)))
                last = program
            self._bind(launch, buffers, strides)
            if launch.number is not None:
                number = (ctypes.c_int(0), ctypes.c_uint(launch.number))
                self._calls.append((context.calls.uniform, number))
            groups = (ctypes.c_uint(launch.groups[0]), ctypes.c_uint(launch.groups[1]), ctypes.c_uint(1))
            self._calls.append((context.calls.dispatch, groups))

    def run(self, steps: int) -> None:
        """Issue all launches `steps` times; returns before the device has finished."""
        calls, steppers = self._calls, self._steppers
        for step in range(steps):
            for offsets, i, first, stride in steppers:
                offsets[i] = first + step * stride
            for call, arguments in calls:
                call(*arguments)

    def parts(self) -> list[Callable[[], None]]:
        """Each launch of the first step by itself."""
        for offsets, i, first, _ in self._steppers:
            offsets[i] = first
        bounds = [0, *self._ends, len(self._calls)]
        return [partial(_issue, self._calls[a:b]) for a, b in pairwise(bounds)]

    def _offsets(self, launch: Launch | HostCall, strides: Mapping[str, int]) -> Any:
        """Where each place begins; those in feeds move on with every step."""
        offsets = (ctypes.c_ssize_t * len(launch.places))(*(p.offset for p in launch.places))
        for i, place in enumerate(launch.places):
            if place.buffer in strides:
                self._steppers.append((offsets, i, place.offset, strides[place.buffer]))
        return offsets

    def _on_the_host(self, step: HostCall, buffers: Mapping[str, int], strides: Mapping[str, int]) -> Call:
        offsets, context = self._offsets(step, strides), self._context
        operands = (*step.inputs, *step.outputs)
        names = [buffers[x.place.buffer] for x in operands]
        arrays = [np.empty(x.spec.shape, x.spec.dtype.numpy) for x in operands]
        count = len(step.inputs)

        def call() -> None:
            for i in range(count):
                read_range(context, names[i], arrays[i], offsets[i])
            with np.errstate(all="ignore"):
                step.op.compute(arrays[:count], arrays[count:], step.attrs)
            for i in range(count, len(arrays)):
                write_range(context, names[i], arrays[i], offsets[i])

        return call

    def _bind(self, launch: Launch, buffers: Mapping[str, int], strides: Mapping[str, int]) -> None:
        count = len(launch.places)
        names = (ctypes.c_uint * count)(*(buffers[p.buffer] for p in launch.places))
        offsets = self._offsets(launch, strides)
        sizes = (ctypes.c_ssize_t * count)(*(padded(p.nbytes) for p in launch.places))
        if self._context.calls.bind_ranges is not None:
            arguments = (ctypes.c_uint(0), ctypes.c_int(count), names, offsets, sizes)
            target = ctypes.c_uint(SHADER_STORAGE_BUFFER)
            self._calls.append((self._context.calls.bind_ranges, (target, *arguments)))
        else:
            self._calls.append((_bind_each(self._context, names, offsets, sizes), ()))


def _issue(calls: Sequence[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
    for call, arguments in calls:
        call(*arguments)


def _bind_each(context: GlContext, names: Any, offsets: Any, sizes: Any) -> Call:
    bind = context.calls.bind_range

    def call() -> None:
        for i in range(len(names)):
            bind(SHADER_STORAGE_BUFFER, i, names[i], offsets[i], sizes[i])

    return call
