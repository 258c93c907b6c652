"""What is known beforehand is computed while the file is read: shapes, and arithmetic with them."""

from __future__ import annotations

import numpy as np

from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.steps import Result, Step
from engine.exchange.onnx.wires import BATCHES, Known, Wired
from engine.tensor.spec import Array


def folded(step: Step) -> Result | None:
    """The results, where they are known; None for others."""
    op = step.node.op
    if op == "Constant":
        return Known.of(_constant(step))
    if op in ("Shape", "Size") and isinstance(step.inputs[0], Wired):
        return _shape(step, step.inputs[0])
    return None


def _constant(step: Step) -> Array:
    for name, value in step.node.attributes.items():
        if name == "value" and isinstance(value, np.ndarray):
            return value
        if name in ("value_float", "value_floats"):
            return np.asarray(value, np.float32)
        if name in ("value_int", "value_ints"):
            return np.asarray(value, np.int64)
    raise RefusedError("its value is text or sparse")


def _shape(step: Step, x: Wired) -> Known:
    shapes = [x.shape(b) for b in BATCHES]
    if step.node.op == "Size":
        one, other = (np.asarray(np.prod(s, dtype=np.int64)) for s in shapes)
    else:
        start, end = int(step.get("start", 0)), step.get("end")
        one, other = (np.asarray(s[start : None if end is None else int(end)], np.int64) for s in shapes)
    return Known((one, other))


def generic(step: Step) -> Result:
    """An operation as an Op of ours."""
    raise RefusedError("it is not read yet")
