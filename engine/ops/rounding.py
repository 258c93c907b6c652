"""Whole numbers near a number, and what is left after division. All are flat, or flat but for jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops.elementwise import UNARY, elementwise_op, floor
from engine.ops.op import Sample
from engine.tensor.spec import Array, TensorSpec

_DIVISORS = (
    Sample((TensorSpec((3, 5)), TensorSpec((5,))), low=0.3, high=7.0),
    Sample((TensorSpec((257,)), TensorSpec(())), low=-9.0, high=-0.4),
)

ceil = elementwise_op("ceil", np.ceil, "ceil({0})", None, onnx=("Ceil",))
# halves go to the even neighbour, as in NumPy and Keras
round_ = elementwise_op("round", np.rint, "roundEven({0})", None, onnx=("Round",))
trunc = elementwise_op("trunc", np.trunc, "trunc({0})", None)
# x - y floor(x / y): the remainder has the sign of the divisor
mod = elementwise_op(
    "mod",
    np.mod,
    "ll_mod({0}, {1})",
    lambda c: [c.grad, -(c.grad * floor(c.inputs[0] / c.inputs[1]))],
    _DIVISORS,
    ("Mod",),
)


def _tested(ufunc: Callable[..., Any]) -> Callable[[Array, Array], None]:
    def test(x: Array, out: Array) -> None:
        ufunc(x, out=out, casting="unsafe")

    return test


is_nan = elementwise_op("is_nan", _tested(np.isnan), "float(ll_isnan({0}))", None, UNARY, ("IsNaN",))
is_finite = elementwise_op(
    "is_finite",
    _tested(np.isfinite),
    "float((floatBitsToUint({0}) & 0x7f800000u) != 0x7f800000u)",
    None,
)
