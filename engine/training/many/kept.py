"""A study of variants as a project file keeps it: what was varied, how each variant did, and its curves; no weights.

It is a part of the document's JSON that former versions do not look at. Arrays are base64, so that 64 variants with all
their curves and pictures take 200 kB before they are packed.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.tensor.spec import Array
from engine.training.many.knobs import MOST, Value

MOST_POINTS = 160  # of a curve
MOST_SIDE = 64  # points of a plane in each direction
LONGEST = 200  # letters of a name or a value
MOST_KNOBS = 4
LATEST = 2**53


@dataclass(frozen=True)
class KeptKnob:
    """A setting that was varied: what it is called, and what stood in the fields of its range."""

    key: str
    title: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class KeptStudy:
    """How variants did.

    Attributes:
        knobs: what they differ in.
        values: of each variant by the key of the setting.
        step, steps: that each took, and was to take.
        reason: how the study ended: "done", or "stopped".
        losses: float64 (n,); not a number where one broke.
        validation, metrics: likewise; empty without.
        curves: float32 (points, 2, n): losses of training and of validation.
        planes: uint8 (n, 2, side, side), as `ManyProgress` has them; None where there are none.
        metric: what `metrics` are called; "" where nobody wrote it down.
    """

    knobs: tuple[KeptKnob, ...]
    values: tuple[Mapping[str, Value], ...]
    step: int
    steps: int
    reason: str
    losses: Array
    validation: Array
    metrics: Array
    curves: Array
    planes: Array | None = None
    metric: str = ""

    def record(self) -> dict[str, Any]:
        """For a file; plain JSON."""
        planes = {} if self.planes is None else {"planes": _written(self.planes, np.uint8)}
        return {
            "knobs": [{"key": k.key, "title": k.title, "fields": list(k.fields)} for k in self.knobs],
            "values": [dict(each) for each in self.values],
            "step": self.step,
            "steps": self.steps,
            "reason": self.reason,
            "losses": _written(self.losses, np.float64),
            "validation": _written(self.validation, np.float64),
            "metrics": _written(self.metrics, np.float64),
            "curves": _written(thinned(self.curves), np.float32),
            **planes,
            **({"metric": self.metric} if self.metric else {}),
        }

    @classmethod
    def read(cls, data: Any) -> KeptStudy:
        """What `record` gave.

        Raises:
            ValueError: it is something else.
        """
        try:
            return cls._read(data)
        except (KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise ValueError(f"a part is missing or of another kind ({error})") from error

    @classmethod
    def _read(cls, data: Any) -> KeptStudy:
        knobs = tuple(_knob(each) for each in data["knobs"])
        _require(0 < len(knobs) <= MOST_KNOBS, "the settings")
        keys = [knob.key for knob in knobs]
        values = tuple({key: _value(each[key]) for key in keys} for each in data["values"])
        count = len(values)
        _require(0 < count <= MOST, "the number of variants")
        losses = _array(data["losses"], np.float64, (count,))
        curves = _array(data["curves"], np.float32, (None, 2, count))
        _require(len(curves) <= MOST_POINTS, "the curves")
        planes = _array(data["planes"], np.uint8, (count, 2, None, None)) if "planes" in data else None
        _require(planes is None or 0 < max(planes.shape[2:]) <= MOST_SIDE, "the pictures")
        step, steps, reason = data["step"], data["steps"], data["reason"]
        _require(type(step) is int and type(steps) is int and 0 <= step <= LATEST, "the steps")
        _require(0 < steps <= LATEST and reason in ("done", "stopped"), "the end")
        validation = _array(data["validation"], np.float64, (count,), empty=True)
        metrics = _array(data["metrics"], np.float64, (count,), empty=True)
        metric = _text(data.get("metric", ""))
        return cls(knobs, values, step, steps, reason, losses, validation, metrics, curves, planes, metric)


def thinned(curves: Array) -> Array:
    """At most `MOST_POINTS` points of curves; the first and the last stay."""
    if len(curves) <= MOST_POINTS:
        return curves
    taken: Array = curves[np.linspace(0, len(curves) - 1, MOST_POINTS).round().astype(int)]
    return taken


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{what} can't be so")


def _text(value: Any) -> str:
    _require(isinstance(value, str) and len(value) <= LONGEST, "a name")
    return str(value)


def _knob(data: Any) -> KeptKnob:
    _require(len(data["fields"]) <= MOST_KNOBS, "a range")
    return KeptKnob(_text(data["key"]), _text(data["title"]), tuple(_text(f) for f in data["fields"]))


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return _text(value)
    _require(type(value) in (int, float) and math.isfinite(value), "a value")
    return value  # type: ignore[no-any-return]  # a number, as was just seen


def _written(array: Array, kind: type[np.generic]) -> dict[str, Any]:
    plain = np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<"))
    return {"shape": list(plain.shape), "data": base64.b64encode(plain.tobytes()).decode()}


def _array(data: Any, kind: type[np.generic], shape: Sequence[int | None], *, empty: bool = False) -> Array:
    found = tuple(data["shape"])
    _require(all(type(n) is int and 0 <= n <= 2**16 for n in found), "a shape")
    fits = len(found) == len(shape) and all(want in (None, n) for n, want in zip(found, shape, strict=True))
    _require(fits or (empty and found == (0,)), "a shape")
    dtype = np.dtype(kind).newbyteorder("<")
    raw = base64.b64decode(data["data"], validate=True)
    _require(len(raw) == math.prod(found) * dtype.itemsize, "the numbers")
    return np.frombuffer(raw, dtype).reshape(found).astype(kind)
