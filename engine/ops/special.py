"""Functions that GLSL lacks or computes badly near zero, for NumPy and for shaders from the same numbers.

A device that runs GLSL puts `PRELUDE` before every shader; the element-wise records use its functions
(`ll_...`).
"""

from __future__ import annotations

import numpy as np

from engine.ops import arcs
from engine.tensor.spec import Array

# erf(x) = x P(x^2) / Q(x^2) for |x| <= ERF_LIMIT, beyond which float32 has only +-1. Fitted for this
# project by iteratively re-weighted least squares (Sanathanan and Koerner 1963) to the double precision erf
# on Chebyshev points; relative error 2e-8 exactly evaluated, 4e-7 in float32.
ERF_LIMIT = 3.93
ERF_P = (
    1.1283791456176024,
    0.19077709766156348,
    0.05278939474154882,
    0.0037793175848376717,
    0.00028480154707215705,
    2.0420176719136e-06,
)
ERF_Q = (
    1.0,
    0.5024045227498758,
    0.11425473657783071,
    0.014996857756378879,
    0.0011651408349765446,
    3.8004188037944506e-05,
)


def _horner(coefficients: tuple[float, ...], s: Array) -> Array:
    result = s * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        result += c
        result *= s
    result += coefficients[0]
    return result


def erf(x: Array, out: Array) -> None:
    """The error function of `x` into `out` (the same shape)."""
    clipped = np.clip(x, -ERF_LIMIT, ERF_LIMIT)
    square = clipped * clipped
    np.multiply(clipped, _horner(ERF_P, square), out=out)
    np.divide(out, _horner(ERF_Q, square), out=out)


def sigmoid(x: Array, out: Array) -> None:
    """1 / (1 + exp(-x)) as 0.5 (1 + tanh(x / 2)), which neither overflows nor needs a branch."""
    np.multiply(x, 0.5, out=out)
    np.tanh(out, out=out)
    np.add(out, 1.0, out=out)
    np.multiply(out, 0.5, out=out)


def softplus(x: Array, out: Array) -> None:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), which does not overflow."""
    positive = np.maximum(x, 0.0)
    np.abs(x, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    np.add(out, positive, out=out)


def _glsl_horner(coefficients: tuple[float, ...], variable: str) -> str:
    text = repr(coefficients[-1])
    for c in coefficients[-2::-1]:
        text = f"({text} * {variable} + {c!r})"
    return text


# log1p: log(1 + x) = 2 artanh(x / (2 + x)), as a series where 1 + x would round. expm1 and tanh: Taylor
# series where the difference of exponentials would cancel. All truncated below 1e-8. pow: GLSL leaves
# negative bases and 0^0 undefined.
PRELUDE = (
    f"""
float ll_erf(float x) {{
    float c = clamp(x, -{ERF_LIMIT}, {ERF_LIMIT});
    float s = c * c;
    return c * {_glsl_horner(ERF_P, "s")} / {_glsl_horner(ERF_Q, "s")};
}}
float ll_log1p(float x) {{
    float t = x / (2.0 + x);
    float s = t * t;
    float series = 2.0 * t * (1.0 + s * (1.0 / 3.0 + s * (0.2 + s * (1.0 / 7.0 + s / 9.0))));
    return abs(x) < 0.4 ? series : log(1.0 + x);
}}
float ll_expm1(float x) {{
    float series = x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 *
        (1.0 + x / 7.0))))));
    return abs(x) < 0.35 ? series : exp(x) - 1.0;
}}
float ll_tanh(float x) {{
    float s = x * x;
    float series = x * (1.0 + s * (-1.0 / 3.0 + s * (2.0 / 15.0 + s * (-17.0 / 315.0 + s * (62.0 / 2835.0)))));
    float a = 1.0 - 2.0 / (exp(2.0 * min(abs(x), 10.0)) + 1.0);
    return abs(x) < 0.25 ? series : (x < 0.0 ? -a : a);
}}
float ll_pow(float x, float y) {{
    if (y == 0.0) return 1.0;
    if (x == 0.0) return y > 0.0 ? 0.0 : 1.0 / 0.0;
    float r = pow(abs(x), y);
    if (x > 0.0) return r;
    return floor(y) != y ? 0.0 / 0.0 : (mod(y, 2.0) == 1.0 ? -r : r);
}}
"""
    + arcs.GLSL
)
