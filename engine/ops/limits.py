"""Where activations are flat: found by evaluating them far out, so that it holds for those to come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.ops.op import OpKind
from engine.ops.registry import ops

_FAR, _FARTHER = 30.0, 60.0  # where an activation has shown what it does
_EQUAL = 1e-3


@dataclass(frozen=True)
class Limits:
    """What an activation gives for very small and for very large numbers; None where it is not flat there."""

    low: float | None
    high: float | None

    @property
    def bounded(self) -> bool:
        """Whether it is flat at both ends."""
        return self.low is not None and self.high is not None


@cache
def limits_of(name: str) -> Limits | None:
    """The limits of the activation that an op is; None for one that is flat nowhere, or is no activation."""
    op = ops().get(name)
    if op is None or op.kind is not OpKind.ELEMENTWISE or op.glsl.count("{1}") or op.defaults:
        return None
    places = np.array([-_FARTHER, -_FAR, _FAR, _FARTHER], np.float32)
    try:
        with np.errstate(all="ignore"):
            (y,) = op.evaluate(places)
    except Exception:  # noqa: BLE001 - an op with other inputs or attributes is no activation
        return None
    low = float(y[0]) if abs(float(y[0] - y[1])) < _EQUAL else None
    high = float(y[3]) if abs(float(y[3] - y[2])) < _EQUAL else None
    return None if low is None and high is None else Limits(low, high)
