"""Times of parts of a step, by our clock and by the GPU's: in order, none lost, and of the same size as the whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pytest

from engine.compiler.fuse import FusionLimits
from engine.compiler.pipeline import finish
from engine.ops.matmul import matmul
from engine.program.builder import ProgramBuilder
from engine.program.program import Phase
from engine.tensor.spec import TensorSpec
from gl_kernels.context import ALIGNMENT, GlContext
from gl_kernels.device import GlDevice
from gl_kernels.executable import GlExecutable
from gl_kernels.timing import Span, by_its_clock, timed

SIZE = 96
Timer = Callable[[GlContext, Sequence[Callable[[], None]]], list[Span]]


@pytest.mark.parametrize("timer", [timed, by_its_clock])
def test_spans_follow_each_other(gl: GlDevice, timer: Timer) -> None:
    gl.context.make_current()
    done: list[int] = []
    begun = time.perf_counter()
    spans = timer(gl.context, [partial(done.append, k) for k in range(4)])
    took = time.perf_counter() - begun
    assert done == [0, 1, 2, 3]
    assert len(spans) == 4
    assert all(seconds >= 0.0 for _, seconds in spans)
    assert [first for first, _ in spans] == sorted(first for first, _ in spans)
    assert spans[-1][0] + spans[-1][1] <= 2 * took + 1e-3


def test_a_step_is_timed_op_by_op_with_its_results(gl: GlDevice) -> None:
    builder = ProgramBuilder("two products")
    spec = TensorSpec((SIZE, SIZE))
    a = builder.state("a", spec)
    with builder.origin("first"):
        b = matmul(a, a)
    with builder.origin("second"), builder.phase(Phase.BACKWARD):
        builder.output("c", matmul(b, a))
    memory = gl.memory()
    matrix = np.eye(SIZE, dtype=np.float32) * 2.0
    memory.write("a", matrix)
    planned = finish(builder.finish(), FusionLimits(operands=8), ALIGNMENT)
    executable = GlExecutable(gl.context, gl.programs, planned, memory, gl.tuning)
    first, second = executable.profile({})
    np.testing.assert_array_equal(executable.output("c"), matrix * 4.0)
    assert (first.origin, first.phase) == ("first", Phase.FORWARD)
    assert (second.origin, second.phase) == ("second", Phase.BACKWARD)
    assert first.begun <= second.begun
    assert first.launches >= 1
    assert min(first.seconds, second.seconds) > 0.0
    assert first.multiply_adds == SIZE**3
    assert first.nbytes == 2 * SIZE * SIZE * 4  # one operand twice, one result
    executable.close()
    memory.close()
