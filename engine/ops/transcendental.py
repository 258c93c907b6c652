"""Circular and hyperbolic functions with their inverses, the inverse error function, powers and logarithms of 2 and 10."""

from __future__ import annotations

import math

import numpy as np

from engine.ops import arcs
from engine.ops.elementwise import cos, elementwise_op, exp, log, rsqrt, square
from engine.ops.op import Op, Sample, Tensor
from engine.tensor.spec import TensorSpec

_INSIDE = (
    Sample((TensorSpec((3, 5)),), low=-0.95, high=0.95),
    Sample((TensorSpec((257,)),), low=-0.9, high=0.9),
)
_ABOVE_ONE = (Sample((TensorSpec((3, 5)),), low=1.1, high=9.0), Sample((TensorSpec(()),), low=1.2, high=3.0))
_NEAR = (Sample((TensorSpec((3, 5)),), low=-1.2, high=1.2), Sample((TensorSpec(()),), low=-1.0, high=1.0))
_PAIRS = (
    Sample((TensorSpec((3, 5)), TensorSpec((3, 5))), low=0.2),
    Sample((TensorSpec((7, 1)), TensorSpec((1, 3))), low=-2.0, high=-0.2),
)

tan = elementwise_op(
    "tan", np.tan, "tan({0})", lambda c: [c.grad / square(cos(c.inputs[0]))], _NEAR, ("Tan",)
)
asin = elementwise_op(
    "asin",
    np.arcsin,
    "ll_asin({0})",
    lambda c: [c.grad * rsqrt(1.0 - square(c.inputs[0]))],
    _INSIDE,
    ("Asin",),
)
acos = elementwise_op(
    "acos",
    np.arccos,
    "ll_acos({0})",
    lambda c: [-(c.grad * rsqrt(1.0 - square(c.inputs[0])))],
    _INSIDE,
    ("Acos",),
)
atan = elementwise_op(
    "atan", np.arctan, "ll_atan({0})", lambda c: [c.grad / (square(c.inputs[0]) + 1.0)], onnx=("Atan",)
)


def _turned(y: Tensor, x: Tensor, grad: Tensor) -> list[Tensor | None]:
    share = grad / (square(y) + square(x))
    return [share * x, -(share * y)]


# inputs (y, x): the angle of the point (x, y), between -pi and pi
atan2 = elementwise_op(
    "atan2", np.arctan2, "ll_atan2({0}, {1})", lambda c: _turned(c.inputs[0], c.inputs[1], c.grad), _PAIRS
)
sinh: Op = elementwise_op(
    "sinh", np.sinh, "ll_sinh({0})", lambda c: [c.grad * cosh(c.inputs[0])], onnx=("Sinh",)
)
cosh: Op = elementwise_op(
    "cosh", np.cosh, "ll_cosh({0})", lambda c: [c.grad * sinh(c.inputs[0])], onnx=("Cosh",)
)
asinh = elementwise_op(
    "asinh",
    np.arcsinh,
    "ll_asinh({0})",
    lambda c: [c.grad * rsqrt(square(c.inputs[0]) + 1.0)],
    onnx=("Asinh",),
)
acosh = elementwise_op(
    "acosh",
    np.arccosh,
    "ll_acosh({0})",
    lambda c: [c.grad * rsqrt(square(c.inputs[0]) - 1.0)],
    _ABOVE_ONE,
    ("Acosh",),
)
atanh = elementwise_op(
    "atanh",
    np.arctanh,
    "ll_atanh({0})",
    lambda c: [c.grad / (1.0 - square(c.inputs[0]))],
    _INSIDE,
    ("Atanh",),
)
erfinv = elementwise_op(
    "erfinv",
    arcs.erfinv,
    "ll_erfinv({0})",
    lambda c: [c.grad * exp(square(c.output)) * (math.sqrt(math.pi) / 2.0)],
    _INSIDE,
    source="Giles 2011; d erfinv(x) = sqrt(pi) / 2 exp(erfinv(x)^2)",
)


def exp2(x: Tensor) -> Tensor:
    """2 to the power of each element."""
    return exp(x * math.log(2.0))


def log2(x: Tensor) -> Tensor:
    """The logarithm to the base 2."""
    return log(x) * (1.0 / math.log(2.0))


def log10(x: Tensor) -> Tensor:
    """The logarithm to the base 10."""
    return log(x) * (1.0 / math.log(10.0))
