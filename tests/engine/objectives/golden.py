"""What Keras's losses and metrics are, as `tests/golden/make_objectives.py` wrote it down."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.tensor.spec import Array

GOLDEN = Path(__file__).parents[2] / "golden" / "objectives.npz"


@cache
def cases() -> dict[str, Any]:
    """The cases, and the shapes of the arrays by name."""
    with np.load(GOLDEN) as file:
        found: dict[str, Any] = json.loads(file["cases"].tobytes())
    return found


@cache
def arrays() -> dict[str, Array]:
    """All arrays by name, float32."""
    with np.load(GOLDEN) as file:
        numbers = file["numbers"]
    found: dict[str, Array] = {}
    start = 0
    for name, shape in cases()["shapes"].items():
        size = math.prod(shape)
        found[name] = numbers[start : start + size].reshape(shape)
        start += size
    return found


def part(prefix: str) -> dict[str, Array]:
    """The arrays below a prefix."""
    return {n.removeprefix(f"{prefix}/"): a for n, a in arrays().items() if n.startswith(f"{prefix}/")}


def label(case: dict[str, Any]) -> str:
    """A short name for a case."""
    settings = "-".join(f"{k}={v}" for k, v in case["settings"].items())
    marks = [m for m in ("weighted", "masked") if case[m]]
    return "-".join([case["name"], *([settings] if settings else []), *marks])
