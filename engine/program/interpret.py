"""Runs a program the plain way, node by node into fresh arrays: the truth that devices are tested against.

It plans and fuses nothing, so that whatever a device or a pass gets wrong shows as a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.program.program import Program, Storage
from engine.tensor.spec import Array


def interpret(
    program: Program,
    feeds: Mapping[str, Array],
    data: Mapping[str, Array],
    states: Mapping[str, Array],
    float_type: type[np.floating[Any]] = np.float32,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """One step.

    Args:
        program: any program, before or after the passes.
        feeds: by name, as one step sees them (no leading axis of steps).
        data: by name.
        states: by name, as they are before the step.
        float_type: what stands for float32; float64 lets tests take differences (of programs that are not fused).

    Returns:
        The program's outputs by name, and all states as they are after the step.
    """
    outside: dict[Storage, Mapping[str, Array]] = {
        Storage.FEED: feeds,
        Storage.DATA: data,
        Storage.STATE: states,
    }

    def precise(array: Array) -> Array:
        return array.astype(float_type) if array.dtype == np.float32 else array

    values = {i: precise(array) for i, array in program.constants.items()}
    for value in program.values.values():
        if value.storage in outside:
            values[value.id] = precise(np.asarray(outside[value.storage][value.name]))
    with np.errstate(all="ignore"):
        for node in program.nodes:
            specs = [program.values[i].spec for i in node.outputs]
            outputs = [precise(np.empty(s.shape, s.dtype.numpy)) for s in specs]
            node.op.compute([values[i] for i in node.inputs], outputs, node.attrs)
            values.update(zip(node.outputs, outputs, strict=True))
    after = {name: np.array(array) for name, array in states.items()}
    for state, result in program.updates:
        after[program.values[state].name] = values[result].reshape(program.values[state].spec.shape).copy()
    return {name: values[i].copy() for name, i in program.outputs.items()}, after
