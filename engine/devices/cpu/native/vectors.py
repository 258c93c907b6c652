"""Element-wise ops in LLVM's vectors of sixteen floats, so that a chain of them becomes one loop.

Exponentials and logarithms follow Cephes (S. Moshier, single precision), tanh the rational approximation of Eigen;
all are within a few units in the last place. Numbers that are none stay none, so that a fault is noticed.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from llvmlite import ir

WIDTH = 16
FLOAT, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
VECTOR = ir.VectorType(FLOAT, WIDTH)
INTEGERS = ir.VectorType(I32, WIDTH)
FUSED = ("contract",)  # a product and a sum may round once
SQRT_HALF = math.sqrt(0.5)
EXP_LOWEST, EXP_HIGHEST = -104.0, 89.0
EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4
LOG = (
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
TANH_BOUND = 7.99881172180175781
TANH_ODD = (
    *(-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08),
    *(1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03),
)
TANH_EVEN = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)
EXPM1_SMALL = 0.5

Value = Any  # llvmlite has no annotations
Emit = Callable[..., Value]


def _single(number: float) -> float:
    return float(struct.unpack("f", struct.pack("f", number))[0])


class Vectors:
    """Writes vector instructions where `builder` stands."""

    def __init__(self, builder: Any) -> None:
        self.b = builder

    # -- building blocks ----------------------------------------------------------------------------------
    def number(self, value: float) -> Value:
        """The same number in all lanes."""
        return ir.Constant(VECTOR, [_single(value)] * WIDTH)

    def whole(self, value: int) -> Value:
        """The same whole number in all lanes."""
        return ir.Constant(INTEGERS, [value] * WIDTH)

    def add(self, a: Value, b: Value) -> Value:
        """A sum."""
        return self.b.fadd(a, b, flags=FUSED)

    def sub(self, a: Value, b: Value) -> Value:
        """A difference."""
        return self.b.fsub(a, b, flags=FUSED)

    def mul(self, a: Value, b: Value) -> Value:
        """A product."""
        return self.b.fmul(a, b, flags=FUSED)

    def div(self, a: Value, b: Value) -> Value:
        """A quotient."""
        return self.b.fdiv(a, b)

    def call(self, name: str, *args: Value) -> Value:
        """An intrinsic function of vectors."""
        kind = ir.FunctionType(VECTOR, [VECTOR] * len(args))
        return self.b.call(self.b.module.declare_intrinsic(f"{name}.v{WIDTH}f32", fnty=kind), args)

    def compare(self, how: str, a: Value, b: Value) -> Value:
        """1.0 or 0.0."""
        return self.b.uitofp(self.b.fcmp_ordered(how, a, b), VECTOR)

    def not_equal(self, a: Value, b: Value) -> Value:
        """1.0 where they differ or one is no number."""
        return self.b.uitofp(self.b.fcmp_unordered("!=", a, b), VECTOR)

    def is_nan(self, x: Value) -> Value:
        """Lanes (of one bit) that are no numbers."""
        return self.b.fcmp_unordered("uno", x, x)

    def polynomial(self, x: Value, coefficients: tuple[float, ...]) -> Value:
        """By Horner's rule, the highest power first."""
        value = self.number(coefficients[0])
        for c in coefficients[1:]:
            value = self.add(self.mul(value, x), self.number(c))
        return value

    # -- functions ----------------------------------------------------------------------------------------
    def maximum(self, a: Value, b: Value) -> Value:
        """The larger one; no number where one is none."""
        larger = self.b.select(self.b.fcmp_ordered(">", a, b), a, b)
        return self.b.select(self.is_nan(a), a, larger)

    def minimum(self, a: Value, b: Value) -> Value:
        """The smaller one; no number where one is none."""
        smaller = self.b.select(self.b.fcmp_ordered("<", a, b), a, b)
        return self.b.select(self.is_nan(a), a, smaller)

    def relu(self, x: Value) -> Value:
        """max(x, 0)."""
        zero = self.number(0.0)
        return self.b.select(self.b.fcmp_ordered("<", x, zero), zero, x)

    def relu_grad(self, output: Value, grad: Value) -> Value:
        """The gradient where the output is positive."""
        return self.mul(grad, self.compare(">", output, self.number(0.0)))

    def where(self, condition: Value, a: Value, b: Value) -> Value:
        """`a` where the condition is not 0, else `b`."""
        return self.b.select(self.b.fcmp_unordered("!=", condition, self.number(0.0)), a, b)

    def sign(self, x: Value) -> Value:
        """-1, 0 or 1."""
        up = self.compare(">", x, self.number(0.0))
        result = self.sub(up, self.compare("<", x, self.number(0.0)))
        return self.b.select(self.is_nan(x), x, result)

    def exp(self, x: Value) -> Value:
        """2^n times a polynomial of what is left."""
        b = self.b
        low, high = self.number(EXP_LOWEST), self.number(EXP_HIGHEST)
        kept = b.select(b.fcmp_ordered("<", x, low), low, x)
        kept = b.select(b.fcmp_ordered(">", kept, high), high, kept)
        n = self.call("llvm.rint", self.mul(kept, self.number(math.log2(math.e))))
        r = self.sub(self.sub(kept, self.mul(n, self.number(LN2_HIGH))), self.mul(n, self.number(LN2_LOW)))
        tail = self.mul(self.polynomial(r, EXP), self.mul(r, r))
        value = self.add(self.add(tail, r), self.number(1.0))
        power = b.fptosi(n, INTEGERS)
        half = b.ashr(power, self.whole(1))  # in two factors: 2^128 and 2^-149 are no normal numbers
        value = self.b.fmul(self.b.fmul(value, self._power(half)), self._power(b.sub(power, half)))
        return b.select(self.is_nan(x), x, value)

    def _power(self, n: Value) -> Value:
        """2^n."""
        return self.b.bitcast(self.b.shl(self.b.add(n, self.whole(127)), self.whole(23)), VECTOR)

    def expm1(self, x: Value) -> Value:
        """e^x - 1, without losing digits near 0."""
        series = tuple(1.0 / math.factorial(k) for k in range(9, 1, -1))
        near = self.add(self.mul(self.mul(self.polynomial(x, series), x), x), x)
        far = self.sub(self.exp(x), self.number(1.0))
        is_near = self.b.fcmp_ordered("<", self.call("llvm.fabs", x), self.number(EXPM1_SMALL))
        return self.b.select(is_near, near, far)

    def log(self, x: Value) -> Value:
        """The exponent times ln 2 plus a polynomial of the mantissa."""
        b, one = self.b, self.number(1.0)
        tiny = b.fcmp_ordered("<", x, self.number(1.1754943508e-38))
        scaled = b.select(tiny, b.fmul(x, self.number(2.0**23)), x)
        bits = b.bitcast(scaled, INTEGERS)
        exponent = b.sub(b.and_(b.lshr(bits, self.whole(23)), self.whole(255)), self.whole(126))
        exponent = b.sub(exponent, b.select(tiny, self.whole(23), self.whole(0)))
        mantissa = b.or_(b.and_(bits, self.whole(0x007FFFFF)), self.whole(0x3F000000))
        m = b.bitcast(mantissa, VECTOR)
        small = b.fcmp_ordered("<", m, self.number(SQRT_HALF))
        e = self.sub(b.sitofp(exponent, VECTOR), b.select(small, one, self.number(0.0)))
        f = self.sub(b.select(small, self.add(m, m), m), one)
        square = self.mul(f, f)
        y = self.mul(self.mul(self.polynomial(f, LOG), f), square)
        y = self.add(y, self.mul(e, self.number(LN2_LOW)))
        y = self.sub(y, self.mul(square, self.number(0.5)))
        value = self.add(self.add(f, y), self.mul(e, self.number(LN2_HIGH)))
        value = b.select(b.fcmp_ordered("==", x, self.number(math.inf)), x, value)
        value = b.select(b.fcmp_ordered("==", x, self.number(0.0)), self.number(-math.inf), value)
        value = b.select(b.fcmp_ordered("<", x, self.number(0.0)), self.number(math.nan), value)
        return b.select(self.is_nan(x), x, value)

    def log1p(self, x: Value) -> Value:
        """log(1 + x), corrected for what the sum rounds away (W. Kahan)."""
        one = self.number(1.0)
        u = self.b.fadd(one, x)
        lost = self.b.fmul(self.log(u), self.b.fdiv(x, self.b.fsub(u, one)))
        value = self.b.select(self.b.fcmp_ordered("==", u, one), x, lost)
        return self.b.select(self.b.fcmp_ordered("==", x, self.number(math.inf)), x, value)

    def tanh(self, x: Value) -> Value:
        """A quotient of polynomials; beyond the bound the result is 1 in single precision."""
        b = self.b
        bound, lower = self.number(TANH_BOUND), self.number(-TANH_BOUND)
        kept = b.select(b.fcmp_ordered(">", x, bound), bound, x)
        kept = b.select(b.fcmp_ordered("<", kept, lower), lower, kept)
        square = self.mul(kept, kept)
        return self.div(self.mul(kept, self.polynomial(square, TANH_ODD)), self.polynomial(square, TANH_EVEN))

    def sigmoid(self, x: Value) -> Value:
        """1 / (1 + e^-x)."""
        one = self.number(1.0)
        return self.div(one, self.add(one, self.exp(self.b.fneg(x))))

    def softplus(self, x: Value) -> Value:
        """log(1 + e^x) without overflow."""
        small = self.log1p(self.exp(self.b.fneg(self.call("llvm.fabs", x))))
        return self.add(self.relu(x), small)


