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
from gl_kernels.buffers import FORMATS, padded, read_range, texel_range, write_range
from gl_kernels.context import GlContext
from gl_kernels.launch import HostCall, Launch
from gl_kernels.shader import Access
from gl_kernels.sizes import LOCATION

SHADER_STORAGE_BUFFER = 0x90D2
TEXTURE_BUFFER, TEXTURE0 = 0x8C2A, 0x84C0
BARRIER_BITS = 0x2000 | 0x0008  # what shaders wrote is there for storage buffers and for texels
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
        self._textures: dict[tuple[str, int, int, int], int] = {}  # by buffer, offset, bytes and format
        self._begin: list[tuple[Callable[..., None], tuple[Any, ...]]] = []  # sizes that stay for a whole run
        last = 0
        remaining = iter(programs)
        changing = self._fixed_sizes(launches, programs)
        for k, (launch, wait) in enumerate(zip(launches, barriers(launches), strict=True)):
            if k:
                self._ends.append(len(self._calls))
            if wait:
                self._calls.append((context.calls.barrier, (ctypes.c_uint(BARRIER_BITS),)))
            if isinstance(launch, HostCall):
                self._calls.append((self._on_the_host(launch, buffers, strides), ()))
                continue
            program = next(remaining)
            if program != last:
                self._calls.append((context.calls.use_program, (ctypes.c_uint(program),)))
                last = program
            if program in changing and launch.sizes:
                self._calls.append((context.calls.uniforms, _sizes(program, launch.sizes)))
            self._bind(launch, buffers, strides)
            if launch.number is not None:
                number = (ctypes.c_int(0), ctypes.c_uint(launch.number))
                self._calls.append((context.calls.uniform, number))
            groups = (ctypes.c_uint(launch.groups[0]), ctypes.c_uint(launch.groups[1]), ctypes.c_uint(1))
            self._calls.append((context.calls.dispatch, groups))

    def run(self, steps: int) -> None:
        """Issue all launches `steps` times; returns before the device has finished."""
        calls, steppers = self._calls, self._steppers
        _issue(self._begin)
        for step in range(steps):
            for offsets, i, first, stride in steppers:
                offsets[i] = first + step * stride
            for call, arguments in calls:
                call(*arguments)

    def parts(self) -> list[Callable[[], None]]:
        """Each launch of the first step by itself."""
        _issue(self._begin)
        for offsets, i, first, _ in self._steppers:
            offsets[i] = first
        bounds = [0, *self._ends, len(self._calls)]
        return [partial(_issue, self._calls[a:b]) for a, b in pairwise(bounds)]

    def close(self) -> None:
        """Delete the views of buffers as textures."""
        if self._textures:
            self._context.gl.glDeleteTextures(list(self._textures.values()))
            self._textures.clear()

    def _fixed_sizes(self, launches: Sequence[Launch | HostCall], programs: Sequence[int]) -> set[int]:
        """Prepare the sizes of programs that have the same ones in all their launches; the others."""
        found: dict[int, set[tuple[int, ...]]] = {}
        own = (launch for launch in launches if isinstance(launch, Launch))
        for launch, program in zip(own, programs, strict=True):
            found.setdefault(program, set()).add(launch.sizes)
        for program, sizes in found.items():
            only = next(iter(sizes))
            if len(sizes) == 1 and only:
                self._begin.append((self._context.calls.uniforms, _sizes(program, only)))
        return {program for program, sizes in found.items() if len(sizes) > 1}

    def _offsets(self, places: Sequence[Location], strides: Mapping[str, int]) -> Any:
        """Where each place begins; those in feeds move on with every step."""
        offsets = (ctypes.c_ssize_t * len(places))(*(p.offset for p in places))
        for i, place in enumerate(places):
            if place.buffer in strides:
                self._steppers.append((offsets, i, place.offset, strides[place.buffer]))
        return offsets

    def _on_the_host(self, step: HostCall, buffers: Mapping[str, int], strides: Mapping[str, int]) -> Call:
        offsets, context = self._offsets(step.places, strides), self._context
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
        self._bind_texels(launch, buffers)
        places = [p for p, a in zip(launch.places, launch.access, strict=True) if a is not Access.FETCH]
        count = len(places)
        names = (ctypes.c_uint * count)(*(buffers[p.buffer] for p in places))
        offsets = self._offsets(places, strides)
        sizes = (ctypes.c_ssize_t * count)(*(padded(p.nbytes) for p in places))
        if self._context.calls.bind_ranges is not None:
            arguments = (ctypes.c_uint(0), ctypes.c_int(count), names, offsets, sizes)
            target = ctypes.c_uint(SHADER_STORAGE_BUFFER)
            self._calls.append((self._context.calls.bind_ranges, (target, *arguments)))
        else:
            self._calls.append((_bind_each(self._context, names, offsets, sizes), ()))

    def _bind_texels(self, launch: Launch, buffers: Mapping[str, int]) -> None:
        found = [
            self._texture(place, kind, buffers)
            for place, kind, access in zip(launch.places, launch.kinds, launch.access, strict=False)
            if access is Access.FETCH
        ]
        if not found:
            return
        names, calls = (ctypes.c_uint * len(found))(*found), self._context.calls
        if calls.bind_textures is not None:
            self._calls.append((calls.bind_textures, (ctypes.c_uint(0), ctypes.c_int(len(found)), names)))
            return
        for i, name in enumerate(found):
            self._calls.append((calls.active_texture, (ctypes.c_uint(TEXTURE0 + i),)))
            target = ctypes.c_uint(TEXTURE_BUFFER)
            self._calls.append((calls.bind_texture, (target, ctypes.c_uint(name))))

    def _texture(self, place: Location, kind: str, buffers: Mapping[str, int]) -> int:
        """A view of a range as texels of a GLSL type."""
        layout, width = FORMATS[kind]
        key = (place.buffer, place.offset, max(width, padded(place.nbytes) // width * width), layout)
        if key not in self._textures:
            gl = self._context.gl
            name = int(gl.glGenTextures(1))
            gl.glBindTexture(gl.GL_TEXTURE_BUFFER, name)
            size = texel_range(key[2])
            gl.glTexBufferRange(gl.GL_TEXTURE_BUFFER, layout, buffers[place.buffer], place.offset, size)
            gl.glBindTexture(gl.GL_TEXTURE_BUFFER, 0)
            self._textures[key] = name
        return self._textures[key]


def _issue(calls: Sequence[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
    for call, arguments in calls:
        call(*arguments)


def _sizes(program: int, sizes: Sequence[int]) -> tuple[Any, ...]:
    """The arguments of the call that hands them over."""
    count = len(sizes)
    return (
        ctypes.c_uint(program),
        ctypes.c_int(LOCATION),
        ctypes.c_int(count),
        (ctypes.c_uint * count)(*sizes),
    )


def _bind_each(context: GlContext, names: Any, offsets: Any, sizes: Any) -> Call:
    bind = context.calls.bind_range

    def call() -> None:
        for i in range(len(names)):
            bind(SHADER_STORAGE_BUFFER, i, names[i], offsets[i], sizes[i])

    return call
