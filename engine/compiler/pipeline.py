"""The passes in their order, with a check after each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engine.compiler.fronts import put_in_front
from engine.compiler.fuse import FusionLimits, fuse
from engine.compiler.plan_memory import Planned, plan_memory
from engine.compiler.simplify import simplify
from engine.compiler.verify import verify
from engine.program.garbage import all_stays
from engine.program.program import Program


@all_stays()
def finish(program: Program, limits: FusionLimits | None = None, alignment: int = 256) -> Planned:
    """What a device does with a program: simplify, put_in_front, fuse, plan_memory, with `verify` after each pass.

    Args:
        program: as lowered and differentiated.
        limits: what one launch of the device can take.
        alignment: of places inside buffers, in bytes.
    """
    limits = limits or FusionLimits()
    passes: tuple[tuple[str, Callable[[Program], Program]], ...] = (
        ("simplify", simplify),
        ("put_in_front", partial(put_in_front, limits=limits)),
        ("fuse", partial(fuse, limits=limits)),
    )
    verify(program, "lower")
    for name, rewrite in passes:
        program = verify(rewrite(program), name, program)
    return plan_memory(program, alignment)
