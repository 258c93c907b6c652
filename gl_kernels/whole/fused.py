"""What a fused step may take of a device, and what comes out of generating one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.tensor.spec import Array
from gl_kernels.whole.clock import Part


class UnfitError(Exception):
    """Why a program cannot be one shader, as a sentence."""


@dataclass(frozen=True)
class Bounds:
    """What a work group has.

    Attributes:
        lanes: invocations, of a step that is written out.
        multiply_adds: of a step that is written as loops.
        iterations: of loops in a launch that one lane may go through.
        loop_lanes: invocations, of one that is written as loops.
        shared: bytes of shared memory.
        statements: of straight-line code, so that the driver compiles it in a few seconds.
        loop_statements: of a step that is written as loops, likewise.
        blocks: buffers that a shader may use.
        lockstep: whether the lanes are one vector of a processor, and so never ahead of each other.
        clocked: whether the step notes how long its parts take.
    """

    lanes: int
    shared: int
    statements: int = 4000
    lockstep: bool = False
    loop_lanes: int = 8
    multiply_adds: int = 64_000_000
    iterations: int = 1 << 30
    loop_statements: int = 10_000
    blocks: int = 8
    clocked: bool = False

    def steps(self, iterations: int) -> int:
        """Steps of so many iterations that a launch may have.

        Raises:
            UnfitError: not even one.
        """
        if iterations >= self.iterations:
            raise UnfitError(
                f"A step goes through {iterations} iterations of loops; this driver ends a shader after {self.iterations}."
            )
        return self.iterations // (1 + iterations)


@dataclass(frozen=True)
class Fused:
    """A shader's text in sections, and where things lie outside of it.

    Attributes:
        sections: by name, of `shaders/whole.glsl`.
        feeds: first word of each feed in a row, by name; a row has `row_words` words.
        states: first number of each state in a model's row of `state_words` numbers, by name; without gaps.
        outputs: first number of each output in that row, by name.
        data: names of the data, in the order of their bindings.
        consts: numbers of the constants' buffer.
        shared_bytes: of a work group.
        statements: a measure of the time it takes to compile.
        lanes: invocations of the work group.
        most_steps: of a launch.
        scratch_words: of a model, behind all rows of states, where a step is written as loops.
        looped: whether it is.
        image: whether states and scratch are read as an image.
        parts: of a step, where it notes what they take.
        clocks: first number of that in a model's row: ticks of each part, then of all steps together.
    """

    sections: Mapping[str, str]
    feeds: Mapping[str, int]
    row_words: int
    states: Mapping[str, int]
    outputs: Mapping[str, int]
    state_words: int
    data: tuple[str, ...]
    consts: Array
    shared_bytes: int
    statements: int
    lanes: int
    most_steps: int
    scratch_words: int = 0
    looped: bool = False
    image: bool = False
    parts: tuple[Part, ...] = ()
    clocks: int = 0

    @property
    def blocks(self) -> int:
        """Buffers that the shader uses; states that are read as an image are written in three widths."""
        return 1 + (3 if self.image else 1) + len(self.data) + bool(self.consts.size)
