"""Whether a program runs as one shader: tried on its own first batches, and remembered.

Both ways give the same numbers within rounding, but not the same bits, and the same seed on the same device must give the
same bits. So a program is never moved from one way to the other: before its first step some steps of both are timed, on
states that are put back afterwards, and the faster way runs this session and, because the choice is kept on disk by the
text of the shader, all later ones.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from engine.devices.base import DeviceError, Executable, Timing, Watch
from engine.program.program import Program, Storage
from engine.tensor.spec import Array
from gl_kernels.context import GlContext
from gl_kernels.executable import GlExecutable
from gl_kernels.memory import GlMemory
from gl_kernels.programs import ProgramCache
from gl_kernels.whole.executable import WholeExecutable, shader_of
from gl_kernels.whole.fused import Bounds, Fused, UnfitError
from gl_kernels.whole.generate import generate
from gl_kernels.whole.looped import generate_loops
from gl_kernels.whole.parts import PartTimes
from gl_kernels.whole.prepare import Prepared, prepare
from gl_kernels.whole.sides import sides_of

FILE = "whole-steps.json"
REMEMBERED = 2000
TRIED_STEPS = 20  # at once, at most
TRIED_SECONDS = 0.05  # at once: large networks are tried with fewer steps
TRIES = 5  # of each way; the first two are a single step each
HOPELESS = 3.0  # times slower than the other way: no further try would change that
VECTOR = re.compile(r"llvmpipe \(.*?(\d+) bits\)")
LOOP_LANES = 256  # eight warps of a GPU: products keep 16 sums each in registers
ITERATIONS = 65_000  # llvmpipe ends all loops of an invocation together after 65,535, without a word
SLOWER = "That was faster than whole steps as one shader."
# multiply-adds of a step: one work group is slower than all of a device beyond that
WORTH_A_TRIAL = 8_000_000
WRITTEN_OUT = 1200  # statements: where loops are as fast on llvmpipe, and compile as fast
# of loops; llvmpipe takes 5 s for 2,800, 16 s for 5,700 and 50 s for 10,700 (two blocks of a Transformer)
LOOP_STATEMENTS = 4000
GAIN = 1.2  # times faster that one shader must be


def bounds_of(context: GlContext) -> Bounds:
    """What a work group has on this device: one vector of the processor, or a warp of a GPU.

    llvmpipe says in its name how wide its vectors are. Its lanes run in lockstep, so that they need not wait for each
    other; that saves a tenth of a step or more.
    """
    limits = context.limits
    on_the_processor = Bounds(
        8,
        limits.shared_bytes,
        WRITTEN_OUT,
        iterations=ITERATIONS,
        loop_statements=LOOP_STATEMENTS,
        blocks=limits.storage_blocks,
    )
    vector = VECTOR.match(context.info.name)
    if vector is not None:
        lanes = int(vector[1]) // 32
        return replace(on_the_processor, lanes=lanes, loop_lanes=lanes, lockstep=True)
    if context.software:
        return on_the_processor
    lanes = min(LOOP_LANES, limits.group_size)
    return Bounds(32, limits.shared_bytes, 4000, loop_lanes=lanes, blocks=limits.storage_blocks)


def whole_step(program: Program, bounds: Bounds) -> tuple[Prepared, Fused]:
    """A training program as one shader.

    Raises:
        UnfitError: it does not fit, or nothing is learned; the sentence says why.
    """
    arenas = {m.arena for m in program.members}
    if not any(program.values[state].name in arenas for state, _ in program.updates):
        raise UnfitError("Nothing is learned in a step.")
    prepared = prepare(program)
    try:
        fused = generate(prepared, sides_of(prepared.program), bounds)
    except UnfitError:
        fused = generate_loops(prepared, bounds)
    if fused.blocks > bounds.blocks:
        raise UnfitError(f"A step reads and writes {fused.blocks} buffers; a shader may use {bounds.blocks}.")
    return prepared, fused


class Choices:
    """What was chosen before, by the text of the shader: in this process, and in a file where there is a folder."""

    def __init__(self, folder: Path | None, driver: str) -> None:
        self._path = folder / FILE if folder is not None else None
        self._driver = driver
        self._known: dict[str, bool] = _read(self._path)

    def of(self, key: str) -> bool | None:
        """Whether that shader was faster; None if that is not known.

        What others chose since is asked for, too: two runs of one network must not differ in their bits because each of
        them measured for itself.
        """
        name = self._name(key)
        if name not in self._known:
            self._known = {**_read(self._path), **self._known}
        return self._known.get(name)

    def keep(self, key: str, whole: bool) -> None:
        """Remember it."""
        self._known[self._name(key)] = whole
        if self._path is not None:
            known = {**_read(self._path), **self._known}
            _write(self._path, dict(list(known.items())[-REMEMBERED:]))

    def _name(self, key: str) -> str:
        return f"{key[:24]} {self._driver}"


class ChosenExecutable:
    """A program both ways until its first run, then the faster one. Implements `engine.devices.base.Executable`."""

    def __init__(
        self, whole: WholeExecutable, ordinary: GlExecutable, choices: Choices, program: Program
    ) -> None:
        self._ways: list[Executable] = [whole, ordinary]
        self._whole, self._ordinary = whole, ordinary
        self._choices = choices
        self._feeds = program.named(Storage.FEED)
        self.chosen: Executable | None = None

    @property
    def nbytes(self) -> int:
        """Bytes on the device beside the shared memory."""
        return sum(way.nbytes for way in self._ways)

    def explain(self) -> str:
        """How steps run, and why."""
        if self.chosen is None:
            return "Before the first step it is tried whether steps run faster as one shader."
        return (self._whole if self.chosen is self._whole else self._ordinary).explain()

    def run(self, feeds: Mapping[str, Array], steps: int = 1) -> None:
        """Run `steps` steps."""
        if steps > 0:
            self._decided(feeds).run(feeds, steps)

    def profile(self, feeds: Mapping[str, Array]) -> list[Timing]:
        """Run one step and time its parts."""
        return self._decided(feeds).profile(feeds)

    def is_profile_ready(self) -> bool:
        """Whether `profile` does all it can."""
        return self.chosen is not self._whole or self._whole.is_profile_ready()

    def output(self, name: str) -> Array:
        """An output of the last step."""
        return (self.chosen or self._ordinary).output(name)

    def close(self) -> None:
        """Free what belongs to this program."""
        for way in self._ways:
            way.close()
        self._ways.clear()

    def try_out(self, feeds: Mapping[str, Array], watch: Watch) -> None:
        """Choose now, on steps like the given ones; `watch` sees it, and may end it by raising."""
        self._decided(feeds, watch)

    def _decided(self, feeds: Mapping[str, Array], watch: Watch | None = None) -> Executable:
        if self.chosen is None:
            key = self._whole.shader.key
            known = self._choices.of(key)  # another run may have measured since this one was prepared
            whole = self._try(feeds, watch or _unwatched) if known is None else known
            self._choices.keep(key, whole)
            self.chosen, other = (self._whole, self._ordinary) if whole else (self._ordinary, self._whole)
            other.close()
            self._ways = [self.chosen]
        return self.chosen

    def _try(self, feeds: Mapping[str, Array], watch: Watch) -> bool:
        """Whether one shader is faster; the states are put back."""
        tried = {
            name: np.resize(np.asarray(array), (TRIED_STEPS, *value.spec.shape))
            for name, value in self._feeds.items()
            if (array := feeds.get(name)) is not None
        }
        self._whole.stage({name: array[:, np.newaxis] for name, array in tried.items()}, TRIED_STEPS)
        self._whole.bring_in()

        def run_ordinary(steps: int) -> None:
            self._ordinary.run({name: array[:steps] for name, array in tried.items()}, steps)

        try:
            ordinary = _shortest(run_ordinary, self._whole.wait, watch)
        finally:
            self._whole.bring_out()
        whole = _shortest(self._whole.launch, self._whole.wait, watch, HOPELESS * ordinary)
        return whole * GAIN < ordinary


def _unwatched(done: int, total: int) -> None:
    """Nobody waits for it in a way that could be ended."""


def _shortest(
    run: Callable[[int], None], wait: Callable[[], None], watch: Watch, hopeless: float = float("inf")
) -> float:
    """Seconds a step, of the fastest of some tries with as many steps as there is time for."""
    best, steps = float("inf"), 1
    for turn in range(TRIES):  # the first one warms up
        watch(turn, TRIES)
        wait()
        begun = time.perf_counter()
        run(steps)
        wait()
        took = (time.perf_counter() - begun) / steps
        if turn:
            best = min(best, took)
            steps = max(1, min(TRIED_STEPS, int(TRIED_SECONDS / best)))
        if (
            turn > 1 and best > hopeless
        ):  # not after a single step, in which the machine may have been somebody else's
            break
    return best


def choose(
    program: Program,
    context: GlContext,
    programs: ProgramCache,
    memory: GlMemory,
    choices: Choices,
    ordinary: Callable[[str], GlExecutable],
) -> Executable:
    """The program as it runs fastest."""
    bounds = replace(bounds_of(context), multiply_adds=WORTH_A_TRIAL)
    try:
        prepared, fused = whole_step(program, bounds)
    except UnfitError as unfit:
        return ordinary(str(unfit))
    known = choices.of(shader_of(fused, prepared.program).key)
    if known is False:
        return ordinary(SLOWER)
    parts = PartTimes(context, programs, memory, partial(whole_step, program, replace(bounds, clocked=True)))
    try:
        whole = WholeExecutable(context, programs, prepared, fused, memory, parts=parts)
    except DeviceError as error:  # a driver that does not take this shader may take the ordinary ones
        return ordinary(str(error))
    return whole if known else ChosenExecutable(whole, ordinary(SLOWER), choices, program)


def _read(path: Path | None) -> dict[str, bool]:
    try:
        known = json.loads(path.read_text()) if path is not None else {}
        return {str(k): bool(v) for k, v in known.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write(path: Path, known: Mapping[str, bool]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(known))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # the next run tries again
