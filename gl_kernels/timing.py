"""How long parts of a step take on the GPU: by its own clock, or by ours where the GPU is the processor."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from gl_kernels.context import GlContext

NANO = 1e-9
Span = tuple[float, float]  # seconds since the first part began, seconds that it took


def timed(context: GlContext, parts: Sequence[Callable[[], None]]) -> list[Span]:
    """Run the parts one after the other and time each.

    A GPU notes the time between them without being kept waiting. OpenGL in software computes a launch before it takes
    the next one, and the queries of some (llvmpipe) only tell when pixels were drawn, so there our clock counts.
    """
    if context.software or not _has_clock(context):
        return _by_our_clock(context, parts)
    return by_its_clock(context, parts)


def _has_clock(context: GlContext) -> bool:
    gl = context.gl
    return int(gl.glGetQueryiv(gl.GL_TIMESTAMP, gl.GL_QUERY_COUNTER_BITS)) > 0


def _by_our_clock(context: GlContext, parts: Sequence[Callable[[], None]]) -> list[Span]:
    finish, spans = context.gl.glFinish, []
    finish()
    first = time.perf_counter()
    for part in parts:
        begun = time.perf_counter()
        part()
        finish()
        spans.append((begun - first, time.perf_counter() - begun))
    return spans


def by_its_clock(context: GlContext, parts: Sequence[Callable[[], None]]) -> list[Span]:
    """Time parts by timestamps that the GPU writes between them."""
    gl, count = context.gl, len(parts) + 1
    names: Any = (ctypes.c_uint * count)()
    gl.glGenQueries(count, names)
    try:
        gl.glQueryCounter(names[0], gl.GL_TIMESTAMP)
        for part, name in zip(parts, names[1:], strict=True):
            part()
            gl.glQueryCounter(name, gl.GL_TIMESTAMP)
        stamps = [_stamp(context, name) for name in names]
    finally:
        gl.glDeleteQueries(count, names)
    return [((begun - stamps[0]) * NANO, max(0, ended - begun) * NANO) for begun, ended in pairwise(stamps)]


def _stamp(context: GlContext, name: int) -> int:
    result = ctypes.c_uint64()
    context.gl.glGetQueryObjectui64v(name, context.gl.GL_QUERY_RESULT, ctypes.byref(result))
    return result.value