EMITTERS: Mapping[str, Emit] = MappingProxyType(
    {
        "add": Vectors.add,
        "sub": Vectors.sub,
        "mul": Vectors.mul,
        "div": Vectors.div,
        "maximum": Vectors.maximum,
        "minimum": Vectors.minimum,
        "relu": Vectors.relu,
        "relu_grad": Vectors.relu_grad,
        "where": Vectors.where,
        "sign": Vectors.sign,
        "exp": Vectors.exp,
        "expm1": Vectors.expm1,
        "log": Vectors.log,
        "log1p": Vectors.log1p,
        "tanh": Vectors.tanh,
        "sigmoid": Vectors.sigmoid,
        "softplus": Vectors.softplus,
        "abs": lambda v, x: v.call("llvm.fabs", x),
        "sqrt": lambda v, x: v.call("llvm.sqrt", x),
        "floor": lambda v, x: v.call("llvm.floor", x),
        "ceil": lambda v, x: v.call("llvm.ceil", x),
        "trunc": lambda v, x: v.call("llvm.trunc", x),
        "round": lambda v, x: v.call("llvm.rint", x),
        "square": lambda v, x: v.mul(x, x),
        "reciprocal": lambda v, x: v.div(v.number(1.0), x),
        "rsqrt": lambda v, x: v.div(v.number(1.0), v.call("llvm.sqrt", x)),
        "broadcast_to": lambda v, x: x,
        "stop_gradient": lambda v, x: x,
        "greater": lambda v, a, b: v.compare(">", a, b),
        "greater_equal": lambda v, a, b: v.compare(">=", a, b),
        "equal": lambda v, a, b: v.compare("==", a, b),
        "not_equal": Vectors.not_equal,
        "logical_not": lambda v, x: v.compare("==", x, v.number(0.0)),
    }
)
