"""Element-wise ops in ONNX, each as a function of the names of its operands; recurrent cells use them, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from onnx import TensorProto

from engine.exchange.flat import Operation
from engine.exchange.onnx.writing_pen import Pen
from engine.exchange.onnx.writing_sheet import Sheet
from engine.ops.arcs import ERFINV_CENTRE, ERFINV_TAIL

Elementwise = Callable[..., str]  # (pen, names of operands ..) -> name of the result
FLOAT, BOOL = int(TensorProto.FLOAT), int(TensorProto.BOOL)


def _direct(kind: str) -> Elementwise:
    return lambda pen, *x: pen.add(kind, *x)


def _number(pen: Pen, truth: str) -> str:
    """1.0 or 0.0."""
    return pen.add("Cast", truth, to=FLOAT)


def _truth(pen: Pen, x: str) -> str:
    return pen.add("Cast", x, to=BOOL)


def _logical(kind: str) -> Elementwise:
    return lambda pen, *x: _number(pen, pen.add(kind, *(_truth(pen, one) for one in x)))


def _where(pen: Pen, condition: str, a: str, b: str) -> str:
    return pen.add("Where", _truth(pen, condition), a, b)


def _expm1(pen: Pen, x: str) -> str:
    """exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which loses nothing near zero."""
    half = pen.add("Tanh", pen.add("Mul", x, pen.number(0.5)))
    return pen.add("Mul", half, pen.add("Add", pen.add("Exp", x), pen.number(1.0)))


def _mod(pen: Pen, x: str, y: str) -> str:
    """With the sign of the divisor, which Mod has for whole numbers only."""
    return pen.add("Sub", x, pen.add("Mul", y, pen.add("Floor", pen.add("Div", x, y))))


def _atan2(pen: Pen, y: str, x: str) -> str:
    zero, half = pen.number(0.0), pen.number(math.pi / 2)
    angle = pen.add("Atan", pen.add("Div", y, x))
    turn = pen.add("Where", pen.add("Less", y, zero), pen.number(-math.pi), pen.number(math.pi))
    angle = pen.add("Where", pen.add("Less", x, zero), pen.add("Add", angle, turn), angle)
    return pen.add("Where", pen.add("Equal", x, zero), pen.add("Mul", pen.add("Sign", y), half), angle)


def _polynomial(pen: Pen, coefficients: Sequence[float], x: str) -> str:
    result = pen.number(coefficients[0])
    for c in coefficients[1:]:
        result = pen.add("Add", pen.add("Mul", result, x), pen.number(c))
    return result


def _erfinv(pen: Pen, x: str) -> str:
    """As `engine.ops.arcs.erfinv`."""
    w = pen.add("Neg", pen.add("Log", pen.add("Sub", pen.number(1.0), pen.add("Mul", x, x))))
    centre = _polynomial(pen, ERFINV_CENTRE, pen.add("Sub", w, pen.number(2.5)))
    root = pen.add("Sqrt", pen.add("Max", w, pen.number(0.0)))
    tail = _polynomial(pen, ERFINV_TAIL, pen.add("Sub", root, pen.number(3.0)))
    return pen.add("Mul", x, pen.add("Where", pen.add("Less", w, pen.number(5.0)), centre, tail))


def _is_finite(pen: Pen, x: str) -> str:
    wrong = pen.add("Or", pen.add("IsNaN", x), pen.add("IsInf", x))
    return _number(pen, pen.add("Not", wrong))


def _numbered(write: Elementwise) -> Elementwise:
    return lambda pen, *x: _number(pen, write(pen, *x))


# comparisons give truths; other ops want 1.0 or 0.0 of them
TRUTHS: Mapping[str, Elementwise] = MappingProxyType(
    {
        "equal": _direct("Equal"),
        "greater": _direct("Greater"),
        "greater_equal": _direct("GreaterOrEqual"),
        "not_equal": lambda pen, a, b: pen.add("Not", pen.add("Equal", a, b)),
        "is_nan": _direct("IsNaN"),
    }
)
ELEMENTWISE: Mapping[str, Elementwise] = MappingProxyType(
    {
        "abs": _direct("Abs"),
        "acos": _direct("Acos"),
        "acosh": _direct("Acosh"),
        "add": _direct("Add"),
        "asin": _direct("Asin"),
        "asinh": _direct("Asinh"),
        "atan": _direct("Atan"),
        "atan2": _atan2,
        "atanh": _direct("Atanh"),
        "ceil": _direct("Ceil"),
        "cos": _direct("Cos"),
        "cosh": _direct("Cosh"),
        "div": _direct("Div"),
        "erf": _direct("Erf"),
        "erfinv": _erfinv,
        "exp": _direct("Exp"),
        "expm1": _expm1,
        "floor": _direct("Floor"),
        "is_finite": _is_finite,
        "log": _direct("Log"),
        "log1p": lambda pen, x: pen.add("Log", pen.add("Add", x, pen.number(1.0))),
        "logical_and": _logical("And"),
        "logical_not": _logical("Not"),
        "logical_or": _logical("Or"),
        "logical_xor": _logical("Xor"),
        "maximum": _direct("Max"),
        "minimum": _direct("Min"),
        "mod": _mod,
        "mul": _direct("Mul"),
        "pow": _direct("Pow"),
        "reciprocal": _direct("Reciprocal"),
        "relu": _direct("Relu"),
        "relu_grad": lambda pen, y, g: pen.add(
            "Where", pen.add("Greater", y, pen.number(0.0)), g, pen.number(0.0)
        ),
        "round": _direct("Round"),
        "rsqrt": lambda pen, x: pen.add("Reciprocal", pen.add("Sqrt", x)),
        "sigmoid": _direct("Sigmoid"),
        "sign": _direct("Sign"),
        "sin": _direct("Sin"),
        "sinh": _direct("Sinh"),
        "softplus": _direct("Softplus"),
        "sqrt": _direct("Sqrt"),
        "square": lambda pen, x: pen.add("Mul", x, x),
        "stop_gradient": lambda _pen, x: str(x),
        "sub": _direct("Sub"),
        "tan": _direct("Tan"),
        "tanh": _direct("Tanh"),
        "trunc": lambda pen, x: pen.add("Mul", pen.add("Sign", x), pen.add("Floor", pen.add("Abs", x))),
        "where": _where,
        **{name: _numbered(write) for name, write in TRUTHS.items()},
    }
)


def elementwise(sheet: Sheet, o: Operation) -> None:
    """Write an element-wise op in the order in which its operands are there."""
    (made,) = o.outputs
    order = sheet.common(o.inputs, len(sheet.shape(made)))
    operands = [sheet.operand(name, order) for name in o.inputs]
    pen = sheet.pen
    if o.op.name in TRUTHS:
        truth = TRUTHS[o.op.name](pen, *operands)
        sheet.truths[made] = truth, order
        sheet.give(made, _number(pen, truth), order)
    elif o.op.name == "where" and sheet.truths.get(o.inputs[0], ("", ()))[1] == order:
        sheet.give(made, pen.add("Where", sheet.truths[o.inputs[0]][0], *operands[1:]), order)
    else:
        sheet.give(made, ELEMENTWISE[o.op.name](pen, *operands), order)
