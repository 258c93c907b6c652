"""What the parts of a fused step take: every layer has its time, and a timed step leaves the bits of any other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from engine.devices.base import Executable, Timing
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.program.program import Phase, Program, Storage
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from gl_kernels.memory import GlMemory
from gl_kernels.whole.choice import bounds_of, whole_step
from gl_kernels.whole.executable import WholeExecutable
from gl_kernels.whole.fused import Bounds, Fused, UnfitError
from gl_kernels.whole.looped import generate_loops
from gl_kernels.whole.parts import PartTimes
from gl_kernels.whole.prepare import Prepared, prepare
from tests.gl_kernels.whole.running import layer, network, numbers

FORWARD, BACKWARD, UPDATE = Phase.FORWARD, Phase.BACKWARD, Phase.UPDATE
PATIENCE = 60.0  # seconds for a shader of some hundred statements


@dataclass(frozen=True)
class Fitted:
    """A network's training step on the device, with what the session knows of it."""

    session: Session
    memory: GlMemory
    executable: WholeExecutable
    graph: ModelGraph


def written_out(program: Program, bounds: Bounds) -> tuple[Prepared, Fused]:
    return whole_step(program, bounds)


def as_loops(program: Program, bounds: Bounds) -> tuple[Prepared, Fused]:
    prepared = prepare(program)
    return prepared, generate_loops(prepared, bounds)


@pytest.fixture(params=[written_out, as_loops])
def fitted(gl: GlDevice, request: pytest.FixtureRequest) -> Iterator[Fitted]:
    graph = network(layer("Dense", units=3, activation="tanh"), layer("Dense", units=1))
    cpu = open_device("cpu")
    session = Session(graph, numbers(2), TrainingSettings(batch_size=12), cpu)
    memory = gl.memory()
    for name in (*session.program.named(Storage.DATA), *session.program.named(Storage.STATE)):
        memory.write(name, session.memory.read(name))
    bounds = bounds_of(gl.context)
    clocked = partial(request.param, session.program, replace(bounds, clocked=True))
    parts = PartTimes(gl.context, gl.programs, memory, clocked)
    prepared, fused = request.param(session.program, bounds)
    executable = WholeExecutable(gl.context, gl.programs, prepared, fused, memory, parts=parts)
    yield Fitted(session, memory, executable, graph)
    executable.close()
    memory.close()
    session.close()
    cpu.close()


def profiled(fitted: Fitted) -> list[Timing]:
    """A step in parts, once that is possible."""
    ends = time.monotonic() + PATIENCE
    while not fitted.executable.is_profile_ready():
        assert time.monotonic() < ends
        time.sleep(0.01)
    return fitted.executable.profile(fitted.session.feeds(1))


def states(fitted: Fitted) -> dict[str, bytes]:
    return {name: fitted.memory.read(name).tobytes() for name in fitted.session.program.named(Storage.STATE)}


def test_every_layer_has_its_times(fitted: Fitted) -> None:
    timings = profiled(fitted)
    assert sum(t.launches for t in timings) == 1
    assert [t.begun for t in timings] == sorted(t.begun for t in timings)
    dense = [n.id for n in fitted.graph.nodes.values() if type(n.layer).__name__ == "Dense"]
    for node in dense:
        for phase in (FORWARD, BACKWARD):
            found = [t for t in timings if (t.origin, t.phase) == (node, phase)]
            assert sum(t.seconds for t in found) > 0.0
            assert sum(t.multiply_adds for t in found) > 0
    assert sum(t.seconds for t in timings if t.phase is UPDATE) > 0.0


def test_no_tick_is_counted_twice(gl: GlDevice, fitted: Fitted) -> None:
    program = fitted.session.program
    prepared, fused = whole_step(program, replace(bounds_of(gl.context), clocked=True))
    executable = WholeExecutable(gl.context, gl.programs, prepared, fused, fitted.memory)
    executable.run(fitted.session.feeds(5), 5)
    *ticks, all_steps = executable.numbers(fused.clocks, len(fused.parts) + 1)
    executable.close()
    assert min(ticks) > 0
    assert sum(ticks) <= all_steps * (1 + 1e-5)


def test_a_timed_step_leaves_the_bits_of_any_other(fitted: Fitted) -> None:
    before = {name: fitted.memory.read(name) for name in fitted.session.program.named(Storage.STATE)}
    profiled(fitted)
    timed = states(fitted)
    for name, array in before.items():
        fitted.memory.write(name, array)
    fitted.executable.run(fitted.session.feeds(1))
    assert states(fitted) == timed
    assert any(timed[name] != array.tobytes() for name, array in before.items())


def test_a_step_with_a_clock_is_written_like_one_without(gl: GlDevice, fitted: Fitted) -> None:
    bounds = bounds_of(gl.context)
    for make in (written_out, as_loops):
        _, plain = make(fitted.session.program, bounds)
        _, clocked = make(fitted.session.program, replace(bounds, clocked=True))
        assert "clock" not in "".join(plain.sections.values())
        assert not plain.parts
        kept = [line for line in clocked.sections["STEP"].splitlines() if not line.startswith("look = ")]
        assert "\n".join(kept) == plain.sections["STEP"]
        assert clocked.statements == plain.statements


def test_where_a_clock_does_not_fit_the_step_is_timed_as_a_whole(gl: GlDevice, fitted: Fitted) -> None:
    def unfit() -> tuple[Prepared, Fused]:
        raise UnfitError("It does not fit.")

    parts = PartTimes(gl.context, gl.programs, fitted.memory, unfit)
    assert parts.is_ready()
    assert parts.timings(fitted.session.feeds(1)) == []
    prepared, fused = whole_step(fitted.session.program, bounds_of(gl.context))
    executable: Executable = WholeExecutable(
        gl.context, gl.programs, prepared, fused, fitted.memory, parts=parts
    )
    (whole,) = executable.profile(fitted.session.feeds(1))
    executable.close()
    assert (whole.name, whole.launches) == ("whole step", 1)
    assert np.isfinite(whole.seconds)
