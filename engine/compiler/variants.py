"""Programs of variants of a model that differ in numbers only, as one program.

A dropout rate or the strength of a penalty is a constant of a program. Where programs are alike but for such constants,
those become feeds, and one program serves all of the variants.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from engine.program.program import Program, Storage
from engine.tensor.spec import Array

LIFTED = "constant/"  # prefix of the feeds that constants become


def shape_of(program: Program) -> Hashable:
    """Equal for programs that are alike but for the values of their constants."""
    nodes = tuple((n.op.name, n.inputs, n.outputs, tuple(sorted(n.attrs.items()))) for n in program.nodes)
    values = tuple(
        (i, v.spec.shape, v.spec.dtype, v.storage, v.name) for i, v in sorted(program.values.items())
    )
    return nodes, values, program.updates, tuple(program.outputs.items())


def merged(programs: Sequence[Program]) -> tuple[Program, dict[str, Array]]:
    """One program for several that are alike.

    Args:
        programs: of equal `shape_of`.

    Returns:
        The program, and by the names of its new feeds the constants (programs, ...) that they were.
    """
    first = programs[0]
    values, constants = dict(first.values), dict(first.constants)
    feeds: dict[str, Array] = {}
    for i, array in first.constants.items():
        arrays = [p.constants[i] for p in programs]
        if all(np.array_equal(array, other) for other in arrays):
            continue
        name = f"{LIFTED}{i}"
        values[i] = replace(values[i], storage=Storage.FEED, name=name)
        del constants[i]
        feeds[name] = np.stack(arrays)
    return replace(first, values=values, constants=constants), feeds
