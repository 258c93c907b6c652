"""Comparisons and logic. True is 1.0 and everything but 0.0 counts as true; all are flat everywhere."""

from __future__ import annotations

import numpy as np

from engine.ops.elementwise import BINARY, comparison, elementwise_op, greater, greater_equal
from engine.ops.op import Tensor
from engine.tensor.spec import Array


def _not(x: Array, out: Array) -> None:
    np.equal(x, 0.0, out=out, casting="unsafe")


not_equal = elementwise_op("not_equal", comparison(np.not_equal), "float({0} != {1})", None, BINARY)
logical_and = elementwise_op(
    "logical_and", comparison(np.logical_and), "float({0} != 0.0 && {1} != 0.0)", None, BINARY, ("And",)
)
logical_or = elementwise_op(
    "logical_or", comparison(np.logical_or), "float({0} != 0.0 || {1} != 0.0)", None, BINARY, ("Or",)
)
logical_xor = elementwise_op(
    "logical_xor", comparison(np.logical_xor), "float(({0} != 0.0) != ({1} != 0.0))", None, BINARY, ("Xor",)
)
logical_not = elementwise_op("logical_not", _not, "float({0} == 0.0)", None, onnx=("Not",))


def less(a: Tensor, b: Tensor) -> Tensor:
    """1.0 where a < b, else 0.0."""
    return greater(b, a)


def less_equal(a: Tensor, b: Tensor) -> Tensor:
    """1.0 where a <= b, else 0.0."""
    return greater_equal(b, a)
