"""Arrays of strangers as numbers and text: what both training and prediction expect of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.data.errors import DataError
from engine.tensor.spec import Array, DType


def as_text(values: Sequence[str] | Array) -> Array:
    """NumPy strings of any length."""
    return np.array(values, DType.STRING.numpy)


def numbered(arrays: Mapping[str, Array], name: str) -> dict[str, Array]:
    """The arrays `x`, or `x0`, `x1`, ...; a single `x0` is called `x`.

    0-dimensional arrays have no rows and are left out.
    """
    if name in arrays:
        return {name: arrays[name]} if arrays[name].ndim else {}
    found: dict[str, Array] = {}
    while f"{name}{len(found)}" in arrays and arrays[f"{name}{len(found)}"].ndim:
        found[f"{name}{len(found)}"] = arrays[f"{name}{len(found)}"]
    return {name: found[f"{name}0"]} if len(found) == 1 else found


def finite_numbers(array: Array, name: str, path: Path) -> Array:
    """Finite float32, C-contiguous."""
    if array.dtype.kind == "U":
        raise DataError(f"Inputs must be numbers; {name} in {path.name} is text. Convert it to numbers.")
    with np.errstate(over="ignore"):
        single = np.asarray(array, np.float32, order="C")
    if not np.isfinite(single).all():
        row = int(np.argwhere(~np.isfinite(single))[0][0])
        raise DataError(
            f"Values must be finite; row {row} of {name} in {path.name} is not. Correct or remove it."
        )
    return single


def listed(names: list[str], most: int = 10) -> str:
    """A few names and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
