"""The passes in their order, with a check after each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from engine.compiler.fronts import put_in_front
from engine.compiler.fuse import FusionLimits, fuse
from engine.compiler.plan_memory import Planned, plan_memory
from engine.compiler.simplify import simplify
from engine.compiler.verify import verify
from engine.program.fused import fused
from engine.program.garbage import all_stays
from engine.program.program import Node, Program


@all_stays()
def finish(program: Program, limits: FusionLimits | None = None, alignment: int = 256) -> Planned:
    """What a device does with a program: simplify, put_in_front, fuse, plan_memory, with `verify` after each pass.

    Args:
        program: as lowered and differentiated.
        limits: what one launch of the device can take.
        alignment: of places inside buffers, in bytes.
    """
    limits = limits or FusionLimits()
    planned = _planned(program, limits, alignment)
    if limits.replaces and not all(fits(planned, node, limits.operands) for node in planned.steps):
        return _planned(program, replace(limits, replaces=False), alignment)
    return planned


def fits(planned: Planned, node: Node, operands: int) -> bool:
    """Whether element-wise steps need so many places at most, if a result in the place of an operand needs none."""
    if node.op is not fused:
        return True
    program, places = planned.program, planned.locations
    read = [v for v in node.inputs if v not in program.constants or program.values[v].spec.rank]
    taken = {(places[v], program.values[v].spec) for v in read}
    own = [v for v in node.outputs if (places[v], program.values[v].spec) not in taken]
    return len(read) + len(own) <= operands


def _planned(program: Program, limits: FusionLimits, alignment: int) -> Planned:
    passes: tuple[tuple[str, Callable[[Program], Program]], ...] = (
        ("simplify", simplify),
        ("put_in_front", partial(put_in_front, limits=limits)),
        ("fuse", partial(fuse, limits=limits)),
    )
    verify(program, "lower")
    for name, rewrite in passes:
        program = verify(rewrite(program), name, program)
    return plan_memory(program, alignment)
