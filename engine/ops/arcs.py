"""Inverse circular and hyperbolic functions in GLSL, and the inverse error function everywhere.

GLSL leaves the accuracy of its own open, and some drivers err by 1e-4. NumPy has all but the inverse error function.
"""

from __future__ import annotations

import numpy as np

from engine.tensor.spec import Array

# erfinv(x) = x p(w) with w = -log(1 - x^2): Giles, "Approximating the erfinv function", GPU Computing Gems 2, 2011
# (single precision, relative error 4e-7). Highest power first; the argument is w - 2.5 below 5, sqrt(w) - 3 beyond.
ERFINV_CENTRE = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
ERFINV_TAIL = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


def erfinv(x: Array, out: Array) -> None:
    """The inverse of the error function of `x` into `out`; infinite at -1 and 1, NaN beyond."""
    w = -np.log1p(-x * x)
    centre = np.polyval(ERFINV_CENTRE, w - 2.5)
    tail = np.polyval(ERFINV_TAIL, np.sqrt(np.maximum(w, 0.0)) - 3.0)
    np.multiply(x, np.where(w < 5.0, centre, tail), out=out)


def _glsl_polynomial(coefficients: tuple[float, ...], variable: str) -> str:
    text = repr(coefficients[0])
    for c in coefficients[1:]:
        text = f"({text} * {variable} + {c!r})"
    return text


# atan: folded to |t| <= tan(pi / 8), where Taylor's series to t^17 / 17 errs by 3e-9.
# mod: the sign of the divisor, as in Python; the quotient may have been rounded up.
GLSL = f"""
float ll_atan(float x) {{
    float a = abs(x);
    bool large = a > 1.0;
    if (large) a = 1.0 / a;
    bool middle = a > 0.41421356;
    float t = middle ? (a - 1.0) / (a + 1.0) : a;
    float s = t * t;
    precise float r = t * (1.0 + s * (-1.0 / 3.0 + s * (0.2 + s * (-1.0 / 7.0 + s * (1.0 / 9.0 + s * (-1.0 / 11.0
        + s * (1.0 / 13.0 + s * (-1.0 / 15.0 + s / 17.0))))))));
    if (middle) r += 0.78539816339;
    if (large) r = 1.57079632679 - r;
    return x < 0.0 ? -r : r;
}}
float ll_atan2(float y, float x) {{
    if (x == 0.0) return y > 0.0 ? 1.57079632679 : (y < 0.0 ? -1.57079632679 : 0.0);
    float r = ll_atan(y / x);
    if (x > 0.0) return r;
    return y < 0.0 ? r - 3.14159265359 : r + 3.14159265359;
}}
float ll_asin(float x) {{ return 2.0 * ll_atan(x / (1.0 + sqrt((1.0 - x) * (1.0 + x)))); }}
float ll_acos(float x) {{
    float r = 2.0 * ll_atan(sqrt((1.0 - abs(x)) / (1.0 + abs(x))));
    return x < 0.0 ? 3.14159265359 - r : r;
}}
float ll_sinh(float x) {{
    float e = ll_expm1(abs(x));
    float r = abs(x) > 80.0 ? exp(abs(x) - 0.69314718) : 0.5 * (e + e / (e + 1.0));
    return x < 0.0 ? -r : r;
}}
float ll_cosh(float x) {{
    float e = exp(abs(x) * 0.5);
    return abs(x) > 80.0 ? 0.5 * e * e : 0.5 * (e * e + 1.0 / (e * e));
}}
float ll_asinh(float x) {{
    float a = abs(x);
    float r = a > 1e9 ? log(a) + 0.69314718 : ll_log1p(a + a * a / (1.0 + sqrt(a * a + 1.0)));
    return x < 0.0 ? -r : r;
}}
float ll_acosh(float x) {{
    float t = x - 1.0;
    return x > 1e9 ? log(x) + 0.69314718 : ll_log1p(t + sqrt(t * (t + 2.0)));
}}
float ll_atanh(float x) {{
    float a = abs(x);
    float r = 0.5 * ll_log1p(2.0 * a / (1.0 - a));
    return x < 0.0 ? -r : r;
}}
float ll_mod(float x, float y) {{
    precise float r = x - y * floor(x / y);
    if (r != 0.0 && (r < 0.0) != (y < 0.0)) r += y;
    if (abs(r) >= abs(y)) r -= y;
    return r;
}}
float ll_erfinv(float x) {{
    float w = -ll_log1p(-x * x);
    float c = w - 2.5;
    float t = sqrt(w) - 3.0;
    if (w > 3e38) return x / 0.0;
    return x * (w < 5.0 ? {_glsl_polynomial(ERFINV_CENTRE, "c")} : {_glsl_polynomial(ERFINV_TAIL, "t")});
}}
"""
