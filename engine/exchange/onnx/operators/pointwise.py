"""Operators that work number by number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any

from engine.exchange.onnx.calls import Call, as_float, as_int, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.matching.shapes import kind_of_type
from engine.exchange.onnx.operations import o
from engine.layers import activation_functions as functions
from engine.ops.op import Tensor
from engine.ops.rounding import is_nan

Unary = Callable[[Tensor], Tensor]


def _one(name: str, function: Callable[..., Any]) -> None:
    def translate(call: Call) -> Tensor:
        return _like(call, function(call.f()))

    operator(name, pointwise=True)(translate)


def _like(call: Call, y: Tensor, k: int = 0) -> Tensor:
    """Whole numbers stay whole."""
    return as_int(y) if call.kind(k) == "int" else y


for _name, _function in {
    "Abs": o.absolute,
    "Acos": o.arccos,
    "Acosh": o.arccosh,
    "Asin": o.arcsin,
    "Asinh": o.arcsinh,
    "Atan": o.arctan,
    "Atanh": o.arctanh,
    "Ceil": o.ceil,
    "Cos": o.cos,
    "Cosh": o.cosh,
    "Erf": o.erf,
    "Exp": o.exp,
    "Floor": o.floor,
    "HardSwish": functions.hard_silu,
    "Identity": lambda x: x,
    "Log": o.log,
    "Mish": functions.mish,
    "Neg": lambda x: -x,
    "Reciprocal": o.reciprocal,
    "Relu": o.relu,
    "Round": o.round,
    "Sigmoid": o.sigmoid,
    "Sign": o.sign,
    "Sin": o.sin,
    "Sinh": o.sinh,
    "Softplus": o.softplus,
    "Softsign": functions.softsign,
    "Sqrt": o.sqrt,
    "Tan": o.tan,
    "Tanh": o.tanh,
}.items():
    _one(_name, _function)


# -- two and more --------------------------------------------------------------------------------------------------
@operator("Add", pointwise=True)
def _add(call: Call) -> Tensor:
    return _like(call, call.f(0) + call.f(1))


@operator("Sub", pointwise=True)
def _sub(call: Call) -> Tensor:
    return _like(call, call.f(0) - call.f(1))


@operator("Mul", pointwise=True)
def _mul(call: Call) -> Tensor:
    return _like(call, call.f(0) * call.f(1))


@operator("Div", pointwise=True)
def _div(call: Call) -> Tensor:
    """Whole numbers are cut off towards zero, as the cast does."""
    return _like(call, call.f(0) / call.f(1))


@operator("Pow", pointwise=True)
def _pow(call: Call) -> Tensor:
    return _like(call, _power(call.f(0), call))


_POWERS: Mapping[float, Unary] = MappingProxyType(
    {
        1.0: lambda x: x * 1.0,
        2.0: o.square,
        3.0: lambda x: o.square(x) * x,
        0.5: o.sqrt,
        -0.5: o.rsqrt,
        -1.0: o.reciprocal,
    }
)


def _power(x: Tensor, call: Call) -> Tensor:
    """Whole powers without a logarithm, so that numbers below zero have one and a gradient."""
    known = call.operand(1).array
    if known is not None and known.size == 1 and float(known.reshape(())) in _POWERS:
        exponent = float(known.reshape(()))
        y = _POWERS[exponent](x)
        return y if known.ndim <= x.spec.rank else o.reshape(y, (1,) * (known.ndim - x.spec.rank) + x.shape)
    return o.power(x, call.f(1))


@operator("Mod", pointwise=True)
def _mod(call: Call) -> Tensor:
    x, y = call.f(0), call.f(1)
    if call.get("fmod", 0):
        return _like(call, x - y * o.trunc(x / y))
    return _like(call, o.mod(x, y))


@operator("Max", pointwise=True)
def _max(call: Call) -> Tensor:
    return _like(call, reduce(o.maximum, call.all_f()))


@operator("Min", pointwise=True)
def _min(call: Call) -> Tensor:
    return _like(call, reduce(o.minimum, call.all_f()))


@operator("Sum", pointwise=True)
def _sum(call: Call) -> Tensor:
    return _like(call, reduce(o.add, call.all_f()))


@operator("Mean", pointwise=True)
def _mean(call: Call) -> Tensor:
    return reduce(o.add, call.all_f()) * (1.0 / len(call))


@operator("Clip", pointwise=True)
def _clip(call: Call) -> Tensor:
    y = call.f(0)
    if "min" in call.attributes or "max" in call.attributes:
        y = o.maximum(y, float(call.get("min", -3.4e38)))
        return o.minimum(y, float(call.get("max", 3.4e38)))
    y = o.maximum(y, call.f(1)) if call.has(1) else y
    return _like(call, o.minimum(y, call.f(2)) if call.has(2) else y)


# -- comparisons ---------------------------------------------------------------------------------------------------
for _name, _compare in {
    "Equal": o.equal,
    "Greater": o.greater,
    "GreaterOrEqual": o.greater_equal,
    "Less": o.less,
    "LessOrEqual": o.less_equal,
    "And": o.logical_and,
    "Or": o.logical_or,
    "Xor": o.logical_xor,
}.items():

    def _compared(call: Call, function: Callable[..., Any] = _compare) -> Tensor:
        result: Tensor = function(call.f(0), call.f(1))
        return result

    operator(_name, kind="bool", pointwise=True)(_compared)


@operator("Not", kind="bool", pointwise=True)
def _not(call: Call) -> Tensor:
    return 1.0 - call.f(0)


@operator("IsNaN", kind="bool", pointwise=True)
def _is_nan(call: Call) -> Tensor:
    return is_nan(call.f(0))


@operator("IsInf", kind="bool", pointwise=True)
def _is_inf(call: Call) -> Tensor:
    x, found = call.f(0), []
    if call.get("detect_positive", 1):
        found.append(o.equal(x, math.inf))
    if call.get("detect_negative", 1):
        found.append(o.equal(x, -math.inf))
    return reduce(o.add, found) if found else x * 0.0


@operator("Where", kind=lambda call: call.kind(1), pointwise=True)
def _where(call: Call) -> Tensor:
    return _like(call, o.where(call.f(0), call.f(1), call.f(2)), 1)


# -- activations ---------------------------------------------------------------------------------------------------
@operator("LeakyRelu", pointwise=True)
def _leaky(call: Call) -> Tensor:
    return functions.leaky_relu(call.f(), float(call.get("alpha", 0.01)))


@operator("PRelu", pointwise=True)
def _prelu(call: Call) -> Tensor:
    x = call.f()
    return _like(call, o.maximum(x, 0.0) + o.minimum(x, 0.0) * call.f(1))


@operator("Elu", pointwise=True)
def _elu(call: Call) -> Tensor:
    return functions.elu(call.f(), float(call.get("alpha", 1.0)))


@operator("Celu", pointwise=True)
def _celu(call: Call) -> Tensor:
    return functions.celu(call.f(), float(call.get("alpha", 1.0)))


@operator("Selu", pointwise=True)
def _selu(call: Call) -> Tensor:
    alpha, gamma = float(call.get("alpha", 1.6732632)), float(call.get("gamma", 1.050701))
    return functions.elu(call.f(), alpha) * gamma


@operator("HardSigmoid", pointwise=True)
def _hard_sigmoid(call: Call) -> Tensor:
    return o.clip(call.f() * float(call.get("alpha", 0.2)) + float(call.get("beta", 0.5)), 0.0, 1.0)


@operator("ThresholdedRelu", pointwise=True)
def _thresholded(call: Call) -> Tensor:
    return functions.replaced_below(call.f(), float(call.get("alpha", 1.0)), 0.0)


@operator("Shrink", pointwise=True)
def _shrink(call: Call) -> Tensor:
    x, bias, limit = call.f(), float(call.get("bias", 0.0)), float(call.get("lambd", 0.5))
    above = o.greater(x, limit) * (x - bias)
    return _like(call, above + o.less(x, -limit) * (x + bias))


@operator("Gelu", pointwise=True)
def _gelu(call: Call) -> Tensor:
    return functions.gelu(call.f(), approximate=call.get("approximate", "none") == "tanh")


@operator("Swish", pointwise=True)
def _swish(call: Call) -> Tensor:
    x, alpha = call.f(), float(call.get("alpha", 1.0))
    return x * o.sigmoid(x if alpha == 1.0 else x * alpha)


# -- types ---------------------------------------------------------------------------------------------------------
def _cast_kind(call: Call) -> str:
    return call.kind(1) if call.op == "CastLike" else kind_of_type(int(call.get("to", 1)))


@operator("Cast", "CastLike", kind=_cast_kind, pointwise=True)
def _cast(call: Call) -> Tensor:
    """As far as our tensors tell types apart; 16 bits hold fewer numbers than we do."""
    kind = _cast_kind(call)
    if kind == "bool":
        return call.x() if call.kind() == "bool" else o.not_equal(call.f(), 0.0)
    if kind == "string" or call.kind() == "string":
        raise RefusedError("it makes or reads text")
    return as_int(call.x()) if kind == "int" else as_float(call.x())


@operator("Dropout", kind=lambda call: ("float", "bool"))
def _dropout(call: Call) -> list[Tensor]:
    """As in use: nothing is dropped."""
    if call.has(2) and bool(call.known(2).any()) and call.scalar("ratio", 1, 0.5):
        raise RefusedError("it is to drop numbers at random while predicting")
    return [call.f(), o.equal(call.f() * 0.0, 0.0)]
