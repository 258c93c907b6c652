"""What every lane computes for itself: single numbers, and short lists of them. To share them would take longer."""

from __future__ import annotations

from collections.abc import Iterator

from engine.program.program import Program, Storage
from gl_kernels.whole.sides import Sides

SMALL = 16  # elements of a value that every lane may compute for itself
ONE_LOAD = 4  # sums that come together


def scalars_of(program: Program, sides: Sides) -> set[int]:
    """Values that every lane computes for itself."""
    values = program.values
    small = {
        i for i, v in values.items() if v.spec.size <= SMALL and v.storage in (Storage.TEMP, Storage.STATE)
    }
    small -= sides.samples
    sums = {program.nodes[k].outputs[0] for k in sides.sums}
    small -= {i for i in sums if values[i].spec.size > ONE_LOAD}
    while wrong := set(_not_scalar(program, sides, small)) & small:
        small -= wrong
    return small - sums


def _not_scalar(program: Program, sides: Sides, small: set[int]) -> Iterator[int]:
    values = program.values
    for k, node in enumerate(program.nodes):
        made = node.outputs[0]
        if k in sides.sums:
            continue
        for i in node.inputs:
            known = values[i].storage in (Storage.CONSTANT, Storage.FEED)
            if made in small and values[made].spec.size > 1 and not known and i not in small:
                yield made
            if values[i].storage is Storage.STATE and (made not in small or made in sides.samples):
                yield i
    for state, value in program.updates:
        if value not in small or values[value].spec.size != values[state].spec.size:
            yield state
