"""The passes in their order, with a check after each."""

from __future__ import annotations

from engine.compiler.fronts import put_in_front
from engine.compiler.fuse import FusionLimits, fuse
from engine.compiler.plan_memory import Planned, plan_memory
from engine.compiler.simplify import simplify
from engine.compiler.verify import verify
from engine.program.program import Program


def finish(program: Program, limits: FusionLimits | None = None, alignment: int = 256) -> Planned:
    """What a device does with a program: simplify, put_in_front, fuse, plan_memory, with `verify` after each pass.

    Args:
        program: as lowered and differentiated.
        limits: what one launch of the device can take.
        alignment: of places inside buffers, in bytes.
    """
    verify(program, "lower")
    program = verify(simplify(program), "simplify")
    limits = limits or FusionLimits()
    program = verify(put_in_front(program, limits), "put_in_front")
    program = verify(fuse(program, limits), "fuse")
    return plan_memory(program, alignment)
